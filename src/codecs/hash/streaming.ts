/**
 * Hashes of inputs that arrive in pieces. Feeding pieces gives the same digest as hashing their concatenation.
 *
 * A hasher is a few dozen bytes in an arena: `dispose()` it, or let `using` do so. `digest()` does not end it:
 * it can be fed further. Each string is encoded on its own, so a surrogate pair must not be split between pieces.
 */

import { Arena } from '../../../bindings/arena.js';
import { Handle } from '../../../bindings/handle.js';
import { DJB2_START, FNV1A32_OFFSET_BASIS, FNV1A64_OFFSET_BASIS } from './one-shot.js';
import { checkKey, checkU32, checkU64, highHalf, keyWord, lowHalf, type Seed64 } from './parameters.js';
import { type HashInput, type HashOptions, type Stage, stageOfArena, type Update } from './staging.js';

/** What every streaming hash has: `update`, `digest`, `reset`, `clone`, `dispose`. */
export abstract class StreamingHash<Digest> extends Handle {
  protected readonly stage: Stage;
  readonly #update: Update;
  readonly #stateBytes: number;

  /** @throws ArenaFullError */
  protected constructor(arena: Arena, stateBytes: (stage: Stage) => number, update: (stage: Stage) => Update) {
    const stage = stageOfArena(arena);
    const bytes = stateBytes(stage);
    super(arena, arena.alloc(bytes), (pointer) => arena.free(pointer), true);
    this.stage = stage;
    this.#update = update(stage);
    this.#stateBytes = bytes;
  }

