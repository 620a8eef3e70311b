/**
 * How inputs reach the kernel: through the arena's staging block, whole where they are short, in pieces that stay
 * in the cache where they are long. One `Stage` an arena.
 */

import { Arena } from '../../../bindings/arena.js';
import { type HashKernel, hashKernel } from '../../../bindings/kernels/codecs/hash.js';
import { maxBytesOf, writeString } from '../../../bindings/strings.js';

/** What can be hashed. A string is hashed as its UTF-8 bytes (a lone surrogate as the three bytes of its code point). */
export type HashInput = string | Uint8Array;

/** Options of every one-shot function. */
export interface HashOptions {
  /** Where the work is done. Default `Arena.default`. */
  arena?: Arena;
}

/** Inputs up to this are staged whole, and the staging block is never larger. */
const CHUNK_BYTES = 128 * 1024;
/** Longer inputs pass in pieces that stay in the first-level cache between the copy and the hash (measured). */
const PIECE_BYTES = 16 * 1024;
/** Room before a chunk for the state of a one-shot hash that takes several chunks. No state is larger. */
const STATE_ROOM_BYTES = 128;
/** Up to this many bytes a loop beats the fixed cost of `TypedArray.prototype.set` (measured). */
const LOOP_BYTES = 16;
/** The arena's result cell, as an index of 64-bit words. */
const RESULT_WIDE = 64 >> 3;

/** Feeds the bytes [from, from + bytes) of the arena to the state at `state`. */
export type Update = (state: number, from: number, bytes: number) => void;

export class Stage {
  readonly arena: Arena;
  readonly kernel: HashKernel;
  /** Bytes the last `put` staged. */
  bytes = 0;
  #wide: BigUint64Array;

  constructor(arena: Arena) {
    this.arena = arena;
    this.kernel = arena.kernel(hashKernel);
    this.#wide = new BigUint64Array(arena.memory.buffer);
  }

  /** Stages the whole input and returns its address, or 0 when it is too long and must go through `stream`. */
  put(input: HashInput): number {
    if (typeof input === 'string') return this.#putText(input);
    if (!(input instanceof Uint8Array)) assertBytes(input);
    const length = input.length;
    if (length > CHUNK_BYTES) return 0;
    const at = this.arena.scratch(length);
    if (input.length !== length) throw detached();
    const u8 = this.arena.u8Until(at + length);
    if (length > LOOP_BYTES) u8.set(input, at);
    else for (let i = 0; i < length; i++) u8[at + i] = input[i] as number;
    this.bytes = length;
    return at;
  }

  #putText(text: string): number {
    const room = maxBytesOf(text);
    if (room > CHUNK_BYTES) return 0;
    const at = this.arena.scratch(room);
    this.bytes = writeString(this.arena.u8Until(at + room), at, text);
    return at;
  }

  /**
   * Runs a one-shot hash over an input of any length, with its state at the front of the staging block.
   * Returns that state's address. The arena holds a chunk, never the input.
   */
  stream(input: HashInput, init: (state: number) => void, update: Update): number {
    const { length } = input;
    const state = this.arena.scratch(STATE_ROOM_BYTES + CHUNK_BYTES);
    if (input.length !== length) throw detached();
    init(state);
    this.#feedChunks(input, state + STATE_ROOM_BYTES, update, state);
    return state;
  }

  /** Feeds an input of any length to a state that stands elsewhere in the arena. */
  feed(input: HashInput, update: Update, state: number): void {
    const at = this.put(input);
    if (at !== 0) {
      update(state, at, this.bytes);
      return;
    }
    const { length } = input;
    const chunk = this.arena.scratch(CHUNK_BYTES);
    if (input.length !== length) throw detached();
    this.#feedChunks(input, chunk, update, state);
  }

  #feedChunks(input: HashInput, at: number, update: Update, state: number): void {
    if (typeof input === 'string') this.#feedText(input, at, update, state);
    else this.#feedBytes(input, at, update, state);
  }

  #feedBytes(input: Uint8Array, at: number, update: Update, state: number): void {
    const { arena, kernel } = this;
    // Folding a CRC has a fixed cost a call: there, longer pieces win.
    const step = update === kernel.crc32cUpdate ? CHUNK_BYTES : PIECE_BYTES;
    for (let from = 0; from < input.length; from += step) {
      const chunk = input.subarray(from, from + step);
      arena.u8Until(at + chunk.length).set(chunk, at);
      update(state, at, chunk.length);
    }
  }

  #feedText(text: string, at: number, update: Update, state: number): void {
    const { arena } = this;
    const step = Math.floor(CHUNK_BYTES / 3);
    for (let from = 0; from < text.length; ) {
      let end = Math.min(from + step, text.length);
      // A pair of surrogates is one code point: it must not be cut.
      if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end--;
      const bytes = writeString(arena.u8Until(at + CHUNK_BYTES), at, text.slice(from, end));
      update(state, at, bytes);
      from = end;
    }
  }

  /** The 64 bits in the result cell. */
  get result64(): bigint {
    return this.#wideWords[RESULT_WIDE] as bigint;
  }

  /** The 128 bits in the result cell; the first word is the high half. */
  get result128(): bigint {
    const wide = this.#wideWords;
    return ((wide[RESULT_WIDE] as bigint) << 64n) | (wide[RESULT_WIDE + 1] as bigint);
  }

  /** Writes the first `words` 64-bit words of the result cell to `out`, each as two u32, high half first. */
  resultInto(out: Uint32Array, words: 1 | 2): void {
    if (out.length < 2 * words) throw new RangeError(`out must have at least ${2 * words} elements, got ${out.length}`);
    const u32 = this.arena.u32;
    for (let word = 0; word < words; word++) {
      out[2 * word] = u32[2 * (RESULT_WIDE + word) + 1] as number;
      out[2 * word + 1] = u32[2 * (RESULT_WIDE + word)] as number;
    }
  }

  /** The memory as 64-bit words. A growth of the memory detaches the view, which makes its length 0. */
  get #wideWords(): BigUint64Array {
    if (this.#wide.length === 0) this.#wide = new BigUint64Array(this.arena.memory.buffer);
    return this.#wide;
  }
}

// The default arena's stage is kept at hand; a stage of another arena must not keep that arena alive.
let defaultStage: Stage | undefined;
let stages: WeakMap<Arena, Stage> | undefined;

/** The stage of `options.arena`, or of the default arena. */
export function stageOf(options: HashOptions | undefined): Stage {
  if (options?.arena !== undefined) return stageOfArena(options.arena);
  const arena = Arena.default;
  if (defaultStage?.arena !== arena) defaultStage = stageOfArena(arena);
  return defaultStage;
}

export function stageOfArena(arena: Arena): Stage {
  arena.assertAlive();
  stages ??= new WeakMap();
  let stage = stages.get(arena);
  if (stage === undefined) {
    stage = new Stage(arena);
    stages.set(arena, stage);
  }
  return stage;
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

/** Accepts a Uint8Array of another realm, where `instanceof` fails. */
function assertBytes(input: unknown): asserts input is Uint8Array {
  if (Object.prototype.toString.call(input) !== '[object Uint8Array]') {
    throw new TypeError(`Expected a string or a Uint8Array to hash, got ${describe(input)}`);
  }
}

/** The arena had to grow for the staging block, and the input was a view of its memory. */
function detached(): TypeError {
  return new TypeError(
    'The bytes to hash are a view of the arena itself, which grew and detached it: hash a copy, or use another arena',
  );
}

function describe(value: unknown): string {
  return value === null || typeof value !== 'object' ? String(value) : Object.prototype.toString.call(value);
}
