/** `GorillaEncoder`: samples appended one by one or in batches; a blob of those so far at any time. */

import { Arena } from '../../../bindings/arena.js';
import { Handle } from '../../../bindings/handle.js';
import { type BlockCodec, newSink, type Sink, unsafeTimestamp } from './block-codec.js';
import { assemble, checkBlockSamples, checkLengths, codecOf, doubles, type GorillaEncodeOptions } from './gorilla.js';

const DEFAULT_BLOCK_SAMPLES = 1024;

/** The last, unfinished block waits in the arena, 16 bytes a sample; finished blocks are compressed bytes. */
export class GorillaEncoder extends Handle {
  readonly #codec: BlockCodec;
  readonly #blockSamples: number;
  readonly #pieces: Uint8Array[] = [];
  #sink: Sink = newSink();
  #pending = 0;
  #finishedBytes = 0;

  /** @throws RangeError when `blockSamples` does not fit; ArenaFullError */
  constructor(options: GorillaEncodeOptions = {}) {
    const arena = options.arena ?? Arena.default;
    const blockSamples = checkBlockSamples(options.blockSamples ?? DEFAULT_BLOCK_SAMPLES);
    super(arena, arena.alloc(16 * blockSamples), (pointer) => arena.free(pointer), true);
    this.#codec = codecOf(arena);
    this.#blockSamples = blockSamples;
  }

  /** Samples appended so far. */
  get size(): number {
    return this.#pieces.length * this.#blockSamples + this.#pending;
  }

  /** Bytes of the finished blocks; the unfinished one waits uncompressed. */
  get finishedBytes(): number {
    return this.#finishedBytes;
  }

  /**
   * Appends one sample. O(1); compresses a block each `blockSamples` calls. A NaN's payload may be lost before it gets
   * here, when the engine passes it as a number: `appendMany` keeps it.
   *
   * @throws RangeError when the timestamp is no safe integer; ArenaFullError. Nothing is then appended.
   */
  append(timestamp: number, value: number): this {
    const state = this.alive;
    if (!Number.isSafeInteger(timestamp)) throw unsafeTimestamp(timestamp, this.size);
    if (typeof value !== 'number') throw new TypeError(`value must be a number, got ${String(value)}`);
    if (this.#pending === this.#blockSamples) this.#finishBlock();
    const at = (state >>> 3) + this.#pending;
    const f64 = this.arena.f64;
    f64[at] = timestamp;
    f64[at + this.#blockSamples] = value;
    this.#pending++;
    return this;
  }

  /**
   * Appends samples, values bit for bit. O(n).
   *
   * @throws TypeError; RangeError when lengths differ or a timestamp is no safe integer: nothing is then appended.
   *   ArenaFullError: what fitted is appended, and `size` says how much.
   */
  appendMany(timestamps: Float64Array | readonly number[], values: Float64Array | readonly number[]): this {
    const state = this.alive;
    const ts = doubles(timestamps, 'timestamps');
    const vs = doubles(values, 'values');
    checkLengths(ts, vs);
    const bad = ts.findIndex((t) => !Number.isSafeInteger(t));
    if (bad >= 0) throw unsafeTimestamp(ts[bad] as number, bad);
    for (let from = 0; from < ts.length; ) {
      if (this.#pending === this.#blockSamples) this.#finishBlock();
      const end = Math.min(ts.length, from + this.#blockSamples - this.#pending);
      const at = (state >>> 3) + this.#pending;
      this.arena.f64.set(ts.subarray(from, end), at);
      this.arena.f64.set(vs.subarray(from, end), at + this.#blockSamples);
      this.#pending += end - from;
      from = end;
    }
    return this;
  }

  /** A blob of everything appended so far; appending may go on. O(bytes of the blob). @throws ArenaFullError */
  toBytes(): Uint8Array<ArrayBuffer> {
    const sink = { ...this.#sink };
    const last = this.#pending > 0 ? [this.#encodePending(sink)] : [];
    return assemble(this.#codec, [...this.#pieces, ...last], {
      count: this.size,
      blockSamples: this.#blockSamples,
      ordered: sink.ordered,
      crc: sink.crc,
    });
  }

  /** `toBytes`, then `dispose`. */
  finish(): Uint8Array<ArrayBuffer> {
    const bytes = this.toBytes();
    this.dispose();
    return bytes;
  }

  #finishBlock(): void {
    const sink = { ...this.#sink };
    const piece = this.#encodePending(sink);
    this.#sink = sink;
    this.#pieces.push(piece);
    this.#finishedBytes += piece.length;
    this.#pending = 0;
  }

  #encodePending(sink: Sink): Uint8Array {
    const state = this.alive;
    const f64 = this.arena.f64;
    const at = state >>> 3;
    // Copies: the staging block may have to grow the memory, which would detach views of it.
    const timestamps = f64.slice(at, at + this.#pending);
    const values = f64.slice(at + this.#blockSamples, at + this.#blockSamples + this.#pending);
    return this.#codec.encode(timestamps, values, 0, sink);
  }
}
