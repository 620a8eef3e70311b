/**
 * Who takes part in a shared arena: a table in its memory, one slot a thread, and the lock around what they seldom do.
 *
 * The allocator and the directory of names belong to one participant at a time; structures have locks of their own. The
 * table and its slots are drawn in assembly/sync/lock.ts.
 */

import { AshlarError } from './errors.js';

/** Slots there are. */
const MAX_PARTICIPANTS = 128;
const SLOT_WORDS = 16;
export const TABLE_BYTES = 64 * (1 + MAX_PARTICIPANTS);

// Words of the arena's header that later versions were to keep: see assembly/memory/arena/layout.ts.
const TABLE = 3400 >> 2;
const LOCK = 3404 >> 2;
const BROKEN = 3408 >> 2;
const LOCKED = 3412 >> 2;
const CHANGING = 3416 >> 2;

// Words of a slot.
const STATE = 0;
const READING = 1;
const MAY_WAIT = 2;
const TABLE_AT = 3;
const GENERATION = 4;
const STAGING = 5;
const STAGING_BYTES = 6;

// An identity: a bit that keeps it from being 0, who came how often to the slot, the number of the slot.
const IDENTITY_BIT = 1 << 29;
const GENERATIONS = (1 << 22) - 1;
const NUMBER_BITS = 7;

const FREE = 0;
const TAKING_PART = 1;
const GONE = 2;

const SPINS = 10_000;
const WAIT_MS = 1;
const LEASE_WAITS = 1000;

/** A shared arena cannot be used as it was asked to be. */
export class SharedArenaError extends AshlarError {
  constructor(message: string) {
    super('SHARED_ARENA', message);
  }
}

/** The table of one shared memory, as one participant sees it. */
export class Participants {
  /** Address of this participant's slot. */
  readonly slot: number;
  /** Stands for this participant and for nobody who has its slot before or after: 30 bits, not 0. */
  readonly identity: number;
  /** Whether this thread may sleep: the main thread of a browser may not. */
  readonly mayWait: boolean;
  readonly #words: Int32Array;
  #depth = 0;

