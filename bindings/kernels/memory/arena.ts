/** Binding of kernel `memory/arena`: allocator, directory and snapshot checksum. Addresses are u32 seen as i32. */

import { wasm } from '../../generated/memory/arena.wasm.js';
import { wasm as shared } from '../../generated/shared/memory/arena.wasm.js';
import { defineKernel } from '../../kernel.js';

export interface ArenaKernel {
  create(limit: number, seed0: number, seed1: number, seed2: number, seed3: number): void;
  alloc(bytes: number): number;
  allocAligned(bytes: number, alignment: number): number;
  realloc(address: number, bytes: number): number;
  free(address: number): void;
  costOf(address: number): number;
  largestFree(): number;
  check(): number;
  top(): number;
  tail(): number;
  repair(tail: number): void;
  trimTail(tail: number, end: number): void;
  scratch(bytes: number): number;
  releaseScratch(): void;
  findEntry(name: number, bytes: number): number;
  addEntry(name: number, bytes: number, kind: number, root: number): number;
  removeEntry(root: number): void;
  nextEntry(entry: number): number;
  entryKind(entry: number): number;
  entryRoot(entry: number): number;
  entryName(entry: number): number;
  entryNameBytes(entry: number): number;
  checksum(from: number, bytes: number, seedLow: number, seedHigh: number): void;
  checksumInit(state: number, seedLow: number, seedHigh: number): void;
  checksumUpdate(state: number, from: number, bytes: number): void;
  checksumFinish(state: number): void;
}

export const arenaKernel = defineKernel<ArenaKernel>('memory/arena', wasm, shared);
