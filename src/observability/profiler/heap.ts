/** Where the memory goes: samples of what was allocated and still lives; and whether it grows without end. */

import type { HeapProfileNode } from '../../ports/profiling.js';
import { type FlameGraphOptions, flameGraph } from './flame-graph.js';
import { addUp, foldedText, type HotFunction, hotFunctions, type StackNode } from './stacks.js';

/** What a sampled heap profile says. Weights are bytes that were allocated while it was taken, and lived at its end. */
export class HeapReport {
  readonly root: StackNode;
  readonly bytes: number;

  constructor(head: HeapProfileNode) {
    this.root = stacksOf(head);
    addUp(this.root);
    this.bytes = this.root.total;
  }

  /** Functions by the bytes they allocated themselves. */
  top(count = 10): HotFunction[] {
    return hotFunctions(this.root).slice(0, count);
  }

  folded(): string {
    return foldedText(this.root);
  }

  flameGraph(options: FlameGraphOptions = {}): string {
    const format = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;
    return flameGraph(this.root, { title: 'Heap', format, ...options });
  }
}

function stacksOf(node: HeapProfileNode): StackNode {
  return { frame: node.callFrame, self: node.selfSize, total: 0, children: node.children.map(stacksOf) };
}

export interface LeakVerdict {
  /** Whether what remains after collections rises again and again. */
  readonly suspected: boolean;
  /** The least that was in use in each part of the time. */
  readonly floors: readonly number[];
  /** From the first floor to the last. */
  readonly growthBytes: number;
}

const PARTS = 5;
const MOST_READINGS = 10_000;
const DEFAULT_GROWTH = 0.1;

/**
 * Tells a leak from the saw teeth of a collected heap: of each fifth of the readings the least counts, which is what
 * survived, and these floors must rise each time, by a tenth in all.
 */
export class LeakDetector {
  readonly #growth: number;
  #readings: number[] = [];

  /** @param growth how much the last floor must be above the first, as a share of it */
  constructor(growth = DEFAULT_GROWTH) {
    if (!(growth > 0)) throw new RangeError(`growth must be above 0, got ${growth}`);
    this.#growth = growth;
  }

  /** Notes how many bytes are in use now. Of more than ten thousand readings every other one is forgotten. */
  sample(heapUsedBytes: number): void {
    if (!(heapUsedBytes >= 0)) throw new RangeError(`heapUsedBytes must be from 0, got ${heapUsedBytes}`);
    if (this.#readings.length >= MOST_READINGS) this.#readings = this.#readings.filter((_, i) => i % 2 === 0);
    this.#readings.push(heapUsedBytes);
  }

  verdict(): LeakVerdict {
    const readings = this.#readings;
    if (readings.length < 2 * PARTS) return { suspected: false, floors: [], growthBytes: 0 };
    const floors = Array.from({ length: PARTS }, (_, part) => {
      const from = Math.floor((part * readings.length) / PARTS);
      const to = Math.floor(((part + 1) * readings.length) / PARTS);
      return readings.slice(from, to).reduce((least, bytes) => Math.min(least, bytes), Number.POSITIVE_INFINITY);
    });
    const [first, last] = [floors[0] as number, floors[PARTS - 1] as number];
    const rises = floors.every((floor, i) => i === 0 || floor > (floors[i - 1] as number));
    return { suspected: rises && last - first > this.#growth * first, floors, growthBytes: last - first };
  }
}
