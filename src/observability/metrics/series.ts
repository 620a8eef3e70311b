/** One combination of label values: where its numbers stand, in this thread and in others. */

import type { Book } from './book.js';
import type { Exemplar } from './exemplar.js';

/** Stands for the cells of a series that this thread has none of: beyond the end of any memory. */
export const NOWHERE = 2 ** 30 - 1;

/** The cells of the same series that another thread writes. */
export interface Part {
  readonly ledger: number;
  readonly entry: number;
  readonly at: number;
  readonly createdMs: number;
}

export abstract class Series {
  /** @internal Index of this thread's first cell among the arena's doubles. */
  at = NOWHERE;
  /** @internal This thread's entry in the ledger; 0 when there is none. */
  entry = 0;
  /** @internal In milliseconds since 1970. */
  createdMs = 0;
  /** @internal */
  parts: Part[] | undefined = undefined;
  /** The values of the labels, in their order. */
  readonly labelValues: readonly string[];
  /** @internal The labels, as both text formats write them. */
  readonly labelText: string;
  /** @internal */
  readonly book: Book;
  /** @internal By bucket, or one. */
  exemplars: (Exemplar | undefined)[] | undefined = undefined;

  constructor(book: Book, labelValues: readonly string[], labelText: string) {
    this.book = book;
    this.labelValues = labelValues;
    this.labelText = labelText;
  }

  /**
   * What to write into, once the arena's doubles have moved or the series was removed.
   *
   * @returns `undefined` for a series that was removed: what it records is dropped
   * @throws DisposedError
   */
  protected current(): Float64Array | undefined {
    if (this.at === NOWHERE) return undefined;
    return this.book.ledger.refreshed();
  }

  /** @internal */
  keepExemplar(index: number, value: number, labels: Readonly<Record<string, string>>): void {
    const exemplar = this.book.exemplar(value, labels);
    this.exemplars ??= [];
    this.exemplars[index] = exemplar;
  }
}
