/** Two minutes of latencies: two modes, and a pause every thirty seconds that the median does not show. */

import { LatencyHeatMap } from 'ashlar/observability/heat-map';

let nowMs = 0;
const clock = { now: () => nowMs, monotonic: () => nowMs };
const map = new LatencyHeatMap({ clock, columnMs: 2000, columns: 60, rows: 13, lowestMs: 1, highestMs: 4096 });

for (let second = 0; second < 120; second++) {
  nowMs = second * 1000;
  for (let i = 0; i < 90; i++) map.record(3 + (i % 3));
  for (let i = 0; i < 10; i++) map.record(40 + i);
  if (second % 30 === 20) for (let i = 0; i < 5; i++) map.record(1500);
}
console.log(map.toText());
console.log(map.toSvg({ title: 'Latency' }).length > 10_000);

// Prints:
//      more │
//           │          ░              ░              ░              ░
//           │
//           │
//    256 ms │
//           │
//           │▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓
//           │
//     16 ms │
//           │▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓
//           │████████████████████████████████████████████████████████████
//           │
//      1 ms │
//           └────────────────────────────────────────────────────────────
//            0 s to 120 s, at most 120 in one
// true
