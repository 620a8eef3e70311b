/**
 * The records of a ring: writing them behind the tail, reading them at the head. Whoever calls has the seat at that end.
 *
 * Invariants: head ≤ where it was seen last ≤ tail, and the other way round; what is between head and tail is whole records.
 * A word is written that publishes, or is not: a thread that dies in between leaves nothing that anybody must mend.
 */

import {
  CAPACITY,
  CAPACITY_BYTES,
  CLOSED,
  DATA,
  DATA_BYTES,
  HEAD,
  HEAD_SEEN,
  POSITION,
  PUSHED,
  SECOND,
  SHIFTED,
  SHIFTED_SEEN,
  sizeFor,
  TAIL,
  TAIL_SEEN,
} from './layout.js';

/** What writing and reading come to. */
export const DONE = 1;
const NO_ROOM = 0;
export const IS_CLOSED = -1;
/** Somebody held this thread dead, because it was held up for a second, and went on in its place. */
export const LOST = -2;

export const READY = 1;
const EMPTY = 0;
export const ENDED = -1;

/** Up to this many bytes a loop is faster than a call that copies. */
const LOOP_BYTES = 16;
const FULL_ENOUGH = 0.75;

export class RingStore {
  readonly capacity: number;
  readonly capacityBytes: number;
  readonly tailAt: number;
  readonly headAt: number;
  readonly #words: Int32Array;
  readonly #u8: Uint8Array<ArrayBuffer>;
  readonly #f64: Float64Array;
  readonly #data: number;
  readonly #mask: number;
  readonly #headSeen: number;
  readonly #tailSeen: number;
  readonly #pushed: number;
  readonly #shifted: number;
  readonly #shiftedSeen: number;

  constructor(buffer: ArrayBufferLike, root: number) {
    const words = new Int32Array(buffer);
    this.#words = words;
    // Its memory is shared; what is sliced from it is not.
    this.#u8 = new Uint8Array(buffer as ArrayBuffer);
    this.#f64 = new Float64Array(buffer);
    const word = (offset: number): number => (words[(root + offset) >>> 2] as number) >>> 0;
    this.capacity = word(CAPACITY);
    this.capacityBytes = word(CAPACITY_BYTES);
    this.#data = root + DATA;
    this.#mask = word(DATA_BYTES) - 1;
    this.tailAt = (root + TAIL) >>> 2;
    this.headAt = (root + HEAD) >>> 2;
    this.#headSeen = (root + HEAD_SEEN) >>> 2;
    this.#tailSeen = (root + TAIL_SEEN) >>> 2;
    this.#pushed = (root + PUSHED) >>> 3;
    this.#shifted = (root + SHIFTED) >>> 3;
    this.#shiftedSeen = (root + SHIFTED_SEEN) >>> 3;
  }

  // ── The producer's end ──────────────────────────────────────────────────────────────────────────

