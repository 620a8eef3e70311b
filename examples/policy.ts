/** A policy of one's own, which measures; functions and methods under it; and `fetch` that retries what fails. */

import { type Call, type Next, Policy, wrapFetch } from 'ashlar/resilience/policy';
import { retry } from 'ashlar/resilience/retry';

/** Counts calls and failures. */
class Counted extends Policy {
  calls = 0;
  failures = 0;

  async run<R>(next: Next<R>, call: Call): Promise<R> {
    this.calls++;
    try {
      return await next(call);
    } catch (error) {
      this.failures++;
      throw error;
    }
  }
}

const counted = new Counted();
const half = counted.wrap(async (value: number) => {
  if (value % 2 !== 0) throw new Error(`${value} is odd`);
  return value / 2;
});
console.log(await half(8));
await half(7).catch((error) => console.log(error.message));
console.log(counted.calls, 'calls,', counted.failures, 'failed');

// A server that is busy twice, and asks to come back at once.
let requests = 0;
const server = async () => {
  requests++;
  return requests < 3
    ? new Response('busy', { status: 503, headers: { 'retry-after': '0' } })
    : new Response('the answer');
};
const load = wrapFetch(retry({ backoff: 1 }), { fetch: server });
const response = await load('https://example.org/');
console.log(response.status, await response.text(), 'after', requests, 'requests');

// Prints:
// 4
// 7 is odd
// 2 calls, 1 failed
// 200 the answer after 3 requests