  /** @param table address of a table that was just allocated, all zero; 0 to join the one that is there */
  constructor(buffer: ArrayBufferLike, table: number) {
    this.#words = new Int32Array(buffer);
    this.mayWait = mayWaitHere();
    if (table !== 0) Atomics.store(this.#words, TABLE, table);
    this.slot = this.#join();
    const at = this.slot >>> 2;
    this.#words[at + MAY_WAIT] = this.mayWait ? 1 : 0;
    this.#words[at + TABLE_AT] = this.table;
    Atomics.store(this.#words, at + READING, 0);
    const generation = (Atomics.add(this.#words, at + GENERATION, 1) + 1) & GENERATIONS;
    this.identity = IDENTITY_BIT | (generation << NUMBER_BITS) | this.number;
  }

  get table(): number {
    return Atomics.load(this.#words, TABLE) >>> 0;
  }

  /** The number of this participant, which `bury` takes. */
  get number(): number {
    return (this.slot - this.table) / 64 - 1;
  }

  /** Participants there are. */
  get count(): number {
    const words = this.#words;
    const used = Atomics.load(words, this.table >>> 2);
    let count = 0;
    for (let i = 0; i < used; i++) if (Atomics.load(words, this.#slotAt(i) + STATE) === TAKING_PART) count++;
    return count;
  }

  /** The staging block of this slot, also of who died in it: address and bytes, 0 when there is none. */
  get staging(): readonly [address: number, bytes: number] {
    const at = this.slot >>> 2;
    const address = (this.#words[at + STAGING] as number) >>> 0;
    return [address, address === 0 ? 0 : (this.#words[at + STAGING_BYTES] as number) >>> 0];
  }

  /** Notes it, so that it is not lost with the thread: before it is freed that there is none. */
  noteStaging(address: number, bytes: number): void {
    const at = this.slot >>> 2;
    this.#words[at + STAGING_BYTES] = bytes;
    this.#words[at + STAGING] = address;
  }

  /** Whether who had this identity still takes part: false once it has left or was buried. */
  isHere(identity: number): boolean {
    const at = this.#slotAt(identity & ((1 << NUMBER_BITS) - 1));
    if (Atomics.load(this.#words, at + STATE) !== TAKING_PART) return false;
    return (Atomics.load(this.#words, at + GENERATION) & GENERATIONS) === ((identity >>> NUMBER_BITS) & GENERATIONS);
  }

  /** Gives the slot of this participant back. */
  leave(): void {
    Atomics.store(this.#words, (this.slot >>> 2) + READING, 0);
    Atomics.store(this.#words, (this.slot >>> 2) + STATE, FREE);
  }

  /** Says that a participant is no more, so that nobody waits for it. False when there is none of this number. */
  bury(number: number): boolean {
    const at = this.#slotAt(number);
    if (Atomics.compareExchange(this.#words, at + STATE, TAKING_PART, GONE) !== TAKING_PART) return false;
    // Whoever waits for its locks now sees that it is gone. Its slot is free again once nobody can.
    return true;
  }

  /**
   * Does what only one participant may at a time.
   *
   * @throws SharedArenaError on a thread that must not wait while another is at it, and for good once one was killed in the
   *   few nanoseconds in which the allocator's lists change
   */
  exclusive<T>(action: () => T): T {
    if (this.#depth > 0) return action();
    this.#lock();
    this.#depth++;
    try {
      return action();
    } finally {
      this.#depth--;
      Atomics.store(this.#words, LOCK, 0);
      Atomics.notify(this.#words, LOCK, 1);
    }
  }

  #lock(): void {
    const words = this.#words;
    const mine = this.slot | 1;
    let waits = 0;
    let seen = 0;
    for (let spins = 0; ; spins++) {
      if (Atomics.load(words, BROKEN) !== 0) throw broken();
      const holder = Atomics.compareExchange(words, LOCK, 0, mine);
      if (holder === 0) {
        Atomics.add(words, LOCKED, 1);
        return;
      }
      const locked = Atomics.load(words, LOCKED);
      if (locked !== seen) waits = 0;
      seen = locked;
      const gone = Atomics.load(words, ((holder & ~1) >>> 2) + STATE) === GONE;
      if (gone || waits >= LEASE_WAITS) {
        if (Atomics.load(words, CHANGING) !== 0) {
          // Nobody can tell what of the lists is whole: nothing is allocated any more.
          if (Atomics.load(words, LOCK) === holder) Atomics.store(words, BROKEN, 1);
        } else if (Atomics.compareExchange(words, LOCK, holder, mine) === holder) {
          // At worst a block is lost that it had and nobody knows of.
          Atomics.add(words, LOCKED, 1);
          return;
        }
        continue;
      }
      if (spins < SPINS) continue;
      if (!this.mayWait) {
        throw new SharedArenaError(
          'Another thread is making or freeing a structure, and this thread must not wait: try again',
        );
      }
      Atomics.wait(words, LOCK, holder, WAIT_MS);
      waits++;
    }
  }

  #join(): number {
    const words = this.#words;
    const head = this.table >>> 2;
    for (let number = 0; number < MAX_PARTICIPANTS; number++) {
      const at = this.#slotAt(number);
      const free = Atomics.compareExchange(words, at + STATE, FREE, TAKING_PART) === FREE;
      if (!free && Atomics.compareExchange(words, at + STATE, GONE, TAKING_PART) !== GONE) continue;
      for (let used = Atomics.load(words, head); used <= number; used = Atomics.load(words, head)) {
        Atomics.compareExchange(words, head, used, number + 1);
      }
      return at << 2;
    }
    throw new SharedArenaError(
      `All ${MAX_PARTICIPANTS} places in the shared arena are taken: detach() what is done, bury() what has ended`,
    );
  }

  #slotAt(number: number): number {
    if (!Number.isInteger(number) || number < 0 || number >= MAX_PARTICIPANTS) {
      throw new RangeError(`A participant must be an integer from 0 to ${MAX_PARTICIPANTS - 1}, got ${number}`);
    }
    return (this.table >>> 2) + SLOT_WORDS * (1 + number);
  }
}

function broken(): SharedArenaError {
  return new SharedArenaError(
    'A thread died while it made or freed a structure: what there is can be used, nothing can be made any more',
  );
}

/** Atomics.wait throws where nobody may wait: on the main thread of a browser. */
function mayWaitHere(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return true;
  } catch {
    return false;
  }
}
