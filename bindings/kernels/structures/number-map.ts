/**
 * Binding of kernel `structures/number-map`: maps from u32 or f64 to f64. Addresses and counts are u32 seen as i32.
 */

import { wasm } from '../../generated/structures/number-map.wasm.js';
import { defineKernel } from '../../kernel.js';

/** What the kernel exports, under `u32…` and `f64…`, for each kind of key. */
interface NumberMapOperations {
  /** A new map, 0 when the arena is full. */
  Create(): number;
  Destroy(map: number): void;
  /** NaN where there is no such key. */
  Get(map: number, key: number): number;
  Has(map: number, key: number): number;
  /** 0 replaced, 1 added, −1 the arena is full. */
  Set(map: number, key: number, value: number): number;
  Delete(map: number, key: number): number;
  Clear(map: number): void;
  /** Keys found. */
  GetMany(map: number, keys: number, count: number, out: number, missing: number): number;
  /** Keys found; `homes` is room for four bytes a key. */
  HasMany(map: number, keys: number, count: number, out: number, homes: number): number;
  /** Keys set: fewer than `count` when the arena is full. Leaves what `UndoMany` needs in `values` and `added`. */
  SetMany(map: number, keys: number, count: number, values: number, added: number): number;
  UndoMany(map: number, keys: number, count: number, values: number, added: number): void;
  DeleteMany(map: number, keys: number, count: number): number;
  /** Entries written, or minus the room one bucket needs. The next cursor is in the arena's result cell. */
  Scan(map: number, low: number, high: number, hashes: number, values: number, keys: number, room: number): number;
  /** Leaves the cursor behind `key` in the arena's result cell. */
  After(map: number, key: number): void;
  /** 0 when the arena is full. */
  Reserve(map: number, count: number): number;
  Shrink(map: number): void;
  /** Writes eight u32. */
  Stats(map: number, out: number): void;
  /** 0 when every invariant holds. */
  Check(map: number): number;
}

export type NumberMapKernel = {
  readonly [Name in keyof NumberMapOperations as `u32${Name}` | `f64${Name}`]: NumberMapOperations[Name];
};

export const numberMapKernel = defineKernel<NumberMapKernel>('structures/number-map', wasm);

/** One kind's operations under plain names. */
export interface NumberMapFace {
  /** Bytes of a key. */
  readonly keyBytes: 4 | 8;
  readonly create: NumberMapOperations['Create'];
  readonly destroy: NumberMapOperations['Destroy'];
  readonly clear: NumberMapOperations['Clear'];
  readonly getMany: NumberMapOperations['GetMany'];
  readonly hasMany: NumberMapOperations['HasMany'];
  readonly setMany: NumberMapOperations['SetMany'];
  readonly undoMany: NumberMapOperations['UndoMany'];
  readonly deleteMany: NumberMapOperations['DeleteMany'];
  readonly scan: NumberMapOperations['Scan'];
  readonly after: NumberMapOperations['After'];
  readonly reserve: NumberMapOperations['Reserve'];
  readonly shrink: NumberMapOperations['Shrink'];
  readonly stats: NumberMapOperations['Stats'];
  readonly check: NumberMapOperations['Check'];
}

const u32Faces = /* @__PURE__ */ new WeakMap<NumberMapKernel, NumberMapFace>();
const f64Faces = /* @__PURE__ */ new WeakMap<NumberMapKernel, NumberMapFace>();

/** The operations on u32 keys; one object a kernel instance. */
export function u32Face(kernel: NumberMapKernel): NumberMapFace {
  let face = u32Faces.get(kernel);
  if (face === undefined) {
    face = {
      keyBytes: 4,
      create: kernel.u32Create,
      destroy: kernel.u32Destroy,
      clear: kernel.u32Clear,
      getMany: kernel.u32GetMany,
      hasMany: kernel.u32HasMany,
      setMany: kernel.u32SetMany,
      undoMany: kernel.u32UndoMany,
      deleteMany: kernel.u32DeleteMany,
      scan: kernel.u32Scan,
      after: kernel.u32After,
      reserve: kernel.u32Reserve,
      shrink: kernel.u32Shrink,
      stats: kernel.u32Stats,
      check: kernel.u32Check,
    };
    u32Faces.set(kernel, face);
  }
  return face;
}

/** The operations on f64 keys; one object a kernel instance. */
export function f64Face(kernel: NumberMapKernel): NumberMapFace {
  let face = f64Faces.get(kernel);
  if (face === undefined) {
    face = {
      keyBytes: 8,
      create: kernel.f64Create,
      destroy: kernel.f64Destroy,
      clear: kernel.f64Clear,
      getMany: kernel.f64GetMany,
      hasMany: kernel.f64HasMany,
      setMany: kernel.f64SetMany,
      undoMany: kernel.f64UndoMany,
      deleteMany: kernel.f64DeleteMany,
      scan: kernel.f64Scan,
      after: kernel.f64After,
      reserve: kernel.f64Reserve,
      shrink: kernel.f64Shrink,
      stats: kernel.f64Stats,
      check: kernel.f64Check,
    };
    f64Faces.set(kernel, face);
  }
  return face;
}
