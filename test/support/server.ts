/** A server for tests whose time stands still until it is told to go on. */

import type { Clock } from '../../src/ports/clock.js';
import type { Timer } from '../../src/ports/timer.js';

interface Scheduled {
  atMs: number;
  readonly periodMs: number;
  readonly callback: () => void;
}

/** A clock and a timer under the test's hand. Timers fire, in order, while `advance` runs, and never else. */
export class ManualTime implements Clock, Timer {
  #nowMs: number;
  readonly #scheduled = new Set<Scheduled>();

  constructor(nowMs = 1_700_000_000_000) {
    this.#nowMs = nowMs;
  }

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    return this.#add({ atMs: this.#nowMs + delayMs, periodMs: 0, callback });
  }

  every(periodMs: number, callback: () => void): () => void {
    return this.#add({ atMs: this.#nowMs + periodMs, periodMs, callback });
  }

  #add(item: Scheduled): () => void {
    this.#scheduled.add(item);
    return () => {
      this.#scheduled.delete(item);
    };
  }

  /** Moves the clock without letting timers fire: what happens before any of them had a chance. */
  jump(ms: number): void {
    this.#nowMs += ms;
  }

  advance(ms: number): void {
    const end = this.#nowMs + ms;
    while (true) {
      const next = [...this.#scheduled].sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > end) break;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      if (next.periodMs > 0) next.atMs += next.periodMs;
      else this.#scheduled.delete(next);
      next.callback();
    }
    this.#nowMs = end;
  }
}

/** Waits until a condition holds; fails by name when it does not within `limitMs`. */
export async function until(what: string, condition: () => boolean, limitMs = 10_000): Promise<void> {
  const end = Date.now() + limitMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited ${limitMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
