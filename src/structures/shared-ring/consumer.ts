/** The end of a ring at which records come out. */

import { BUSY, NOT_YET } from '../../base/line.js';
import { RingEnd, SPINS } from './end.js';
import { sizeFor } from './layout.js';
import { ENDED, READY } from './store.js';

type Record = Uint8Array<ArrayBuffer>;

export class Consumer extends RingEnd {
  /** The oldest record; `undefined` when none will come any more. */
  shift(patient: boolean): Record | undefined | typeof NOT_YET | typeof BUSY {
    if (!this.seated(patient)) return BUSY;
    const store = this.store;
    const found = store.look();
    if (found !== READY) {
      this.seat.give();
      return found === ENDED ? undefined : NOT_YET;
    }
    const position = store.first;
    const length = store.lengthAt(position);
    const record = store.copyOf(position, length);
    return this.#advance((position + sizeFor(length)) | 0, 1) ? record : BUSY;
  }

  /** Its length, when it was copied or is too long; −1 when none will come any more. */
  shiftInto(target: Uint8Array, offset: number, patient: boolean): number | typeof NOT_YET | typeof BUSY {
    if (!this.seated(patient)) return BUSY;
    const store = this.store;
    const found = store.look();
    if (found !== READY) {
      this.seat.give();
      return found === ENDED ? -1 : NOT_YET;
    }
    const position = store.first;
    const length = store.lengthAt(position);
    if (length > target.length - offset) {
      this.seat.give();
      return length;
    }
    store.copy(position, length, target, offset);
    return this.#advance((position + sizeFor(length)) | 0, 1) ? length : BUSY;
  }

  /** At least one record and at most `limit`. */
  shiftSome(limit: number, patient: boolean): Record[] | undefined | typeof NOT_YET | typeof BUSY {
    if (!this.seated(patient)) return BUSY;
    const store = this.store;
    const found = store.lookFar();
    if (found !== READY) {
      this.seat.give();
      return found === ENDED ? undefined : NOT_YET;
    }
    const records: Record[] = [];
    let end = store.first;
    for (let position = end; position !== NONE && records.length < limit; position = store.after(position)) {
      const length = store.lengthAt(position);
      records.push(store.copyOf(position, length));
      end = (position + sizeFor(length)) | 0;
    }
    return this.#advance(end, records.length) ? records : BUSY;
  }

  protected override spin(seen: number): boolean {
    const { words, watched } = this;
    for (let spins = 0; spins < SPINS; spins++) if (Atomics.load(words, watched) !== seen) return true;
    return false;
  }

  #advance(position: number, count: number): boolean {
    const moved = this.store.advance(position, count);
    this.seat.give();
    if (moved) this.opposite.ring();
    return moved;
  }
}

/** What `after` gives behind the last record: no position, which are multiples of 4. */
const NONE = -1;
