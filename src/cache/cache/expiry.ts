/**
 * When entries go stale: a start and a time to live for each slot, and one timer for all of them.
 *
 * Time is the clock's monotonic one, in milliseconds. It is read at most once within `ttlResolution` milliseconds:
 * until a timer has fired, the time of the first look holds. An entry is stale once more than its time to live has
 * passed, so the first whole millisecond at which it certainly is, its tick, is ⌊start + ttl⌋ + 1.
 *
 * The timing wheel is kept from when it is first needed: with automatic purging from the beginning, else from the
 * first `purge` on. A cache that never purges does not pay for it.
 */

import type { Timer } from '../../ports/timer.js';
import { TimingWheel } from './timing-wheel.js';

/** Timers of the platform take 2^31 − 1 milliseconds at most; who fires early is set again. */
const MOST_DELAY_MS = 2 ** 31 - 1;

export interface ExpiryHost {
  readonly timer: Timer;
  readonly resolutionMs: () => number;
  /** Monotonic milliseconds. */
  readonly clock: () => number;
  /** Ends the entry of a slot that is stale. */
  readonly expire: (slot: number) => void;
}

export class Expiry {
  readonly #host: ExpiryHost;
  readonly #autopurge: boolean;
  /** The start of slot s at 2s, its time to live at 2s + 1; 0 and 0 where there is none. */
  #times: Float64Array;
  #wheel: TimingWheel | undefined;
  #cachedNow = Number.NaN;
  #forgetNow: (() => void) | undefined;
  #armedFor = Number.POSITIVE_INFINITY;
  #disarm: (() => void) | undefined;

  constructor(host: ExpiryHost, slots: number, autopurge: boolean) {
    this.#host = host;
    this.#autopurge = autopurge;
    this.#times = new Float64Array(2 * slots);
    if (autopurge) this.#wheel = new TimingWheel(Math.floor(host.clock()), slots);
  }

  reserve(slots: number): void {
    const grown = new Float64Array(2 * slots);
    grown.set(this.#times);
    this.#times = grown;
    this.#wheel?.reserve(slots);
  }

  /** The time that staleness is judged by. */
  now(): number {
    if (!Number.isNaN(this.#cachedNow)) return this.#cachedNow;
    const now = this.#host.clock();
    const resolutionMs = this.#host.resolutionMs();
    if (resolutionMs > 0) {
      this.#cachedNow = now;
      // `every`, because it keeps no process alive, as `after` would; it fires once.
      this.#forgetNow = this.#host.timer.every(resolutionMs, () => this.#forget());
    }
    return now;
  }

  #forget(): void {
    this.#forgetNow?.();
    this.#forgetNow = undefined;
    this.#cachedNow = Number.NaN;
  }

  /** Gives the slot a time to live (0 for ever), counted from `start`, by default from now. */
  set(slot: number, ttl: number, start: number | undefined): void {
    this.#times[2 * slot] = ttl === 0 ? 0 : (start ?? this.#host.clock());
    this.#times[2 * slot + 1] = ttl;
    this.#schedule(slot);
  }

  /** Lets the time to live begin again. */
  renew(slot: number): void {
    this.set(slot, this.ttlOf(slot), undefined);
  }

  /** The entry is gone. */
  remove(slot: number): void {
    this.#times[2 * slot] = 0;
    this.#times[2 * slot + 1] = 0;
    this.#wheel?.cancel(slot);
  }

  clear(): void {
    this.#times.fill(0);
    this.#wheel?.clear();
    this.#stopTimer();
  }

  /** Lets go of the platform's timers. */
  dispose(): void {
    this.#forget();
    this.#stopTimer();
  }

  ttlOf(slot: number): number {
    return this.#times[2 * slot + 1] as number;
  }

  startOf(slot: number): number {
    return this.#times[2 * slot] as number;
  }

  isStale(slot: number): boolean {
    const ttl = this.#times[2 * slot + 1] as number;
    return ttl !== 0 && this.now() - (this.#times[2 * slot] as number) > ttl;
  }

  /** Milliseconds until the entry is stale; negative when it is, infinite when it never will be. */
  remaining(slot: number, now: number): number {
    const ttl = this.ttlOf(slot);
    return ttl === 0 ? Number.POSITIVE_INFINITY : ttl - (now - this.startOf(slot));
  }

  /**
   * Ends all stale entries, first expired first; O(1) for each, and the first call O(n). Entries that are added
   * meanwhile, by who is told of the ends, are left for the next time.
   *
   * @param live the slots that are in use
   * @returns whether there were any
   */
  purge(live: () => Iterable<number>): boolean {
    const tick = Math.floor(this.now());
    if (this.#wheel === undefined) this.#beginWheel(tick, [...live()]);
    let ended = 0;
    for (const most = this.#times.length / 2; ended < most; ended++) {
      const slot = this.#wheel?.popDue(tick) ?? -1;
      if (slot < 0) break;
      this.#host.expire(slot);
    }
    return ended > 0;
  }

  #beginWheel(tick: number, live: readonly number[]): void {
    // The wheel begins where the first entry is due, so that what is stale already comes out in order of time.
    const first = live.reduce((least, slot) => Math.min(least, this.#tickOf(slot)), tick);
    this.#wheel = new TimingWheel(first, this.#times.length / 2);
    for (const slot of live) this.#schedule(slot);
  }

  /** The first whole millisecond at which the entry is stale; infinite when it never is. */
  #tickOf(slot: number): number {
    const ttl = this.ttlOf(slot);
    return ttl === 0 ? Number.POSITIVE_INFINITY : Math.floor(this.startOf(slot) + ttl) + 1;
  }

  #schedule(slot: number): void {
    if (this.#wheel === undefined) return;
    const tick = this.#tickOf(slot);
    if (tick === Number.POSITIVE_INFINITY) {
      this.#wheel.cancel(slot);
      return;
    }
    this.#wheel.schedule(slot, tick);
    if (this.#autopurge && tick < this.#armedFor) this.#arm(tick);
  }

  #arm(tick: number): void {
    this.#stopTimer();
    if (tick === Number.POSITIVE_INFINITY) return;
    this.#armedFor = tick;
    const delayMs = Math.min(MOST_DELAY_MS, Math.max(1, Math.ceil(tick - this.#host.clock())));
    this.#disarm = this.#host.timer.every(delayMs, () => {
      this.#forget();
      this.#stopTimer();
      try {
        this.purge(() => []);
      } finally {
        this.#arm(this.#wheel?.nextTick() ?? Number.POSITIVE_INFINITY);
      }
    });
  }

  #stopTimer(): void {
    this.#disarm?.();
    this.#disarm = undefined;
    this.#armedFor = Number.POSITIVE_INFINITY;
  }
}
