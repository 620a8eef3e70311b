/**
 * `KeyedLimiter`: what the limiters in an arena share. Keys are 63-bit fingerprints by SipHash-1-3 under a secret of the arena,
 * in a table whose places are all there from the beginning: nothing grows, nothing is cleared in time, and no key is kept.
 */

import { ArenaFullError } from '../../../bindings/errors.js';
import type { Adopted, StructureKind } from '../../../bindings/handle.js';
import {
  ALGORITHM,
  ALLOWED,
  ANSWER,
  ANSWER_BYTES,
  CONSUME,
  EVICTED,
  FINGERPRINT,
  FORGOTTEN,
  LEAKY_QUEUE,
  LIMIT,
  PEEK,
  PENALTY,
  PERIOD,
  RATE,
  type RateLimiterKernel,
  REFUSED,
  REWARD,
  rateLimiterKernel,
  SHORT_KEY,
  SHORT_KEY_BYTES,
  TURNED_AWAY,
} from '../../../bindings/kernels/resilience/rate-limiter.js';
import { eachU32, roomFor, stageBytes } from '../../../bindings/keys.js';
import { SharedArenaError } from '../../../bindings/participants.js';
import { checkInteger, Sketch } from '../../../bindings/sketch.js';
import { checkRoom } from '../../../bindings/staging.js';
import { writeString } from '../../../bindings/strings.js';
import type { WaitOptions } from '../../base/waiter.js';
import { type Clock, systemClock } from '../../ports/clock.js';
import { systemTimer } from '../../ports/timer.js';
import { checkBlock, checkCost } from './algorithms.js';
import type { RateLimiter, RateLimitKey, RateLimitResult } from './contract.js';
import {
  type LimiterOpenOptions,
  type LimiterOptions,
  type LimiterStats,
  make,
  openOptions,
  type Plan,
} from './limiter-options.js';
import { checkAcquire, DEFAULT_MAX_QUEUE, WaitingLines } from './waiting-lines.js';

/** Strings whose fingerprints are remembered: those that were asked for last, as far as they do not share a place. */
const MEMO = 256;
const MEMO_CHARS = 64;
/** Keys that one crossing carries: of the 4096 there is room for in the staging block, so many that the answer has some too. */
const PIECE = 4032;
const NO_OPTIONS: WaitOptions = Object.freeze({});

export abstract class KeyedLimiter extends Sketch<RateLimiterKernel> implements RateLimiter {
  /** Units there are at most. */
  readonly limit: number;
  /** Milliseconds in which the limit comes back from nothing. */
  readonly windowMs: number;
  readonly #kind: StructureKind;
  readonly #clock: Clock;
  /** This thread's slot, where the arena is shared; else 0. */
  readonly #me: number;
  /** Where the answer is. */
  #answer: number;
  readonly #lines: WaitingLines;
  readonly #memoKeys: (string | undefined)[] = new Array<string | undefined>(MEMO).fill(undefined);
  readonly #memo = new Int32Array(3 * MEMO);

