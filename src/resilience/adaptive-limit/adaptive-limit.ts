/**
 * An adaptive concurrency limit: as many calls at once as the other side takes without a queue, found out from how long
 * calls take, and no more. What is too much is refused at once; nothing waits here.
 *
 * Partitions share the limit: each has a share that is its own when all want more than there is, and may use what the others
 * leave. Beyond the limit, only partitions below their share are let through.
 */

import { AshlarError } from '../../../bindings/errors.js';
import { Events, type Listener } from '../../base/events.js';
import { TimeoutError } from '../../base/wait-errors.js';
import { type Clock, systemClock } from '../../ports/clock.js';
import type { Call } from '../policy/call.js';
import { checkCallback, checkNumber } from '../policy/check.js';
import { type Next, Policy, type PolicyContext } from '../policy/policy.js';
import { Gradient2, type LimitAlgorithm, Windowed } from './algorithms.js';

/** As many calls are out as the limit allows. */
export class LimitExceededError extends AshlarError {
  readonly limit: number;
  readonly partition: string | undefined;

  constructor(limit: number, partition: string | undefined) {
    const of = partition === undefined ? '' : ` of the partition "${partition}"`;
    super('LIMIT_EXCEEDED', `The adaptive limit${of} is reached: ${limit} calls may be out`);
    this.limit = limit;
    this.partition = partition;
  }
}

/** What an outcome says about the other side's load: `'dropped'`, that it is too much; `'ignore'`, nothing. */
export type LoadVerdict = 'success' | 'dropped' | 'ignore';

export interface AdaptiveLimitOptions {
  /** Default `new Windowed(new Gradient2())`. It belongs to one policy. */
  algorithm?: LimitAlgorithm;
  /** Shares of the limit by the name of the partition, each above 0, together at most 1. What is in none has no share. */
  partitions?: Readonly<Record<string, number>>;
  /** Default: a timeout was dropped, other errors are ignored, what is given is a success. */
  classify?: (
    outcome: { readonly error?: unknown; readonly value?: unknown },
    context: PolicyContext,
  ) => LoadVerdict | undefined;
  clock?: Clock;
}

export interface AdaptiveLimitEvents {
  /** The limit is another one. */
  limit: { readonly from: number; readonly to: number };
  rejected: LimitExceededError;
}

export interface AdaptiveLimitStats {
  readonly limit: number;
  readonly inFlight: number;
  readonly rejected: number;
  /** What each partition has out, and its share in calls. */
  readonly partitions: Readonly<Record<string, { readonly inFlight: number; readonly limit: number }>>;
}

interface Partition {
  readonly name: string | undefined;
  readonly share: number;
  inFlight: number;
}

/** A policy that finds out how many calls may be out. @throws TypeError, RangeError when an option cannot be */
export function adaptiveLimit(options: AdaptiveLimitOptions = {}): AdaptiveLimit {
  return new AdaptiveLimit(options);
}

export class AdaptiveLimit extends Policy {
  readonly #algorithm: LimitAlgorithm;
  readonly #classify: AdaptiveLimitOptions['classify'];
  readonly #clock: Clock;
  readonly #partitions: Map<string, Partition> | undefined;
  /** Whoever is in no partition. */
  readonly #others: Partition = { name: undefined, share: 0, inFlight: 0 };
  readonly #events = new Events<AdaptiveLimitEvents>();
  #inFlight = 0;
  #rejected = 0;

  constructor(options: AdaptiveLimitOptions = {}) {
    super();
    const { algorithm = new Windowed(new Gradient2()), partitions, classify, clock = systemClock } = options;
    if (typeof algorithm?.update !== 'function') {
      throw new TypeError(`algorithm must have a method update, got ${typeof algorithm}`);
    }
    checkCallback('classify', classify);
    this.#partitions = partitions && partitionsOf(partitions);
    this.#algorithm = algorithm;
    this.#classify = classify;
    this.#clock = clock;
  }

  /** Adds a listener to an event; what comes back removes it. */
  on<K extends keyof AdaptiveLimitEvents>(event: K, listener: Listener<AdaptiveLimitEvents[K]>): () => void {
    return this.#events.on(event, listener);
  }

  get limit(): number {
    return this.#algorithm.limit;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  stats(): AdaptiveLimitStats {
    const partitions: Record<string, { inFlight: number; limit: number }> = {};
    for (const [name, partition] of this.#partitions ?? []) {
      partitions[name] = { inFlight: partition.inFlight, limit: this.#limitOf(partition) };
    }
    return { limit: this.limit, inFlight: this.#inFlight, rejected: this.#rejected, partitions };
  }

  run<R>(next: Next<R>, call: Call): Promise<R> {
    const partition = this.#partitionOf(call);
    if (this.#inFlight >= this.#algorithm.limit && partition.inFlight >= this.#limitOf(partition)) {
      return Promise.reject(this.#refuse(partition));
    }
    return this.#measure(next, call, partition);
  }

  async #measure<R>(next: Next<R>, call: Call, partition: Partition): Promise<R> {
    partition.inFlight++;
    const inFlight = ++this.#inFlight;
    const startMs = this.#clock.monotonic();
    let verdict: LoadVerdict = 'ignore';
    try {
      const value = await next(call);
      verdict = this.#classify?.({ value }, call) ?? 'success';
      return value;
    } catch (error) {
      verdict = this.#classify?.({ error }, call) ?? (isTimeout(error, call) ? 'dropped' : 'ignore');
      throw error;
    } finally {
      partition.inFlight--;
      this.#inFlight--;
      if (verdict !== 'ignore') this.#learn(startMs, inFlight, verdict === 'dropped');
    }
  }

  #learn(startMs: number, inFlight: number, dropped: boolean): void {
    const nowMs = this.#clock.monotonic();
    const from = this.#algorithm.limit;
    this.#algorithm.update({ rttMs: nowMs - startMs, inFlight, dropped, nowMs });
    const to = this.#algorithm.limit;
    if (to !== from && this.#events.active) this.#events.emit('limit', { from, to });
  }

  #partitionOf(call: Call): Partition {
    if (this.#partitions === undefined || call.partition === undefined) return this.#others;
    return this.#partitions.get(call.partition) ?? this.#others;
  }

  #limitOf(partition: Partition): number {
    return partition.share === 0 ? 0 : Math.max(1, Math.ceil(this.#algorithm.limit * partition.share));
  }

  #refuse(partition: Partition): LimitExceededError {
    const limit = partition.name === undefined ? this.#algorithm.limit : this.#limitOf(partition);
    const error = new LimitExceededError(limit, partition.name);
    this.#rejected++;
    if (this.#events.active) this.#events.emit('rejected', error);
    return error;
  }
}

function isTimeout(error: unknown, call: Call): boolean {
  return error instanceof TimeoutError || (call.aborted && call.reason instanceof TimeoutError);
}

function partitionsOf(shares: Readonly<Record<string, number>>): Map<string, Partition> {
  const partitions = new Map<string, Partition>();
  let sum = 0;
  for (const [name, share] of Object.entries(shares)) {
    checkNumber(`partitions.${name}`, share, Number.MIN_VALUE, 1);
    sum += share;
    partitions.set(name, { name, share, inFlight: 0 });
  }
  if (sum > 1 + 1e-9) throw new RangeError(`The shares of partitions must be at most 1 together, got ${sum}`);
  return partitions;
}
