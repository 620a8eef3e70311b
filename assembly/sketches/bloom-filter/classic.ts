// The classic filter: m bits, k of them a key (B. Bloom, "Space/Time Trade-offs in Hash Coding with Allowable
// Errors", CACM 1970).

import { xxh64OfU32 } from '../../hash/xxh64';
import { CELLS, DATA, K, SEED } from './layout';
import { firstX, firstY, firstZ, wrap, wrap4 } from './hash';

/** Whether all bits of a hash are set. */
export function classicHas(filter: usize, hash: u64): bool {
  const cells = load<u32>(filter, CELLS);
  let x = firstX(hash, cells);
  let y = firstY(hash, cells);
  let z = firstZ(hash, cells);
  for (let i = load<u32>(filter, K); i > 0; i--) {
    if (!(bit(filter, x) & 1)) return false;
    x = wrap(x + y, cells);
    y = wrap(y + z, cells);
    z = wrap(z + 1, cells);
  }
  return true;
}

/** Sets the bits of a hash; whether any was not. */
export function classicAdd(filter: usize, hash: u64): bool {
  const cells = load<u32>(filter, CELLS);
  let x = firstX(hash, cells);
  let y = firstY(hash, cells);
  let z = firstZ(hash, cells);
  let old: u32 = 1;
  for (let i = load<u32>(filter, K); i > 0; i--) {
    old &= set(filter, x);
    x = wrap(x + y, cells);
    y = wrap(y + z, cells);
    z = wrap(z + 1, cells);
  }
  return !old;
}

/** Sets bit x; what it was, in the lowest bit. */
// @ts-ignore: decorator
@inline
function set(filter: usize, x: u32): u32 {
  const at = filter + (x >> 3);
  const byte: u32 = load<u8>(at, DATA);
  store<u8>(at, byte | (1 << (x & 7)), DATA);
  return byte >> (x & 7);
}

// @ts-ignore: decorator
@inline
function bit(filter: usize, x: u32): u32 {
  return <u32>load<u8>(filter + (x >> 3), DATA) >> (x & 7);
}

// @ts-ignore: decorator
@inline
function gather(a: u32, b: u32, c: u32, d: u32): v128 {
  return i32x4.replace_lane(i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(a), 1, b), 2, c), 3, d);
}

/** One byte, 0 or 1, a key. Four keys go side by side: their places in the lanes of vectors. Returns how many were found. */
export function classicHasMany(filter: usize, keys: usize, count: u32, out: usize): u32 {
  const cells = load<u32>(filter, CELLS);
  const seed = load<u64>(filter, SEED);
  const k = load<u32>(filter, K);
  const m = i32x4.splat(cells);
  const one = i32x4.splat(1);
  // Cell x is bit x mod 32 of the word at x / 32 · 4; a shift takes its count modulo 32 by itself.
  const words = i32x4.splat(~3);
  let found: u32 = 0;
  let n = count;
  for (; n >= 4; n -= 4) {
    const h0 = xxh64OfU32(load<u32>(keys), seed);
    const h1 = xxh64OfU32(load<u32>(keys, 4), seed);
    const h2 = xxh64OfU32(load<u32>(keys, 8), seed);
    const h3 = xxh64OfU32(load<u32>(keys, 12), seed);
    let x = gather(firstX(h0, cells), firstX(h1, cells), firstX(h2, cells), firstX(h3, cells));
    let y = gather(firstY(h0, cells), firstY(h1, cells), firstY(h2, cells), firstY(h3, cells));
    let z = gather(firstZ(h0, cells), firstZ(h1, cells), firstZ(h2, cells), firstZ(h3, cells));
    let a: u32 = 1;
    let b: u32 = 1;
    let c: u32 = 1;
    let d: u32 = 1;
    for (let i = k; i > 0; i--) {
      const w = v128.and(i32x4.shr_u(x, 3), words);
      a &= load<u32>(filter + i32x4.extract_lane(w, 0), DATA) >> i32x4.extract_lane(x, 0);
      b &= load<u32>(filter + i32x4.extract_lane(w, 1), DATA) >> i32x4.extract_lane(x, 1);
      c &= load<u32>(filter + i32x4.extract_lane(w, 2), DATA) >> i32x4.extract_lane(x, 2);
      d &= load<u32>(filter + i32x4.extract_lane(w, 3), DATA) >> i32x4.extract_lane(x, 3);
      x = wrap4(i32x4.add(x, y), m);
      y = wrap4(i32x4.add(y, z), m);
      z = wrap4(i32x4.add(z, one), m);
    }
    store<u32>(out, a | (b << 8) | (c << 16) | (d << 24));
    found += a + b + c + d;
    keys += 16;
    out += 4;
  }
  for (; n > 0; n--) {
    const hit = <u32>classicHas(filter, xxh64OfU32(load<u32>(keys), seed));
    store<u8>(out, hit);
    found += hit;
    keys += 4;
    out++;
  }
  return found;
}

/**
 * Returns how many keys changed the filter. `work` is room for 16 bytes a cell of a key: the places of four keys are
 * found side by side and put there; the bits are then set one key after the other, for else a key could meet bits of
 * one that comes after it, and the count would differ from that of single additions.
 */
export function classicAddMany(filter: usize, keys: usize, count: u32, work: usize): u32 {
  const cells = load<u32>(filter, CELLS);
  const seed = load<u64>(filter, SEED);
  const m = i32x4.splat(cells);
  const one = i32x4.splat(1);
  const end = work + (<usize>load<u32>(filter, K) << 4);
  let changed: u32 = 0;
  for (; count >= 4; count -= 4) {
    const h0 = xxh64OfU32(load<u32>(keys), seed);
    const h1 = xxh64OfU32(load<u32>(keys, 4), seed);
    const h2 = xxh64OfU32(load<u32>(keys, 8), seed);
    const h3 = xxh64OfU32(load<u32>(keys, 12), seed);
    let x = gather(firstX(h0, cells), firstX(h1, cells), firstX(h2, cells), firstX(h3, cells));
    let y = gather(firstY(h0, cells), firstY(h1, cells), firstY(h2, cells), firstY(h3, cells));
    let z = gather(firstZ(h0, cells), firstZ(h1, cells), firstZ(h2, cells), firstZ(h3, cells));
    for (let at = work; at < end; at += 16) {
      v128.store(at, x);
      x = wrap4(i32x4.add(x, y), m);
      y = wrap4(i32x4.add(y, z), m);
      z = wrap4(i32x4.add(z, one), m);
    }
    for (let lane: usize = 0; lane < 16; lane += 4) {
      let old: u32 = 1;
      for (let at = work + lane; at < end; at += 16) old &= set(filter, load<u32>(at));
      changed += old ^ 1;
    }
    keys += 16;
  }
  for (; count > 0; count--) {
    changed += <u32>classicAdd(filter, xxh64OfU32(load<u32>(keys), seed));
    keys += 4;
  }
  return changed;
}
