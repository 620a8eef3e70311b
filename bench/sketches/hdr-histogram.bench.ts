/** HDR histograms: recording and percentiles, against the twin and hdr-histogram-js, with its WebAssembly and without. */

import { deflateSync, inflateSync } from 'node:zlib';
import {
  build,
  decodeFromCompressedBase64 as decodeRival,
  encodeIntoCompressedBase64 as encodeRival,
  type Histogram,
  initWebAssemblySync,
} from 'hdr-histogram-js';
import {
  decodeFromCompressedBase64Sync,
  encodeIntoCompressedBase64Sync,
  HdrHistogram,
} from '../../src/sketches/hdr-histogram/index.js';
import { HdrHistogramTwin } from '../baselines/sketches/hdr-histogram.js';
import { generator } from '../harness/random.js';
import { type Contender, defineSuite, ownCopy } from '../harness/suite.js';

const HIGHEST = 3_600_000_000;
const DIGITS = 3;

/** Latencies in microseconds: most about a millisecond, a long tail. */
function latencies(count: number): Float64Array {
  const random = generator(7);
  return Float64Array.from({ length: count }, () => Math.floor(1000 * Math.exp(-2 * Math.log(1 - random()))) % HIGHEST);
}

function recordOurs(histogram: { record(value: number): void }, values: Float64Array): number {
  for (let i = 0; i < values.length; i++) histogram.record(values[i] as number);
  return values.length;
}
function recordTheirs(histogram: { recordValue(value: number): void }, values: Float64Array): number {
  for (let i = 0; i < values.length; i++) histogram.recordValue(values[i] as number);
  return values.length;
}

function ours(): HdrHistogram {
  return new HdrHistogram({ highestTrackableValue: HIGHEST, significantDigits: DIGITS });
}

function theirs(useWebAssembly: boolean): Histogram {
  return build({
    highestTrackableValue: HIGHEST,
    numberOfSignificantValueDigits: DIGITS,
    autoResize: false,
    useWebAssembly,
  });
}

/** What one writes the other reads; the checksum of every contender depends on it. */
function interoperates(values: Float64Array): boolean {
  const [mine, its] = [ours(), theirs(true)];
  recordOurs(mine, values);
  recordTheirs(its, values);
  const read = decodeRival(encodeIntoCompressedBase64Sync(mine, deflateSync), 32, true);
  const back = decodeFromCompressedBase64Sync(encodeRival(its), inflateSync);
  const agree =
    back.equals(mine) &&
    read.totalCount === mine.totalCount &&
    [1, 50, 99, 99.9, 100].every((p) => read.getValueAtPercentile(p) === mine.valueAtPercentile(p));
  for (const one of [its, read]) one.destroy();
  for (const one of [mine, back]) one.dispose();
  return agree;
}

function recording(values: Float64Array): Contender[] {
  const rival = (name: string, useWebAssembly: boolean): Contender => ({
    name,
    kind: 'rival',
    prepare: () => {
      const histogram = theirs(useWebAssembly);
      const own = ownCopy(recordTheirs);
      return { run: () => own(histogram, values), dispose: () => histogram.destroy() };
    },
  });
  return [
    {
      name: 'HdrHistogram',
      kind: 'ours',
      prepare: () => {
        const histogram = ours();
        const own = ownCopy(recordOurs);
        const agree = interoperates(values);
        return { run: () => (agree ? own(histogram, values) : -1), dispose: () => histogram.dispose() };
      },
    },
    {
      name: 'HdrHistogram, recordMany',
      kind: 'ours',
      prepare: () => {
        const histogram = ours();
        const run = () => {
          histogram.recordMany(values);
          return values.length;
        };
        return { run, dispose: () => histogram.dispose() };
      },
    },
    {
      name: 'typed array',
      kind: 'twin',
      prepare: () => {
        const histogram = new HdrHistogramTwin(HIGHEST, DIGITS);
        const own = ownCopy(recordOurs);
        return { run: () => own(histogram, values) };
      },
    },
    rival('hdr-histogram-js, WebAssembly', true),
    rival('hdr-histogram-js, JavaScript', false),
  ];
}

function asking(values: Float64Array): Contender[] {
  const rival = (name: string, useWebAssembly: boolean): Contender => ({
    name,
    kind: 'rival',
    prepare: () => {
      const histogram = theirs(useWebAssembly);
      recordTheirs(histogram, values);
      return { run: () => histogram.getValueAtPercentile(99.9), dispose: () => histogram.destroy() };
    },
  });
  return [
    {
      name: 'HdrHistogram',
      kind: 'ours',
      prepare: () => {
        const histogram = ours();
        histogram.recordMany(values);
        return { run: () => histogram.valueAtPercentile(99.9), dispose: () => histogram.dispose() };
      },
    },
    {
      name: 'typed array',
      kind: 'twin',
      prepare: () => {
        const histogram = new HdrHistogramTwin(HIGHEST, DIGITS);
        recordOurs(histogram, values);
        return { run: () => histogram.valueAtPercentile(99.9) };
      },
    },
    rival('hdr-histogram-js, WebAssembly', true),
    rival('hdr-histogram-js, JavaScript', false),
  ];
}

export const suite = defineSuite('sketches/hdr-histogram', (bench) => {
  initWebAssemblySync();
  const size = bench.smoke ? 1000 : 1e5;
  const values = latencies(size);
  bench.compare({ operation: 'record', size, distribution: 'latencies', contenders: recording(values) });
  bench.compare({
    operation: 'valueAtPercentile 99.9',
    size,
    distribution: 'latencies',
    operations: 1,
    contenders: asking(values),
  });
});
