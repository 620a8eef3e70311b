/**
 * A pool of channels (or of connections, or whatever is reset and used again): acquire, use, release, reset, reuse.
 *
 * The one released last is lent first, so that the others may become idle and go. With `sharers`, several borrow one at the
 * same time: a connection that carries several conversations. All is O(1), with sharers O(pool).
 */

import { DoubleReleaseError } from '../../base/wait-errors.js';
import { checkWait, MOST_DELAY_MS, type WaitOptions } from '../../base/waiter.js';
import { type Clock, systemClock } from '../../ports/clock.js';
import { type Cancel, systemTimer, type Timer } from '../../ports/timer.js';
import { type Permit, Semaphore } from '../semaphore/index.js';
import { Channel } from './channel.js';

export interface ChannelPoolOptions<C> {
  /** Makes a channel. Default a rendezvous `Channel`. */
  create?: () => C | PromiseLike<C>;
  /** Makes a channel as new, when its last borrower has released it; what it throws discards the channel. Default nothing. */
  reset?: (channel: C) => unknown;
  /** Whether a channel that was released may be lent again; asked when it is borrowed. Default that it is not closed. */
  isHealthy?: (channel: C) => boolean | PromiseLike<boolean>;
  /** Called once with each channel that leaves the pool. Default closes it, where it can be closed. */
  destroy?: (channel: C) => unknown;
  /** Channels there are at most, from 1. Default 10. */
  max?: number;
  /** Borrowers of one channel at the same time, from 1. Default 1. */
  sharers?: number;
  /** How long a channel may be idle before it goes, in milliseconds; `Infinity`, the default, for ever. */
  idleTimeoutMs?: number;
  /** How many may wait to borrow. Default 10 000. */
  maxQueue?: number;
  /** Default the platform's. */
  clock?: Clock;
  /** Default the platform's. */
  timer?: Timer;
}

export interface ChannelPoolStats {
  /** Channels there are, those being made among them. */
  readonly size: number;
  readonly idle: number;
  readonly waiting: number;
  readonly created: number;
  readonly destroyed: number;
  /** Loans of a channel that was there already. */
  readonly hits: number;
  /** Loans for which a channel was made. */
  readonly misses: number;
  /** Of all loans, in milliseconds. */
  readonly meanWaitMs: number;
}

interface Member<C> {
  /** `undefined` while it is made. */
  channel: C | undefined;
  /** Whether it can be used, once that is known. */
  ready: Promise<boolean>;
  borrowers: number;
  /** Is not lent again. */
  discarded: boolean;
  idleSinceMs: number;
}

const NOT_READY = /* @__PURE__ */ Promise.resolve(false);

/** A loan of a channel. */
export class ChannelLease<C> {
  readonly channel: C;
  #giveBack: ((discard: boolean) => void) | undefined;

  /** @internal */
  constructor(channel: C, giveBack: (discard: boolean) => void) {
    this.channel = channel;
    this.#giveBack = giveBack;
  }

  /** Gives the channel back; with `discard` it is destroyed rather than lent again. @throws DoubleReleaseError the second time */
  release(options: { discard?: boolean } = {}): void {
    const giveBack = this.#giveBack;
    if (giveBack === undefined) throw new DoubleReleaseError('A lease of a channel');
    this.#giveBack = undefined;
    giveBack(options.discard ?? false);
  }

  [Symbol.dispose](): void {
    if (this.#giveBack !== undefined) this.release();
  }
}

export class ChannelPool<C = Channel<unknown>> {
  readonly #options: Required<Omit<ChannelPoolOptions<C>, 'maxQueue'>>;
  readonly #permits: Semaphore;
  /** The one released last at the end. */
  readonly #idle: Member<C>[] = [];
  readonly #lent = new Set<Member<C>>();
  #cancelSweep: Cancel | undefined = undefined;
  readonly #counts = { created: 0, destroyed: 0, hits: 0, misses: 0, waitMs: 0 };

  /** @throws RangeError when an option cannot be */
  constructor(options: ChannelPoolOptions<C> = {}) {
    const { max = 10, sharers = 1, idleTimeoutMs = Number.POSITIVE_INFINITY, maxQueue } = options;
    for (const [name, value] of Object.entries({ max, sharers })) {
      if (!(Number.isSafeInteger(value) && value >= 1)) {
        throw new RangeError(`${name} must be an integer from 1, got ${String(value)}`);
      }
    }
    if (!(idleTimeoutMs >= 0)) throw new RangeError(`idleTimeoutMs must be from 0, got ${String(idleTimeoutMs)}`);
    const { clock = systemClock, timer = systemTimer } = options;
    this.#options = {
      create: options.create ?? (() => new Channel<unknown>() as C),
      reset: options.reset ?? (() => undefined),
      isHealthy: options.isHealthy ?? ((channel) => !isClosed(channel)),
      destroy: options.destroy ?? closeIt,
      max,
      sharers,
      idleTimeoutMs,
      clock,
      timer,
    };
    this.#permits = new Semaphore(max * sharers, maxQueue === undefined ? { timer } : { maxQueue, timer });
  }

