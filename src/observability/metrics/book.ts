/** What all metrics of a registry share: this thread's ledger, the time, the bounds, and what went wrong. */

import type { Clock } from '../../ports/clock.js';
import { type Exemplar, makeExemplar } from './exemplar.js';
import type { Ledger, Ledgers } from './ledger.js';

/** What becomes of label values once a metric has as many series as it may. */
export type OverflowPolicy = 'collapse' | 'drop' | 'throw';

export interface Book {
  readonly ledgers: Ledgers;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly overflow: OverflowPolicy;
  /** Of a metric that says nothing else. */
  readonly maxSeries: number;
  /** Recordings by label values that had no place. */
  overflowed: number;
  exemplar(value: number, labels: Readonly<Record<string, string>>): Exemplar;
}

export function makeBook(
  ledgers: Ledgers,
  ledger: Ledger,
  options: { clock: Clock; overflow: OverflowPolicy; maxSeries: number },
): Book {
  return {
    ...options,
    ledgers,
    ledger,
    overflowed: 0,
    exemplar: (value, labels) => makeExemplar(value, labels, options.clock.now()),
  };
}
