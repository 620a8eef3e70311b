export type { SketchKey, SketchKeys } from '../../../bindings/keys.js';
export { BlockedBloomFilter } from './blocked-bloom-filter.js';
export { BloomFilter, type BloomFilterOptions } from './bloom-filter.js';
export { CountingBloomFilter } from './counting-bloom-filter.js';
export type { FilterOptions, SizedFilterOptions } from './filter.js';
export { ScalableBloomFilter, type ScalableBloomFilterOptions } from './scalable-bloom-filter.js';
