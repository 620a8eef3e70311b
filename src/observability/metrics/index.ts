/** `ashlar/observability/metrics`: what a program counts and measures, and how Prometheus and OpenTelemetry get it. */
export { type NodeRequest, type NodeResponse, requestListener } from '../../adapters/node/request-listener.js';
export type { GcKind, RuntimeProbe, RuntimeReading } from '../../ports/runtime.js';
export { type OtlpAnswer, OtlpExportError, type OtlpSenderOptions } from '../otlp/sender.js';
export type { Attributes, AttributeValue } from '../otlp/values.js';
export type { OverflowPolicy } from './book.js';
export { type CollectedStats, MetricsCollector, type MetricsCollectorOptions, OTHER_NAMES } from './collector.js';
export { Counter, CounterSeries } from './counter.js';
export type { Exemplar } from './exemplar.js';
export { ExponentialHistogram, ExponentialSeries } from './exponential.js';
export type { ExposeOptions } from './expose.js';
export { CardinalityError, type Labels, type MetricType, OVERFLOW_VALUE } from './family.js';
export { Gauge, type GaugeMerge, GaugeSeries } from './gauge.js';
export { type MetricsHandlerOptions, metricsHandler } from './handler.js';
export { HdrFamily, type HdrReading, HdrSeries } from './hdr.js';
export { DEFAULT_BOUNDS, exponentialBuckets, Histogram, HistogramSeries, linearBuckets } from './histogram.js';
export type {
  CounterOptions,
  ExponentialOptions,
  GaugeOptions,
  HdrOptions,
  HistogramOptions,
  InfoOptions,
  MetricOptions,
  StateSetOptions,
  SummaryOptions,
} from './kinds.js';
export type { LabelValue } from './label-tree.js';
export type { ExemplarLabels } from './observing.js';
export { type MetricsExport, OtlpMetricsExporter, type OtlpMetricsExporterOptions } from './otlp-exporter.js';
export type { Temporality } from './otlp-points.js';
export type {
  ExponentialPoint,
  HistogramPoint,
  NumberPoint,
  Point,
  StatesPoint,
  SummaryPoint,
} from './point.js';
export { RedMetrics, type RedOptions, UseMetrics, type UseOptions } from './red-use.js';
export { MetricsRegistry, type MetricsRegistryOptions, type MetricsStats } from './registry.js';
export { collectRuntimeMetrics, type RuntimeMetrics, type RuntimeMetricsOptions } from './runtime.js';
export { Info, StateSet, StateSetSeries } from './states.js';
export { Summary, SummarySeries } from './summary.js';
export type { TextFormat } from './text.js';
