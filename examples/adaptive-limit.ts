/** A limit that finds what a simulated database takes at once, and partitions that share it. */

import { Aimd, adaptiveLimit, Vegas } from 'ashlar/resilience/adaptive-limit';

// Thirty calls at once take ten milliseconds; more of them queue.
const vegas = new Vegas({ initialLimit: 5 });
for (let i = 0; i < 300; i++) {
  const rttMs = 10 * Math.max(1, vegas.limit / 30);
  vegas.update({ rttMs, inFlight: vegas.limit, dropped: false, nowMs: i });
}
console.log('found out:', vegas.limit > 25 && vegas.limit < 45);

const policy = adaptiveLimit({
  algorithm: new Aimd({ initialLimit: 4, minLimit: 4 }),
  partitions: { live: 0.75, batch: 0.25 },
});
const work = (partition: string) =>
  policy.execute(() => new Promise((resolve) => setTimeout(resolve, 2, partition)), { partition });
const results = await Promise.allSettled(['batch', 'batch', 'batch', 'batch', 'batch', 'live', 'live'].map(work));
console.log(results.map((each) => (each.status === 'fulfilled' ? each.value : each.reason.code)).join(', '));
console.log(policy.stats().rejected, 'rejected');

// Prints:
// found out: true
// batch, batch, batch, batch, LIMIT_EXCEEDED, live, live
// 1 rejected
