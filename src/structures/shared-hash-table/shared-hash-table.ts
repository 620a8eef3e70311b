/** `SharedHashTable`: byte keys to byte values, for all threads of a shared arena at once. */

import type { Arena } from '../../../bindings/arena.js';
import { AshlarError } from '../../../bindings/errors.js';
import { Adopted, type HandleOptions, type StructureKind } from '../../../bindings/handle.js';
import {
  ENTRY_BYTES,
  KEY_BYTES,
  SEGMENT_LOG,
  type SharedHashTableKernel,
  sharedHashTableKernel,
  VALUE_BYTES,
} from '../../../bindings/kernels/structures/shared-hash-table.js';
import { type Bytes, roomFor, stageBytes } from '../../../bindings/keys.js';
import { SharedArenaError } from '../../../bindings/participants.js';
import { checkInteger, Sketch } from '../../../bindings/sketch.js';
import { describe } from '../../../bindings/staging.js';
import { readString } from '../../../bindings/strings.js';

export interface SharedHashTableOptions extends HandleOptions {
  /**
   * Bytes the table takes from its arena, once, and never more: entries, index, every header, and what allocation wastes.
   * 16 KiB for each segment to 4 GiB − 64 KiB.
   */
  maxBytes: number;
  /**
   * Parts of which each has its share of the keys and of the bytes, and one writer at a time: a power of two up to 1024. Take
   * a few times as many as threads. Default 16, or 1 where the arena is not shared.
   */
  segments?: number;
}

export interface SharedHashTableStats {
  readonly size: number;
  /** Bytes in use within the budget. */
  readonly bytesUsed: number;
  /** Bytes the table costs its arena, whatever is in it. */
  readonly bytes: number;
  /** Segments that were mended after a thread that died over them while it wrote. */
  readonly recovered: number;
}

/** The segment that a key belongs to has no room for it. The table is unchanged. */
export class SharedTableFullError extends AshlarError {
  /** Bytes of the key and the value. */
  readonly requestedBytes: number;
  readonly maxBytes: number;

  constructor(requestedBytes: number, maxBytes: number) {
    super(
      'SHARED_TABLE_FULL',
      `The segment of the key has no room for ${requestedBytes} bytes in a table of ${maxBytes}. The table is unchanged.`,
    );
    this.requestedBytes = requestedBytes;
    this.maxBytes = maxBytes;
  }
}

type Copy = Uint8Array<ArrayBuffer>;

const KIND: StructureKind = { number: 64, name: 'SharedHashTable' };
const LEAST_BYTES = 16_384;
const MOST_BYTES = 65_535 * 65_536;
const MAX_SEGMENTS_LOG = 10;
const USUAL_SEGMENTS = 16;
const FIRST_SPACE = 1024;

/**
 * A map from bytes to bytes, strings standing for their UTF-8. Readers do not wait for each other, and for a writer only in
 * the same segment. Every set and every delete is done or not, also those of a thread that is killed in it. Operations are
 * O(1) expected, and the bytes they copy; none waits for the table to grow.
 */
export class SharedHashTable extends Sketch<SharedHashTableKernel> implements Iterable<[Copy, Copy]> {
  /** This thread's slot, where the arena is shared; else 0. */
  readonly #me: number;
  /** Bytes that the last values needed. */
  #space = FIRST_SPACE;
  /** Address and length of the value that `#find` copied. */
  #from = 0;
  #length = 0;

  /**
   * @throws TypeError, RangeError for options
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: SharedHashTableOptions | Adopted) {
    if (options === null || typeof options !== 'object') {
      throw new TypeError(`SharedHashTable takes options, got ${describe(options)}`);
    }
    super(KIND, sharedHashTableKernel, options, (arena, kernel) =>
      make(arena, kernel, options as SharedHashTableOptions),
    );
    this.#me = this.arena.slot;
  }

  /** The table of this name. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string): SharedHashTable {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof SharedHashTable ? handle : new SharedHashTable(new Adopted(arena, root));
  }

  /** Entries; while others write, about so many. O(segments). */
  get size(): number {
    return this.kernel.count(this.alive) >>> 0;
  }

  get segments(): number {
    return 2 ** this.word(SEGMENT_LOG);
  }

