/** What recording for all threads costs one of them: against histograms that belong to one thread. */

import { build } from 'hdr-histogram-js';
import { Arena } from '../../bindings/index.js';
import { HdrHistogram } from '../../src/sketches/hdr-histogram/index.js';
import { SharedHistogram } from '../../src/sketches/shared-histogram/index.js';
import { LATENCIES, latencyRecorder } from '../harness/latencies.js';
import { defineSuite } from '../harness/suite.js';

const HIGHEST = 3_600_000_000;
const recorder = latencyRecorder(HIGHEST);

export const suite = defineSuite('sketches/shared-histogram', (bench) => {
  bench.compare({
    operation: 'record',
    size: LATENCIES,
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