  protected constructor(
    kind: StructureKind,
    options: LimiterOptions | Adopted,
    open: LimiterOpenOptions,
    plan: () => Plan,
  ) {
    const { clock = systemClock, timer = systemTimer, maxQueue = DEFAULT_MAX_QUEUE } = openOptions(options, open);
    if (maxQueue !== Number.POSITIVE_INFINITY) checkInteger(maxQueue, 'maxQueue', 0, Number.MAX_SAFE_INTEGER);
    super(kind, rateLimiterKernel, options, (arena, kernel) =>
      make(kind, arena, kernel, options as LimiterOptions, plan(), clock),
    );
    this.#kind = kind;
    this.#clock = clock;
    this.#me = this.arena.slot;
    this.#answer = this.alive + ANSWER;
    this.limit = this.float(LIMIT);
    this.windowMs = this.float(RATE) > 0 ? this.limit / this.float(RATE) : this.float(PERIOD);
    const queue = this.word(ALGORITHM) === LEAKY_QUEUE;
    this.#lines = new WaitingLines({
      timer,
      maxQueue,
      maxLine: queue ? this.limit : Number.POSITIVE_INFINITY,
      giveBack: () => {},
    });
  }

  /**
   * Takes units, all or none. O(1).
   *
   * @param cost units, an integer from 0. Default 1
   * @throws TypeError, RangeError for a key or a cost that is none
   * @throws SharedArenaError on a thread that must not wait, while another is at it
   */
  consume(key: RateLimitKey, cost = 1): RateLimitResult {
    return this.#result(this.#act(key, CONSUME, cost));
  }

  /** `consume` that says no more than whether the units were taken, and allocates nothing. */
  tryConsume(key: RateLimitKey, cost = 1): boolean {
    return this.#act(key, CONSUME, cost) !== 0;
  }

  /**
   * `tryConsume` for many integers from 0 to 2^32 − 1, in order and at one moment.
   *
   * @param out takes 1 for each key that was let through, 0 for each that was not
   */
  consumeMany(keys: Uint32Array, cost = 1, out = new Uint8Array(keys.length)): Uint8Array {
    const root = this.alive;
    checkCost(cost);
    if (!(keys instanceof Uint32Array)) throw new TypeError('keys must be a Uint32Array');
    checkRoom(out, keys.length);
    const now = this.#clock.now();
    for (let from = 0; from < keys.length; from += PIECE) {
      const piece = keys.subarray(from, from + PIECE);
      eachU32(
        this.arena,
        piece,
        (at, count, to) => {
          const answer = this.#me === 0 ? this.#answer : ((to + count + 7) & ~7) >>> 0;
          if (this.kernel.consumeMany(root, this.#me, at, count, cost, now, to, answer) < 0) throw busy();
        },
        out.subarray(from, from + piece.length),
      );
    }
    return out;
  }

  /** What `consume` would answer. Nothing changes. O(1). */
  peek(key: RateLimitKey, cost = 1): RateLimitResult {
    return this.#result(this.#act(key, PEEK, cost));
  }

  /** The same as `peek`, of a key that is known; `undefined` for one that is as if nobody had asked for it. */
  get(key: RateLimitKey): RateLimitResult | undefined {
    const result = this.peek(key);
    return result.resetMs === 0 ? undefined : result;
  }

  /** Takes units whether they are there or not, as far as there are any. `allowed` is then about one more. O(1). */
  penalty(key: RateLimitKey, units = 1): RateLimitResult {
    return this.#result(this.#act(key, PENALTY, units));
  }

  /** Gives units back, as far as any were taken. `allowed` is then about one more. O(1). */
  reward(key: RateLimitKey, units = 1): RateLimitResult {
    const result = this.#result(this.#act(key, REWARD, units));
    this.#wake(key);
    return result;
  }

  /**
   * Lets nothing through for so long, `Infinity` until `delete`; then the key is as if nobody had asked for it. O(1).
   *
   * @throws ArenaFullError when there is no place for the key: all that it could take are blocked too, or none is to go
   */
  block(key: RateLimitKey, ms: number): RateLimitResult {
    checkBlock(ms);
    const [low, high] = this.#fingerprint(key);
    const done = this.kernel.block(this.alive, this.#me, low, high, ms, this.#clock.now(), this.#answer);
    if (done < 0) throw busy();
    if (done === 0) throw new ArenaFullError(this.arena, `another blocked key of a ${this.#kind.name}`);
    return this.#result(0);
  }

  /** Whether a key is blocked now. O(1). */
  isBlocked(key: RateLimitKey): boolean {
    const [low, high] = this.#fingerprint(key);
    return notBusy(this.kernel.blocked(this.alive, this.#me, low, high, this.#clock.now())) === 1;
  }

  /** Forgets a key, blocked or not; whether it was there. O(1). */
  delete(key: RateLimitKey): boolean {
    const [low, high] = this.#fingerprint(key);
    const done = notBusy(this.kernel.remove(this.alive, this.#me, low, high)) === 1;
    this.#wake(key);
    return done;
  }

  /** `delete`. */
  reset(key: RateLimitKey): boolean {
    return this.delete(key);
  }

  /**
   * Waits until the units are there, and takes them. Who waits longest for a key comes first; `consume` does not wait, and may
   * come between.
   *
   * @throws RangeError at once when the cost is more than the limit
   * @returns a promise that rejects with `signal.reason`, `TimeoutError`, `QueueFullError`, or `ClosedError` after `dispose()`
   */
  acquire(key: RateLimitKey, cost = 1, options: WaitOptions = NO_OPTIONS): Promise<RateLimitResult> {
    checkCost(cost);
    checkAcquire(cost, this.limit, options);
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    const id = this.#idOf(key);
    let retryAfterMs: number | undefined;
    if (!this.#lines.has(id)) {
      const result = this.consume(key, cost);
      if (result.allowed) return Promise.resolve(result);
      retryAfterMs = result.retryAfterMs;
    }
    // Bytes may change while their turn comes.
    const own = key instanceof Uint8Array ? key.slice() : key;
    return this.#lines.join(id, cost, options, () => this.consume(own, cost), retryAfterMs);
  }

  /** Keys there are, those among them that are idle and were not yet found to be. O(segments). */
  get size(): number {
    return this.kernel.count(this.alive) >>> 0;
  }

  /** Forgets every key, and counts from 0 again. O(bytes). */
  clear(): void {
    notBusy(this.kernel.clear(this.alive, this.#me));
  }

  /** Forgets every key that is idle; how many. O(bytes). Not needed: what is idle gives its place to who needs it. */
  purge(): number {
    return this.kernel.purge(this.alive, this.#me, this.#clock.now()) >>> 0;
  }

  stats(): LimiterStats {
    const root = this.alive;
    const total = (counter: number): number => this.kernel.total(root, counter);
    return {
      size: this.size,
      capacity: this.kernel.capacityOf(root) >>> 0,
      allowed: total(ALLOWED),
      refused: total(REFUSED),
      evicted: total(EVICTED),
      turnedAway: total(TURNED_AWAY),
      forgotten: total(FORGOTTEN),
      recovered: this.kernel.recovered(root) >>> 0,
      waiting: this.#lines.waiting,
      bytes: this.kernel.bytesOf(root) >>> 0,
    };
  }

  /** Verifies every invariant; throws when one is broken. O(bytes). For tests and fuzzers. */
  check(): void {
    const broken = notBusy(this.kernel.check(this.alive, this.#me));
    if (broken !== 0) throw new Error(`${this.#kind.name}: invariant ${broken} is broken`);
  }

  /** Frees the limiter and its name; who waits gets a `ClosedError`. Idempotent. */
  override dispose(): void {
    this.#lines.close(`The ${this.#kind.name}`);
    super.dispose();
  }

  #act(key: RateLimitKey, op: number, cost: number): number {
    const root = this.alive;
    if (cost >>> 0 !== cost) checkCost(cost);
    let done: number;
    if (typeof key === 'string') {
      done = this.#actString(root, key, op, cost);
    } else if (typeof key === 'number') {
      const at = this.#me === 0 ? this.#answer : this.#ownAnswer();
      done = this.kernel.actInteger(root, this.#me, integer(key), op, cost, this.#clock.now(), at);
    } else {
      const at = this.#staged(key);
      done = this.kernel.actBytes(root, this.#me, at, this.stagedBytes, op, cost, this.#clock.now(), this.#answer);
    }
    if (done < 0) throw busy();
    return done;
  }

  #actString(root: number, key: string, op: number, cost: number): number {
    const { length } = key;
    const tag = tagOf(key, length);
    const slot = tag & (MEMO - 1);
    const memo = this.#memo;
    const known = memo[3 * slot] === tag;
    if (known && this.#memoKeys[slot] === key) {
      const at = this.#me === 0 ? this.#answer : this.#ownAnswer();
      const low = memo[3 * slot + 1] as number;
      const high = memo[3 * slot + 2] as number;
      return this.kernel.actKnown(root, this.#me, low, high, op, cost, this.#clock.now(), at);
    }
    const at = this.#staged(key);
    const { kernel, stagedBytes } = this;
    const done = kernel.actBytes(root, this.#me, at, stagedBytes, op, cost, this.#clock.now(), this.#answer);
    // A key is remembered when it comes again before another of the same tag: most of many never do.
    if (!known) {
      memo[3 * slot] = tag;
      this.#memoKeys[slot] = undefined;
    } else if (length <= MEMO_CHARS) {
      const words = this.arena.u32;
      this.#memoKeys[slot] = key;
      memo[3 * slot + 1] = words[(this.#answer + FINGERPRINT) >>> 2] as number;
      memo[3 * slot + 2] = words[(this.#answer + FINGERPRINT + 4) >>> 2] as number;
    }
    return done;
  }

  /** Address of `bytes` of the staging block; where the memory is shared, the answer stands before them. */
  #place(bytes: number): number {
    if (this.#me === 0) return this.arena.scratch(bytes);
    this.#answer = this.arena.scratch(ANSWER_BYTES + bytes);
    return this.#answer + ANSWER_BYTES;
  }

  #ownAnswer(): number {
    this.#answer = this.arena.scratch(ANSWER_BYTES);
    return this.#answer;
  }

  #staged(key: string | Uint8Array): number {
    if (typeof key === 'string' && key.length <= SHORT_KEY_BYTES / 3 && this.#me === 0) {
      const at = this.pointer + SHORT_KEY;
      this.stagedBytes = writeString(this.arena.u8Until(at + SHORT_KEY_BYTES), at, key);
      return at;
    }
    const room = roomFor(key);
    const at = this.#place(room);
    this.stagedBytes = stageBytes(this.arena, at, key, room);
    return at;
  }

  #result(done: number): RateLimitResult {
    const numbers = this.arena.f64;
    const at = this.#answer >>> 3;
    return {
      allowed: done !== 0,
      remaining: numbers[at] as number,
      retryAfterMs: numbers[at + 1] as number,
      resetMs: numbers[at + 2] as number,
      limit: this.limit,
    };
  }

  /** The fingerprint of a key, which an answer holds. */
  #fingerprint(key: RateLimitKey): [low: number, high: number] {
    const root = this.alive;
    if (typeof key === 'number') this.#act(key, PEEK, 0);
    else {
      const at = this.#staged(key);
      this.kernel.actBytes(root, this.#me, at, this.stagedBytes, PEEK, 0, this.#clock.now(), this.#answer);
    }
    const at = (this.#answer + FINGERPRINT) >>> 2;
    const words = this.arena.u32;
    return [words[at] as number, words[at + 1] as number];
  }

  #wake(key: RateLimitKey): void {
    if (this.#lines.waiting > 0) this.#lines.wake(this.#idOf(key));
  }

  /** What stands for a key among those that are waited for. */
  #idOf(key: RateLimitKey): string {
    const [low, high] = this.#fingerprint(key);
    return `${low}.${high}`;
  }
}

/** Tells most strings apart by their length and their last characters: never 0. */
function tagOf(key: string, length: number): number {
  if (length < 4)
    return length === 0 ? -1 : (key.charCodeAt(length - 1) << 8) ^ (key.charCodeAt(0) << 20) ^ (length << 2) ^ 2;
  const last = key.charCodeAt(length - 1) ^ (key.charCodeAt(length - 2) << 7);
  const before = key.charCodeAt(length - 3) ^ (key.charCodeAt(length - 4) << 7);
  return (Math.imul(last, 0x9e37_79b1) ^ Math.imul(before, 0x85eb_ca6b) ^ (length << 24)) | 1;
}

function integer(key: number): number {
  if (!Number.isSafeInteger(key)) throw new RangeError(`A key that is a number must be a safe integer, got ${key}`);
  // So that −0 is 0.
  return key + 0;
}

function notBusy(done: number): number {
  if (done < 0) throw busy();
  return done;
}

function busy(): SharedArenaError {
  return new SharedArenaError('Another thread is at these keys, and this thread must not wait: try again');
}
