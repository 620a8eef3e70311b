/** Binding of kernel `structures/trie`. Addresses are u32 seen as i32: apply `>>> 0` before indexing with one. */

import { wasm } from '../../generated/structures/trie.wasm.js';
import { defineKernel } from '../../kernel.js';

export interface TrieKernel {
  /** @param flags which trie, and the bits below */
  create(flags: number): number;
  destroy(trie: number): void;
  clear(trie: number): void;
  /** Address of the key's cell, or 0. */
  find(trie: number, at: number, bytes: number): number;
  /** The value of a cell. */
  valueOf(cell: number): number;
  /** The value, or NaN when the key is missing. */
  get(trie: number, at: number, bytes: number): number;
  /** 1 for a new key, 0 for an old one, −1 when the budget is full. */
  set(trie: number, at: number, bytes: number, value: number, weight: number): number;
  remove(trie: number, at: number, bytes: number): number;
  removePrefix(trie: number, at: number, bytes: number): number;
  /** Cell of the longest key that the bytes begin with, its length in the result cell; 0 when there is none. */
  longestPrefix(trie: number, at: number, bytes: number): number;
  /** −1 when the budget leaves no room to count. */
  countPrefix(trie: number, at: number, bytes: number): number;
  startsWith(trie: number, at: number, bytes: number): number;
  getMany(trie: number, keys: number, count: number, values: number, missing: number): number;
  hasMany(trie: number, keys: number, count: number, answers: number): number;
  /** How many were set, fewer than `count` when the budget is full. */
  setMany(trie: number, keys: number, count: number, values: number, weights: number): number;
  removeMany(trie: number, keys: number, count: number): number;
  /** As `walkNext`; where the records end is then in the result cell's low half, whether there are no more in its high one. */
  scan(
    trie: number,
    prefix: number,
    prefixBytes: number,
    after: number,
    afterBytes: number,
    seeks: number,
    reverse: number,
    out: number,
    bytes: number,
    count: number,
  ): number;
  /** Walks: 0 when the budget is full. */
  scanBegin(trie: number, prefix: number, prefixBytes: number): number;
  matchBegin(trie: number, tokens: number, count: number): number;
  fuzzyBegin(trie: number, query: number, count: number, most: number): number;
  completeBegin(trie: number, prefix: number, bytes: number): number;
  /** How many records, 0 at the end; FULL; TOO_LONG, and the bytes that a record needs are in the result cell. */
  walkNext(walk: number, out: number, bytes: number, count: number): number;
  walkEnd(walk: number): void;
  bytesOf(trie: number): number;
  check(trie: number): number;
}

export const trieKernel = defineKernel<TrieKernel>('structures/trie', wasm);

// At the numbers of assembly/structures/trie/layout.ts.
export const PLAIN = 0;
export const RADIX = 1;
export const TERNARY = 2;
export const STRING_KEYS = 4;
export const OBJECTS = 8;
export const WEIGHTED = 16;
export const MAX_KEY_BYTES = 0xff_ffff;
export const FULL = -1;
export const TOO_LONG = -2;

// Words of a trie's header.
export const FLAGS = 0;
export const COUNT = 4 >> 2;
export const VERSION = 8 >> 2;
export const NODES = 24 >> 2;

/** Bytes of a record before its key; records end at multiples of 8. */
export const RECORD_HEAD = 24;
/** Tokens of a pattern: a byte, or one of these. */
export const ONE = 256;
export const MANY = 257;
