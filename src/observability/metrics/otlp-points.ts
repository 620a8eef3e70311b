/** Points of series as OTLP's data points. */

import { type Attributes, double, type KeyValue, keyValues, nanoseconds } from '../otlp/values.js';
import type { Exemplar } from './exemplar.js';
import type { Family } from './family.js';
import type { ExponentialBuckets, Point } from './point.js';
import type { Series } from './series.js';

/** AggregationTemporality. */
const DELTA = 1;
const CUMULATIVE = 2;

export type Temporality = 'cumulative' | 'delta';

/** When a point began to count, and when it was taken. */
export interface Span {
  readonly startMs: number;
  readonly timeMs: number;
}

/** A data point, of any kind. */
export type DataPoint = Readonly<Record<string, unknown>>;

/** The data points of a series: several for states, else one. */
export function dataPoints(
  family: Family<string, Series>,
  series: Series,
  point: Point,
  span: Span,
  constant: Attributes,
): DataPoint[] {
  const labels = Object.fromEntries(family.labelNames.map((name, i) => [name, series.labelValues[i] as string]));
  const attributes = keyValues({ ...constant, ...labels });
  const times = { startTimeUnixNano: nanoseconds(span.startMs), timeUnixNano: nanoseconds(span.timeMs) };
  const exemplars = (series.exemplars ?? []).filter((it) => it !== undefined).map(exemplarOf);
  const base = { attributes, ...times, ...(exemplars.length === 0 ? {} : { exemplars }) };
  switch (point.kind) {
    case 'number':
      return [{ ...base, asDouble: double(point.value) }];
    case 'histogram':
      return [
        {
          ...base,
          count: String(point.count),
          sum: double(point.sum),
          bucketCounts: point.counts.map(String),
          explicitBounds: point.bounds,
        },
      ];
    case 'exponential':
      return [
        {
          ...base,
          count: String(point.count),
          sum: double(point.sum),
          scale: point.scale,
          zeroCount: String(point.zeroCount),
          zeroThreshold: point.zeroThreshold,
          positive: bucketsOf(point.positive),
          negative: bucketsOf(point.negative),
        },
      ];
    case 'summary':
      return [
        {
          attributes,
          ...times,
          count: String(point.count),
          sum: double(point.sum),
          quantileValues: point.quantiles.map((quantile, i) => ({
            quantile,
            value: double(point.values[i] as number),
          })),
        },
      ];
    case 'states':
      return point.states.map((state, i) => ({
        ...times,
        attributes: [...attributes, ...keyValues({ [family.name]: state })],
        asDouble: point.values[i] ? 1 : 0,
      }));
  }
}

/** A metric with its data points. */
export function metricOf(
  family: Family<string, Series>,
  points: readonly DataPoint[],
  kind: Point['kind'],
  temporality: Temporality,
) {
  const aggregationTemporality = temporality === 'delta' ? DELTA : CUMULATIVE;
  const data = { dataPoints: points };
  const base = { name: family.name, description: family.help, unit: family.unit };
  if (family.type === 'counter') return { ...base, sum: { ...data, aggregationTemporality, isMonotonic: true } };
  if (kind === 'histogram') return { ...base, histogram: { ...data, aggregationTemporality } };
  if (kind === 'exponential') return { ...base, exponentialHistogram: { ...data, aggregationTemporality } };
  if (kind === 'summary') return { ...base, summary: data };
  return { ...base, gauge: data };
}

/** What came between two points of a series; the later one itself where there is no difference of such points. */
export function difference(now: Point, before: Point | undefined, isCounter: boolean): Point {
  if (before === undefined || now.kind !== before.kind) return now;
  if (now.kind === 'number' && before.kind === 'number') {
    return isCounter ? { kind: 'number', value: Math.max(0, now.value - before.value) } : now;
  }
  if (now.kind === 'histogram' && before.kind === 'histogram') {
    const counts = now.counts.map((count, i) => Math.max(0, count - (before.counts[i] ?? 0)));
    return { ...now, counts, count: total(counts), sum: now.sum - before.sum };
  }
  if (now.kind === 'exponential' && before.kind === 'exponential') {
    const shift = before.scale - now.scale;
    const positive = minus(now.positive, before.positive, shift);
    const negative = minus(now.negative, before.negative, shift);
    const zeroCount = Math.max(0, now.zeroCount - before.zeroCount);
    const count = total(positive.counts) + total(negative.counts) + zeroCount;
    return { ...now, positive, negative, zeroCount, count, sum: now.sum - before.sum };
  }
  return now;
}

/** Buckets minus those of a scale finer by `shift`. */
function minus(now: ExponentialBuckets, before: ExponentialBuckets, shift: number): ExponentialBuckets {
  const counts = [...now.counts];
  for (const [i, count] of before.counts.entries()) {
    const at = ((before.offset + i) >> Math.max(0, shift)) - now.offset;
    if (at >= 0 && at < counts.length) counts[at] = Math.max(0, (counts[at] as number) - count);
  }
  return { offset: now.offset, counts };
}

function total(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0);
}

function bucketsOf({ offset, counts }: ExponentialBuckets) {
  return { offset, bucketCounts: counts.map(String) };
}

/** The labels that OTLP has fields for go there. */
function exemplarOf(exemplar: Exemplar): { readonly [name: string]: unknown; filteredAttributes: KeyValue[] } {
  const { trace_id: trace, span_id: span, ...rest } = exemplar.labels;
  return {
    timeUnixNano: nanoseconds(exemplar.timestampMs),
    asDouble: double(exemplar.value),
    filteredAttributes: keyValues(rest),
    ...(trace === undefined ? {} : { traceId: trace }),
    ...(span === undefined ? {} : { spanId: span }),
  };
}
