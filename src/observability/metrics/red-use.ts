/**
 * Two ways to look at a system: RED for what is asked of it (rate, errors, duration; Tom Wilkie), USE for what it is made
 * of (utilisation, saturation, errors; Brendan Gregg).
 */

import { describe } from '../../../bindings/staging.js';
import type { Counter } from './counter.js';
import type { Labels } from './family.js';
import type { Gauge } from './gauge.js';
import type { Histogram } from './histogram.js';
import type { MetricsRegistry } from './registry.js';

export interface RedOptions<L extends string> {
  /** What the names begin with: `http_server` makes `http_server_requests_total` and others. */
  prefix: string;
  /** Labels of every request, such as the route. */
  labels?: readonly L[];
  /** Upper bounds of the durations, in seconds. Default from 5 ms to 10 s. */
  buckets?: readonly number[];
}

/** Requests: how many, how many of them failed, how long they took, how many are under way. */
export class RedMetrics<L extends string = never> {
  readonly requests: Counter<L>;
  readonly errors: Counter<L>;
  readonly duration: Histogram<L>;
  readonly inFlight: Gauge<L>;
  readonly #registry: MetricsRegistry;

  constructor(registry: MetricsRegistry, options: RedOptions<L>) {
    const { prefix, labels = [], buckets } = options;
    if (typeof prefix !== 'string') throw new TypeError(`prefix must be a string, got ${describe(prefix)}`);
    this.#registry = registry;
    this.requests = registry.counter({ name: `${prefix}_requests_total`, help: 'Requests that have ended.', labels });
    this.errors = registry.counter({ name: `${prefix}_errors_total`, help: 'Requests that have failed.', labels });
    this.duration = registry.histogram({
      name: `${prefix}_duration_seconds`,
      help: 'How long requests took.',
      unit: 'seconds',
      labels,
      ...(buckets === undefined ? {} : { buckets }),
    });
    this.inFlight = registry.gauge({ name: `${prefix}_in_flight`, help: 'Requests under way.', labels });
  }

  /** Records a request that has ended. */
  record(labels: Labels<L>, seconds: number, ok = true, exemplar?: Readonly<Record<string, string>>): void {
    this.duration.labels(labels).observe(seconds, exemplar);
    this.requests.labels(labels).inc(1, exemplar);
    // Zero errors are a fact, too: the series begins with the first request.
    this.errors.labels(labels).inc(ok ? 0 : 1);
  }

  /**
   * Runs what answers a request. It has failed when it throws, or when `isError` says so of its result.
   *
   * @returns what the function returned, or a promise of it
   */
  track<R>(labels: Labels<L>, fn: () => R, isError: (result: Awaited<R>) => boolean = () => false): R {
    const { clock } = this.#registry;
    const startMs = clock.monotonic();
    const end = (ok: boolean): void => this.record(labels, Math.max(0, clock.monotonic() - startMs) / 1000, ok);
    return this.inFlight.labels(labels).track(() => {
      let result: R;
      try {
        result = fn();
      } catch (error) {
        end(false);
        throw error;
      }
      if (typeof (result as { then?: unknown } | undefined)?.then !== 'function') {
        end(!isError(result as Awaited<R>));
        return result;
      }
      return (result as PromiseLike<Awaited<R>> & R).then(
        (value: Awaited<R>) => {
          end(!isError(value));
          return value;
        },
        (reason: unknown) => {
          end(false);
          throw reason;
        },
      ) as R;
    });
  }
}

export interface UseOptions {
  /** What the names begin with: `db_pool` makes `db_pool_utilization_ratio` and others. */
  prefix: string;
  /** The share of the resource that is busy, from 0 to 1. Asked before each scrape. */
  utilization: () => number | PromiseLike<number>;
  /** What waits for the resource: the length of its queue. Asked before each scrape. */
  saturation: () => number | PromiseLike<number>;
  /** Errors so far; without it, `errors.inc()` counts them. */
  errors?: () => number | PromiseLike<number>;
}

/** A resource: how busy it is, what waits for it, how often it failed. */
export class UseMetrics {
  readonly utilization: Gauge<never>;
  readonly saturation: Gauge<never>;
  readonly errors: Counter<never>;

  constructor(registry: MetricsRegistry, options: UseOptions) {
    const { prefix, utilization, saturation, errors } = options;
    this.utilization = registry.gauge({
      name: `${prefix}_utilization_ratio`,
      help: 'The share of the resource that is busy.',
      merge: 'mean',
      read: utilization,
    });
    this.saturation = registry.gauge({
      name: `${prefix}_saturation`,
      help: 'What waits for the resource.',
      read: saturation,
    });
    let seen = 0;
    this.errors = registry.counter({
      name: `${prefix}_errors_total`,
      help: 'Failures of the resource.',
      ...(errors === undefined
        ? {}
        : {
            collect: async (counter: Counter<never>) => {
              const now = await errors();
              // A count that was reset begins anew.
              counter.inc(now >= seen ? now - seen : now);
              seen = now;
            },
          }),
    });
  }
}
