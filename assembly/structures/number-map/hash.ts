// The hash: a bijection of 64 bits keyed by the arena's seed. Only its top bits choose a place, and
// no two keys have the same hash, which gives the entries one strict order.
//
// Two rounds of xor, multiply by a secret odd number, fold. One round (multiply-shift) is already
// universal, but leaves arithmetic progressions in step with the buckets; the second breaks them up.

import { SEED } from '../../memory/arena/layout';
import { HASH_KEY } from './layout';

// @ts-ignore: decorator
@inline
export function hashOf<K>(map: usize, key: K): u64 {
  // Doubles of whole numbers differ in their high bits only; a product carries bits upwards only.
  const bits = sizeof<K>() == 8 ? <u64>key ^ (<u64>key >> 32) : <u64>key;
  let h = (bits ^ load<u64>(map, HASH_KEY)) * load<u64>(map, HASH_KEY + 8);
  h ^= h >> 32;
  return h * load<u64>(map, HASH_KEY + 16);
}

/** Derives the map's three secret words from the arena's seed. */
export function keyHash(map: usize): void {
  const low = load<u64>(SEED);
  const high = load<u64>(SEED, 8);
  store<u64>(map, splitmix(low ^ splitmix(high)), HASH_KEY);
  store<u64>(map, splitmix(high ^ splitmix(low + 1)) | 1, HASH_KEY + 8);
  store<u64>(map, splitmix(low + splitmix(high + 2)) | 1, HASH_KEY + 16);
}

/** Finaliser of splitmix64 (Steele, Lea, Flood 2014). */
function splitmix(z: u64): u64 {
  z += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}