  /** DONE, NO_ROOM, IS_CLOSED or LOST. */
  write(record: Uint8Array): number {
    const tail = Atomics.load(this.#words, this.tailAt);
    if ((tail & CLOSED) !== 0) return IS_CLOSED;
    const position = tail & POSITION;
    const size = sizeFor(record.length);
    if (!this.#hasRoom(tail, position, size, 1)) return NO_ROOM;
    this.#put(position, record);
    return this.#publish(tail, position + size, 1);
  }

  /** As many of the records from `from` on as have room, published at once; how many, or IS_CLOSED or LOST. */
  writeMany(records: readonly Uint8Array[], from: number): number {
    const tail = Atomics.load(this.#words, this.tailAt);
    if ((tail & CLOSED) !== 0) return IS_CLOSED;
    let position = tail & POSITION;
    let count = 0;
    for (let i = from; i < records.length; i++) {
      const record = records[i] as Uint8Array;
      const size = sizeFor(record.length);
      if (!this.#hasRoom(tail, position, size, count + 1)) break;
      this.#put(position, record);
      position = (position + size) | 0;
      count++;
    }
    if (count === 0) return 0;
    const status = this.#publish(tail, position, count);
    return status === DONE ? count : status;
  }

  #hasRoom(tail: number, position: number, size: number, count: number): boolean {
    const words = this.#words;
    const f64 = this.#f64;
    const pushed = (f64[this.#pushed + ((tail & SECOND) >> 1)] as number) + count;
    const { capacity, capacityBytes } = this;
    const used = (position - (words[this.#headSeen] as number)) >>> 0;
    if (used + size <= capacityBytes && pushed - (f64[this.#shiftedSeen] as number) <= capacity) return true;
    this.#look();
    const left = (position - (words[this.#headSeen] as number)) >>> 0;
    return left + size <= capacityBytes && pushed - (f64[this.#shiftedSeen] as number) <= capacity;
  }

  /** Whether a quarter of the room is free where the head is there: about, while it moves. */
  isFree(head: number): boolean {
    const f64 = this.#f64;
    const tail = this.#words[this.tailAt] as number;
    const used = ((tail & POSITION) - (head & POSITION)) >>> 0;
    const pushed = f64[this.#pushed + ((tail & SECOND) >> 1)] as number;
    const size = pushed - (f64[this.#shifted + ((head & SECOND) >> 1)] as number);
    return used <= this.capacityBytes * FULL_ENOUGH && size <= Math.ceil(this.capacity * FULL_ENOUGH);
  }

  /** Looks where the head is. It ends: each time a record was shifted, and none is pushed meanwhile. */
  #look(): void {
    const words = this.#words;
    const f64 = this.#f64;
    for (;;) {
      const head = Atomics.load(words, this.headAt);
      const shifted = f64[this.#shifted + ((head & SECOND) >> 1)] as number;
      if (Atomics.load(words, this.headAt) !== head) continue;
      // Each for itself is on the safe side: it does not matter that they are two.
      words[this.#headSeen] = head & POSITION;
      f64[this.#shiftedSeen] = shifted;
      return;
    }
  }

  #put(position: number, record: Uint8Array): void {
    const u8 = this.#u8;
    const mask = this.#mask;
    const length = record.length;
    this.#words[(this.#data + (position & mask)) >>> 2] = length;
    const offset = (position + 4) & mask;
    const start = this.#data + offset;
    const before = mask + 1 - offset;
    if (length > before) {
      u8.set(record.subarray(0, before), start);
      u8.set(record.subarray(before), this.#data);
    } else if (length > LOOP_BYTES) {
      u8.set(record, start);
    } else {
      for (let i = 0; i < length; i++) u8[start + i] = record[i] as number;
    }
  }

  #publish(tail: number, position: number, count: number): number {
    const f64 = this.#f64;
    const which = (tail & SECOND) >> 1;
    f64[this.#pushed + (which ^ 1)] = (f64[this.#pushed + which] as number) + count;
    const next = position | ((tail & SECOND) ^ SECOND);
    const found = Atomics.compareExchange(this.#words, this.tailAt, tail, next);
    if (found === tail) return DONE;
    return (found & CLOSED) !== 0 ? IS_CLOSED : LOST;
  }

  // ── The consumer's end ──────────────────────────────────────────────────────────────────────────

  /** READY when there is a record, ENDED when there will be none, else EMPTY. */
  look(): number {
    const head = (this.#words[this.headAt] as number) & POSITION;
    return head === this.#words[this.#tailSeen] ? this.lookFar() : READY;
  }

  /** The same, and `after` then gives all the records there are. */
  lookFar(): number {
    const words = this.#words;
    const head = (words[this.headAt] as number) & POSITION;
    const tail = Atomics.load(words, this.tailAt);
    words[this.#tailSeen] = tail & POSITION;
    if (head !== (tail & POSITION)) return READY;
    return (tail & CLOSED) !== 0 ? ENDED : EMPTY;
  }

  /** Where the first record is. `look` must have found one. */
  get first(): number {
    return (this.#words[this.headAt] as number) & POSITION;
  }

  /** Where the record behind this one is, or −1 when there is none. */
  after(position: number): number {
    const next = (position + sizeFor(this.lengthAt(position))) | 0;
    return next === this.#words[this.#tailSeen] ? -1 : next;
  }

  lengthAt(position: number): number {
    return this.#words[(this.#data + (position & this.#mask)) >>> 2] as number;
  }

  /** A copy of the record at a position. */
  copyOf(position: number, length: number): Uint8Array<ArrayBuffer> {
    const at = (position + 4) & this.#mask;
    if (at + length <= this.#mask + 1) return this.#u8.slice(this.#data + at, this.#data + at + length);
    const record = new Uint8Array(length);
    this.copy(position, length, record, 0);
    return record;
  }

  /** Copies the record at a position to where there is room for it. */
  copy(position: number, length: number, target: Uint8Array, offset: number): void {
    const u8 = this.#u8;
    const at = (position + 4) & this.#mask;
    const start = this.#data + at;
    const before = this.#mask + 1 - at;
    if (length > before) {
      target.set(u8.subarray(start, start + before), offset);
      target.set(u8.subarray(this.#data, this.#data + length - before), offset + before);
    } else if (length > LOOP_BYTES) {
      target.set(u8.subarray(start, start + length), offset);
    } else {
      for (let i = 0; i < length; i++) target[offset + i] = u8[start + i] as number;
    }
  }

  /** Gives the room of `count` records back, up to `position`; false when somebody else did meanwhile, as after LOST. */
  advance(position: number, count: number): boolean {
    const f64 = this.#f64;
    const words = this.#words;
    const head = words[this.headAt] as number;
    const which = (head & SECOND) >> 1;
    f64[this.#shifted + (which ^ 1)] = (f64[this.#shifted + which] as number) + count;
    const next = position | ((head & SECOND) ^ SECOND);
    return Atomics.compareExchange(words, this.headAt, head, next) === head;
  }

  // ── Anybody ─────────────────────────────────────────────────────────────────────────────────────

  /** No record is taken any more. False when it was closed before. */
  close(): boolean {
    return (Atomics.or(this.#words, this.tailAt, CLOSED) & CLOSED) === 0;
  }

  get closed(): boolean {
    return (Atomics.load(this.#words, this.tailAt) & CLOSED) !== 0;
  }

  /** Nothing is left between the tail and the head. */
  get empty(): boolean {
    const words = this.#words;
    return ((Atomics.load(words, this.headAt) ^ Atomics.load(words, this.tailAt)) & POSITION) === 0;
  }

  get pushed(): number {
    return this.#countAt(this.tailAt, this.#pushed);
  }

  get shifted(): number {
    return this.#countAt(this.headAt, this.#shifted);
  }

  get usedBytes(): number {
    const head = Atomics.load(this.#words, this.headAt) & POSITION;
    return Math.min(((Atomics.load(this.#words, this.tailAt) & POSITION) - head) >>> 0, this.capacityBytes);
  }

  /** 0, or which invariant is broken. Nobody may be at either end. O(n). */
  check(): number {
    const tail = Atomics.load(this.#words, this.tailAt) & POSITION;
    const used = (tail - this.first) >>> 0;
    if (used > this.capacityBytes) return 1;
    let walked = 0;
    let count = 0;
    for (let position = this.first; walked < used; count++) {
      const length = this.lengthAt(position);
      if (length < 0 || length > this.capacityBytes - 4) return 2;
      walked += sizeFor(length);
      position = (position + sizeFor(length)) | 0;
    }
    if (walked !== used) return 3;
    if (count !== this.pushed - this.shifted) return 4;
    return count > this.capacity ? 5 : 0;
  }

  /** The count that a position's second bit points to. */
  #countAt(position: number, counts: number): number {
    for (;;) {
      const word = Atomics.load(this.#words, position);
      const count = this.#f64[counts + ((word & SECOND) >> 1)] as number;
      if (Atomics.load(this.#words, position) === word) return count;
    }
  }
}
