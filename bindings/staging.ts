/**
 * Getting typed arrays into and out of an arena's staging block, where kernels read and write them.
 *
 * An address is only valid until the next call that may grow the memory: take the staging block first, once, for
 * everything a call needs.
 */

import type { Arena } from './arena.js';

/** A typed array of four-byte elements; their bits are what is copied. */
export type Words = Uint32Array | Int32Array;

/**
 * Address of a staging block of `bytes`. Refuses inputs that are views of this arena's memory and were detached when
 * it grew for the block.
 */
export function stage(arena: Arena, bytes: number, ...inputs: readonly ArrayBufferView[]): number {
  const before = inputs.map((input) => input.byteLength);
  const at = arena.scratch(bytes);
  for (let i = 0; i < inputs.length; i++) {
    if (inputs[i]?.byteLength !== before[i]) {
      throw new TypeError('The input is a view of the arena itself, which grew and detached it: pass a copy');
    }
  }
  return at;
}

/** Copies bytes to `at`. */
export function putBytes(arena: Arena, at: number, bytes: Uint8Array): void {
  arena.u8Until(at + bytes.length).set(bytes, at);
}

/** Copies doubles, bit by bit, to `at`, a multiple of 8. */
export function putDoubles(arena: Arena, at: number, values: Float64Array): void {
  arena.f64.set(values, at >>> 3);
}

/** Copies four-byte integers to `at`, a multiple of 4. */
export function putWords(arena: Arena, at: number, values: Words): void {
  arena.u32.set(asU32(values), at >>> 2);
}

/** Copies `out.length` four-byte integers from `at`. */
function takeWords(arena: Arena, at: number, out: Words): void {
  asU32(out).set(arena.u32.subarray(at >>> 2, (at >>> 2) + out.length));
}

/** The same memory as unsigned words. */
export function asU32(values: Words): Uint32Array {
  return values instanceof Uint32Array ? values : new Uint32Array(values.buffer, values.byteOffset, values.length);
}

/** Uint8Array of any realm, or TypeError. */
export function checkBytes(bytes: unknown, what: string): asserts bytes is Uint8Array {
  if (!(bytes instanceof Uint8Array) && Object.prototype.toString.call(bytes) !== '[object Uint8Array]') {
    throw new TypeError(`${what} must be a Uint8Array, got ${describe(bytes)}`);
  }
}

/** What a wrong value is, short enough for an error. */
export function describe(value: unknown): string {
  return value === null || typeof value !== 'object' ? String(value) : Object.prototype.toString.call(value);
}

/** Uint32Array or Int32Array of any realm, or TypeError. */
export function checkWords(values: unknown, what: string): asserts values is Words {
  const tag = Object.prototype.toString.call(values);
  if (tag !== '[object Uint32Array]' && tag !== '[object Int32Array]') {
    throw new TypeError(`${what} must be a Uint32Array or an Int32Array, got ${describe(values)}`);
  }
}

/** Refuses an output that is too short for what goes in. */
export function checkRoom(out: { length: number }, needed: number): void {
  if (out.length < needed) throw new RangeError(`out must have at least ${needed} elements, got ${out.length}`);
}

/** Elements that are worked on at once: they and what becomes of them stay in the second-level cache. */
export const PIECE_WORDS = 16_384;

/**
 * Runs `change` over copies of successive pieces of `values`, and puts what it leaves into `out`. The two may be one.
 *
 * @param change gets the address and the number of words, with room for that rounded up to 4
 */
export function mapWords(arena: Arena, values: Words, out: Words, change: (at: number, count: number) => void): void {
  const at = stage(arena, 4 * Math.min(PIECE_WORDS, values.length) + 16, values, out);
  for (let from = 0; from < values.length; from += PIECE_WORDS) {
    const end = Math.min(from + PIECE_WORDS, values.length);
    putWords(arena, at, values.subarray(from, end));
    change(at, end - from);
    takeWords(arena, at, out.subarray(from, end));
  }
}
