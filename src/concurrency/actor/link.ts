/**
 * `ActorLink`: actors on the other side of a message port: of a worker thread, a frame, another tab. Each side exposes some by
 * name; a reference to one is used like any other. Messages are copied as `postMessage` copies.
 *
 * What crosses, as arrays: `tell name message`, `ask id name message`, `forget id`, `answer id ok value`, `watch name`,
 * `ended name reason`.
 */

import { checkInteger } from '../../../bindings/sketch.js';
import { QueueFullError } from '../../base/wait-errors.js';
import { checkWait, Waiter, type WaitOptions } from '../../base/waiter.js';
import { systemTimer, type Timer } from '../../ports/timer.js';
import { ActorLostError, ActorStoppedError, RemoteActorError } from './errors.js';
import { ActorRef, type EndReason } from './ref.js';

/** A `MessagePort`, a `Worker` of the web or of Node, `parentPort`, or what behaves like one. */
export interface PortLike {
  postMessage(message: unknown): void;
  addEventListener?(type: 'message' | 'close', listener: (event: { data?: unknown }) => void): void;
  removeEventListener?(type: 'message' | 'close', listener: (event: { data?: unknown }) => void): void;
  on?(type: string, listener: (data: unknown) => void): unknown;
  off?(type: string, listener: (data: unknown) => void): unknown;
  start?(): void;
}

export interface ActorLinkOptions {
  /** Actors that the other side may refer to, by name. More by `expose`. */
  expose?: Readonly<Record<string, ActorRef<never, unknown>>>;
  /** Questions that may wait for the other side: an integer from 1. Default 10 000; the next one gets a `QueueFullError`. */
  maxAsks?: number;
  /** Of this side in the paths of the other's. Default `'link'`. */
  name?: string;
  /** Default the platform's. */
  timer?: Timer;
}

type Exposed = ActorRef<unknown, unknown>;

export class ActorLink {
  readonly #port: PortLike;
  readonly #exposed = new Map<string, Exposed>();
  readonly #asks = new Map<number, { waiter: Waiter<unknown>; path: string }>();
  readonly #asked = new Map<number, AbortController>();
  readonly #refs = new Map<string, RemoteRef<unknown, unknown>>();
  readonly #maxAsks: number;
  readonly #name: string;
  readonly #timer: Timer;
  #ids = 0;
  #closed = false;

