/**
 * The workers of a fan-out: takes items from a source as long as workers are free and results have room, and keeps the
 * results until they are asked for, in order or as they come.
 *
 * Bounds: `concurrency` items being worked on; `maxPending` items begun whose results were not taken.
 */

import { Waiter } from '../../base/waiter.js';
import { letGo, type SourceIterator } from './source.js';

export interface WorkContext {
  /** Aborts when the result is no longer wanted: on failure, on abort, when the reader leaves. */
  readonly signal: AbortSignal;
  /** The item's place in the source, from 0. */
  readonly index: number;
}

export interface CrewSettings<T> {
  readonly concurrency: number;
  readonly maxPending: number;
  readonly ordered: boolean;
  /** Hears of each failure; what it returns says whether the work goes on. */
  readonly goesOn: (reason: unknown, item: T, index: number) => boolean;
}

/** A result, or the gap that a failure left. */
type Outcome<R> = { readonly value: R } | undefined;

export class Crew<T, R> {
  readonly #source: SourceIterator<T>;
  readonly #work: (item: T, context: WorkContext) => R | PromiseLike<R>;
  readonly #settings: CrewSettings<T>;
  readonly #controller = new AbortController();
  /** Ordered: outcomes by index, of which the one of `#taken` is next. Otherwise as they came. */
  readonly #byIndex = new Map<number, Outcome<R>>();
  readonly #arrived: { readonly value: R }[] = [];
  #begun = 0;
  #taken = 0;
  #running = 0;
  #pulling = false;
  #sourceEnded = false;
  #sourceFailure: { readonly reason: unknown } | undefined = undefined;
  #failure: { readonly reason: unknown } | undefined = undefined;
  #waiter: Waiter<void> | undefined = undefined;

  constructor(
    source: SourceIterator<T>,
    work: (item: T, context: WorkContext) => R | PromiseLike<R>,
    settings: CrewSettings<T>,
  ) {
    this.#source = source;
    this.#work = work;
    this.#settings = settings;
  }

  /**
   * The next result, `undefined` when there is none yet, `null` when all are taken. Begins what there is room for.
   *
   * @throws what ended the work; what the source threw, when the results of what it gave before are taken
   */
  poll(): { readonly value: R } | undefined | null {
    this.#throwIfFailed();
    const result = this.#next();
    this.#begin();
    if (result !== undefined) return result;
    this.#throwIfFailed();
    if (!this.#sourceEnded || this.#pulling || this.#running > 0 || this.#hasNext()) return undefined;
    if (this.#sourceFailure !== undefined) throw this.#sourceFailure.reason;
    return null;
  }

  /** Waits until `poll` may have something else to say. One waits at a time. */
  changed(): Promise<void> {
    this.#waiter = new Waiter<void>();
    return this.#waiter.promise;
  }

  /** Ends the work at once: whoever waits for a result gets the reason. */
  fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.#wake();
  }

  /** Nothing more is wanted. */
  dismiss(reason: unknown): void {
    if (!this.#sourceEnded) letGo(this.#source);
    this.#sourceEnded = true;
    this.#controller.abort(reason);
    this.#wake();
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.reason;
  }

  #hasNext(): boolean {
    return this.#settings.ordered ? this.#byIndex.has(this.#taken) : this.#arrived.length > 0;
  }

  #next(): { readonly value: R } | undefined {
    if (!this.#settings.ordered) return this.#arrived.shift();
    // Failures left gaps.
    while (this.#byIndex.has(this.#taken)) {
      const outcome = this.#byIndex.get(this.#taken);
      this.#byIndex.delete(this.#taken++);
      if (outcome !== undefined) return outcome;
    }
    return undefined;
  }

  #begin(): void {
    const { concurrency, maxPending } = this.#settings;
    while (!this.#sourceEnded && !this.#pulling && this.#failure === undefined) {
      const pending = this.#running + (this.#settings.ordered ? this.#byIndex.size : this.#arrived.length);
      if (this.#running >= concurrency || pending >= maxPending) return;
      this.#pull();
    }
  }

  #pull(): void {
    try {
      const step = this.#source.next();
      if (!('then' in step)) return this.#received(step);
      this.#pulling = true;
      step.then(
        (result) => {
          this.#pulling = false;
          this.#received(result);
          this.#begin();
          this.#wake();
        },
        (reason) => {
          this.#pulling = false;
          this.#sourceFailed(reason);
        },
      );
    } catch (reason) {
      this.#sourceFailed(reason);
    }
  }

  #sourceFailed(reason: unknown): void {
    this.#sourceEnded = true;
    this.#sourceFailure = { reason };
    this.#wake();
  }

  #received(result: IteratorResult<T>): void {
    if (result.done) this.#sourceEnded = true;
    else if (!this.#controller.signal.aborted) void this.#workOn(result.value, this.#begun++);
  }

  async #workOn(item: T, index: number): Promise<void> {
    this.#running++;
    let outcome: Outcome<R>;
    try {
      outcome = { value: await this.#work(item, { signal: this.#controller.signal, index }) };
    } catch (reason) {
      // After the end nobody wants to hear of failures.
      if (!this.#controller.signal.aborted && !this.#settings.goesOn(reason, item, index)) this.fail(reason);
    }
    this.#running--;
    if (this.#settings.ordered) this.#byIndex.set(index, outcome);
    else if (outcome !== undefined) this.#arrived.push(outcome);
    this.#begin();
    this.#wake();
  }

  #wake(): void {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    waiter?.grant();
  }
}
