/** A call that fails twice, delays that an abort ends, and a budget that bounds the retries of all calls. */

import { exponentialBackoff, RetryBudget, retry } from 'ashlar/resilience/retry';

const policy = retry({
  maxAttempts: 4,
  backoff: exponentialBackoff({ initialMs: 2, jitter: 'full' }),
  retryIf: (error) => (error as Error).message !== 'no such user',
  idempotencyKey: () => 'order-17',
});
policy.on('retry', ({ attempt }) => console.log(`attempt ${attempt} failed`));

const answer = await policy.execute(async ({ attempt, idempotencyKey }) => {
  if (attempt < 3) throw new Error('busy');
  return `${idempotencyKey} went through`;
});
console.log(answer);

await policy
  .execute(() => Promise.reject(new Error('no such user')))
  .catch((error) => console.log('not retried:', error.message));

const controller = new AbortController();
const patient = retry({ backoff: 60_000 });
const waiting = patient.execute(() => Promise.reject(new Error('busy')), { signal: controller.signal });
setTimeout(() => controller.abort('the user left'), 5);
await waiting.catch((reason) => console.log('ended:', reason));

const budget = new RetryBudget({ retryRatio: 0.2, minRetriesPerSecond: 0 });
const bounded = retry({ backoff: 0, maxAttempts: 10, budget });
let attempts = 0;
for (let i = 0; i < 50; i++) {
  await bounded
    .execute(() => {
      attempts++;
      throw new Error('down');
    })
    .catch(() => {});
}
console.log('50 calls,', attempts, 'attempts');

// Prints:
// attempt 1 failed
// attempt 2 failed
// order-17 went through
// not retried: no such user
// ended: the user left
// 50 calls, 60 attempts
