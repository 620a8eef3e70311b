export {
  decodeFromBase64,
  decodeFromCompressedBase64,
  decodeFromCompressedBase64Sync,
  encodeIntoBase64,
  encodeIntoCompressedBase64,
  encodeIntoCompressedBase64Sync,
  type ZlibFunction,
} from './compressed.js';
export {
  HdrHistogram,
  type HdrHistogramOptions,
  type HdrHistogramStats,
} from './hdr-histogram.js';
export type { HistogramStep, PercentileStep } from './iteration.js';
export { type HistogramInterval, HistogramLogReader, HistogramLogWriter, type LogWriterOptions } from './log.js';