  /**
   * Borrows a channel, making one or waiting for one where need be.
   *
   * Rejects with `signal.reason`, `TimeoutError`, `QueueFullError` and `ClosedError`, and as `create` does. The timeout bounds
   * the wait for a place, not the making.
   */
  async acquire(options: WaitOptions = {}): Promise<ChannelLease<C>> {
    checkWait(options);
    const beganMs = this.#options.clock.monotonic();
    const permit = await this.#permits.acquire(1, options);
    try {
      const member = await this.#place();
      if (options.signal?.aborted) {
        this.#leave(member, false);
        throw options.signal.reason;
      }
      this.#counts.waitMs += this.#options.clock.monotonic() - beganMs;
      return new ChannelLease(member.channel as C, (discard) => this.#giveBack(member, permit, discard));
    } catch (thrown) {
      permit.release();
      throw thrown;
    }
  }

  /** Runs a function with a borrowed channel; when it throws, the channel is discarded. */
  async use<R>(fn: (channel: C) => R | PromiseLike<R>, options: WaitOptions = {}): Promise<R> {
    const lease = await this.acquire(options);
    let discard = true;
    try {
      const result = await fn(lease.channel);
      discard = false;
      return result;
    } finally {
      lease.release({ discard });
    }
  }

  stats(): ChannelPoolStats {
    const { created, destroyed, hits, misses, waitMs } = this.#counts;
    return {
      size: this.#idle.length + this.#lent.size,
      idle: this.#idle.length,
      waiting: this.#permits.waiting,
      created,
      destroyed,
      hits,
      misses,
      meanWaitMs: hits + misses === 0 ? 0 : waitMs / (hits + misses),
    };
  }

  /** Lends nothing more and destroys what is idle; what is lent is destroyed when it comes back. Idempotent. */
  close(): void {
    this.#permits.close();
    this.#cancelSweep?.();
    this.#cancelSweep = undefined;
    for (const member of this.#idle.splice(0)) this.#destroy(member);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Closes, and waits until every channel is back. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return this.#permits.onIdle();
  }

  /** An idle channel that is healthy, one more if there may be, or one to share. */
  async #place(): Promise<Member<C>> {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (await this.#lend(idle, this.#isHealthy(idle.channel as C))) {
        this.#counts.hits++;
        return idle;
      }
    }
    // Each turn of the loop ends by a channel that somebody else failed to make, so there are at most `sharers`.
    for (let shared = this.#leastShared(); shared !== undefined; shared = this.#leastShared()) {
      shared.borrowers++;
      if (await shared.ready) {
        this.#counts.hits++;
        return shared;
      }
      this.#leave(shared, true);
    }
    return this.#make();
  }

  /** Sharing begins when no more channels may be made. */
  #leastShared(): Member<C> | undefined {
    const { sharers, max } = this.#options;
    if (sharers === 1 || this.#lent.size < max) return undefined;
    let least: Member<C> | undefined;
    for (const member of this.#lent) {
      if (member.discarded || member.borrowers >= sharers) continue;
      if (least === undefined || member.borrowers < least.borrowers) least = member;
    }
    return least;
  }

  async #make(): Promise<Member<C>> {
    const member: Member<C> = { channel: undefined, ready: NOT_READY, borrowers: 0, discarded: false, idleSinceMs: 0 };
    let failure: { readonly reason: unknown } | undefined;
    const made = (async () => {
      try {
        member.channel = await this.#options.create();
        this.#counts.created++;
        return true;
      } catch (reason) {
        failure = { reason };
        return false;
      }
    })();
    if (!(await this.#lend(member, made))) throw failure?.reason;
    this.#counts.misses++;
    return member;
  }

  /** Lends a channel once it is ready; those who want to share it wait for that, too. */
  async #lend(member: Member<C>, ready: Promise<boolean>): Promise<boolean> {
    member.borrowers++;
    member.ready = ready;
    this.#lent.add(member);
    const isReady = await ready;
    if (!isReady) this.#leave(member, true);
    return isReady;
  }

  async #isHealthy(channel: C): Promise<boolean> {
    try {
      return await this.#options.isHealthy(channel);
    } catch {
      // A channel that cannot even be asked is not.
      return false;
    }
  }

  #giveBack(member: Member<C>, permit: Permit, discard: boolean): void {
    this.#leave(member, discard);
    permit.release();
  }

  #leave(member: Member<C>, discard: boolean): void {
    member.borrowers--;
    if (discard || this.#permits.closed) member.discarded = true;
    if (member.borrowers > 0) return;
    this.#lent.delete(member);
    if (!member.discarded) {
      try {
        this.#options.reset(member.channel as C);
      } catch {
        // What cannot be reset is not lent again.
        member.discarded = true;
      }
    }
    if (member.discarded) return this.#destroy(member);
    member.idleSinceMs = this.#options.clock.monotonic();
    this.#idle.push(member);
    this.#planSweep();
  }

  #destroy({ channel }: Member<C>): void {
    if (channel === undefined) return;
    this.#counts.destroyed++;
    this.#options.destroy(channel);
  }

  /** One timer for all: for the one that has been idle longest. */
  #planSweep(): void {
    const oldest = this.#idle[0];
    const { idleTimeoutMs, clock, timer } = this.#options;
    if (oldest === undefined || this.#cancelSweep !== undefined || idleTimeoutMs === Number.POSITIVE_INFINITY) return;
    const inMs = Math.max(0, oldest.idleSinceMs + idleTimeoutMs - clock.monotonic());
    this.#cancelSweep = timer.after(Math.min(inMs, MOST_DELAY_MS), () => {
      this.#cancelSweep = undefined;
      const now = clock.monotonic();
      const kept = this.#idle.findIndex(({ idleSinceMs }) => now - idleSinceMs < idleTimeoutMs);
      for (const member of this.#idle.splice(0, kept < 0 ? this.#idle.length : kept)) this.#destroy(member);
      this.#planSweep();
    });
  }
}

function isClosed(channel: unknown): boolean {
  return typeof channel === 'object' && channel !== null && 'closed' in channel && channel.closed === true;
}

function closeIt(channel: unknown): void {
  if (typeof channel !== 'object' || channel === null || !('close' in channel)) return;
  if (typeof channel.close === 'function') channel.close();
}
