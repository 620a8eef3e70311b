// Wildcards: a pattern is a row of tokens, a state the set of places in it that the bytes so far can have led to. All
// places move at once, as bits of words (R. Baeza-Yates, G. Gonnet, "A new approach to text searching", 1992).
//
//   tokens   u16 each: a byte; ONE, any one character; MANY, any number of them. No two MANY are neighbours.
//   tables   256 × W u64  places before a token that is this byte
//                W u64    places before ONE
//                W u64    places behind ONE, where the rest of a character of several bytes is still taken
//                W u64    places before MANY
//            the tokens, two bytes each
//   state        W u64    places; the one behind the last token is where a key passes

import { alloc } from '../../memory/arena/allocator';
import { flagsOf, STRING_KEYS } from './layout';
import { LIMIT, TABLES, TRIE, WIDTH } from './walk';

const ONE: u32 = 256;
const MANY: u32 = 257;

// @ts-ignore: decorator
@inline
export function wordsFor(tokens: u32): u32 {
  return (tokens >> 6) + 1;
}

// @ts-ignore: decorator
@inline
function setBit(words: usize, bit: u32): void {
  const at = words + ((<usize>bit >> 6) << 3);
  store<u64>(at, load<u64>(at) | ((<u64>1) << (bit & 63)));
}

/** False when the budget is full. */
export function makeTables(walk: usize, tokens: usize, count: u32): bool {
  const words = wordsFor(count);
  const row = <usize>words << 3;
  const bytes = <u32>(row * 259);
  const tables = alloc(bytes + 2 * count);
  if (!tables) return false;
  memory.fill(tables, 0, bytes);
  memory.copy(tables + bytes, tokens, 2 * count);
  store<u32>(walk, <u32>tables, TABLES);
  store<u32>(walk, words, WIDTH);
  store<u32>(walk, count, LIMIT);
  const one = tables + row * 256;
  for (let i: u32 = 0; i < count; i++) {
    const token = <u32>load<u16>(tokens + (<usize>i << 1));
    if (token < ONE) setBit(tables + row * token, i);
    else if (token == MANY) setBit(one + 2 * row, i);
    else {
      setBit(one, i);
      setBit(one + row, i + 1);
    }
  }
  return true;
}

/** Before the first byte. */
export function startMatch(walk: usize, state: usize): void {
  const words = load<u32>(walk, WIDTH);
  memory.fill(state, 0, words << 3);
  setBit(state, 0);
  const many = <usize>load<u32>(walk, TABLES) + (<usize>words << 3) * 258;
  if (load<u64>(many) & 1) setBit(state, 1);
}

export function feedMatch(walk: usize, state: usize, byte: u32): bool {
  const words = load<u32>(walk, WIDTH);
  const row = <usize>words << 3;
  const tables: usize = load<u32>(walk, TABLES);
  const literal = tables + row * byte;
  const one = tables + row * 256;
  const inside = (flagsOf(load<u32>(walk, TRIE)) & STRING_KEYS) != 0 && (byte & 0xc0) == 0x80;
  let carry: u64 = 0;
  let any: u64 = 0;
  for (let at: usize = 0; at < row; at += 8) {
    const places = load<u64>(state + at);
    const moved = places & (load<u64>(literal + at) | (inside ? 0 : load<u64>(one + at)));
    const many = load<u64>(one + 2 * row + at);
    const stay = places & (many | (inside ? load<u64>(one + row + at) : 0));
    let now = (moved << 1) | carry | stay;
    const skipped = now & many;
    now |= skipped << 1;
    carry = (moved | skipped) >> 63;
    any |= now;
    store<u64>(state + at, now);
  }
  return any != 0;
}

/** Whether a key that ends here passes. */
export function matches(walk: usize, state: usize): bool {
  const last = load<u32>(walk, LIMIT);
  return ((load<u64>(state + ((<usize>last >> 6) << 3)) >> (last & 63)) & 1) != 0;
}

/** The only byte that can follow, where a short pattern tells at once, or −1. */
export function onlyByte(walk: usize, state: usize): i32 {
  if (load<u32>(walk, WIDTH) != 1) return -1;
  const places = load<u64>(state);
  const tokens = load<u32>(walk, LIMIT);
  const place = <u32>ctz(places);
  const tables: usize = load<u32>(walk, TABLES);
  if (places & (places - 1) || place >= tokens || (load<u64>(tables + 257 * 8) >> place) & 1) return -1;
  const token = <u32>load<u16>(tables + 259 * 8 + (<usize>place << 1));
  return token < ONE ? token : -1;
}
