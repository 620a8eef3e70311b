/** What limiters in an arena are told, and how they are laid out. */

import type { Arena } from '../../../bindings/arena.js';
import { ArenaFullError, NameError } from '../../../bindings/errors.js';
import { Adopted, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import {
  ALGORITHM,
  ALIGNMENT,
  type RateLimiterKernel,
  RECORD_HEAD,
  ROOT_BYTES,
  SEGMENT_HEAD,
  SLIDING_LOG,
  WAYS,
} from '../../../bindings/kernels/resilience/rate-limiter.js';
import { checkInteger } from '../../../bindings/sketch.js';
import { describe } from '../../../bindings/staging.js';
import type { Clock } from '../../ports/clock.js';
import type { Timer } from '../../ports/timer.js';
import { checkBlock, type ResolvedLimit } from './algorithms.js';

/** What a limiter needs to be told where it is opened, not made. */
export interface LimiterOpenOptions {
  /** What tells the time, by `now()`. Default the platform's. */
  clock?: Clock;
  /** Who is asked again later, while somebody waits. Default the platform's. */
  timer?: Timer;
  /** How many may wait in `acquire`, from 0. Default 10 000; the next one gets a `QueueFullError`. */
  maxQueue?: number;
}

export interface LimiterOptions extends HandleOptions, LimiterOpenOptions {
  /**
   * Bytes the limiter takes from its arena, once, and never more: 26 for each key and some hundred, and of a log 8 more for each
   * unit of the limit. Default 1 MiB, some 40 000 keys, or what ten keys need where that is more.
   */
  maxBytes?: number;
  /**
   * What happens when a key comes for which there is no place. `'evict'`: of the ten keys it could take the place of, the
   * one that would be idle soonest is forgotten, and has its whole limit again; a key that is blocked is never forgotten.
   * `'refuse'`: the newcomer is refused until one of them is idle. Default `'evict'`.
   */
  whenFull?: 'evict' | 'refuse';
  /** Milliseconds for which a key is blocked that was refused, `Infinity` until it is deleted. Default 0: not at all. */
  blockMs?: number;
}

export interface LimiterStats {
  /** Keys there are; those among them that are idle and were not yet found to be. */
  readonly size: number;
  /** Keys there is room for. */
  readonly capacity: number;
  /** `consume`s that were let through. */
  readonly allowed: number;
  /** `consume`s that were refused. */
  readonly refused: number;
  /** Keys that were forgotten for others, before they were idle. */
  readonly evicted: number;
  /** Keys that found no place: all that could have gone for them were blocked, or none is to go. */
  readonly turnedAway: number;
  /** Keys that were found to be idle. */
  readonly forgotten: number;
  /** Where the arena is shared: segments that were mended after a thread that died over them. */
  readonly recovered: number;
  /** Who waits in `acquire` of this handle. */
  readonly waiting: number;
  /** Bytes the limiter costs its arena, whatever is in it. */
  readonly bytes: number;
}

/** What is made of options before anything is allocated. */
export interface Plan extends ResolvedLimit {
  readonly segments: number;
  /** Milliseconds by which a reading of the clock may be late. */
  readonly toleranceMs: number;
}

const DEFAULT_BYTES = 2 ** 20;
const MOST_BYTES = 65_535 * 65_536;

/** Makes a limiter: its address. @throws RangeError, TypeError, ArenaFullError */
export function make(
  kind: StructureKind,
  arena: Arena,
  kernel: RateLimiterKernel,
  options: LimiterOptions,
  plan: Plan,
  clock: Clock,
): number {
  const { whenFull = 'evict', blockMs = 0 } = options;
  const { algorithm, limit, rate, period, segments, toleranceMs } = plan;
  const log = Math.log2(segments);
  const least = leastBytes(plan);
  if (least > MOST_BYTES) throw new RangeError(`A log of ${limit} units in ${segments} segments needs too many bytes`);
  const { maxBytes = Math.max(DEFAULT_BYTES, least) } = options;
  checkInteger(maxBytes, 'maxBytes', least, MOST_BYTES);
  if (whenFull !== 'evict' && whenFull !== 'refuse') {
    throw new RangeError(`whenFull must be 'evict' or 'refuse', got ${String(whenFull)}`);
  }
  if (blockMs !== 0) checkBlock(blockMs);
  const refuses = whenFull === 'refuse' ? 1 : 0;
  const now = clock.now();
  const root = kernel.create(
    algorithm,
    limit,
    rate,
    period,
    log,
    maxBytes,
    refuses,
    blockMs,
    toleranceMs,
    ...arena.seed,
    now,
  );
  if (root === 0) throw new ArenaFullError(arena, `a ${kind.name}`, maxBytes);
  return root;
}

/** Two buckets a segment, so that each key has a choice. */
function leastBytes({ algorithm, limit, segments }: Plan): number {
  const record = RECORD_HEAD + (algorithm === SLIDING_LOG ? 8 * limit : 0);
  const bucket = Math.ceil((WAYS * record) / ALIGNMENT) * ALIGNMENT;
  return ROOT_BYTES + segments * (SEGMENT_HEAD + 2 * bucket);
}

/** The algorithm of a limiter that is being opened. @throws NameError when it is another */
export function checkAlgorithm(arena: Arena, root: number, algorithms: readonly number[], what: string): void {
  if (algorithms.includes(arena.u32[(root + ALGORITHM) >>> 2] as number)) return;
  throw new NameError(`The rate limiter of this name is no ${what}`);
}

/** What is told at every opening. @throws TypeError */
export function openOptions(options: LimiterOptions | Adopted, open: LimiterOpenOptions): LimiterOpenOptions {
  if (options === null || typeof options !== 'object') {
    throw new TypeError(`A rate limiter takes options, got ${describe(options)}`);
  }
  return options instanceof Adopted ? open : options;
}
