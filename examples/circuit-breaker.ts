/** A circuit that opens, is probed, and closes; what a breaker knows, taken to another process. */

import { CircuitBreaker, CircuitOpenError } from 'ashlar/resilience/circuit-breaker';

const options = { window: 'count', windowCalls: 10, minimumCalls: 4, failureRate: 0.5, openMs: 20 } as const;
const breaker = new CircuitBreaker(options);
breaker.on('stateChange', ({ from, to }) => console.log(`${from} → ${to}`));

let healthy = false;
const ask = () =>
  breaker.execute(async () => {
    if (!healthy) throw new Error('down');
    return 'fine';
  });

for (let i = 0; i < 4; i++) await ask().catch(() => {});
const refused = await ask().catch((error) => error);
console.log(refused instanceof CircuitOpenError, refused.code);

const other = new CircuitBreaker({ ...options, from: JSON.parse(JSON.stringify(breaker.dump())) });
console.log('another process:', other.state);

healthy = true;
await new Promise((resolve) => setTimeout(resolve, 30));
console.log(await ask());
console.log(breaker.stats());

{
  using _maintenance = breaker.isolate();
  console.log(await ask().catch((error) => error.message));
}

// Prints:
// closed → open
// true CIRCUIT_OPEN
// another process: open
// open → half-open
// half-open → closed
// fine
// {
//   state: 'closed',
//   calls: 0,
//   failures: 0,
//   slowCalls: 0,
//   rejected: 1,
//   opened: 1
// }
// closed → isolated
// The circuit is isolated, and stays so until it is released
// isolated → closed
