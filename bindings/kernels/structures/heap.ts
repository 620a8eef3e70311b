/** Binding of kernel `structures/heap`. Addresses, ids and counts are u32 seen as i32: apply `>>> 0` before use. */

import { wasm } from '../../generated/structures/heap.wasm.js';
import { defineKernel } from '../../kernel.js';

export interface HeapKernel {
  /** 0 when the arena is full. */
  create(variant: number, greatest: number): number;
  destroy(heap: number): void;
  clear(heap: number): void;
  /** 0 when the arena is full. */
  reserve(heap: number, count: number): number;
  shrink(heap: number): void;
  bytesOf(heap: number): number;
  /** 0 when the arena is full. */
  push(heap: number, id: number, priority: number): number;
  /** −1 may be an id: then the result cell is 1, and 0 when the heap was empty. */
  pop(heap: number): number;
  firstPriority(heap: number): number;
  /** Of a heap that is not empty; 0 when the arena is full. */
  replaceFirst(heap: number, id: number, priority: number): number;
  addMany(heap: number, ids: number, priorities: number, count: number): void;
  appendMany(heap: number, ids: number, priorities: number, count: number): void;
  build(heap: number): void;
  popMany(heap: number, count: number, ids: number, priorities: number): number;
  /** 0 when the arena is full. */
  merge(heap: number, other: number): number;
  /** 0 when the arena is full. */
  cloneEntries(heap: number): number;
  /** 0 when the arena is full. */
  reserveSequences(heap: number, count: number): number;
  dump(heap: number, from: number, count: number, out: number): void;
  /** 0 for what no heap would have written. */
  fill(heap: number, from: number, count: number): number;
  setNext(heap: number, next: number): void;
  /** 0 when every invariant holds. */
  check(heap: number): number;

  setMaxId(heap: number, id: number): void;
  /** 0 when the arena is full. */
  reservePositions(heap: number, id: number): number;
  /** 0 when an id comes twice or is beyond the table. */
  fillPositions(heap: number): number;
  hasId(heap: number, id: number): number;
  /** NaN when the id is not in the heap. */
  priorityOfId(heap: number, id: number): number;
  /** 1 added, 0 the arena is full, −1 the id is there already. */
  pushId(heap: number, id: number, priority: number): number;
  /** How many went in before one did not. */
  pushIds(heap: number, ids: number, priorities: number, count: number): number;
  /** 1 changed, 0 no such id, −1 the change is of the other kind. */
  updateId(heap: number, id: number, priority: number, kind: number): number;
  removeId(heap: number, id: number): number;

  minMaxPush(heap: number, id: number, priority: number): number;
  minMaxPop(heap: number, max: number): number;
  /** Address of a slot. */
  minMaxGreatest(heap: number): number;
  minMaxPriority(heap: number, max: number): number;
  minMaxAddMany(heap: number, ids: number, priorities: number, count: number, ordered: number): void;
  minMaxBuild(heap: number): void;
  minMaxPopMany(heap: number, max: number, count: number, ids: number, priorities: number): number;
  minMaxCheck(heap: number): number;

  pairingCreate(greatest: number): number;
  pairingDestroy(heap: number): void;
  pairingClear(heap: number): void;
  pairingReserve(heap: number, nodes: number): number;
  pairingBytes(heap: number): number;
  /** A node's number + 1, 0 when the arena is full; its generation is in the result cell. */
  pairingPush(heap: number, id: number, priority: number): number;
  pairingPop(heap: number): number;
  pairingFirst(heap: number): number;
  pairingFirstPriority(heap: number): number;
  pairingHas(heap: number, node: number, generation: number): number;
  pairingPriority(heap: number, node: number): number;
  pairingId(heap: number, node: number): number;
  pairingUpdate(heap: number, node: number, priority: number): void;
  pairingRemove(heap: number, node: number): void;
  /** What the other's node numbers went up by; −1 when the arena is full. */
  pairingMeld(heap: number, other: number): number;
  pairingDump(heap: number, from: number, count: number, out: number): void;
  pairingFill(heap: number, from: number, count: number): number;
  pairingLinks(heap: number, root: number, free: number, count: number): void;
  pairingCheck(heap: number): number;
}

export const heapKernel = defineKernel<HeapKernel>('structures/heap', wasm);

// Offsets of assembly/structures/heap/layout.ts, in words.
export const COUNT = 0;
export const CAPACITY = 4 >> 2;
export const BASE = 8 >> 2;
export const VARIANT = 16 >> 2;
export const NEXT = 20 >> 2;
export const FLIP = 24 >> 2;
export const MAX_ID = 40 >> 2;
/** Word of the id in a slot. */
export const SLOT_ID = 8 >> 2;
export const SLOT_BYTES = 16;

// Bits of a variant.
export const ARITY_MASK = 3;
export const STABLE = 4;
export const INDEXED = 8;
export const MIN_MAX = 16;

// Offsets of pairing.ts, in words.
export const PAIRING_USED = 12 >> 2;
export const PAIRING_ROOT = 16 >> 2;
export const PAIRING_FREE = 20 >> 2;
export const PAIRING_NODE_BYTES = 32;
