/** The worker of examples/worker-pool.ts: functions that would hold the main thread up. */

import { serve, type TaskContext, transfer } from 'ashlar/concurrency/worker-pool/worker';

export const numbers = serve({
  /** How many primes there are from `from` to below `to`. */
  countPrimes({ from, to }: { from: number; to: number }, context: TaskContext): number {
    let count = 0;
    for (let n = Math.max(2, from); n < to; n++) {
      // Up to date in shared memory, though this loop never waits.
      if (n % 1000 === 0) context.throwIfAborted();
      if (isPrime(n)) count++;
    }
    return count;
  },

  /** Sorts in place; the buffer came without a copy, and goes back without one. */
  sort: (values: Float64Array<ArrayBuffer>) => transfer(values.sort()),

  forever(_: undefined, context: TaskContext): void {
    for (;;) context.throwIfAborted();
  },
});

function isPrime(n: number): boolean {
  for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) return false;
  return true;
}
