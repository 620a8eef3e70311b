/** Kinds of typed arrays that self-describing blobs hold, each with a number that is written in the blob. */

import { describe } from './staging.js';

export type WordArray = Uint32Array | Int32Array;
export type WideArray = BigInt64Array | BigUint64Array;
export type ElementArray = Uint8Array | WordArray | WideArray | Float64Array;

export interface ElementKind {
  /** As written in blobs: never changed, never used again for another. */
  readonly id: number;
  readonly name: string;
  readonly bytes: number;
  make(length: number): ElementArray;
}

// Kind `id` stands at id − 1.
const KINDS: readonly ElementKind[] = /* @__PURE__ */ [
  { id: 1, name: 'Uint8Array', bytes: 1, make: (length) => new Uint8Array(length) },
  { id: 2, name: 'Uint32Array', bytes: 4, make: (length) => new Uint32Array(length) },
  { id: 3, name: 'Int32Array', bytes: 4, make: (length) => new Int32Array(length) },
  { id: 4, name: 'BigUint64Array', bytes: 8, make: (length) => new BigUint64Array(length) },
  { id: 5, name: 'BigInt64Array', bytes: 8, make: (length) => new BigInt64Array(length) },
  { id: 6, name: 'Float64Array', bytes: 8, make: (length) => new Float64Array(length) },
];

/** The kind of that number, where there is one. */
export function kindById(id: number | undefined): ElementKind | undefined {
  return id === undefined ? undefined : KINDS[id - 1];
}

/** The kind of a typed array of any realm. @throws TypeError when it is none of `allowed` */
export function kindOf(values: unknown, what: string, allowed: readonly string[]): ElementKind {
  const tag = Object.prototype.toString.call(values).slice('[object '.length, -1);
  const kind = KINDS.find(({ name }) => name === tag);
  if (kind === undefined || !allowed.includes(tag)) {
    throw new TypeError(`${what} must be ${allowed.join(', ')}, got ${describe(values)}`);
  }
  return kind;
}

/** The bytes of a typed array, in place. */
export function bytesOf(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** `[from, to)` of `count` elements, checked. @throws RangeError */
export function checkRange(from: number, to: number, count: number): void {
  if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to < from || to > count) {
    throw new RangeError(`A range must be 0 <= from <= to <= ${count}, got ${from} to ${to}`);
  }
}

/** An index below `count`. @throws RangeError */
export function checkIndex(index: number, count: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= count) {
    throw new RangeError(`An index must be an integer from 0 to ${count - 1}, got ${index}`);
  }
}

/** The little-endian u32 that begins at byte `at`, wherever that is. */
export function u32At(bytes: Uint8Array, at: number): number {
  const upper = ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24);
  return ((bytes[at] as number) | ((bytes[at + 1] as number) << 8) | upper) >>> 0;
}
