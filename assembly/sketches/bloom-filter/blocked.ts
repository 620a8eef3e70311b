// The blocked filter: all bits of a key in one 64-byte cache line (F. Putze, P. Sanders, J. Singler, "Cache-, Hash- and
// Space-Efficient Bloom Filters", WEA 2007). The line is cut into k sectors of 512/k bits, with one bit of the key in
// each, so that its rate is known exactly; k is 4, 8 or 16. No step depends on another and none branches, which lets
// the processor fetch the lines of many keys at once.

import { CELLS, DATA, K } from './layout';
import { below, remix } from '../../hash/mixing';

// @ts-ignore: decorator
@inline
function lineOf(filter: usize, hash: u64): usize {
  return filter + DATA + (<usize>below(hash, load<u32>(filter, CELLS)) << 6);
}

/** Bits for the places: not those that chose the line. */
// @ts-ignore: decorator
@inline
function placesOf(hash: u64): u64 {
  return remix(rotl<u64>(hash, 32));
}

// @ts-ignore: decorator
@inline
export function blockedHas(filter: usize, hash: u64): u32 {
  const line = lineOf(filter, hash);
  const k = load<u32>(filter, K);
  const g = placesOf(hash);
  if (k == 8) return has8(line, g);
  return k == 16 ? has16(line, g) : has4(line, g);
}

/** 1 when the key changed the line. */
// @ts-ignore: decorator
@inline
export function blockedAdd(filter: usize, hash: u64): u32 {
  const line = lineOf(filter, hash);
  const k = load<u32>(filter, K);
  const g = placesOf(hash);
  if (k == 8) return 1 ^ add8(line, g);
  return 1 ^ (k == 16 ? add16(line, g) : add4(line, g));
}

// Shifts take their count modulo the width of a word: no mask is needed.

// @ts-ignore: decorator
@inline
function has8(line: usize, g: u64): u32 {
  const low = (load<u64>(line) >> g) & (load<u64>(line, 8) >> (g >> 6)) & (load<u64>(line, 16) >> (g >> 12)) & (load<u64>(line, 24) >> (g >> 18));
  const high = (load<u64>(line, 32) >> (g >> 24)) & (load<u64>(line, 40) >> (g >> 30)) & (load<u64>(line, 48) >> (g >> 36)) & (load<u64>(line, 56) >> (g >> 42));
  return <u32>(low & high) & 1;
}

// @ts-ignore: decorator
@inline
function has16(line: usize, g: u64): u32 {
  const h = remix(g);
  return has16Half(line, g) & has16Half(line + 32, h) & 1;
}

// @ts-ignore: decorator
@inline
function has16Half(line: usize, g: u64): u32 {
  const low = (load<u32>(line) >> <u32>g) & (load<u32>(line, 4) >> <u32>(g >> 5)) & (load<u32>(line, 8) >> <u32>(g >> 10)) & (load<u32>(line, 12) >> <u32>(g >> 15));
  const high = (load<u32>(line, 16) >> <u32>(g >> 20)) & (load<u32>(line, 20) >> <u32>(g >> 25)) & (load<u32>(line, 24) >> <u32>(g >> 30)) & (load<u32>(line, 28) >> <u32>(g >> 35));
  return low & high;
}

// @ts-ignore: decorator
@inline
function has4(line: usize, g: u64): u32 {
  let all: u64 = 1;
  for (let i: usize = 0; i < 4; i++) {
    all &= load<u64>(line + (i << 4) + ((<usize>g & 64) >> 3)) >> g;
    g >>= 7;
  }
  return <u32>all;
}

// @ts-ignore: decorator
@inline
function set64(at: usize, place: u64): u64 {
  const word = load<u64>(at);
  store<u64>(at, word | ((<u64>1) << place));
  return word >> place;
}

// @ts-ignore: decorator
@inline
function set32(at: usize, place: u32): u32 {
  const word = load<u32>(at);
  store<u32>(at, word | ((<u32>1) << place));
  return word >> place;
}

// @ts-ignore: decorator
@inline
function add8(line: usize, g: u64): u32 {
  const low = set64(line, g) & set64(line + 8, g >> 6) & set64(line + 16, g >> 12) & set64(line + 24, g >> 18);
  const high = set64(line + 32, g >> 24) & set64(line + 40, g >> 30) & set64(line + 48, g >> 36) & set64(line + 56, g >> 42);
  return <u32>(low & high) & 1;
}

function add16(line: usize, g: u64): u32 {
  let h = remix(g);
  let all: u32 = 1;
  for (let i: usize = 0; i < 8; i++) {
    all &= set32(line + (i << 2), <u32>g) & set32(line + 32 + (i << 2), <u32>h);
    g >>= 5;
    h >>= 5;
  }
  return all;
}

function add4(line: usize, g: u64): u32 {
  let all: u64 = 1;
  for (let i: usize = 0; i < 4; i++) {
    all &= set64(line + (i << 4) + ((<usize>g & 64) >> 3), g);
    g >>= 7;
  }
  return <u32>all;
}

/** The mean over all lines of the share of keys that would be found there by chance, exactly. */
export function blockedRate(filter: usize): f64 {
  const blocks = load<u32>(filter, CELLS);
  const k = load<u32>(filter, K);
  const sectorBytes: usize = 64 / k;
  const bits = <f64>(512 / k);
  let sum: f64 = 0;
  let line = filter + DATA;
  for (let block: u32 = 0; block < blocks; block++) {
    let product: f64 = 1;
    for (let at = line; at < line + 64; at += sectorBytes) {
      let ones: u64 = 0;
      for (let i: usize = 0; i < sectorBytes; i += 4) ones += popcnt<u32>(load<u32>(at + i));
      product *= <f64>ones / bits;
    }
    sum += product;
    line += 64;
  }
  return sum / <f64>blocks;
}
