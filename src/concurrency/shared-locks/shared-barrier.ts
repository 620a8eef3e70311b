/** `SharedBarrier`: so many threads wait for each other, go on together, and may meet again. */

import type { Arena } from '../../../bindings/arena.js';
import { Adopted, type StructureKind } from '../../../bindings/handle.js';
import { checkInteger } from '../../../bindings/sketch.js';
import { type Attempt, BUSY, NOT_YET } from '../../base/line.js';
import type { WaitOptions } from '../../base/waiter.js';
import { BrokenBarrierError } from '../barrier/index.js';
import { Place, Preference } from './permit-table.js';
import {
  NO_OPTIONS,
  SharedLock,
  type SharedOpenOptions,
  type SharedOptions,
  type SyncWaitOptions,
} from './shared-lock.js';

export interface SharedBarrierOptions extends SharedOptions {
  /** How many must come, 1 to 1024. */
  parties: number;
}

const KIND: StructureKind = { number: 73, name: 'SharedBarrier' };
const MOST_PARTIES = 1024;
const BROKEN = 1;

/**
 * A cyclic barrier between threads. Who gives up, or dies while it waits, breaks it for all who wait, since they would wait
 * for ever; one who dies before it comes is not missed by anybody but its owner.
 */
export class SharedBarrier extends SharedLock {
  /** How many must come. */
  readonly parties: number;

  /** Throws as `SharedSemaphore`. */
  constructor(options: SharedBarrierOptions | Adopted, open: SharedOpenOptions = {}) {
    // Who has gone on may come again before the last has seen that it may go on.
    const places = options instanceof Adopted ? 0 : checkedParties(options) * 2;
    super(KIND, options instanceof Adopted ? options : { ...options, places }, open, () => ({
      capacity: 0,
      preference: Preference.together,
    }));
    this.parties = this.table.places / 2;
  }

  /** The barrier of this name. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string, options: SharedOpenOptions = {}): SharedBarrier {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof SharedBarrier ? handle : new SharedBarrier(new Adopted(arena, root), options);
  }

  get broken(): boolean {
    this.alive;
    return this.table.mark === BROKEN;
  }

  /**
   * Waits until all have come.
   *
   * @returns a promise that rejects with `signal.reason` or `TimeoutError`, which breaks the barrier, and else with
   *   `BrokenBarrierError`
   */
  arrive(options: WaitOptions = NO_OPTIONS): Promise<void> {
    const { attempt, leave } = this.#arrival();
    return this.line.wait(attempt, options, 'SharedBarrier.arrive', () => {
      leave();
      this.#break();
    });
  }

  /** The same, holding the thread up. @throws TimeoutError, which breaks the barrier; BrokenBarrierError */
  arriveSync(options: SyncWaitOptions = NO_OPTIONS): void {
    const { attempt, leave } = this.#arrival();
    try {
      this.hold(this.table.bell, 'SharedBarrier.arriveSync', options, attempt);
    } catch (error) {
      leave();
      if (!(error instanceof BrokenBarrierError)) this.#break();
      throw error;
    }
  }

  /** Sends away who waits, with a `BrokenBarrierError`, and begins anew; also mends a broken barrier. */
  reset(): void {
    this.alive;
    this.table.sendAway(0);
  }

  #arrival(): { attempt: Attempt<void>; leave: () => void } {
    const { table } = this;
    let place = -1;
    const leave = () => {
      if (place >= 0) table.leave(place);
      place = -1;
    };
    const attempt = () => {
      this.alive;
      if (place < 0) {
        if (this.broken) throw new BrokenBarrierError('Somebody who waited gave up, or died');
        place = table.enter(1, true, 'SharedBarrier.arrive');
        if (place === -1) return BUSY;
        if (place < 0) throw new BrokenBarrierError('The barrier is closed');
        if (table.waiting >= this.parties) table.letIn(this.parties, true);
      }
      const became = table.look(place);
      if (became === Place.waits) return NOT_YET;
      leave();
      if (became === Place.gone)
        throw new BrokenBarrierError('Somebody who waited gave up or died, or the barrier was reset');
      return undefined;
    };
    return { attempt, leave };
  }

  #break(): void {
    if (!this.disposed) this.table.sendAway(BROKEN);
  }
}

function checkedParties({ parties }: SharedBarrierOptions): number {
  checkInteger(parties, 'parties', 1, MOST_PARTIES);
  return parties;
}
