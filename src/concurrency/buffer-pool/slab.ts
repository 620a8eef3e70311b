/**
 * One size class: a block of memory cut into pieces of one size, allocated when the first is asked for, and how many hold each.
 *
 * Taking and giving back are O(1) and write one word. What is free stands on a stack, so that what is warm in the processor's
 * cache is used again first.
 */

import type { Arena } from '../../../bindings/arena.js';
import type { Link } from '../../base/linked-list.js';
import { PriorityList } from '../../base/priority-list.js';

/** Blocks begin on a line of the processor's cache. */
const ALIGNMENT = 64;

export class Slab<W extends Link> {
  /** Bytes of each piece. */
  readonly size: number;
  readonly count: number;
  /** Who waits for a piece of this size. */
  readonly waiters = new PriorityList<W>();
  readonly #arena: Arena | undefined;
  /** Pieces that are free: the first `#free` of them. */
  readonly #stack: Uint32Array;
  /** How many hold each piece. */
  readonly #holders: Uint32Array;
  #memory: ArrayBuffer | undefined = undefined;
  /** Whole pieces as views: what is made once is not made again. */
  readonly #whole: (Uint8Array<ArrayBuffer> | undefined)[] = [];
  /** Where it is in the arena, or −1. */
  #address = -1;
  #free: number;
  #doomed = false;
  taken = 0;

  constructor(size: number, count: number, arena: Arena | undefined) {
    this.size = size;
    this.count = count;
    this.#arena = arena;
    this.#holders = new Uint32Array(count);
    this.#stack = Uint32Array.from({ length: count }, (_, i) => count - 1 - i);
    this.#free = count;
  }

  get free(): number {
    return this.#free;
  }

  /** Whether its memory is there. */
  get allocated(): boolean {
    return this.#memory !== undefined || this.#address >= 0;
  }

  /** A piece with one holder, or −1 when none is free. @throws ArenaFullError when the arena has no room; nothing is taken */
  take(): number {
    if (this.#free === 0) return -1;
    if (!this.allocated) this.#allocate();
    const piece = this.#stack[--this.#free] as number;
    this.#holders[piece] = 1;
    this.taken++;
    return piece;
  }

  #allocate(): void {
    if (this.#arena === undefined) this.#memory = new ArrayBuffer(this.size * this.count);
    else this.#address = this.#arena.allocAligned(this.size * this.count, ALIGNMENT);
  }

  hold(piece: number): void {
    this.#holders[piece] = (this.#holders[piece] as number) + 1;
  }

  /** One holder less; true when it was the last, and the piece is free. */
  letGo(piece: number): boolean {
    const left = (this.#holders[piece] as number) - 1;
    this.#holders[piece] = left;
    if (left > 0) return false;
    this.#stack[this.#free++] = piece;
    if (this.#doomed && this.#free === this.count) this.#deallocate();
    return true;
  }

  holdersOf(piece: number): number {
    return this.#holders[piece] as number;
  }

  /** A view of a part of a piece; over an arena it lasts until the arena grows. */
  view(piece: number, offset: number, length: number): Uint8Array<ArrayBuffer> {
    if (this.#memory === undefined) {
      const at = this.addressOf(piece, offset);
      return (this.#arena as Arena).u8Until(at + length).subarray(at, at + length);
    }
    if (length !== this.size) return new Uint8Array(this.#memory, piece * this.size + offset, length);
    let whole = this.#whole[piece];
    if (whole === undefined) {
      whole = new Uint8Array(this.#memory, piece * this.size, length);
      this.#whole[piece] = whole;
    }
    return whole;
  }

  /** Where a part of a piece is in the arena. */
  addressOf(piece: number, offset: number): number {
    return this.#address + piece * this.size + offset;
  }

  /** Gives the memory up, once nobody holds any of it. */
  dispose(): void {
    this.#doomed = true;
    if (this.#free === this.count) this.#deallocate();
  }

  #deallocate(): void {
    this.#memory = undefined;
    this.#whole.length = 0;
    const address = this.#address;
    this.#address = -1;
    if (address >= 0 && this.#arena?.disposed === false) this.#arena.free(address);
  }
}
