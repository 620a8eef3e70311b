/**
 * `SharedSeqLock`: a few bytes that one thread at a time writes and all read, without that reading takes a lock (Lameter,
 * "Effective synchronization on Linux/NUMA systems", 2005; here with two copies, so that a writer who dies leaves the last
 * whole one).
 *
 *     offset  meaning (words)
 *          0  the lock of those who write
 *          2  bytes of the record
 *         16  how often it was written; the copy to read is the one of its lowest bit
 *         32  one copy, then the other, each rounded up to 64 bytes
 */

import type { Arena } from '../../../bindings/arena.js';
import { Adopted, type StructureKind } from '../../../bindings/handle.js';
import { RobustLock } from '../../../bindings/robust-lock.js';
import { checkInteger } from '../../../bindings/sketch.js';
import { describe } from '../../../bindings/staging.js';
import { SharedHandle, type SharedOpenOptions, type SharedOptions } from './shared-lock.js';

export interface SharedSeqLockOptions extends SharedOptions {
  /** Bytes of the record, all 0 at first: 1 to 65 536. */
  bytes: number;
}

const KIND: StructureKind = { number: 75, name: 'SharedSeqLock' };
const MOST_BYTES = 65_536;
const BYTES = 2;
const VERSION = 16;
const COPIES = 32;

export class SharedSeqLock extends SharedHandle {
  /** Bytes of the record. */
  readonly byteLength: number;
  readonly #words: Int32Array;
  readonly #at: number;
  readonly #wordCount: number;
  readonly #lock: RobustLock;
  /** Words on their way in or out, and as bytes. */
  readonly #scratch: Int32Array;
  readonly #scratchBytes: Uint8Array;

  /** Throws as `SharedSemaphore`. */
  constructor(options: SharedSeqLockOptions | Adopted, open: SharedOpenOptions = {}) {
    super(KIND, options, open, (arena) => {
      const { bytes } = options as SharedSeqLockOptions;
      checkInteger(bytes, 'bytes', 1, MOST_BYTES);
      const size = 4 * COPIES + 2 * copyBytes(bytes);
      const root = arena.allocAligned(size, 64);
      arena.u8Until(root + size).fill(0, root, root + size);
      arena.u32[(root >>> 2) + BYTES] = bytes;
      return root;
    });
    this.#words = new Int32Array(this.arena.memory.buffer);
    this.#at = this.pointer >>> 2;
    this.#lock = new RobustLock(this.#words, this.#at, this.arena.participants, () => this.clock.monotonic());
    this.byteLength = this.#words[this.#at + BYTES] as number;
    this.#wordCount = (this.byteLength + 3) >>> 2;
    this.#scratch = new Int32Array(this.#wordCount);
    this.#scratchBytes = new Uint8Array(this.#scratch.buffer, 0, this.byteLength);
  }

  /** The record of this name. @throws NameError when there is none, or it is something else */
  static open(arena: Arena, name: string, options: SharedOpenOptions = {}): SharedSeqLock {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof SharedSeqLock ? handle : new SharedSeqLock(new Adopted(arena, root), options);
  }

  /** How often it was written, modulo 2^32. */
  get version(): number {
    this.alive;
    return Atomics.load(this.#words, this.#at + VERSION) >>> 0;
  }

  /**
   * The record as it was at one moment. O(bytes); again while others write faster than it is read.
   *
   * @param target where it is copied to, of `byteLength` bytes. Default a new array
   */
  read(target?: Uint8Array): Uint8Array {
    this.alive;
    if (target !== undefined) this.#checkLength(target, 'target');
    const words = this.#words;
    for (;;) {
      const version = Atomics.load(words, this.#at + VERSION);
      const copy = this.#copyAt(version);
      // Atomic, so that none of them moves behind the look at the version.
      for (let i = 0; i < this.#wordCount; i++) this.#scratch[i] = Atomics.load(words, copy + i);
      if (Atomics.load(words, this.#at + VERSION) === version) break;
    }
    if (target === undefined) return this.#scratchBytes.slice();
    target.set(this.#scratchBytes);
    return target;
  }

  /**
   * Writes a whole record; who reads sees the old one or this one. O(bytes).
   *
   * @throws TypeError, RangeError for another length; SharedArenaError when another thread writes, and this one must not wait
   */
  write(record: Uint8Array): void {
    this.alive;
    this.#checkLength(record, 'record');
    this.#lock.take();
    this.#put(record);
    this.#lock.give();
  }

  /**
   * Writes what a function makes of the record; nobody writes in between. The function must be quick: for as long as it
   * runs others wait, a second at most.
   *
   * @param fn changes the bytes it is given
   */
  update(fn: (record: Uint8Array) => void): void {
    this.alive;
    if (typeof fn !== 'function') throw new TypeError(`fn must be a function, got ${typeof fn}`);
    this.#lock.take();
    try {
      const record = this.read();
      fn(record);
      this.#put(record);
    } finally {
      this.#lock.give();
    }
  }

  #put(record: Uint8Array): void {
    const words = this.#words;
    const next = (Atomics.load(words, this.#at + VERSION) + 1) | 0;
    const copy = this.#copyAt(next);
    this.#scratch.fill(0);
    this.#scratchBytes.set(record);
    for (let i = 0; i < this.#wordCount; i++) Atomics.store(words, copy + i, this.#scratch[i] as number);
    Atomics.store(words, this.#at + VERSION, next);
  }

  #copyAt(version: number): number {
    return this.#at + COPIES + (version & 1) * (copyBytes(this.byteLength) >>> 2);
  }

  #checkLength(bytes: Uint8Array, what: string): void {
    if (!(bytes instanceof Uint8Array)) throw new TypeError(`${what} must be a Uint8Array, got ${describe(bytes)}`);
    if (bytes.length === this.byteLength) return;
    throw new RangeError(`${what} must have ${this.byteLength} bytes, got ${bytes.length}`);
  }
}

function copyBytes(bytes: number): number {
  return (bytes + 63) & ~63;
}
