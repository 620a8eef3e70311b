/** What policies in each other add to a call that succeeds: one call after the other, and each policy by itself. */

import * as cockatiel from 'cockatiel';
import { bulkhead } from '../../src/resilience/bulkhead/index.js';
import { CircuitBreaker } from '../../src/resilience/circuit-breaker/index.js';
import { fallback } from '../../src/resilience/fallback/index.js';
import { pipeline } from '../../src/resilience/pipeline/index.js';
import { retry } from '../../src/resilience/retry/index.js';
import { timeout } from '../../src/resilience/timeout/index.js';
import { type Contender, defineSuite, ownCopy } from '../harness/suite.js';

type Call = (fn: () => Promise<number>) => Promise<number>;

async function calls(call: Call, turns: number): Promise<number> {
  let sum = 0;
  const fn = async () => 1;
  for (let i = 0; i < turns; i++) sum += await call(fn);
  return sum;
}

interface Executes {
  execute(fn: () => Promise<number>): Promise<number>;
}

export const suite = defineSuite('resilience/pipeline', (bench) => {
  const turns = bench.smoke ? 100 : 10_000;
  const contender = (name: string, kind: Contender['kind'], make: () => Executes): Contender => ({
    name,
    kind,
    prepare: () => {
      const own = ownCopy(calls);
      const policy = make();
      const call: Call = (fn) => policy.execute(fn);
      return { run: () => own(call, turns) };
    },
  });
  const compare = (operation: string, distribution: string, ours: () => Executes, theirs: () => Executes): void =>
    bench.compare({
      operation,
      size: turns,
      distribution,
      contenders: [
        contender('ashlar', 'ours', ours),
        contender('cockatiel', 'rival', theirs),
        contender('bare await', 'control', () => ({ execute: (fn) => fn() })),
      ],
    });

  compare(
    'five policies',
    'bulkhead, timeout, retry, breaker, timeout',
    () =>
      pipeline(
        bulkhead({ limit: 100 }),
        timeout(30_000),
        retry(),
        new CircuitBreaker({ window: 'consecutive' }),
        timeout(10_000),
      ),
    () =>
      cockatiel.wrap(
        cockatiel.bulkhead(100),
        cockatiel.timeout(30_000, cockatiel.TimeoutStrategy.Aggressive),
        cockatiel.retry(cockatiel.handleAll, { maxAttempts: 3, backoff: new cockatiel.ExponentialBackoff() }),
        theirBreaker(),
        cockatiel.timeout(10_000, cockatiel.TimeoutStrategy.Aggressive),
      ),
  );
  compare(
    'five policies',
    'fallback, retry, breaker, bulkhead, cooperative timeout',
    () =>
      pipeline(
        fallback(0),
        retry(),
        new CircuitBreaker({ window: 'consecutive' }),
        bulkhead({ limit: 100 }),
        timeout({ timeoutMs: 10_000, mode: 'cooperative' }),
      ),
    () =>
      cockatiel.wrap(
        cockatiel.fallback(cockatiel.handleAll, 0),
        cockatiel.retry(cockatiel.handleAll, { maxAttempts: 3, backoff: new cockatiel.ExponentialBackoff() }),
        theirBreaker(),
        cockatiel.bulkhead(100),
        cockatiel.timeout(10_000, cockatiel.TimeoutStrategy.Cooperative),
      ),
  );
  const singly = 'alone';
  compare(
    'retry',
    singly,
    () => retry(),
    () => cockatiel.retry(cockatiel.handleAll, { maxAttempts: 3, backoff: new cockatiel.ExponentialBackoff() }),
  );
  compare(
    'timeout',
    singly,
    () => timeout(10_000),
    () => cockatiel.timeout(10_000, cockatiel.TimeoutStrategy.Aggressive),
  );
  compare(
    'bulkhead',
    singly,
    () => bulkhead(100),
    () => cockatiel.bulkhead(100),
  );
  compare(
    'fallback',
    singly,
    () => fallback(0),
    () => cockatiel.fallback(cockatiel.handleAll, 0),
  );
});

function theirBreaker(): cockatiel.CircuitBreakerPolicy {
  return cockatiel.circuitBreaker(cockatiel.handleAll, {
    halfOpenAfter: 30_000,
    breaker: new cockatiel.ConsecutiveBreaker(5),
  });
}
