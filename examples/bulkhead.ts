/** At most two calls out, one waiting, and the rest refused at once. */

import { BulkheadFullError, bulkhead } from 'ashlar/resilience/bulkhead';

const reports = bulkhead({ limit: 2, maxQueue: 1 });
const report = reports.wrap(async (name: string) => {
  await new Promise((resolve) => setTimeout(resolve, 2));
  return name;
});

const settled = await Promise.allSettled(['a', 'b', 'c', 'd'].map((name) => report(name)));
for (const each of settled) {
  if (each.status === 'fulfilled') console.log('done', each.value);
  else console.log(each.reason instanceof BulkheadFullError, each.reason.message);
}
console.log(reports.active, reports.waiting);

// Prints:
// done a
// done b
// done c
// true The bulkhead is full: 2 calls are out, and at most 1 may wait
// 0 0
