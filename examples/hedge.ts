/** A second request when the first one is slow: the quicker answer counts, the other is aborted. */

import { HedgeLostError, hedge } from 'ashlar/resilience/hedge';

const policy = hedge({ delayMs: 5 });
const answer = await policy.execute(
  ({ attempt, signal }) =>
    new Promise<string>((resolve) => {
      const slow = setTimeout(resolve, attempt === 1 ? 60_000 : 1, `attempt ${attempt}`);
      signal.addEventListener('abort', () => {
        clearTimeout(slow);
        console.log(`attempt ${attempt} was aborted:`, signal.reason instanceof HedgeLostError);
      });
    }),
);
console.log(answer, 'came first');

// Prints:
// attempt 1 was aborted: true
// attempt 2 came first
