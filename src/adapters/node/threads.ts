/** Threads over `node:worker_threads`: Node, Deno and Bun. */

import type { Inside, Thread, ThreadEvents, ThreadOptions, Threads } from '../../ports/threads.js';
import { builtin, hasBuiltins } from './builtin.js';

/** What tells a thread that a pool started it. */
const STARTED = 'ashlar:thread';

/** `undefined` where there is no `node:worker_threads`. */
export function nodeThreads(): Threads | undefined {
  if (!hasBuiltins('node:worker_threads')) return undefined;
  return { parallelism: builtin('node:os').availableParallelism(), sharesMemory: true, spawn, soon: setImmediate };
}

function spawn(script: string | URL, options: ThreadOptions, events: ThreadEvents): Thread {
  const { Worker } = builtin('node:worker_threads');
  const { name, resourceLimits, node } = options;
  const worker = new Worker(script, {
    ...node,
    ...(name === undefined ? {} : { name }),
    ...(resourceLimits === undefined ? {} : { resourceLimits }),
    workerData: STARTED,
  });
  let cause: unknown;
  worker.on('message', events.message);
  worker.on('error', (error) => {
    cause = error;
  });
  // What cannot be read here was meant for somebody who would wait for it in vain.
  worker.on('messageerror', (error) => {
    cause = error;
    void worker.terminate();
  });
  worker.on('exit', (code) => events.exit(cause, code));
  return {
    id: worker.threadId,
    post: (message, transfer) => worker.postMessage(message, transfer as readonly ArrayBuffer[]),
    terminate: () => void worker.terminate(),
    ref: () => worker.ref(),
    unref: () => worker.unref(),
  };
}

/** This thread, when a pool started it. */
export function insideNode(): Inside | undefined {
  if (!hasBuiltins('node:worker_threads')) return undefined;
  const { MessagePort, parentPort: port, receiveMessageOnPort, workerData } = builtin('node:worker_threads');
  if (port === null || workerData !== STARTED) return undefined;
  return {
    post: (message, transfer) => port.postMessage(message, transfer as readonly ArrayBuffer[]),
    listen: (listener) => void port.on('message', listener),
    // Elsewhere than in Node the port to the parent may be something of its own.
    receive: port instanceof MessagePort ? () => receiveMessageOnPort(port) : undefined,
    soon: setImmediate,
    heapBytes: hasBuiltins('node:v8') ? () => builtin('node:v8').getHeapStatistics().used_heap_size : undefined,
  };
}
