/** A deadline that does not wait, one that does, and one that follows what is usual. */

import { TimeoutError, timeout } from 'ashlar/resilience/timeout';

const hurried = timeout(10);
const error = await hurried.execute(() => new Promise(() => {})).catch((reason: unknown) => reason);
console.log(error instanceof TimeoutError, (error as Error).message);

const polite = timeout({ timeoutMs: 10, mode: 'cooperative' });
const partial = await polite.execute(async ({ signal }) => {
  let rows = 0;
  while (!signal.aborted) {
    rows++;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return rows > 0 ? 'some rows, since time was up' : 'nothing';
});
console.log(partial);

const adaptive = timeout({ timeoutMs: { quantile: 0.99, multiplier: 3, minMs: 50, maxMs: 2000 } });
console.log('at first', adaptive.timeoutMs);
for (let i = 0; i < 20; i++) await adaptive.execute(async () => i);
console.log('after quick calls', adaptive.timeoutMs);

// Prints:
// true A call timed out after 10 ms
// some rows, since time was up
// at first 2000
// after quick calls 50
