/** Looks after what a pool holds: what is idle or old goes, what must be kept alive is asked, what is lent for too long is told. */

import type { LinkedList } from '../../base/linked-list.js';
import type { Cancel } from '../../ports/timer.js';
import type { Times } from '../worker-pool/times.js';
import type { Destroyed, Entry } from './entry.js';
import type { Settings } from './options.js';

/** How often in the shortest of its times it looks, and the least between two looks. */
const LOOKS = 4;
const LEAST_PERIOD_MS = 5;

interface Kept<T> {
  readonly idle: LinkedList<Entry<T>>;
  readonly lent: LinkedList<Entry<T>>;
  /** How many there are beyond the least number. */
  spare(): number;
  destroy(entry: Entry<T>, why: Destroyed): void;
  keepAlive(entry: Entry<T>): void;
  leak(entry: Entry<T>, lentMs: number): void;
}

export class Upkeep<T> {
  readonly #settings: Settings<T>;
  readonly #kept: Kept<T>;
  readonly #periodMs: number;
  #cancel: Cancel | undefined = undefined;
  /** Whether it matters since when something is idle. */
  readonly timed: boolean;

  constructor(settings: Settings<T>, kept: Kept<T>) {
    this.#settings = settings;
    this.#kept = kept;
    const { idleTimeoutMs, maxLifetimeMs, keepAliveMs, leakAfterMs, validate, validateAfterIdleMs } = settings;
    const asked = validate === undefined ? Number.POSITIVE_INFINITY : keepAliveMs;
    const shortestMs = Math.min(idleTimeoutMs, maxLifetimeMs, asked, leakAfterMs);
    this.#periodMs = Math.max(LEAST_PERIOD_MS, shortestMs / LOOKS);
    const tested = validate !== undefined && validateAfterIdleMs > 0;
    this.timed =
      shortestMs !== Number.POSITIVE_INFINITY || (tested && validateAfterIdleMs !== Number.POSITIVE_INFINITY);
  }

  begin(): void {
    if (this.#cancel !== undefined || this.#periodMs === Number.POSITIVE_INFINITY) return;
    this.#cancel = this.#settings.timer.every(this.#periodMs, () => this.#look());
  }

  end(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Something is lent. */
  lent(entry: Entry<T>): void {
    entry.lentMs = this.#settings.clock.monotonic();
    if (this.#settings.leakAfterMs === Number.POSITIVE_INFINITY) return;
    entry.leaked = false;
    entry.borrowed = new Error('It was borrowed here');
  }

  /** It came back. */
  back(entry: Entry<T>, times: Times | undefined): void {
    entry.borrowed = undefined;
    times?.record(this.#settings.clock.monotonic() - entry.lentMs);
  }

  #look(): void {
    const nowMs = this.#settings.clock.monotonic();
    for (const entry of listed(this.#kept.idle)) this.#lookAtIdle(entry, nowMs);
    if (
      this.#settings.maxLifetimeMs === Number.POSITIVE_INFINITY &&
      this.#settings.leakAfterMs === Number.POSITIVE_INFINITY
    )
      return;
    for (const entry of listed(this.#kept.lent)) this.#lookAtLent(entry, nowMs);
  }

  #lookAtIdle(entry: Entry<T>, nowMs: number): void {
    const { idleTimeoutMs, keepAliveMs, validate } = this.#settings;
    // What came before it may have changed what it is.
    if (entry.state !== 'idle') return;
    if (nowMs >= entry.expiresMs) this.#kept.destroy(entry, 'expired');
    else if (nowMs - entry.idleMs >= idleTimeoutMs && this.#kept.spare() > 0) this.#kept.destroy(entry, 'idle');
    else if (validate !== undefined && nowMs - entry.sinceMs >= keepAliveMs) this.#kept.keepAlive(entry);
  }

  #lookAtLent(entry: Entry<T>, nowMs: number): void {
    const { leakAfterMs } = this.#settings;
    if (nowMs >= entry.expiresMs) entry.doom ??= 'expired';
    const lentMs = nowMs - entry.lentMs;
    if (lentMs < leakAfterMs || entry.leaked || entry.borrowed === undefined) return;
    entry.leaked = true;
    this.#kept.leak(entry, lentMs);
  }
}

/** What is in a list now, whatever leaves it meanwhile. */
function listed<T>(list: LinkedList<Entry<T>>): Entry<T>[] {
  const all: Entry<T>[] = [];
  for (let entry = list.first; entry !== undefined; entry = entry.next as Entry<T> | undefined) all.push(entry);
  return all;
}