  /** A copy of the value, `undefined` when the key is not there. @throws SharedArenaError where it must not wait, as all below */
  get(key: Bytes): Copy | undefined {
    if (!this.#find(key)) return undefined;
    const end = this.#from + this.#length;
    return this.arena.u8Until(end).slice(this.#from, end);
  }

  /** The value as the text its UTF-8 bytes stand for. */
  getString(key: Bytes): string | undefined {
    if (!this.#find(key)) return undefined;
    const end = this.#from + this.#length;
    return readString(this.arena.u8Until(end), this.#from, end);
  }

  /**
   * Copies the value into `target`.
   *
   * @returns the value's length in bytes, or −1 when the key is not there; a value longer than the room in `target` from
   *   `offset` on is not copied, its length still returned
   */
  getInto(key: Bytes, target: Uint8Array, offset = 0): number {
    if (!this.#find(key)) return -1;
    const end = this.#from + this.#length;
    if (this.#length <= target.length - offset) {
      target.set(this.arena.u8Until(end).subarray(this.#from, end), offset);
    }
    return this.#length;
  }

  has(key: Bytes): boolean {
    const root = this.alive;
    const at = this.staged(key);
    return checked(this.kernel.read(root, this.#me, at, this.stagedBytes, 0, 0)) >= 0;
  }

  /** Stores a value. @throws SharedTableFullError when its segment has no room; nothing has changed */
  set(key: Bytes, value: Bytes): this {
    const root = this.alive;
    const keyRoom = roomFor(key);
    const valueRoom = roomFor(value, 'value');
    const at = this.arena.scratch(keyRoom + valueRoom);
    const keyBytes = stageBytes(this.arena, at, key, keyRoom);
    const valueBytes = stageBytes(this.arena, at + keyBytes, value, valueRoom);
    const status = checked(this.kernel.set(root, this.#me, at, keyBytes, at + keyBytes, valueBytes));
    if (status === 0) throw new SharedTableFullError(keyBytes + valueBytes, this.kernel.bytesOf(root) >>> 0);
    return this;
  }

  /** Removes a key; false when it is not there. */
  delete(key: Bytes): boolean {
    const root = this.alive;
    const at = this.staged(key);
    return checked(this.kernel.remove(root, this.#me, at, this.stagedBytes)) > 0;
  }

  /** Removes everything, a segment at a time. O(segments). */
  clear(): void {
    checked(this.kernel.clear(this.alive, this.#me));
  }

  /**
   * Keys and values, as copies, in no order that means anything: those of each segment as they are at one moment, when its
   * turn comes.
   */
  *entries(): IterableIterator<[Copy, Copy]> {
    const { segments } = this;
    for (let segment = 0; segment < segments; segment++) yield* this.#entriesOf(segment);
  }

  *keys(): IterableIterator<Copy> {
    for (const [key] of this.entries()) yield key;
  }

  *values(): IterableIterator<Copy> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): IterableIterator<[Copy, Copy]> {
    return this.entries();
  }

  forEach(callback: (value: Copy, key: Copy, table: this) => void): void {
    for (const [key, value] of this.entries()) callback(value, key, this);
  }

  stats(): SharedHashTableStats {
    const root = this.alive;
    return {
      size: this.size,
      bytesUsed: this.kernel.usedBytes(root),
      bytes: this.kernel.bytesOf(root) >>> 0,
      recovered: this.kernel.recovered(root) >>> 0,
    };
  }

  /** Verifies every invariant; throws when one is broken. Nobody may write meanwhile. O(n). For tests and fuzzers. */
  check(): void {
    const { segments } = this;
    const root = this.alive;
    // Whoever died over a segment is noticed by who takes it.
    for (let segment = 0; segment < segments; segment++) this.#alone(segment, () => undefined);
    const broken = this.kernel.check(root);
    if (broken !== 0) throw new Error(`SharedHashTable: invariant ${broken} is broken`);
  }

  /** Copies the value of a key to the staging block. */
  #find(key: Bytes): boolean {
    const root = this.alive;
    const room = roomFor(key);
    for (;;) {
      const at = this.arena.scratch(room + this.#space);
      const keyBytes = stageBytes(this.arena, at, key, room);
      const length = checked(this.kernel.read(root, this.#me, at, keyBytes, at + keyBytes, this.#space));
      if (length > this.#space) {
        this.#space = 2 * length;
        continue;
      }
      this.#from = at + keyBytes;
      this.#length = length;
      return length >= 0;
    }
  }

  #entriesOf(segment: number): [Copy, Copy][] {
    return this.#alone(segment, () => {
      const root = this.alive;
      const u8 = this.arena.u8Until(0);
      const { u32 } = this.arena;
      const entries: [Copy, Copy][] = [];
      const after = (entry: number): number => this.kernel.following(root, segment, entry) >>> 0;
      for (let entry = after(0); entry !== 0; entry = after(entry)) {
        const from = entry + ENTRY_BYTES;
        const middle = from + (u32[(entry + KEY_BYTES) >>> 2] as number);
        const end = middle + (u32[(entry + VALUE_BYTES) >>> 2] as number);
        entries.push([u8.slice(from, middle), u8.slice(middle, end)]);
      }
      return entries;
    });
  }

  /** Runs `action` while nobody else has the segment. */
  #alone<T>(segment: number, action: () => T): T {
    checked(this.kernel.takeSegment(this.alive, segment, this.#me));
    try {
      return action();
    } finally {
      this.kernel.giveSegmentBack(this.alive, segment);
    }
  }
}

const BUSY = -2;

/** A status, unless another thread was at it and this one must not wait. */
function checked(status: number): number {
  if (status === BUSY)
    throw new SharedArenaError('Another thread is writing, and this thread must not wait: try again');
  return status;
}

function make(arena: Arena, kernel: SharedHashTableKernel, options: SharedHashTableOptions): number {
  const { maxBytes, segments = arena.isShared ? USUAL_SEGMENTS : 1 } = options;
  const log = Math.log2(segments);
  if (!(Number.isInteger(log) && log >= 0 && log <= MAX_SEGMENTS_LOG)) {
    throw new RangeError(`segments must be a power of two from 1 to ${2 ** MAX_SEGMENTS_LOG}, got ${segments}`);
  }
  checkInteger(maxBytes, 'maxBytes', LEAST_BYTES * segments, MOST_BYTES);
  const [low, high] = arena.seed;
  return kernel.create(log, maxBytes, low, high);
}
