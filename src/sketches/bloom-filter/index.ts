export { BlockedBloomFilter } from './blocked-bloom-filter.js';
export { BloomFilter, type BloomFilterOptions } from './bloom-filter.js';
export { CountingBloomFilter } from './counting-bloom-filter.js';
export type { FilterOptions, SizedFilterOptions } from './filter.js';
export type { FilterKey, FilterKeys } from './keys.js';
export { ScalableBloomFilter, type ScalableBloomFilterOptions } from './scalable-bloom-filter.js';
