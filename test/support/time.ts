/** Time that stands still until a test moves it: one Clock and one Timer. */

import type { Clock } from '../../src/ports/clock.js';
import type { Cancel, Timer } from '../../src/ports/timer.js';

interface Due {
  atMs: number;
  readonly callback: () => void;
  readonly periodMs: number | undefined;
}

export class ManualTime implements Clock, Timer {
  #wallMs: number;
  #elapsedMs = 0;
  readonly #due = new Set<Due>();

  constructor(startMs = 1_700_000_000_000) {
    this.#wallMs = startMs;
  }

  now(): number {
    return this.#wallMs;
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  /** The wall clock jumps, forward or back; nothing elapses. */
  jump(byMs: number): void {
    this.#wallMs += byMs;
  }

  after(delayMs: number, callback: () => void): Cancel {
    return this.#schedule(delayMs, callback, undefined);
  }

  every(periodMs: number, callback: () => void): Cancel {
    return this.#schedule(periodMs, callback, periodMs);
  }

  /** How many callbacks are scheduled. */
  get pending(): number {
    return this.#due.size;
  }

  /** Time passes: what is due runs, the earliest first, each at its moment. */
  advance(byMs: number): void {
    const endMs = this.#elapsedMs + byMs;
    for (let due = this.#earliest(endMs); due !== undefined; due = this.#earliest(endMs)) {
      this.#moveTo(Math.max(due.atMs, this.#elapsedMs));
      if (due.periodMs === undefined) this.#due.delete(due);
      else due.atMs += due.periodMs;
      due.callback();
    }
    this.#moveTo(endMs);
  }

  /** As `advance`, with the promises that wait for what is due given their turn after each step. */
  async pass(byMs: number, steps = 1): Promise<void> {
    for (let step = 0; step < steps; step++) {
      await settled();
      this.advance(byMs / steps);
    }
    await settled();
  }

  #schedule(delayMs: number, callback: () => void, periodMs: number | undefined): Cancel {
    const due: Due = { atMs: this.#elapsedMs + Math.max(0, delayMs), callback, periodMs };
    this.#due.add(due);
    return () => void this.#due.delete(due);
  }

  #earliest(endMs: number): Due | undefined {
    let first: Due | undefined;
    for (const due of this.#due) if (due.atMs <= endMs && (first === undefined || due.atMs < first.atMs)) first = due;
    return first;
  }

  #moveTo(elapsedMs: number): void {
    this.#wallMs += elapsedMs - this.#elapsedMs;
    this.#elapsedMs = elapsedMs;
  }
}

/** Every promise that can go on has gone on: one turn of the event loop. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