  /**
   * Feeds more bytes, or the UTF-8 bytes of a string. O(n); at most 128 KiB of staging space however long the input.
   *
   * @throws TypeError when `input` is neither string nor Uint8Array; ArenaFullError; DisposedError.
   *   The state is then as it was.
   */
  update(input: HashInput): this {
    const state = this.alive;
    this.stage.feed(input, this.#update, state);
    return this;
  }

  /** The hash of everything fed since the start or the last `reset`. O(1). */
  abstract digest(): Digest;

  /** Forgets everything fed. O(1). */
  abstract reset(): this;

  /** An independent hasher in the same state, in the same arena. @throws ArenaFullError */
  abstract clone(): StreamingHash<Digest>;

  /** Copies this state over that of a fresh hasher of the same kind. */
  protected copyTo<Copy extends StreamingHash<Digest>>(copy: Copy): Copy {
    const from = this.alive;
    this.arena.u8Until(from + this.#stateBytes).copyWithin(copy.pointer, from, from + this.#stateBytes);
    return copy;
  }

  /** The first two words of the state, for hashes that are their own state. */
  protected setCell(low: number, high: number): void {
    const state = this.alive;
    const u32 = this.arena.u32;
    u32[state >>> 2] = low;
    u32[(state >>> 2) + 1] = high;
  }

  protected get cellLow(): number {
    return this.arena.u32[this.alive >>> 2] as number;
  }

  protected get cellHigh(): number {
    return this.arena.u32[(this.alive >>> 2) + 1] as number;
  }
}

const CELL_BYTES = 8;
const cellBytes = (): number => CELL_BYTES;

function arenaOf(options: HashOptions | undefined): Arena {
  return options?.arena ?? Arena.default;
}

/** Streaming `xxh64`. */
export class Xxh64 extends StreamingHash<bigint> {
  readonly seed: Seed64;

  constructor(seed: Seed64 = 0, options?: HashOptions) {
    checkU64(seed, 'The seed of Xxh64');
    super(
      arenaOf(options),
      ({ kernel }) => kernel.xxh64StateBytes(),
      ({ kernel }) => kernel.xxh64Update,
    );
    this.seed = seed;
    this.reset();
  }

  digest(): bigint {
    this.stage.kernel.xxh64Finish(this.alive);
    return this.stage.result64;
  }

  /** `digest` without a BigInt: writes the high and the low half to `out[0]` and `out[1]`; returns `out`. */
  digestInto(out: Uint32Array): Uint32Array {
    this.stage.kernel.xxh64Finish(this.alive);
    this.stage.resultInto(out, 1);
    return out;
  }

  reset(): this {
    this.stage.kernel.xxh64Init(this.alive, lowHalf(this.seed), highHalf(this.seed));
    return this;
  }

  clone(): Xxh64 {
    return this.copyTo(new Xxh64(this.seed, { arena: this.arena }));
  }
}

/** Streaming `xxh32`. */
export class Xxh32 extends StreamingHash<number> {
  readonly seed: number;

  constructor(seed = 0, options?: HashOptions) {
    checkU32(seed, 'The seed of Xxh32');
    super(
      arenaOf(options),
      ({ kernel }) => kernel.xxh32StateBytes(),
      ({ kernel }) => kernel.xxh32Update,
    );
    this.seed = seed;
    this.reset();
  }

  digest(): number {
    return this.stage.kernel.xxh32Finish(this.alive) >>> 0;
  }

  reset(): this {
    this.stage.kernel.xxh32Init(this.alive, this.seed);
    return this;
  }

  clone(): Xxh32 {
    return this.copyTo(new Xxh32(this.seed, { arena: this.arena }));
  }
}

/** Streaming `murmur3x86_32`. */
export class Murmur3x86_32 extends StreamingHash<number> {
  readonly seed: number;

  constructor(seed = 0, options?: HashOptions) {
    checkU32(seed, 'The seed of Murmur3x86_32');
    super(
      arenaOf(options),
      ({ kernel }) => kernel.murmur3x86_32StateBytes(),
      ({ kernel }) => kernel.murmur3x86_32Update,
    );
    this.seed = seed;
    this.reset();
  }

  digest(): number {
    return this.stage.kernel.murmur3x86_32Finish(this.alive) >>> 0;
  }

  reset(): this {
    this.stage.kernel.murmur3x86_32Init(this.alive, this.seed);
    return this;
  }

  clone(): Murmur3x86_32 {
    return this.copyTo(new Murmur3x86_32(this.seed, { arena: this.arena }));
  }
}

/** Streaming `murmur3x64_128`. */
export class Murmur3x64_128 extends StreamingHash<bigint> {
  readonly seed: number;

  constructor(seed = 0, options?: HashOptions) {
    checkU32(seed, 'The seed of Murmur3x64_128');
    super(
      arenaOf(options),
      ({ kernel }) => kernel.murmur3x64_128StateBytes(),
      ({ kernel }) => kernel.murmur3x64_128Update,
    );
    this.seed = seed;
    this.reset();
  }

  digest(): bigint {
    this.stage.kernel.murmur3x64_128Finish(this.alive);
    return this.stage.result128;
  }

  /** `digest` without a BigInt: four u32 to `out`, h1 high, h1 low, h2 high, h2 low; returns `out`. */
  digestInto(out: Uint32Array): Uint32Array {
    this.stage.kernel.murmur3x64_128Finish(this.alive);
    this.stage.resultInto(out, 2);
    return out;
  }

  reset(): this {
    this.stage.kernel.murmur3x64_128Init(this.alive, this.seed);
    return this;
  }

  clone(): Murmur3x64_128 {
    return this.copyTo(new Murmur3x64_128(this.seed, { arena: this.arena }));
  }
}

/** Streaming `sipHash13`. The key is copied; the caller's array may change afterwards. */
export class SipHash13 extends StreamingHash<bigint> {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array, options?: HashOptions) {
    checkKey(key);
    super(
      arenaOf(options),
      ({ kernel }) => kernel.sipHash13StateBytes(),
      ({ kernel }) => kernel.sipHash13Update,
    );
    this.#key = Uint8Array.from(key);
    this.reset();
  }

  digest(): bigint {
    this.stage.kernel.sipHash13Finish(this.alive);
    return this.stage.result64;
  }

  /** `digest` without a BigInt: writes the high and the low half to `out[0]` and `out[1]`; returns `out`. */
  digestInto(out: Uint32Array): Uint32Array {
    this.stage.kernel.sipHash13Finish(this.alive);
    this.stage.resultInto(out, 1);
    return out;
  }

  reset(): this {
    const key = this.#key;
    this.stage.kernel.sipHash13Init(this.alive, keyWord(key, 0), keyWord(key, 4), keyWord(key, 8), keyWord(key, 12));
    return this;
  }

  clone(): SipHash13 {
    return this.copyTo(new SipHash13(this.#key, { arena: this.arena }));
  }
}

/** Streaming `fnv1a32`. */
export class Fnv1a32 extends StreamingHash<number> {
  constructor(options?: HashOptions) {
    super(arenaOf(options), cellBytes, ({ kernel }) => kernel.fnv1a32Update);
    this.reset();
  }

  digest(): number {
    return this.cellLow;
  }

  reset(): this {
    this.setCell(FNV1A32_OFFSET_BASIS, 0);
    return this;
  }

  clone(): Fnv1a32 {
    return this.copyTo(new Fnv1a32({ arena: this.arena }));
  }
}

/** Streaming `fnv1a64`. */
export class Fnv1a64 extends StreamingHash<bigint> {
  constructor(options?: HashOptions) {
    super(arenaOf(options), cellBytes, ({ kernel }) => kernel.fnv1a64Update);
    this.reset();
  }

  digest(): bigint {
    return (BigInt(this.cellHigh) << 32n) | BigInt(this.cellLow);
  }

  /** `digest` without a BigInt: writes the high and the low half to `out[0]` and `out[1]`; returns `out`. */
  digestInto(out: Uint32Array): Uint32Array {
    if (out.length < 2) throw new RangeError(`out must have at least 2 elements, got ${out.length}`);
    out[0] = this.cellHigh;
    out[1] = this.cellLow;
    return out;
  }

  reset(): this {
    this.setCell(lowHalf(FNV1A64_OFFSET_BASIS), highHalf(FNV1A64_OFFSET_BASIS));
    return this;
  }

  clone(): Fnv1a64 {
    return this.copyTo(new Fnv1a64({ arena: this.arena }));
  }
}

/** Streaming `djb2`. */
export class Djb2 extends StreamingHash<number> {
  constructor(options?: HashOptions) {
    super(arenaOf(options), cellBytes, ({ kernel }) => kernel.djb2Update);
    this.reset();
  }

  digest(): number {
    return this.cellLow;
  }

  reset(): this {
    this.setCell(DJB2_START, 0);
    return this;
  }

  clone(): Djb2 {
    return this.copyTo(new Djb2({ arena: this.arena }));
  }
}

/** Streaming `crc32c`. */
export class Crc32c extends StreamingHash<number> {
  constructor(options?: HashOptions) {
    super(arenaOf(options), cellBytes, ({ kernel }) => kernel.crc32cUpdate);
    this.reset();
  }

  digest(): number {
    return this.cellLow;
  }

  reset(): this {
    this.setCell(0, 0);
    return this;
  }

  clone(): Crc32c {
    return this.copyTo(new Crc32c({ arena: this.arena }));
  }
}
