/** `WaitingRoom`: the clients that wait for a key to appear, those first served who came first. */

import type { Cancel, Timer } from '../../ports/timer.js';
import type { RespClient } from './client.js';
import type { Pop, RespEngine } from './engine.js';

interface Wait {
  readonly client: RespClient;
  readonly keys: readonly string[];
  readonly pop: Pop;
  /** The reply when time is up. */
  readonly nothing: string;
  cancel: Cancel | undefined;
}

/** The longest delay that timers take; longer waits are renewed. */
const MAX_DELAY_MS = 2 ** 31 - 1;

export class WaitingRoom {
  readonly #engine: RespEngine;
  readonly #timer: Timer;
  readonly #watch: (watched: boolean) => void;
  readonly #byClient = new Map<RespClient, Wait>();
  /** Sets keep the order of insertion: the order of coming. */
  readonly #byKey = new Map<string, Set<Wait>>();

  /** @param watch told whether anybody waits, when that changes */
  constructor(engine: RespEngine, timer: Timer, watch: (watched: boolean) => void) {
    this.#engine = engine;
    this.#timer = timer;
    this.#watch = watch;
  }

  get size(): number {
    return this.#byClient.size;
  }

  /** @param timeoutMs how long it waits at most; 0 for ever */
  enter(client: RespClient, keys: readonly string[], pop: Pop, timeoutMs: number, nothing: string): void {
    const wait: Wait = { client, keys, pop, nothing, cancel: undefined };
    client.blocked = true;
    this.#byClient.set(client, wait);
    for (const key of keys) {
      const waits = this.#byKey.get(key);
      if (waits === undefined) this.#byKey.set(key, new Set([wait]));
      else waits.add(wait);
    }
    if (timeoutMs > 0) this.#startTimer(wait, timeoutMs);
    if (this.size === 1) this.#watch(true);
  }

  #startTimer(wait: Wait, leftMs: number): void {
    wait.cancel = this.#timer.after(Math.min(leftMs, MAX_DELAY_MS), () => {
      if (leftMs > MAX_DELAY_MS) this.#startTimer(wait, leftMs - MAX_DELAY_MS);
      else this.release(wait.client);
    });
  }

  /** A sorted set has appeared: it goes, member by member, to those who wait for it. */
  serve(key: string): void {
    for (const wait of this.#byKey.get(key) ?? []) {
      if (!this.#engine.popFor(wait.client, key, wait.pop)) return;
      this.leave(wait.client);
    }
  }

  /** Ends a wait: with `reply`, or as when its time is up. False when the client does not wait. */
  release(client: RespClient, reply?: string): boolean {
    const wait = this.#byClient.get(client);
    if (wait === undefined) return false;
    this.leave(client);
    this.#engine.unblock(client, reply ?? wait.nothing);
    return true;
  }

  /** Forgets a client that no longer waits, or is gone. */
  leave(client: RespClient): void {
    const wait = this.#byClient.get(client);
    if (wait === undefined) return;
    wait.cancel?.();
    this.#byClient.delete(client);
    for (const key of wait.keys) {
      const waits = this.#byKey.get(key);
      waits?.delete(wait);
      if (waits?.size === 0) this.#byKey.delete(key);
    }
    if (this.size === 0) this.#watch(false);
  }
}
