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
  CountMinSketch,
  type CountMinSketchOptions,
  type CountMinSketchStats,
  type SizedCountMinSketchOptions,
} from './count-min-sketch/index.js';
export {
  CuckooFilter,
  CuckooFilterFullError,
  type CuckooFilterOptions,
  type CuckooFilterStats,
  type SizedCuckooFilterOptions,
} from './cuckoo-filter/index.js';
export {
  decodeFromBase64,
  decodeFromCompressedBase64,
  decodeFromCompressedBase64Sync,
  encodeIntoBase64,
  encodeIntoCompressedBase64,
  encodeIntoCompressedBase64Sync,
  HdrHistogram,
  type HdrHistogramOptions,
  type HdrHistogramStats,
  type HistogramInterval,
  HistogramLogReader,
  HistogramLogWriter,
  type HistogramStep,
  type LogWriterOptions,
  type PercentileStep,
  type ZlibFunction,
} from './hdr-histogram/index.js';
export { HyperLogLog, type HyperLogLogOptions, type HyperLogLogStats } from './hyper-log-log/index.js';
export {
  SharedHistogram,
  type SharedHistogramOptions,
  type SharedHistogramStats,
} from './shared-histogram/index.js';
export {
  TDigest,
  type TDigestCentroid,
  type TDigestOptions,
  type TDigestScale,
  type TDigestStats,
} from './t-digest/index.js';
export {
  TopK,
  type TopKAlgorithm,
  type TopKEntry,
  type TopKKey,
  type TopKKeys,
  type TopKOptions,
  type TopKStats,
} from './top-k/index.js';
