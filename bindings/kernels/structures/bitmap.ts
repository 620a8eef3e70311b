/** Binding of kernel `structures/bitmap`. Addresses, values and counts are u32 seen as i32: apply `>>> 0` before use. */

import { wasm } from '../../generated/structures/bitmap.wasm.js';
import { defineKernel } from '../../kernel.js';

export interface BitmapKernel {
  /** 0 when the arena is full. */
  create(): number;
  destroy(root: number): void;
  clear(root: number): void;
  bytesOf(root: number): number;
  countOfKind(root: number, kind: number): number;
  /** 0 when every invariant holds. */
  check(root: number): number;

  /** 1 done, 0 nothing to do, −1 the arena is full. */
  add(root: number, value: number): number;
  remove(root: number, value: number): number;
  has(root: number, value: number): number;
  /** 0 when the arena is full: some are then added. */
  addMany(root: number, values: number, count: number): number;
  /** Writes a byte for each; how many are there. */
  hasMany(root: number, values: number, count: number, out: number): number;
  /** From the first to the last value; 0 when the arena is full. */
  range(root: number, from: number, last: number, operation: number): number;
  countRange(root: number, from: number, last: number): number;
  /** Values below. */
  rank(root: number, value: number): number;
  at(root: number, rank: number): number;
  /** How many values were written. */
  scanUp(root: number, from: number, out: number, room: number): number;
  scanDown(root: number, from: number, out: number, room: number): number;

  /** 0 when the arena is full. */
  copy(root: number): number;
  combine(a: number, b: number, operation: number): number;
  /** Not AND. With `own` containers of b go over, and only `destroy` may be done with it. 0 when the arena is full. */
  apply(a: number, b: number, operation: number, own: number): number;
  swap(a: number, b: number): void;
  countShared(a: number, b: number): number;
  meet(a: number, b: number): number;
  within(a: number, b: number): number;

  optimize(root: number): void;
  shrink(root: number): void;

  portableHead(root: number): number;
  portableSize(root: number): number;
  writeHead(root: number, out: number): void;
  /** Index of the container that did not fit; the bytes are in the result cell. */
  writeContainers(root: number, from: number, out: number, room: number): number;
  /** 0 when they are none: number of the problem and offset are in the result cell. */
  readPortable(from: number, bytes: number, strict: number): number;
}

export const bitmapKernel = defineKernel<BitmapKernel>('structures/bitmap', wasm);

// Offsets of assembly/structures/bitmap/layout.ts, in bytes.
export const COUNT = 8;
export const SIZE = 16;
export const VERSION = 24;

// Kinds of containers.
export const ARRAY = 0;
export const BITMAP = 1;
export const RUN = 2;

// Operations.
export const AND = 0;
export const OR = 1;
export const XOR = 2;
export const AND_NOT = 3;

/** What `readPortable` finds wrong, by number; see assembly/structures/bitmap/portable.ts. */
export const PROBLEMS: readonly string[] = [
  '',
  'the bytes end before the bitmap does',
  'no cookie of the format stands at the beginning',
  'more than 65536 containers are stated',
  'flags are set for containers that there are not',
  'the keys do not ascend',
  'the offset is not where the container is',
  'the values of an array do not ascend',
  'the container does not have as many values as stated',
  'a run container has no runs',
  'runs overlap, touch or do not ascend',
  'a run goes on past 65535',
  'bytes follow the last container',
  'they are not what a Bitmap writes',
];
