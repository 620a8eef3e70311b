/** Functions that remember: a pure one, one that loads, and a method. */

import { memoize, memoOf } from 'ashlar/cache';

const fibonacci: (n: number) => number = memoize((n: number) => (n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2)));
console.log(fibonacci(80));

let loads = 0;
const load = memoize(
  async (id: number, _options: { signal?: AbortSignal }) => {
    loads++;
    return `user ${id}`;
  },
  { ttl: 60_000, max: 10_000 },
);

// Both wait for one load. The first goes; the second gets what it came for.
const controller = new AbortController();
const impatient = load(1, { signal: controller.signal });
const patient = load(1, { signal: AbortSignal.timeout(1000) });
controller.abort(new Error('gone'));
console.log(await impatient.catch((error: Error) => error.message), await patient, loads);
console.log(load.stats().joined, load.stats().size);

// Methods: `@memoize({ max: 100 }) total(from) { … }` remembers for each report; without decorators, in the constructor.
class Report {
  readonly total: (from: number) => number;

  constructor(rows: readonly number[]) {
    this.total = memoize((from: number) => {
      console.log('adding');
      return rows.slice(from).reduce((sum, row) => sum + row, 0);
    });
  }
}

const report = new Report([1, 2, 3, 4]);
console.log(report.total(1), report.total(1), memoOf(report.total)?.stats().hits);

// Prints:
// 23416728348467684
// gone user 1 1
// 1 1
// adding
// 9 9 1
