/** What recording into a heat map costs: against histograms, which do not know when. */

import { build } from 'hdr-histogram-js';
import { LatencyHeatMap } from '../../src/observability/heat-map/index.js';
import { HdrHistogram } from '../../src/sketches/hdr-histogram/index.js';
import { LATENCIES, latencyRecorder } from '../harness/latencies.js';
import { defineSuite } from '../harness/suite.js';

const recorder = latencyRecorder(1e7);

export const suite = defineSuite('observability/heat-map', (bench) => {
  bench.compare({
    operation: 'record',
    size: LATENCIES,
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
