// Rendezvous hashing (D. Thaler, C. Ravishankar, 1998; weights by C. Schindelhauer, G. Schomaker, 2005) and jump
// consistent hash (J. Lamping, E. Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm", 2014).

import { xxh64 } from '../../hash/xxh64';
import { mix } from './nodes';

/**
 * Finds the best of `count` nodes for the hash of a key. Names stand one behind the other, each after its length (u32,
 * unaligned); weights are f64 at `weights`, or all are the same where that is 0. A node's draw is u = (its hash with the
 * key's + ½) / 2^53, its score −ln(u) / weight, and the lowest score wins. `out` gets the score of each, f64.
 */
export function scores(hash: u64, seed: u64, records: usize, count: u32, weights: usize, out: usize): u32 {
  let best: u32 = 0;
  let lowest = Infinity;
  for (let i: u32 = 0; i < count; i++) {
    const size = load<u32>(records);
    const draw = mix(hash ^ rotl<u64>(xxh64(records + 4, size, seed), 23));
    const uniform = (<f64>(draw >> 11) + 0.5) * (1.0 / 9007199254740992.0);
    const score = -logarithm(uniform) / (weights ? load<f64>(weights + (<usize>i << 3)) : 1);
    store<f64>(out + (<usize>i << 3), score);
    if (score < lowest) {
      lowest = score;
      best = i;
    }
    records += 4 + size;
  }
  return best;
}

/** Natural logarithm of a normal number above 0, to 15 digits, the same on every platform: 2 · artanh((m − 1) / (m + 1)). */
function logarithm(x: f64): f64 {
  const bits = reinterpret<u64>(x);
  let exponent = <i32>(bits >> 52) - 1023;
  let m = reinterpret<f64>((bits & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    exponent++;
  }
  const s = (m - 1) / (m + 1);
  const q = s * s;
  let sum: f64 = 0;
  for (let n: f64 = 23; n > 0; n -= 2) sum = sum * q + 1 / n;
  return <f64>exponent * 0.6931471805599453 + 2 * s * sum;
}

/** The bucket of a key, from 0 to buckets − 1. */
// @ts-ignore: decorator
@inline
export function jumpTo(key: u64, buckets: u32): u32 {
  let bucket: i64 = -1;
  let next: i64 = 0;
  while (next < <i64>buckets) {
    bucket = next;
    key = key * 2862933555777941757 + 1;
    next = <i64>(<f64>(bucket + 1) * (2147483648.0 / <f64>((key >> 33) + 1)));
  }
  return <u32>bucket;
}
