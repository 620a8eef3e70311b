/** What recording into a heat map costs: against histograms, which do not know when. */

import { build } from 'hdr-histogram-js';
import { LatencyHeatMap } from '../../src/observability/heat-map/index.js';
import { HdrHistogram } from '../../src/sketches/hdr-histogram/index.js';
import { generator } from '../harness/random.js';
import { type Contender, defineSuite, ownCopy } from '../harness/suite.js';

const VALUES = 10_000;

function latencies(): Float64Array {
  const random = generator(7);
  return Float64Array.from({ length: VALUES }, () => Math.floor(1000 * Math.exp(-2 * Math.log(1 - random()))) % 1e7);
}

function recordEach(record: (value: number) => void, values: Float64Array): number {
  for (let i = 0; i < values.length; i++) record(values[i] as number);
  return values.length;
}

function recorder(name: string, kind: Contender['kind'], make: () => (micros: number) => void): Contender {
  return {
    name,
    kind,
    prepare: () => {
      const record = make();
      const values = latencies();
      const loop = ownCopy(recordEach);
      return { run: () => loop(record, values) };
    },
  };
}

export const suite = defineSuite('observability/heat-map', (bench) => {
  bench.compare({
    operation: 'record',
    size: VALUES,
    distribution: 'latencies',
    contenders: [
      recorder('LatencyHeatMap', 'ours', () => {
        const map = new LatencyHeatMap();
        return (micros) => map.record(micros / 1000);
      }),
      recorder('HdrHistogram, without time', 'native', () => {
        const histogram = new HdrHistogram({ highestTrackableValue: 1e7 });
        return (micros) => histogram.record(micros);
      }),
      recorder('hdr-histogram-js, without time', 'rival', () => {
        const histogram = build({ highestTrackableValue: 1e7, numberOfSignificantValueDigits: 3, autoResize: false });
        return (micros) => histogram.recordValue(micros);
      }),
    ],
  });
});
