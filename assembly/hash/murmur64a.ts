// MurmurHash64A (Austin Appleby, public domain, SMHasher "MurmurHash2.cpp"): the hash that Redis's HyperLogLog is made of.

import { readTail } from './tail';

const MULTIPLIER: u64 = 0xc6a4a7935bd1e995;

export function murmur64a(from: usize, length: u32, seed: u64): u64 {
  let hash = seed ^ (<u64>length * MULTIPLIER);
  const end = from + (length & ~7);
  for (; from < end; from += 8) {
    let block = load<u64>(from) * MULTIPLIER;
    block = (block ^ (block >> 47)) * MULTIPLIER;
    hash = (hash ^ block) * MULTIPLIER;
  }
  if (length & 7) hash = (hash ^ readTail(from, length & 7)) * MULTIPLIER;
  hash = (hash ^ (hash >> 47)) * MULTIPLIER;
  return hash ^ (hash >> 47);
}
