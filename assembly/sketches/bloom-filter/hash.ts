// Where a key's cells are. One xxh64 of the key gives everything.
//
// Classic and counting filters: enhanced double hashing (P. Dillinger, P. Manolios, "Bloom Filters in Probabilistic
// Verification", FMCAD 2004), cell i at x + i·y + (i³ − i)/6 modulo m, with a quadratic term i(i − 1)/2 · z besides.
// Two values x and y alone make two keys agree in all their cells once in m² pairs, and n/m² is more than a small
// rate of a small filter (1000 keys at 10⁻⁶: 1.2 × 10⁻⁶). With z it is once in m³. The sums are differences of
// differences: x += y, y += z, z += 1.
//
// m is at most 2^31, so that no sum of two values below m wraps.

import { below, remix } from '../../hash/mixing';

// @ts-ignore: decorator
@inline
export function firstX(hash: u64, cells: u32): u32 {
  return below(hash, cells);
}

// @ts-ignore: decorator
@inline
export function firstY(hash: u64, cells: u32): u32 {
  return below(hash << 32, cells);
}

/** z + 1: below or equal to m, which the first step makes good. */
// @ts-ignore: decorator
@inline
export function firstZ(hash: u64, cells: u32): u32 {
  return wrap(below(remix(hash), cells) + 1, cells);
}

/** `sum` modulo `cells`, where it is below twice as much: below zero wraps to a large number. */
// @ts-ignore: decorator
@inline
export function wrap(sum: u32, cells: u32): u32 {
  const less = sum - cells;
  return less < sum ? less : sum;
}

/** `wrap` for four. */
// @ts-ignore: decorator
@inline
export function wrap4(sum: v128, cells: v128): v128 {
  return i32x4.min_u(sum, i32x4.sub(sum, cells));
}
