/** `RingBuffer`: a bounded queue of byte records outside the JavaScript heap. */

import { Arena } from '../../../bindings/arena.js';
import { refused } from '../../../bindings/envelope.js';
import { Adopted, type HandleOptions } from '../../../bindings/handle.js';
import {
  CAPACITY,
  FIRST,
  RECORDS,
  RING,
  RING_BYTES,
  SLOTS,
  USED,
} from '../../../bindings/kernels/structures/ring-buffer.js';
import { type Bytes, eachRecord, roomFor, stageBytes } from '../../../bindings/keys.js';
import { checkInteger, Made } from '../../../bindings/sketch.js';
import { putBytes } from '../../../bindings/staging.js';
import { checkCount } from './number-ring.js';
import {
  KIND,
  load,
  MAX_CAPACITY,
  MAX_RING_BYTES,
  policyOf,
  Ring,
  type RingFromBytesOptions,
  rootOf,
  type WhenFull,
} from './ring.js';

export interface RingBufferOptions extends HandleOptions {
  /** Records there is room for, 1 to 2^28, eight bytes each. It never changes. */
  capacity: number;
  /** Bytes of records there is room for, 1 to 2^31 − 1. Default 64 for each record. It never changes. */
  capacityBytes?: number;
  /** Default `'reject'`. */
  whenFull?: WhenFull;
}

export interface RingBufferStats {
  readonly size: number;
  readonly capacity: number;
  /** Bytes of the records in the ring. */
  readonly usedBytes: number;
  readonly capacityBytes: number;
  /** Records that were let go of for newer ones, since the ring was made or cleared. */
  readonly overwritten: number;
  /** Records that were not taken. */
  readonly rejected: number;
  /** Bytes the ring costs its arena, allocator headers included. */
  readonly bytes: number;
}

const DEFAULT_RECORD_BYTES = 64;
/** Up to this many bytes are copied one by one; beyond, `TypedArray.set` is faster. */
const LOOP_BYTES = 48;
const isRecords = (variant: number): boolean => variant === RECORDS;

/**
 * A ring of records of any length, which is full when it has no slot or not enough bytes left. Strings go in as UTF-8;
 * what comes out is a copy, a Uint8Array.
 */
export class RingBuffer extends Ring<Uint8Array<ArrayBuffer>> {
  /** @throws TypeError, RangeError for options; ArenaFullError; NameError when the name is taken */
  constructor(options: RingBufferOptions | Adopted | Made) {
    super(options, (kernel) => {
      const { capacity, whenFull } = options as RingBufferOptions;
      checkInteger(capacity, 'capacity', 1, MAX_CAPACITY);
      const { capacityBytes = Math.min(MAX_RING_BYTES, DEFAULT_RECORD_BYTES * capacity) } =
        options as RingBufferOptions;
      checkInteger(capacityBytes, 'capacityBytes', 1, MAX_RING_BYTES);
      return kernel.create(RECORDS, policyOf(whenFull), capacity, capacityBytes);
    });
  }

  /** The ring of this name, also after a snapshot. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string): RingBuffer {
    const { root, handle } = rootOf(arena, name, 'RingBuffer', isRecords);
    return handle instanceof RingBuffer ? handle : new RingBuffer(new Adopted(arena, root));
  }

  /**
   * The ring that `toBytes()` wrote. O(capacity).
   *
   * @throws SnapshotError when the bytes are truncated, altered, of another format, or say what no ring is
   * @throws ArenaFullError
   */
  static fromBytes(bytes: Uint8Array, options: RingFromBytesOptions = {}): RingBuffer {
    const arena = options.arena ?? Arena.default;
    const root = load(arena, bytes, options, isRecords, (kernel, made, { count, ringBytes, elements }) => {
      const wrong = () => refused(KIND, `${count} records are not there`);
      if (4 * count > elements.length || elements.length - 4 * count > ringBytes) throw wrong();
      const view = new DataView(elements.buffer, elements.byteOffset, elements.length);
      const lengths = Array.from({ length: count }, (_, i) => view.getUint32(4 * i, true));
      if (4 * count + lengths.reduce((sum, length) => sum + length, 0) !== elements.length) throw wrong();
      const staged = arena.scratch(
        Math.max(
          0,
          ...lengths.slice(0, 1),
          lengths.reduce((a, b) => Math.max(a, b), 0),
        ),
      );
      let at = 4 * count;
      for (const length of lengths) {
        putBytes(arena, staged, elements.subarray(at, at + length));
        kernel.pushRecord(made, staged, length);
        at += length;
      }
    });
    return new RingBuffer(new Made(arena, root, options.name));
  }

  /** Bytes of records there is room for. */
  get capacityBytes(): number {
    return this.word(RING_BYTES);
  }

  /** Bytes of the records in the ring. O(1). */
  get usedBytes(): number {
    return this.word(USED);
  }