  /** @throws TypeError, RangeError for options */
  constructor(port: PortLike, options: ActorLinkOptions = {}) {
    const { expose = {}, maxAsks = 10_000, name = 'link', timer = systemTimer } = options;
    if (typeof port?.postMessage !== 'function') throw new TypeError('port must be a message port');
    checkInteger(maxAsks, 'maxAsks', 1, Number.MAX_SAFE_INTEGER);
    this.#port = port;
    this.#maxAsks = maxAsks;
    this.#name = name;
    this.#timer = timer;
    for (const [of, ref] of Object.entries(expose)) this.expose(of, ref);
    if (port.on !== undefined) {
      port.on('message', this.#onData);
      port.on('close', this.#onClose);
      port.on('exit', this.#onClose);
    } else {
      port.addEventListener?.('message', this.#onEvent);
      port.addEventListener?.('close', this.#onClose);
    }
    port.start?.();
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Lets the other side refer to an actor by a name. */
  expose(name: string, ref: ActorRef<never, unknown>): void {
    if (!(ref instanceof ActorRef)) throw new TypeError('What is exposed must be an actor');
    this.#exposed.set(name, ref as unknown as Exposed);
  }

  /** An actor that the other side exposes. Whether it does is found out by asking. */
  ref<M, R = unknown>(name: string): ActorRef<M, R> {
    let ref = this.#refs.get(name);
    if (ref === undefined) {
      ref = new RemoteRef(name, `${this.#name}/${name}`, this.#side());
      this.#refs.set(name, ref);
    }
    return ref as unknown as ActorRef<M, R>;
  }

  /** Ends the link, not the port: who asked gets an `ActorLostError`, who watches hears `'lost'`. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const port = this.#port;
    if (port.off !== undefined) {
      port.off('message', this.#onData);
      port.off('close', this.#onClose);
      port.off('exit', this.#onClose);
    } else {
      port.removeEventListener?.('message', this.#onEvent);
      port.removeEventListener?.('close', this.#onClose);
    }
    for (const [id, { waiter, path }] of [...this.#asks]) {
      this.#asks.delete(id);
      waiter.fail(new ActorLostError(path));
    }
    for (const controller of this.#asked.values()) controller.abort(new ActorLostError(this.#name));
    this.#asked.clear();
    for (const ref of this.#refs.values()) ref.end('lost');
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #side(): Side {
    return {
      lost: () => this.#closed,
      send: (...message) => this.#port.postMessage(message),
      asking: (path) => {
        let count = 0;
        for (const ask of this.#asks.values()) if (ask.path === path) count++;
        return count;
      },
      ask: (name, path, message, options) => this.#ask(name, path, message, options),
    };
  }

  #ask(name: string, path: string, message: unknown, options: WaitOptions): Promise<unknown> {
    if (this.#asks.size >= this.#maxAsks) return Promise.reject(new QueueFullError('ActorLink', this.#maxAsks));
    const id = ++this.#ids;
    const waiter = new Waiter<unknown>();
    this.#asks.set(id, { waiter, path });
    try {
      this.#port.postMessage(['ask', id, name, message]);
    } catch (error) {
      this.#asks.delete(id);
      return Promise.reject(error);
    }
    waiter.heed(options, this.#timer, 'ActorRef.ask', () => {
      this.#asks.delete(id);
      if (!this.#closed) this.#port.postMessage(['forget', id]);
    });
    return waiter.promise;
  }

  readonly #onEvent = (event: { data?: unknown }): void => this.#onData(event.data);
  readonly #onClose = (): void => this.close();

  readonly #onData = (data: unknown): void => {
    if (this.#closed || !Array.isArray(data)) return;
    const [kind, first, second, third] = data as [string, never, never, never];
    if (kind === 'tell') this.#exposed.get(first)?.tell(second);
    else if (kind === 'ask') void this.#answer(first, second, third);
    else if (kind === 'forget') this.#asked.get(first)?.abort();
    else if (kind === 'answer') this.#onAnswer(first, second, third);
    else if (kind === 'watch') this.#onWatch(first);
    else if (kind === 'ended') this.#refs.get(first)?.end(second);
  };

  async #answer(id: number, name: string, message: unknown): Promise<void> {
    const controller = new AbortController();
    this.#asked.set(id, controller);
    const reply = (ok: boolean, value: unknown) => {
      if (!this.#closed && this.#asked.has(id)) this.#port.postMessage(['answer', id, ok, value]);
    };
    try {
      const ref = this.#exposed.get(name);
      if (ref === undefined) throw new ActorStoppedError(name);
      reply(true, await ref.ask(message, { signal: controller.signal }));
    } catch (error) {
      if (!controller.signal.aborted) reply(false, told(error));
    } finally {
      this.#asked.delete(id);
    }
  }

  #onAnswer(id: number, ok: boolean, value: unknown): void {
    const ask = this.#asks.get(id);
    if (ask === undefined) return;
    this.#asks.delete(id);
    if (ok) ask.waiter.grant(value);
    else {
      const { name, message, code } = value as ReturnType<typeof told>;
      ask.waiter.fail(new RemoteActorError(ask.path, name, message, code));
    }
  }

  #onWatch(name: string): void {
    const ended = (reason: EndReason) => {
      if (!this.#closed) this.#port.postMessage(['ended', name, reason]);
    };
    const ref = this.#exposed.get(name);
    if (ref === undefined) ended('stopped');
    else ref.watch(ended);
  }
}

/** What a reference needs of its link. */
interface Side {
  lost(): boolean;
  send(...message: unknown[]): void;
  asking(path: string): number;
  ask(name: string, path: string, message: unknown, options: WaitOptions): Promise<unknown>;
}

class RemoteRef<M, R> extends ActorRef<M, R> {
  readonly path: string;
  readonly #name: string;
  readonly #side: Side;
  readonly #watchers = new Set<(reason: EndReason) => void>();
  #watching = false;
  #reason: EndReason | undefined;

  constructor(name: string, path: string, side: Side) {
    super();
    this.#name = name;
    this.path = path;
    this.#side = side;
  }

  get pending(): number {
    return this.#side.asking(this.path);
  }

  get ended(): boolean {
    return this.#reason !== undefined || this.#side.lost();
  }

  tell(message: M): boolean {
    if (this.ended) return false;
    this.#side.send('tell', this.#name, message);
    return true;
  }

  ask(message: M, options: WaitOptions = {}): Promise<R> {
    checkWait(options);
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    if (this.#side.lost()) return Promise.reject(new ActorLostError(this.path));
    if (this.ended) return Promise.reject(new ActorStoppedError(this.path));
    return this.#side.ask(this.#name, this.path, message, options) as Promise<R>;
  }

  watch(listener: (reason: EndReason) => void): () => void {
    if (this.ended) {
      listener(this.#reason ?? 'lost');
      return () => {};
    }
    this.#watchers.add(listener);
    if (!this.#watching) {
      this.#watching = true;
      this.#side.send('watch', this.#name);
    }
    return () => void this.#watchers.delete(listener);
  }

  /** @internal */
  end(reason: EndReason): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    for (const listener of [...this.#watchers]) listener(reason);
    this.#watchers.clear();
  }
}

/** What of an error can cross. */
function told(error: unknown): { name: string; message: string; code: string | undefined } {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), code: undefined };
  const { code } = error as { code?: unknown };
  return { name: error.name, message: error.message, code: typeof code === 'string' ? code : undefined };
}
