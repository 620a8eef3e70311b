/** Binding of kernel `resilience/rate-limiter`. Addresses and counts are u32 seen as i32: apply `>>> 0` before use. */

import { wasm } from '../../generated/resilience/rate-limiter.wasm.js';
import { wasm as shared } from '../../generated/shared/resilience/rate-limiter.wasm.js';
import { defineKernel } from '../../kernel.js';

export interface RateLimiterKernel {
  /** 0 when the arena is full, or there is no room for two buckets a segment. */
  create(
    algorithm: number,
    limit: number,
    rate: number,
    period: number,
    segmentLog: number,
    maxBytes: number,
    refuses: number,
    blockMs: number,
    tolerance: number,
    low0: number,
    low1: number,
    high0: number,
    high1: number,
    now: number,
  ): number;
  destroy(root: number): void;
  bytesOf(root: number): number;
  capacityOf(root: number): number;

  /** 1 let through, 0 refused, −2 busy, as of all that take a participant and must not wait. The answer is at `answer`. */
  actBytes(
    root: number,
    me: number,
    key: number,
    keyBytes: number,
    op: number,
    cost: number,
    now: number,
    answer: number,
  ): number;
  actKnown(
    root: number,
    me: number,
    low: number,
    high: number,
    op: number,
    cost: number,
    now: number,
    answer: number,
  ): number;
  actInteger(root: number, me: number, key: number, op: number, cost: number, now: number, answer: number): number;
  /** How many were let through, −2 busy. */
  consumeMany(
    root: number,
    me: number,
    keys: number,
    count: number,
    cost: number,
    now: number,
    out: number,
    answer: number,
  ): number;
  /** 0 when there is no place for the key. */
  block(root: number, me: number, low: number, high: number, ms: number, now: number, answer: number): number;
  remove(root: number, me: number, low: number, high: number): number;
  blocked(root: number, me: number, low: number, high: number, now: number): number;

  clear(root: number, me: number): number;
  purge(root: number, me: number, now: number): number;
  count(root: number): number;
  /** Sum of a counter over the segments. */
  total(root: number, counter: number): number;
  /** Segments that were found half-written. */
  recovered(root: number): number;
  /** 0 when every invariant holds. */
  check(root: number, me: number): number;
}

// Operations.
export const PEEK = 0;
export const CONSUME = 1;
export const PENALTY = 2;
export const REWARD = 3;

// Algorithms.
export const TOKEN_BUCKET = 0;
export const LEAKY_BUCKET = 1;
export const LEAKY_QUEUE = 2;
export const FIXED_WINDOW = 3;
export const SLIDING_LOG = 4;
export const SLIDING_COUNTER = 5;
export const GCRA = 6;

// Offsets in the root.
export const ALGORITHM = 0;
export const LIMIT = 32;
export const RATE = 40;
export const PERIOD = 48;
export const ANSWER = 80;

// The answer: f64 remaining, f64 milliseconds until a retry, f64 milliseconds until all is there, u64 fingerprint.
export const ANSWER_BYTES = 32;
export const FINGERPRINT = 24;

// Offsets of counters in a segment.
export const ALLOWED = 40;
export const REFUSED = 48;
export const EVICTED = 56;
export const TURNED_AWAY = 64;
export const FORGOTTEN = 72;

/** Where the root has room for a short key, and how much, while the memory is not shared. */
export const SHORT_KEY = 128;
export const SHORT_KEY_BYTES = 128;

// Bytes: of the root with what allocation adds, of a segment's head, of a record without the ring of a log; records of a bucket.
export const ROOT_BYTES = 272;
export const SEGMENT_HEAD = 128;
export const RECORD_HEAD = 24;
export const WAYS = 5;
/** Segments and buckets are multiples of so many bytes. */
export const ALIGNMENT = 128;

export const rateLimiterKernel = defineKernel<RateLimiterKernel>('resilience/rate-limiter', wasm, shared);
