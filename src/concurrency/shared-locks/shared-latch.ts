/** `SharedCountDownLatch`: threads wait until so many things have happened; then it is open for good. */

import type { Arena } from '../../../bindings/arena.js';
import { Bell } from '../../../bindings/bell.js';
import { Adopted, type StructureKind } from '../../../bindings/handle.js';
import { checkInteger } from '../../../bindings/sketch.js';
import { type Attempt, type Line, NOT_YET } from '../../base/line.js';
import { ClosedError } from '../../base/wait-errors.js';
import type { WaitOptions } from '../../base/waiter.js';
import {
  NO_OPTIONS,
  SharedHandle,
  type SharedOpenOptions,
  type SharedOptions,
  type SyncWaitOptions,
} from './shared-lock.js';

export interface SharedCountDownLatchOptions extends SharedOptions {
  /** What must happen so many times, 0 to 2^31 − 1. */
  count: number;
}

const KIND: StructureKind = { number: 74, name: 'SharedCountDownLatch' };
const MOST = 2 ** 31 - 1;
/** The count, and the bell on a cache line of its own. */
const BYTES = 128;
const BELL = 64;

export class SharedCountDownLatch extends SharedHandle {
  readonly #words: Int32Array;
  readonly #at: number;
  readonly #bell: Bell;
  readonly #line: Line;

  /** Throws as `SharedSemaphore`. */
  constructor(options: SharedCountDownLatchOptions | Adopted, open: SharedOpenOptions = {}) {
    super(KIND, options, open, (arena) => {
      const { count } = options as SharedCountDownLatchOptions;
      checkInteger(count, 'count', 0, MOST);
      const root = arena.allocAligned(BYTES, 64);
      arena.u8Until(root + BYTES).fill(0, root, root + BYTES);
      arena.u32[root >>> 2] = count;
      return root;
    });
    this.#words = new Int32Array(this.arena.memory.buffer);
    this.#at = this.pointer >>> 2;
    this.#bell = new Bell(this.#words, (this.pointer + BELL) >>> 2);
    this.#line = this.lineAt(this.#bell);
  }

  /** The latch of this name. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string, options: SharedOpenOptions = {}): SharedCountDownLatch {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof SharedCountDownLatch
      ? handle
      : new SharedCountDownLatch(new Adopted(arena, root), options);
  }

  /** What still must happen. */
  get count(): number {
    this.alive;
    return Atomics.load(this.#words, this.#at);
  }

  /** Something happened, `times` times; nothing below 0. At 0 all who wait go on. One atomic step. */
  countDown(times = 1): void {
    this.alive;
    checkInteger(times, 'times', 1, MOST);
    for (;;) {
      const count = Atomics.load(this.#words, this.#at);
      const left = Math.max(0, count - times);
      if (Atomics.compareExchange(this.#words, this.#at, count, left) !== count) continue;
      if (left === 0) this.#bell.ring();
      return;
    }
  }

  /** Waits for 0. Rejects with `signal.reason`, `TimeoutError` or `QueueFullError`. */
  wait(options: WaitOptions = NO_OPTIONS): Promise<void> {
    return this.#line.wait(this.#attempt, options, 'SharedCountDownLatch.wait');
  }

  /** The same, holding the thread up. @throws TimeoutError; SharedArenaError on a thread that must not wait */
  waitSync(options: SyncWaitOptions = NO_OPTIONS): void {
    this.hold(this.#bell, 'SharedCountDownLatch.waitSync', options, this.#attempt);
  }

  /** Frees it for all threads, when the others are done. Calls that wait here get a `ClosedError`. */
  override dispose(): void {
    this.#line.fail(new ClosedError('SharedCountDownLatch'));
    super.dispose();
  }

  readonly #attempt: Attempt<void> = () => (this.count === 0 ? undefined : NOT_YET);
}
