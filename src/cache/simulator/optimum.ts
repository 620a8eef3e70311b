/** What no policy can beat: an eviction that knows the future. */

import { type Outcome, outcomeOf } from './simulate.js';
import type { Trace } from './trace.js';

/**
 * The most hits that a cache of `capacity` entries can have on a trace: whatever is asked for again last goes, or is not
 * taken in at all (Belády, "A study of replacement algorithms for a virtual-storage computer", 1966). O(n log n).
 *
 * @returns undefined for a trace with sizes: there the best choice is as hard to find as packing a knapsack
 */
export function optimum(trace: Trace, capacity: number): Outcome | undefined {
  if (trace.sizes !== undefined) return undefined;
  const { keys } = trace;
  const next = nextUses(trace);
  const isCached = new Uint8Array(trace.distinct);
  // Of each cached key the time of its next use, and, far below, times that have passed.
  const times = new MaxHeap(keys.length + 1);
  let cached = 0;
  let hits = 0;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as number;
    if (isCached[key] === 1) hits++;
    else {
      isCached[key] = 1;
      cached++;
    }
    times.push(next[i] as number);
    if (cached <= capacity) continue;
    const last = times.pop();
    isCached[last < keys.length ? (keys[last] as number) : last - keys.length] = 0;
    cached--;
  }
  return outcomeOf(keys.length, hits, keys.length, hits);
}

/** When the key of each request is asked for again; where it is not, a time of its own behind the end. */
function nextUses({ keys, distinct }: Trace): Float64Array {
  const next = new Float64Array(keys.length);
  const later = Float64Array.from({ length: distinct }, (_, key) => keys.length + key);
  for (let i = keys.length - 1; i >= 0; i--) {
    const key = keys[i] as number;
    next[i] = later[key] as number;
    later[key] = i;
  }
  return next;
}

/** A binary heap of different numbers, the greatest on top. */
class MaxHeap {
  readonly #values: Float64Array;
  #size = 0;

  constructor(capacity: number) {
    this.#values = new Float64Array(capacity);
  }

  push(value: number): void {
    const values = this.#values;
    let at = this.#size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((values[parent] as number) >= value) break;
      values[at] = values[parent] as number;
      at = parent;
    }
    values[at] = value;
  }

  pop(): number {
    const values = this.#values;
    const top = values[0] as number;
    const moved = values[--this.#size] as number;
    let at = 0;
    for (let child = 1; child < this.#size; child = 2 * at + 1) {
      if (child + 1 < this.#size && (values[child + 1] as number) > (values[child] as number)) child++;
      if ((values[child] as number) <= moved) break;
      values[at] = values[child] as number;
      at = child;
    }
    values[at] = moved;
    return top;
  }
}
