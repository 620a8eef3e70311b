import { expect, it } from 'vitest';
import { deferred } from '../../src/concurrency/promise/index.js';
import { requireJudge } from '../support/real.js';

/** What of mocha's runner the test looks at. */
interface Runner {
  on(event: 'pass', listener: () => void): void;
  on(event: 'fail', listener: (test: { fullTitle(): string }, error: Error) => void): void;
}

type Run = (
  adapter: { deferred: typeof deferred },
  options: { reporter: new (runner: Runner) => unknown },
  done: () => void,
) => void;

const found = requireJudge<Run>('promises-aplus-tests');
const skip = 'skip' in found;

it.skipIf(skip)(
  `passes all 872 checks of promises-aplus-tests 2.1.2${'skip' in found ? `: ${found.skip}` : ''}`,
  async () => {
    if ('skip' in found) return;
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
      found.judge({ deferred }, { reporter: Reporter }, () => resolve());
    });
    globalThis.setTimeout = real;
    expect(failed).toEqual([]);
    expect(passed).toBe(872);
  },
);
