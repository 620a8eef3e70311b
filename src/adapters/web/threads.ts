/** Threads over the web's dedicated workers. */

import type { Inside, Thread, ThreadEvents, ThreadOptions, Threads } from '../../ports/threads.js';

/** Begins the name of a worker that a pool started. */
const STARTED = 'ashlar:';

interface WorkerScope {
  readonly name?: string;
  readonly WorkerGlobalScope?: unknown;
  postMessage(message: unknown, transfer?: readonly Transferable[]): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
}

let started = 0;

/** `undefined` where there are no workers. */
export function webThreads(): Threads | undefined {
  if (typeof Worker === 'undefined') return undefined;
  return {
    parallelism: navigator.hardwareConcurrency || 1,
    sharesMemory: typeof SharedArrayBuffer !== 'undefined' && globalThis.crossOriginIsolated === true,
    spawn,
    // Turns that are asked for are held back here, or cost as much as a message.
    soon: undefined,
  };
}

function spawn(script: string | URL, options: ThreadOptions, events: ThreadEvents): Thread {
  const worker = new Worker(script, { type: 'module', name: STARTED + (options.name ?? '') });
  let ended = false;
  const end = (cause: unknown): void => {
    if (ended) return;
    ended = true;
    worker.terminate();
    // Told later, as elsewhere: who ends it is still at it.
    queueMicrotask(() => events.exit(cause, undefined));
  };
  worker.onmessage = ({ data }) => {
    if (!ended) events.message(data);
  };
  // A worker goes on after an error nobody caught; here, as elsewhere, it ends.
  worker.onerror = (event) => {
    event.preventDefault();
    end(event.error ?? new Error(event.message || 'the script of the worker could not be loaded'));
  };
  worker.onmessageerror = () => end(new Error('a message of the worker could not be read'));
  return {
    id: ++started,
    post: (message, transfer) => worker.postMessage(message, (transfer ?? []) as Transferable[]),
    terminate: () => end(undefined),
    ref: () => {},
    unref: () => {},
  };
}

/** This worker, when a pool started it. */
export function insideWeb(): Inside | undefined {
  const scope = globalThis as unknown as WorkerScope;
  if (scope.WorkerGlobalScope === undefined || scope.name?.startsWith(STARTED) !== true) return undefined;
  const turns = new MessageChannel();
  const waiting: (() => void)[] = [];
  turns.port1.onmessage = () => waiting.shift()?.();
  return {
    post: (message, transfer) => scope.postMessage(message, (transfer ?? []) as Transferable[]),
    listen: (listener) => scope.addEventListener('message', ({ data }) => listener(data)),
    receive: undefined,
    soon(callback) {
      waiting.push(callback);
      turns.port2.postMessage(0);
    },
    heapBytes: undefined,
  };
}
