/** `GorillaDecoder`: reads a blob in batches or one by one, from any timestamp or index. */

import { checkBytes } from '../../../bindings/staging.js';
import type { BlockCodec } from './block-codec.js';
import { type Block, type Header, readHeader, walkBlocks } from './format.js';
import { checkSum, codecOf, type GorillaOptions } from './gorilla.js';

/**
 * Keeps a reference to the blob, which must not change meanwhile, and one decoded block. It owns nothing in the arena,
 * so there is nothing to dispose of.
 */
export class GorillaDecoder implements Iterable<[timestamp: number, value: number]> {
  readonly #bytes: Uint8Array;
  readonly #header: Header;
  readonly #blocks: readonly Block[];
  readonly #codec: BlockCodec;
  readonly #timestamps: Float64Array<ArrayBuffer>;
  readonly #values: Float64Array<ArrayBuffer>;
  #loaded = -1;
  #position = 0;

  /**
   * Verifies the checksum and notes where the blocks are. O(bytes), some 5 GB/s.
   *
   * @throws TypeError when `bytes` is no Uint8Array; DecodeError; ArenaFullError
   */
  constructor(bytes: Uint8Array, options: GorillaOptions = {}) {
    checkBytes(bytes, 'A Gorilla blob');
    this.#bytes = bytes;
    this.#header = readHeader(bytes);
    this.#blocks = walkBlocks(bytes, this.#header);
    this.#codec = codecOf(options.arena);
    checkSum(this.#codec, bytes, this.#header, this.#codec.crc(bytes.subarray(this.#header.payload), 0));
    const room = Math.min(this.#header.blockSamples, this.#header.count);
    this.#timestamps = new Float64Array(room);
    this.#values = new Float64Array(room);
  }

  /** Samples in the blob. */
  get size(): number {
    return this.#header.count;
  }

  /** Index of the sample that is read next; `size` at the end. */
  get position(): number {
    return this.#position;
  }

  /** True when no timestamp is below the one before it, so that `seek` works. */
  get ordered(): boolean {
    return this.#header.ordered;
  }

  /**
   * Reads the next samples into the arrays, as many as both can hold and are left. O(samples read + one block).
   *
   * @returns how many were read; 0 at the end
   * @throws DecodeError when a block is malformed; the position is then where it was
   */
  next(timestamps: Float64Array, values: Float64Array): number {
    const wanted = Math.min(timestamps.length, values.length, this.size - this.#position);
    const { blockSamples } = this.#header;
    let done = 0;
    while (done < wanted) {
      const index = this.#position + done;
      const skip = index % blockSamples;
      const block = this.#blocks[(index - skip) / blockSamples] as Block;
      const take = Math.min(wanted - done, block.samples - skip);
      if (take === block.samples) {
        // A whole block goes straight to where it is wanted.
        this.#codec.decode(this.#bytes, block, timestamps, values, done, 0);
      } else {
        this.#load((index - skip) / blockSamples);
        timestamps.set(this.#timestamps.subarray(skip, skip + take), done);
        values.set(this.#values.subarray(skip, skip + take), done);
      }
      done += take;
    }
    this.#position += done;
    return done;
  }

  /**
   * Moves to the first sample whose timestamp is `timestamp` or later, or to the end. O(log blocks + one block).
   *
   * @returns the new position
   * @throws RangeError when the timestamp is NaN or the blob's timestamps are not in order; DecodeError
   */
  seek(timestamp: number): number {
    if (!this.ordered)
      throw new RangeError('The timestamps of this blob are not in order: seekIndex works, seek cannot');
    if (typeof timestamp !== 'number' || Number.isNaN(timestamp)) {
      throw new RangeError(`timestamp must be a number, got ${String(timestamp)}`);
    }
    // The last block that begins below the timestamp holds the sample, unless it lies at the next one's start.
    const at = firstAtLeast(this.#blocks.length, (i) => (this.#blocks[i] as Block).firstTimestamp >= timestamp) - 1;
    if (at < 0) {
      this.#position = 0;
      return 0;
    }
    this.#load(at);
    const { samples } = this.#blocks[at] as Block;
    const inside = firstAtLeast(samples, (i) => (this.#timestamps[i] as number) >= timestamp);
    this.#position = at * this.#header.blockSamples + inside;
    return this.#position;
  }

  /** Moves to the sample of this index, 0 to `size`. O(1). @throws RangeError */
  seekIndex(index: number): number {
    if (!Number.isInteger(index) || index < 0 || index > this.size) {
      throw new RangeError(`index must be an integer from 0 to ${this.size}, got ${index}`);
    }
    this.#position = index;
    return index;
  }

  /** Samples from the position on, which moves along. */
  *[Symbol.iterator](): Generator<[timestamp: number, value: number], void, undefined> {
    const { blockSamples } = this.#header;
    while (this.#position < this.size) {
      const inside = this.#position % blockSamples;
      this.#load((this.#position - inside) / blockSamples);
      const sample: [number, number] = [this.#timestamps[inside] as number, this.#values[inside] as number];
      this.#position++;
      yield sample;
    }
  }

  #load(index: number): void {
    if (this.#loaded === index) return;
    this.#loaded = -1;
    this.#codec.decode(this.#bytes, this.#blocks[index] as Block, this.#timestamps, this.#values, 0, 0);
    this.#loaded = index;
  }
}

/** The first of 0 … count − 1 for which `holds`, or `count`; it holds from some index on. */
function firstAtLeast(count: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
