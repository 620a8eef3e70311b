import run, { type Runner } from 'promises-aplus-tests';
import { expect, it } from 'vitest';
import { deferred } from '../../src/concurrency/promise/index.js';

it('passes all 872 checks of promises-aplus-tests 2.1.2', async () => {
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
