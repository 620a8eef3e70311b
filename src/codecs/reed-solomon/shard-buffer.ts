/** `ShardBuffer`: shards that live in the arena, so that encoding them copies nothing. */

import { Arena } from '../../../bindings/arena.js';
import { Handle } from '../../../bindings/handle.js';

/** Shards begin at multiples of this, and have room up to the next. */
const ALIGN = 64;

export class ShardBuffer extends Handle {
  /** Shards, data and parity. */
  readonly count: number;
  /** Bytes of each. */
  readonly shardBytes: number;
  /** From one shard to the next, in bytes. */
  readonly #stride: number;

  /**
   * @param count shards, data and parity, 1 to 255
   * @param shardBytes bytes of each, at least 1
   * @throws RangeError; ArenaFullError
   */
  constructor(count: number, shardBytes: number, options: { arena?: Arena } = {}) {
    if (!Number.isInteger(count) || count < 1 || count > 255) {
      throw new RangeError(`count must be an integer from 1 to 255, got ${count}`);
    }
    if (!Number.isSafeInteger(shardBytes) || shardBytes < 1) {
      throw new RangeError(`shardBytes must be a positive integer, got ${shardBytes}`);
    }
    const arena = options.arena ?? Arena.default;
    const stride = Math.ceil(shardBytes / ALIGN) * ALIGN;
    super(arena, arena.allocAligned(count * stride, ALIGN), (pointer) => arena.free(pointer), true);
    this.count = count;
    this.shardBytes = shardBytes;
    this.#stride = stride;
    arena.u8Until(this.pointer + count * stride).fill(0, this.pointer, this.pointer + count * stride);
  }

  /**
   * Shard `index` as a view to read and write. Growth of the arena detaches it: take it anew after anything else was
   * allocated there.
   */
  shard(index: number): Uint8Array<ArrayBuffer> {
    const from = this.address(index);
    return this.arena.u8Until(from + this.shardBytes).subarray(from, from + this.shardBytes);
  }

  /** Address of a shard, for the codec. @throws RangeError */
  address(index: number): number {
    const base = this.alive;
    if (!Number.isInteger(index) || index < 0 || index >= this.count) {
      throw new RangeError(`A shard's index must be an integer from 0 to ${this.count - 1}, got ${index}`);
    }
    return base + index * this.#stride;
  }
}
