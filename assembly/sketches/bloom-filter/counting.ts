// The counting filter: 4-bit counters instead of bits, so that keys can be deleted (L. Fan, P. Cao, J. Almeida,
// A. Broder, "Summary Cache", SIGCOMM 1998). A counter that has reached 15 stays there: it has lost count, and
// lowering it could make a key that is there vanish.

import { CELLS, DATA, K } from './layout';
import { firstX, firstY, firstZ, wrap } from './hash';

const FULL: u32 = 15;

// @ts-ignore: decorator
@inline
function counter(filter: usize, x: u32): u32 {
  return (<u32>load<u8>(filter + (x >> 1), DATA) >> ((x & 1) << 2)) & 15;
}

// @ts-ignore: decorator
@inline
function change(filter: usize, x: u32, difference: u32): void {
  const at = filter + (x >> 1);
  store<u8>(at, <u32>load<u8>(at, DATA) + (difference << ((x & 1) << 2)), DATA);
}

/** The smallest counter of a hash: how often it was added, or more. */
export function countingCount(filter: usize, hash: u64): u32 {
  const cells = load<u32>(filter, CELLS);
  let x = firstX(hash, cells);
  let y = firstY(hash, cells);
  let z = firstZ(hash, cells);
  let least = FULL;
  for (let i = load<u32>(filter, K); i > 0; i--) {
    least = min(least, counter(filter, x));
    if (!least) return 0;
    x = wrap(x + y, cells);
    y = wrap(y + z, cells);
    z = wrap(z + 1, cells);
  }
  return least;
}

/** Raises the counters of a hash by `difference`, 1 or −1; whether the smallest was 0. */
export function countingChange(filter: usize, hash: u64, difference: i32): bool {
  const cells = load<u32>(filter, CELLS);
  let x = firstX(hash, cells);
  let y = firstY(hash, cells);
  let z = firstZ(hash, cells);
  let least = FULL;
  const stop: u32 = difference > 0 ? FULL : 0;
  for (let i = load<u32>(filter, K); i > 0; i--) {
    const old = counter(filter, x);
    least = min(least, old);
    if (old != FULL && old != stop) change(filter, x, difference);
    x = wrap(x + y, cells);
    y = wrap(y + z, cells);
    z = wrap(z + 1, cells);
  }
  return !least;
}

/** Adds the counters of `other`, which stand in equally many cells; no sum passes 15. */
export function countingMerge(filter: usize, other: usize, bytes: u32): void {
  const low = i8x16.splat(15);
  for (let i: u32 = 0; i < bytes; i += 16) {
    const a = v128.load(filter + i, DATA);
    const b = v128.load(other + i, DATA);
    const even = i8x16.min_u(i8x16.add(v128.and(a, low), v128.and(b, low)), low);
    const odd = i8x16.min_u(i8x16.add(i8x16.shr_u(a, 4), i8x16.shr_u(b, 4)), low);
    v128.store(filter + i, v128.or(even, i8x16.shl(odd, 4)), DATA);
  }
}

/** Counters that are not zero. */
export function countingOnes(filter: usize, bytes: u32): u32 {
  let ones: u32 = 0;
  for (let i: u32 = 0; i < bytes; i += 8) {
    let word = load<u64>(filter + i, DATA);
    word |= word >> 2;
    word |= word >> 1;
    ones += <u32>popcnt<u64>(word & 0x1111_1111_1111_1111);
  }
  return ones;
}

/** Counters that have reached 15. */
export function countingFull(filter: usize, bytes: u32): u32 {
  let full: u32 = 0;
  for (let i: u32 = 0; i < bytes; i += 8) {
    let word = load<u64>(filter + i, DATA);
    word &= word >> 2;
    word &= word >> 1;
    full += <u32>popcnt<u64>(word & 0x1111_1111_1111_1111);
  }
  return full;
}
