/** Latencies that all threads record. A worker attaches to what it is posted; here both sides are in one thread. */

import { Arena } from 'ashlar';
import { SharedHistogram } from 'ashlar/sketches/shared-histogram';

using arena = new Arena({ shared: true, maxBytes: 4 * 1024 * 1024 });
const latency = new SharedHistogram({ arena, name: 'latency', highestTrackableValue: 60_000_000 });

// In the worker: const arena = Arena.attach(workerData); const latency = SharedHistogram.open(arena, 'latency');
using attached = Arena.attach(arena.share());
const theirs = SharedHistogram.open(attached, 'latency');

for (let i = 1; i <= 1000; i++) (i % 2 === 0 ? latency : theirs).record(i * 10);
console.log(latency.totalCount, latency.max);

// What was recorded since last time, as an HdrHistogram with all its questions.
const minute = latency.reset();
console.log(minute.valuesAtPercentiles([50, 99, 99.9]), Math.round(minute.mean));
console.log(theirs.totalCount);

// Prints:
// 1000 10007
// [ 5003, 9903, 9991 ] 5006
// 0
