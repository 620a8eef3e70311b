/** How keys and values reach a kernel: one, or a chunk of many a crossing, through the arena's staging block. */

import type { Arena } from './arena.js';
import { describe } from './staging.js';
import { maxBytesOf, writeString } from './strings.js';

/** A key or value: bytes, or a string that stands for its UTF-8 bytes (a lone surrogate for those of its code point). */
export type Bytes = string | Uint8Array;

/**
 * A key of a sketch: a string, which stands for its UTF-8 bytes (a lone surrogate for the three bytes of its code point); bytes;
 * or an integer from 0 to 2^32 − 1, which stands for its four bytes, the low one first.
 */
export type SketchKey = string | Uint8Array | number;

/** Many keys: a `Uint32Array` is by far the fastest. */
export type SketchKeys = Uint32Array | Iterable<SketchKey>;

/** Bytes of staged records that one crossing carries, unless a single key is longer. */
const CHUNK_BYTES = 64 * 1024;
/** Numbers a crossing carries: in and out they stay in the first-level cache. */
const CHUNK_U32 = 4096;
/** Up to this long bytes are copied one by one; beyond, `TypedArray.set` is faster. */
const TINY_BYTES = 16;
/** The same for a part of an array, of which a view would have to be made first. */
const SHORT_PART_BYTES = 48;

/** Bytes to stage a key or value in, at most. */
export function roomFor(bytes: Bytes, what = 'key'): number {
  if (typeof bytes === 'string') return maxBytesOf(bytes);
  if (!(bytes instanceof Uint8Array)) assertBytes(bytes, what);
  return bytes.length;
}

/** Writes a key or value at `at`, where its `room` bytes are free; returns its length. */
export function stageBytes(arena: Arena, at: number, bytes: Bytes, room: number): number {
  const u8 = arena.u8Until(at + room);
  if (typeof bytes === 'string') return writeString(u8, at, bytes);
  const length = bytes.length;
  if (length !== room) throw detached();
  if (length > TINY_BYTES) u8.set(bytes, at);
  else for (let i = 0; i < length; i++) u8[at + i] = bytes[i] as number;
  return length;
}

/** Bytes of a key that is a part of an array. @throws TypeError, RangeError when there is no such part */
export function roomForPart(source: Uint8Array, from: number, end: number): number {
  if (!(source instanceof Uint8Array)) assertBytes(source, 'key');
  if (!(from >>> 0 === from && end >>> 0 === end && from <= end && end <= source.length)) {
    throw new RangeError(`A key must be a part of its array of ${source.length} bytes, got ${from} to ${end}`);
  }
  return end - from;
}

/** Writes a part of an array at `at`, where there is room for it. */
export function stagePart(arena: Arena, at: number, source: Uint8Array, from: number, end: number): void {
  const u8 = arena.u8Until(at + end - from);
  if (end > source.length) throw detached();
  if (end - from > SHORT_PART_BYTES) u8.set(source.subarray(from, end), at);
  else for (let i = from; i < end; i++) u8[at++] = source[i] as number;
}

/** Writes a record, a u32 length (unaligned) and the bytes, into 4 + `room` free bytes; returns its end. */
export function stageRecord(arena: Arena, at: number, bytes: Bytes, room: number): number {
  return putLength(arena.u8Until(at + 4), at, stageBytes(arena, at + 4, bytes, room));
}

function putLength(u8: Uint8Array, at: number, bytes: number): number {
  u8[at] = bytes;
  u8[at + 1] = bytes >>> 8;
  u8[at + 2] = bytes >>> 16;
  u8[at + 3] = bytes >>> 24;
  return at + 4 + bytes;
}

/** A number as the kernel takes it. */
export function u32Of(key: number): number {
  if (key >>> 0 !== key) throw new RangeError(`A numeric key must be an integer from 0 to 4294967295, got ${key}`);
  return key | 0;
}

/** The keys as a list of which each was looked at, so that nothing is refused half-way. */
export function listed(keys: SketchKeys): Uint32Array | readonly SketchKey[] {
  if (keys instanceof Uint32Array) return keys;
  if (keys === null || typeof keys !== 'object' || !(Symbol.iterator in keys) || ArrayBuffer.isView(keys)) {
    throw new TypeError(`keys must be a Uint32Array or an iterable of keys, got ${describe(keys)}`);
  }
  const list = Array.isArray(keys) ? (keys as SketchKey[]) : [...keys];
  for (let i = 0; i < list.length; i++) {
    const key = list[i] as SketchKey;
    if (typeof key === 'number') u32Of(key);
    else roomFor(key);
  }
  return list;
}

/** Called with each chunk: its address, its keys, and where the answers go. */
export type Crossing = (at: number, count: number, out: number) => void;

/** Carries numbers across; `answers` takes a byte a key. */
export function eachU32(arena: Arena, keys: Uint32Array, cross: Crossing, answers?: Uint8Array): void {
  if (keys.length === 0) return;
  const { length } = keys;
  const at = arena.scratch(CHUNK_U32 * 5);
  if (keys.length !== length) throw detached();
  const out = at + CHUNK_U32 * 4;
  for (let from = 0; from < length; from += CHUNK_U32) {
    const chunk = keys.subarray(from, from + CHUNK_U32);
    arena.u32.set(chunk, at >>> 2);
    cross(at, chunk.length, out);
    answers?.set(arena.u8Until(out + chunk.length).subarray(out, out + chunk.length), from);
  }
}

/** Carries keys of any kind across, as records of a length and bytes. */
export function eachRecord(arena: Arena, keys: readonly SketchKey[], cross: Crossing, answers?: Uint8Array): void {
  let room = CHUNK_BYTES;
  for (let i = 0; i < keys.length; i++) room = Math.max(room, 4 + recordRoom(keys[i] as SketchKey));
  // Everything is allocated here, so that nothing fails once the first chunk has crossed.
  const at = arena.scratch(room + room / 4 + 4);
  const out = at + room;
  for (let i = 0; i < keys.length; ) {
    const first = i;
    let end = at;
    const u8 = arena.u8Until(out);
    for (; i < keys.length; i++) {
      const key = keys[i] as SketchKey;
      const needed = recordRoom(key);
      if (end + 4 + needed > out) break;
      end = putRecord(arena, u8, end, key, needed);
    }
    cross(at, i - first, out);
    answers?.set(arena.u8Until(out + i - first).subarray(out, out + i - first), first);
  }
}

function recordRoom(key: SketchKey): number {
  return typeof key === 'number' ? 4 : typeof key === 'string' ? maxBytesOf(key) : key.length;
}

function putRecord(arena: Arena, u8: Uint8Array, at: number, key: SketchKey, room: number): number {
  if (typeof key !== 'number') return stageRecord(arena, at, key, room);
  for (let i = 0; i < 4; i++) u8[at + 4 + i] = key >>> (8 * i);
  return putLength(u8, at, 4);
}

/** Accepts a Uint8Array of another realm, where `instanceof` fails. */
function assertBytes(value: unknown, what: string): asserts value is Uint8Array {
  if (Object.prototype.toString.call(value) !== '[object Uint8Array]') {
    throw new TypeError(`A ${what} must be a string or a Uint8Array, got ${describe(value)}`);
  }
}

/** The arena had to grow for the staging block, and the key was a view of its memory. */
function detached(): TypeError {
  return new TypeError('The key is a view of the arena itself, which grew and detached it: pass a copy');
}
