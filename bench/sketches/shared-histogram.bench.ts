/** What recording for all threads costs one of them: against histograms that belong to one thread. */

import { build } from 'hdr-histogram-js';
import { Arena } from '../../bindings/index.js';
import { HdrHistogram } from '../../src/sketches/hdr-histogram/index.js';
import { SharedHistogram } from '../../src/sketches/shared-histogram/index.js';
import { generator } from '../harness/random.js';
import { type Contender, defineSuite, ownCopy } from '../harness/suite.js';

const HIGHEST = 3_600_000_000;
const VALUES = 10_000;

/** Latencies in microseconds: most about a millisecond, a long tail. */
function latencies(): Float64Array {
  const random = generator(7);
  return Float64Array.from(
    { length: VALUES },
    () => Math.floor(1000 * Math.exp(-2 * Math.log(1 - random()))) % HIGHEST,
  );
}

function recordEach(record: (value: number) => void, values: Float64Array): number {
  for (let i = 0; i < values.length; i++) record(values[i] as number);
  return values.length;
}

function recorder(name: string, kind: Contender['kind'], make: () => (value: number) => void): Contender {
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

export const suite = defineSuite('sketches/shared-histogram', (bench) => {
  bench.compare({
    operation: 'record',
    size: VALUES,
    distribution: 'latencies, one thread',
    contenders: [
      recorder('SharedHistogram', 'ours', () => {
        const arena = new Arena({ shared: true, maxBytes: 4 << 20 });
        const histogram = new SharedHistogram({ arena, name: 'latency', highestTrackableValue: HIGHEST });
        return (value) => histogram.record(value);
      }),
      recorder('HdrHistogram of one thread', 'native', () => {
        const histogram = new HdrHistogram({ highestTrackableValue: HIGHEST });
        return (value) => histogram.record(value);
      }),
      recorder('hdr-histogram-js of one thread', 'rival', () => {
        const histogram = build({
          highestTrackableValue: HIGHEST,
          numberOfSignificantValueDigits: 3,
          autoResize: false,
        });
        return (value) => histogram.recordValue(value);
      }),
    ],
  });
});
