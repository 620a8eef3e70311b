/** `ashlar/sketches`: everything of this shelf. Each room also has an import path of its own. */
export {
  BlockedBloomFilter,
  BloomFilter,
  type BloomFilterOptions,
  CountingBloomFilter,
  type FilterKey,
  type FilterKeys,
  type FilterOptions,
  ScalableBloomFilter,
  type ScalableBloomFilterOptions,
  type SizedFilterOptions,
} from './bloom-filter/index.js';
