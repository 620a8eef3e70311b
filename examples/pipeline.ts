/** Five policies around one call, outermost first, on a day when the other side is down. */

import { bulkhead, CircuitBreaker, fallback, pipeline, retry, timeout } from 'ashlar/resilience';

const breaker = new CircuitBreaker({ window: 'consecutive', consecutiveFailures: 3, openMs: 60_000 });
breaker.on('stateChange', ({ to }) => console.log('the circuit is', to));

const protect = pipeline(
  fallback('an older answer'),
  retry({ backoff: 1, maxAttempts: 5, retryAfter: false }),
  breaker,
  bulkhead({ limit: 10, maxQueue: 100 }),
  timeout(1000),
);

let attempts = 0;
const ask = (down: boolean) =>
  protect.execute(async ({ attempt }) => {
    attempts++;
    if (down) throw new Error('down');
    return `a new answer, at attempt ${attempt}`;
  });

console.log(await ask(false));
console.log(await ask(true));
console.log(await ask(false), 'without asking');
console.log(attempts, 'attempts');

// Prints:
// a new answer, at attempt 1
// the circuit is open
// an older answer
// an older answer without asking
// 4 attempts
