/** What all that observe values have in common: forms with and without labels, and stopwatches. */

import { describe } from '../../../bindings/staging.js';
import type { Clock } from '../../ports/clock.js';
import { Family, type Labels } from './family.js';
import { Series } from './series.js';

export type ExemplarLabels = Readonly<Record<string, string>>;

export abstract class ObservingSeries extends Series {
  /**
   * Counts a value.
   *
   * @param exemplar labels that lead to what was observed, a trace for example
   * @throws TypeError for what is no number, NaN included
   */
  abstract observe(value: number, exemplar?: ExemplarLabels): void;

  /** Starts a stopwatch: what it returns observes the seconds since then, and returns them. */
  startTimer(): (exemplar?: ExemplarLabels) => number {
    const { clock } = this.book;
    const startMs = clock.monotonic();
    return (exemplar) => {
      const seconds = secondsSince(clock, startMs);
      this.observe(seconds, exemplar);
      return seconds;
    };
  }

  /** Runs a function and observes how many seconds it took, however it ends; of a promise until it settles. */
  time<R>(fn: () => R): R {
    const end = this.startTimer();
    let result: R;
    try {
      result = fn();
    } catch (error) {
      end();
      throw error;
    }
    if (typeof (result as { then?: unknown } | undefined)?.then !== 'function') {
      end();
      return result;
    }
    return (result as PromiseLike<unknown> & R).then(
      (value: unknown) => {
        end();
        return value;
      },
      (reason: unknown) => {
        end();
        throw reason;
      },
    ) as R;
  }
}

export abstract class ObservingFamily<L extends string, S extends ObservingSeries> extends Family<L, S> {
  /** Counts a value of a metric without labels. */
  observe(value: number, exemplar?: ExemplarLabels): void;
  /** Counts a value for these label values. Throws as `labels`, too. */
  observe(labels: Labels<L>, value: number, exemplar?: ExemplarLabels): void;
  observe(labels: Labels<L> | number, value?: number | ExemplarLabels, exemplar?: ExemplarLabels): void {
    if (typeof labels === 'object') this.labels(labels).observe(value as number, exemplar);
    else this.single().observe(labels, value as ExemplarLabels | undefined);
  }

  /** A stopwatch: the labels may be said when it ends. */
  startTimer(labels?: Labels<L>): (endLabels?: Partial<Labels<L>>, exemplar?: ExemplarLabels) => number {
    const { clock } = this.book;
    const startMs = clock.monotonic();
    return (endLabels, exemplar) => {
      const seconds = secondsSince(clock, startMs);
      this.labels({ ...labels, ...endLabels } as Labels<L>).observe(seconds, exemplar);
      return seconds;
    };
  }

  /** Runs a function and observes how long it took, for a metric without labels. */
  time<R>(fn: () => R): R {
    return this.single().time(fn);
  }
}

/** Refuses what cannot be observed. */
export function refuseValue(value: unknown): never {
  throw new TypeError(`What is observed must be a number, got ${describe(value)}`);
}

/** Never below 0, whatever the clock says. */
function secondsSince(clock: Clock, startMs: number): number {
  return Math.max(0, (clock.monotonic() - startMs) / 1000);
}
