/** Bytes that are lent: a part of a piece of a slab, which is free again when all that hold parts of it have let go. */

import type { Link } from '../../base/linked-list.js';
import { DoubleReleaseError } from '../../base/wait-errors.js';
import { ReleasedBufferError } from './errors.js';
import type { Slab } from './slab.js';

/** Where bytes come from and go back to. */
export interface BufferOwner {
  /** @internal */
  sliced(buffer: PooledBuffer, slab: Slab<Link>, piece: number): void;
  /** @internal */
  released(buffer: PooledBuffer, slab: Slab<Link>, piece: number): void;
}

export class PooledBuffer {
  /** Bytes of it. */
  readonly length: number;
  readonly #owner: BufferOwner;
  readonly #slab: Slab<Link>;
  readonly #piece: number;
  readonly #offset: number;
  readonly #inArena: boolean;
  #held = true;

  /** @internal */
  constructor(owner: BufferOwner, slab: Slab<Link>, piece: number, offset: number, length: number, inArena: boolean) {
    this.#owner = owner;
    this.#slab = slab;
    this.#piece = piece;
    this.#offset = offset;
    this.#inArena = inArena;
    this.length = length;
  }

  /**
   * The bytes themselves, without a copy. What they are at first is what was there before, unless the pool writes zeros. Over an
   * arena ask again after anything that may allocate in it.
   *
   * @throws ReleasedBufferError once it was given back; views that were taken before see what comes after
   */
  get bytes(): Uint8Array<ArrayBuffer> {
    this.#check();
    return this.#slab.view(this.#piece, this.#offset, this.length);
  }

  /** Bytes of the whole piece: what it takes of the pool. */
  get capacity(): number {
    return this.#slab.size;
  }

  /** Where it is in the arena, for kernels. @throws ReleasedBufferError, TypeError when the pool is over none */
  get address(): number {
    this.#check();
    if (!this.#inArena) throw new TypeError('address: the pool is over no arena');
    return this.#slab.addressOf(this.#piece, this.#offset);
  }

  /** How many hold its piece. */
  get holders(): number {
    return this.#held ? this.#slab.holdersOf(this.#piece) : 0;
  }

  get released(): boolean {
    return !this.#held;
  }

  /**
   * A part of it, without a copy: a buffer of its own, to be given back by whoever has it, before this one or after.
   *
   * @param start, end as of `Uint8Array.subarray`, from 0 to `length`
   * @throws RangeError, ReleasedBufferError
   */
  slice(start = 0, end = this.length): PooledBuffer {
    this.#check();
    if (!(Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end && end <= this.length)) {
      throw new RangeError(`A slice must be within 0 and ${this.length}, got ${start} to ${end}`);
    }
    this.#slab.hold(this.#piece);
    const part = new PooledBuffer(
      this.#owner,
      this.#slab,
      this.#piece,
      this.#offset + start,
      end - start,
      this.#inArena,
    );
    this.#owner.sliced(part, this.#slab, this.#piece);
    return part;
  }

  /** Gives it back. @throws DoubleReleaseError the second time; nothing is given back then */
  release(): void {
    if (!this.#held) throw new DoubleReleaseError('The buffer');
    this.#held = false;
    this.#owner.released(this, this.#slab, this.#piece);
  }

  /** As `release`, and nothing when it was given back before. */
  [Symbol.dispose](): void {
    if (this.#held) this.release();
  }

  #check(): void {
    if (!this.#held) throw new ReleasedBufferError();
  }
}
