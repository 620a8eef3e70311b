import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { deferred } from '../../src/concurrency/promise/index.js';

/** What is used of mocha's runner. */
interface Runner {
  on(event: 'pass', listener: () => void): void;
  on(event: 'fail', listener: (test: { fullTitle(): string }, error: Error) => void): void;
}

type Run = (
  adapter: object,
  options: { reporter: new (runner: Runner) => object },
  done: (error?: Error) => void,
) => void;

it('passes all 872 checks of promises-aplus-tests 2.1.2', async () => {
  const run = createRequire(import.meta.url)('promises-aplus-tests') as Run;
  // The checks wait 5 to 200 ms hundreds of times. A tenth of that keeps their order; mocha itself has the real timer.
  const real = globalThis.setTimeout;
  globalThis.setTimeout = ((callback: () => void, ms = 0) => real(callback, ms / 10)) as typeof setTimeout;
  const failed: string[] = [];
  let passed = 0;
  await new Promise<void>((resolve) => {
    class Reporter {
      constructor(runner: Runner) {
        runner.on('pass', () => passed++);
        runner.on('fail', (test, error) => failed.push(`${test.fullTitle()}: ${error.message}`));
      }
    }
    run({ deferred }, { reporter: Reporter }, () => resolve());
  });
  globalThis.setTimeout = real;
  expect(failed).toEqual([]);
  expect(passed).toBe(872);
});
