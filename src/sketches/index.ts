/** `ashlar/sketches`: everything of this shelf. Each room also has an import path of its own. */
export {
  BlockedBloomFilter,
  BloomFilter,
  type BloomFilterOptions,
  CountingBloomFilter,
  type FilterOptions,
  ScalableBloomFilter,
  type ScalableBloomFilterOptions,
  type SizedFilterOptions,
  type SketchKey,
  type SketchKeys,
} from './bloom-filter/index.js';
export {
  CuckooFilter,
  CuckooFilterFullError,
  type CuckooFilterOptions,
  type CuckooFilterStats,
  type SizedCuckooFilterOptions,
} from './cuckoo-filter/index.js';