  /**
   * Adds the newest. False when the ring is full and refuses. O(length), and O(1) for each record it lets go of.
   *
   * @throws TypeError for other than a string or bytes; RangeError for a record longer than `capacityBytes`
   */
  push(record: Bytes): boolean {
    const root = this.alive;
    const room = roomFor(record, 'record');
    const at = this.arena.scratch(room);
    const length = stageBytes(this.arena, at, record, room);
    if (length > this.capacityBytes) throw tooLong(length, this.capacityBytes);
    return this.kernel.pushRecord(root, at, length) !== 0;
  }

  /**
   * Adds many, in order; how many were taken: a ring that refuses does not take any after the first it has no room for.
   *
   * @throws as `push`, and then none was added
   */
  pushMany(records: Iterable<Bytes>): number {
    const root = this.alive;
    const list = [...records];
    const limit = this.capacityBytes;
    for (const record of list) {
      const room = roomFor(record, 'record');
      if (typeof record !== 'string' || room > limit) checkLength(record, limit);
    }
    let taken = 0;
    let refusing = false;
    eachRecord(this.arena, list, (at, count) => {
      const went = refusing ? 0 : this.kernel.pushRecords(root, at, count) >>> 0;
      // The kernel counted the one it refused, not those behind it.
      if (went < count) this.kernel.countRejected(root, count - went - (refusing ? 0 : 1));
      if (went < count) refusing = true;
      taken += went;
    });
    return taken;
  }

  /** Takes the oldest. O(length). */
  shift(): Uint8Array<ArrayBuffer> | undefined {
    if (this.size === 0) return undefined;
    const record = this.read(0);
    this.kernel.drop(this.alive, 1);
    return record;
  }

  /** Takes the newest. O(length). */
  pop(): Uint8Array<ArrayBuffer> | undefined {
    const size = this.size;
    if (size === 0) return undefined;
    const record = this.read(size - 1);
    this.kernel.dropNewest(this.alive, 1);
    return record;
  }

  /** Takes up to `count` of the oldest, oldest first. */
  shiftMany(count = this.size): Uint8Array<ArrayBuffer>[] {
    const records = Array.from({ length: Math.min(checkCount(count), this.size) }, (_, i) => this.read(i));
    this.kernel.drop(this.alive, records.length);
    return records;
  }

  /** Takes up to `count` of the newest, newest first. */
  popMany(count = this.size): Uint8Array<ArrayBuffer>[] {
    const size = this.size;
    const records = Array.from({ length: Math.min(checkCount(count), size) }, (_, i) => this.read(size - 1 - i));
    this.kernel.dropNewest(this.alive, records.length);
    return records;
  }

  stats(): RingBufferStats {
    return { ...this.counters(), usedBytes: this.usedBytes, capacityBytes: this.capacityBytes };
  }

  /** The ring as bytes: the same everywhere, and the same again after `fromBytes`. O(n). */
  toBytes(): Uint8Array<ArrayBuffer> {
    const count = this.size;
    const { bytes, at } = this.headed(4 * count + this.usedBytes);
    const view = new DataView(bytes.buffer);
    let to = at + 4 * count;
    for (let i = 0; i < count; i++) {
      const record = this.read(i);
      view.setUint32(at + 4 * i, record.length, true);
      bytes.set(record, to);
      to += record.length;
    }
    return this.sealed(bytes);
  }

  protected read(index: number): Uint8Array<ArrayBuffer> {
    const root = this.alive >>> 2;
    const u32 = this.arena.u32;
    const capacity = u32[root + CAPACITY / 4] as number;
    const slot = (u32[root + FIRST / 4] as number) + index;
    const entry = ((u32[root + SLOTS / 4] as number) >>> 2) + 2 * (slot < capacity ? slot : slot - capacity);
    const length = u32[entry + 1] as number;
    const ring = u32[root + RING / 4] as number;
    const from = ring + (u32[entry] as number);
    const straight = Math.min(length, ring + (u32[root + RING_BYTES / 4] as number) - from);
    const u8 = this.arena.u8Until(from + straight);
    const out = new Uint8Array(length);
    if (length <= LOOP_BYTES && straight === length) {
      for (let i = 0; i < length; i++) out[i] = u8[from + i] as number;
      return out;
    }
    out.set(u8.subarray(from, from + straight));
    if (straight < length) out.set(u8.subarray(ring, ring + length - straight), straight);
    return out;
  }
}

/** Refuses what no state of the ring has room for. Strings are measured, for their bound may be thrice their length. */
function checkLength(record: Bytes, limit: number): void {
  const length = typeof record === 'string' ? new TextEncoder().encode(record).length : record.length;
  if (length > limit) throw tooLong(length, limit);
}

function tooLong(length: number, limit: number): RangeError {
  return new RangeError(`A record must have at most capacityBytes, ${limit}, bytes, got ${length}`);
}
