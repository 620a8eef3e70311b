/** Filters of a million keys in a megabyte: made, filled, united, sent as bytes, and one that forgets again. */

import {
  BlockedBloomFilter,
  BloomFilter,
  CountingBloomFilter,
  ScalableBloomFilter,
} from 'ashlar/sketches/bloom-filter';

const seen = BloomFilter.create(1_000_000, 0.01);
seen.add('https://example.org/');
seen.addMany(Uint32Array.from({ length: 500_000 }, (_, i) => i));
console.log(seen.has('https://example.org/'), seen.has('https://example.com/'), seen.dataBytes);
console.log(Math.abs(seen.estimatedCount() - 500_001) < 5_000, seen.currentFalsePositiveRate() < 0.001);

// Filters filled elsewhere, with the same size and seed, become one.
const elsewhere = BloomFilter.create(1_000_000, 0.01);
elsewhere.add('https://example.net/');
const both = seen.union(BloomFilter.fromBytes(elsewhere.toBytes()));
console.log(both.has('https://example.net/'), both.has('https://example.org/'));

// One cache line a key: the fastest once the filter is larger than the cache.
const blocked = BlockedBloomFilter.create(1_000_000, 0.01);
blocked.addMany(Uint32Array.of(1, 2, 3));
console.log(blocked.hasMany(Uint32Array.of(3, 4)).join(' '));

// Counters instead of bits: keys can be deleted.
const online = CountingBloomFilter.create(10_000, 0.01);
online.add('ada');
console.log(online.delete('ada'), online.has('ada'));

// No size known beforehand.
const growing = new ScalableBloomFilter({ capacity: 100, falsePositiveRate: 0.01 });
growing.addMany(Uint32Array.from({ length: 5_000 }, (_, i) => i));
console.log(growing.layers, growing.currentFalsePositiveRate() < 0.01);

// Prints:
// true false 1199168
// true true
// true true
// 1 0
// true false
// 6 true
