/** `ashlar/observability/tracing`: what happens to a request, from process to process. */
export { type ContextStorage, SynchronousContext } from '../../ports/context.js';
export { type OtlpAnswer, OtlpExportError, type OtlpSenderOptions } from '../otlp/sender.js';
export type { Attributes, AttributeValue } from '../otlp/values.js';
export { Baggage, type BaggageEntry } from './baggage.js';
export {
  ConsoleExporter,
  MemoryExporter,
  OtlpTraceExporter,
  type OtlpTraceExporterOptions,
} from './exporters.js';
export {
  type OpenTelemetryApi,
  type OtelContext,
  openTelemetryStorage,
  registerOpenTelemetry,
} from './open-telemetry.js';
export { OpenTelemetryProcessor, type OtelSpan, type OtelSpanContext, type OtelSpanProcessor } from './otel-span.js';
export {
  BatchProcessor,
  type BatchProcessorOptions,
  type BatchProcessorStats,
  type SpanExporter,
  type SpanProcessor,
} from './processors.js';
export {
  type Extracted,
  extract,
  type HeaderReader,
  type HeaderWriter,
  inject,
  type TraceFetchOptions,
  type TraceHandlerOptions,
  traceFetch,
  traceHandler,
} from './propagation.js';
export {
  alwaysSample,
  everyNth,
  neverSample,
  type ParentSamplers,
  type RateSamplerOptions,
  type Sampler,
  type SamplingDecision,
  type SamplingRequest,
  sampleByParent,
  sampleEvery,
  sampleRate,
  sampleRatio,
} from './samplers.js';
export type { Scope } from './scope.js';
export { Span, type SpanEvent, type SpanKind, type SpanLimits, type SpanLink, type SpanStatus } from './span.js';
export {
  formatTraceparent,
  isValidContext,
  parseTraceparent,
  RANDOM,
  SAMPLED,
  type SpanContext,
  TraceState,
} from './trace-context.js';
export { type SpanOptions, Tracer, type TracerOptions } from './tracer.js';
