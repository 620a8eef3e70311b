/** `SharedCounter`: one number that all threads of a shared arena add to, without waiting for each other. */

import type { Arena } from '../../../bindings/arena.js';
import { Adopted, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import { type SharedCounterKernel, sharedCounterKernel } from '../../../bindings/kernels/structures/shared-counter.js';
import { checkInteger, Sketch } from '../../../bindings/sketch.js';

export interface SharedCounterOptions extends HandleOptions {
  /**
   * Cells of 64 bytes among which the threads are spread, 1 to 128. As many as threads that add at once is best. Default
   * 16, or 1 where the arena is not shared.
   */
  cells?: number;
}

const KIND: StructureKind = { number: 61, name: 'SharedCounter' };
const MOST_CELLS = 128;
const USUAL_CELLS = 16;

/**
 * A sum of integers. Each thread adds to a cell on a cache line of its own, so that they do not slow each other down, and
 * each addition is one atomic instruction: whenever a thread is killed, what it added counts. The cells have 64 bits and
 * wrap; sums are exact as long as they are integers that JavaScript has exactly, up to 2^53 − 1 either way.
 */
export class SharedCounter extends Sketch<SharedCounterKernel> {
  /** Address of this thread's cell. */
  readonly #cell: number;

  /**
   * @throws RangeError for options; TypeError for a shared arena without a name
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: SharedCounterOptions | Adopted = {}) {
    super(KIND, sharedCounterKernel, options, (arena, kernel) => {
      const { cells = arena.isShared ? USUAL_CELLS : 1 } = options as SharedCounterOptions;
      checkInteger(cells, 'cells', 1, MOST_CELLS);
      return kernel.create(cells);
    });
    this.#cell = this.kernel.cellOf(this.alive, this.arena.participant?.number ?? 0);
  }

  /** The counter of this name. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string): SharedCounter {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof SharedCounter ? handle : new SharedCounter(new Adopted(arena, root));
  }

  /** Adds an integer, 1 unless told otherwise; it may be negative. O(1), and waits for nobody. @throws TypeError, RangeError */
  add(delta = 1): void {
    this.alive;
    if (!Number.isSafeInteger(delta)) checkInteger(delta, 'delta', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    this.kernel.add(this.#cell, delta);
  }

  /**
   * The sum. O(cells). Everything is in it that was added before the call, and nothing that is added after it; of what
   * others add meanwhile any part may be.
   */
  get(): number {
    return this.kernel.sum(this.alive);
  }

  /** The sum, which is 0 then: what others add meanwhile is in this sum or in the next one, and never lost. O(cells). */
  reset(): number {
    return this.kernel.take(this.alive);
  }
}
