/** One block of samples between typed arrays and bytes, through an arena's staging block. */

import type { Arena } from '../../../bindings/arena.js';
import { type GorillaKernel, gorillaKernel } from '../../../bindings/kernels/codecs/gorilla.js';
import { putBytes, putDoubles, stage } from '../../../bindings/staging.js';
import { type Block, damaged, MAX_BLOCK_SAMPLES } from './format.js';

/** Bytes a decoder may read beyond a body. */
const SLACK_BYTES = 16;
/** Bytes checksummed at once. */
const PIECE_BYTES = 64 * 1024;

export class BlockCodec {
  readonly arena: Arena;
  readonly #kernel: GorillaKernel;
  readonly #maxBlockBytes: number;
  readonly #workBytes: number;

  constructor(arena: Arena) {
    this.arena = arena;
    this.#kernel = arena.kernel(gorillaKernel);
    this.#maxBlockBytes = (this.#kernel.maxBlockBytes(MAX_BLOCK_SAMPLES) + 7) & ~7;
    this.#workBytes = this.#kernel.workBytes(MAX_BLOCK_SAMPLES);
  }

  /** Room for `samples` timestamps and values, and for the rest. */
  #stage(samples: number, ...inputs: readonly ArrayBufferView[]): Places {
    const timestamps = stage(this.arena, 16 * samples + this.#maxBlockBytes + SLACK_BYTES + this.#workBytes, ...inputs);
    const values = timestamps + 8 * samples;
    const work = values + 8 * samples;
    return { timestamps, values, work, block: work + this.#workBytes };
  }

  /**
   * Encodes 1 to 4096 samples. `sink.crc` is continued over the bytes returned, and `sink.ordered` becomes false when
   * a timestamp is below the one before it.
   *
   * @throws RangeError when a timestamp is no safe integer
   */
  encode(timestamps: Float64Array, values: Float64Array, base: number, sink: Sink): Uint8Array {
    const { arena } = this;
    const kernel = this.#kernel;
    const count = timestamps.length;
    const at = this.#stage(count, timestamps, values);
    putDoubles(arena, at.timestamps, timestamps);
    putDoubles(arena, at.values, values);
    const bad = kernel.firstUnsafe(at.timestamps, count);
    if (bad < count) throw unsafeTimestamp(timestamps[bad] as number, base + bad);
    if (sink.ordered) sink.ordered = kernel.isOrdered(at.timestamps, count, sink.last) !== 0;
    sink.last = timestamps[count - 1] as number;
    const bytes = kernel.encodeBlock(at.timestamps, at.values, count, at.block, at.work);
    const from = arena.resultLow;
    sink.crc = kernel.crc32c(from, bytes, sink.crc) >>> 0;
    return arena.u8Until(from + bytes).slice(from, from + bytes);
  }

  /**
   * Decodes a block of `blob` to `timestamps` and `values` from index `to` on. Returns `crc` continued over the block,
   * its length in front included.
   *
   * @throws DecodeError
   */
  decode(
    blob: Uint8Array,
    block: Block,
    timestamps: Float64Array,
    values: Float64Array,
    to: number,
    crc: number,
  ): number {
    const { arena } = this;
    const kernel = this.#kernel;
    const { start, from, end, samples } = block;
    // No block of so few samples is longer.
    if (end - start > this.#maxBlockBytes) throw damaged(`a block of ${end - start} bytes`, start);
    const at = this.#stage(samples, blob);
    putBytes(arena, at.block, blob.subarray(start, end));
    const sum = kernel.crc32c(at.block, end - start, crc) >>> 0;
    const body = at.block + from - start;
    const whole = kernel.decodeBlock(body, at.block + end - start, samples, at.timestamps, at.values, at.work);
    if (whole === 0) throw damaged('a malformed block', from);
    // The tables of the CRC may have grown the memory: views are taken now.
    const f64 = arena.f64;
    timestamps.set(f64.subarray(at.timestamps >>> 3, (at.timestamps >>> 3) + samples), to);
    values.set(f64.subarray(at.values >>> 3, (at.values >>> 3) + samples), to);
    return sum;
  }

  /** CRC-32C of bytes of any length. */
  crc(bytes: Uint8Array, previous: number): number {
    let crc = previous;
    for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
      const piece = bytes.subarray(from, from + PIECE_BYTES);
      const at = stage(this.arena, PIECE_BYTES, bytes);
      putBytes(this.arena, at, piece);
      crc = this.#kernel.crc32c(at, piece.length, crc) >>> 0;
    }
    return crc;
  }
}

/** What successive blocks continue. */
export interface Sink {
  crc: number;
  ordered: boolean;
  last: number;
}

export function newSink(): Sink {
  return { crc: 0, ordered: true, last: Number.NEGATIVE_INFINITY };
}

interface Places {
  readonly timestamps: number;
  readonly values: number;
  readonly work: number;
  readonly block: number;
}

export function unsafeTimestamp(timestamp: number, index: number): RangeError {
  return new RangeError(`Timestamp ${index} must be a safe integer (of milliseconds, say), got ${timestamp}`);
}
