/** The end of a ring at which records go in. */

import { BUSY, NOT_YET } from '../../base/line.js';
import { ClosedError } from '../../base/wait-errors.js';
import { RingEnd, SPINS } from './end.js';
import { DONE, IS_CLOSED, LOST } from './store.js';

export class Producer extends RingEnd {
  /** @throws ClosedError */
  push(record: Uint8Array, patient: boolean): true | typeof NOT_YET | typeof BUSY {
    if (!this.seated(patient)) return BUSY;
    const status = this.store.write(record);
    this.seat.give();
    if (status === DONE) {
      this.opposite.ring();
      return true;
    }
    if (status === IS_CLOSED) throw new ClosedError('SharedRing');
    return status === LOST ? BUSY : NOT_YET;
  }

  /** How many of the records from `from` on went in. @throws ClosedError */
  pushSome(records: readonly Uint8Array[], from: number, patient: boolean): number | typeof BUSY {
    if (!this.seated(patient)) return BUSY;
    const count = this.store.writeMany(records, from);
    this.seat.give();
    if (count > 0) this.opposite.ring();
    if (count === IS_CLOSED) throw new ClosedError('SharedRing');
    return count === LOST ? BUSY : count;
  }

  /** An attempt to put the rest of the records in, to be repeated until it is true. */
  inParts(records: readonly Uint8Array[]): (patient: boolean) => true | typeof NOT_YET | typeof BUSY {
    let from = 0;
    return (patient) => {
      if (from === records.length) return true;
      const count = this.pushSome(records, from, patient);
      if (count === BUSY) return BUSY;
      from += count;
      return from === records.length ? true : NOT_YET;
    };
  }

  /**
   * Does not go on at the first record that is shifted: producer and consumer would go in step from then on, and have
   * their cache lines from each other for every record.
   */
  protected override spin(seen: number): boolean {
    const { words, watched, store } = this;
    for (let spins = 0; spins < SPINS; spins++) {
      const head = Atomics.load(words, watched);
      if (head !== seen && store.isFree(head)) return true;
    }
    return Atomics.load(words, watched) !== seen;
  }
}
