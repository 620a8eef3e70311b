/** What is told by labels and not by numbers: facts, and states that are on or off. */

import { describe } from '../../../bindings/staging.js';
import type { Book } from './book.js';
import { type Description, Family, type Labels } from './family.js';
import type { NumberPoint, StatesPoint } from './point.js';
import { Series } from './series.js';

export class InfoSeries extends Series {}

/** Facts, as labels of a series whose value is 1: `build_info{version="1.2.3"} 1`. */
export class Info<L extends string = string> extends Family<L, InfoSeries> {
  constructor(book: Book, description: Description, maxSeries?: number) {
    super(book, description, 1, maxSeries);
  }

  /** States the facts, instead of those stated before. */
  set(facts: Labels<L>): void {
    const stated = this.labels(facts);
    for (const series of [...this.shown()]) {
      if (series === stated) continue;
      const labels = Object.fromEntries(this.labelNames.map((name, i) => [name, series.labelValues[i]]));
      this.remove(labels as unknown as Labels<L>);
    }
  }

  override point(_series: InfoSeries): NumberPoint {
    return { kind: 'number', value: 1 };
  }

  protected override get valueIsOfThread(): boolean {
    return true;
  }

  protected override make(values: readonly string[], text: string): InfoSeries {
    return new InfoSeries(this.book, values, text);
  }
}

export class StateSetSeries<State extends string = string> extends Series {
  readonly #states: readonly string[];

  constructor(book: Book, values: readonly string[], text: string, states: readonly string[]) {
    super(book, values, text);
    this.#states = states;
  }

  /** Switches a state on or off. @throws RangeError for a state that is none */
  set(state: State, on = true): void {
    const index = this.#indexOf(state);
    const cells = this.current();
    if (cells !== undefined) cells[this.at + index] = on ? 1 : 0;
  }

  /** Switches this state on and all others off. */
  only(state: State): void {
    const index = this.#indexOf(state);
    const cells = this.current();
    if (cells === undefined) return;
    cells[this.at + index] = 1;
    for (let i = 0; i < this.#states.length; i++) if (i !== index) cells[this.at + i] = 0;
  }

  #indexOf(state: string): number {
    const index = this.#states.indexOf(state);
    if (index >= 0) return index;
    throw new RangeError(`The state must be one of ${this.#states.join(', ')}, got ${describe(state)}`);
  }
}

/** States that are on or off, a sample each. Of several threads a state is on where it is on in any. */
export class StateSet<State extends string = string, L extends string = string> extends Family<
  L,
  StateSetSeries<State>
> {
  readonly states: readonly State[];

  constructor(book: Book, description: Description, maxSeries?: number) {
    const states = description.shape.states as readonly State[];
    super(book, description, states.length, maxSeries);
    this.states = states;
  }

  /** Of a metric without labels. */
  set(state: State, on = true): void {
    this.single().set(state, on);
  }

  /** Of a metric without labels. */
  only(state: State): void {
    this.single().only(state);
  }

  override point(series: StateSetSeries<State>): StatesPoint {
    return { kind: 'states', states: this.states, values: Array.from(this.merged(series), (value) => value > 0) };
  }

  protected override get valueIsOfThread(): boolean {
    return true;
  }

  protected override make(values: readonly string[], text: string): StateSetSeries<State> {
    return new StateSetSeries(this.book, values, text, this.states);
  }
}
