/** What a circuit breaker adds to a call that succeeds, and what refusing costs: one call after the other. */

import * as cockatiel from 'cockatiel';
import Opossum from 'opossum';
import { CircuitBreaker } from '../../src/resilience/circuit-breaker/index.js';
import { type Contender, defineSuite, ownCopy } from '../harness/suite.js';

type Call = (fn: () => Promise<number>) => Promise<number>;

/** The control: nothing but the await. */
async function calls(call: Call, turns: number): Promise<number> {
  let sum = 0;
  const fn = async () => 1;
  for (let i = 0; i < turns; i++) sum += await call(fn);
  return sum;
}

async function refusals(call: Call, turns: number): Promise<number> {
  let refused = 0;
  const fn = async () => 1;
  for (let i = 0; i < turns; i++) {
    try {
      await call(fn);
    } catch {
      refused++;
    }
  }
  return refused;
}

const contender = (
  name: string,
  kind: Contender['kind'],
  loop: typeof calls,
  turns: number,
  make: () => Call,
): Contender => ({
  name,
  kind,
  prepare: () => {
    const own = ownCopy(loop);
    const call = make();
    return { run: () => own(call, turns) };
  },
});

const ours = (options: ConstructorParameters<typeof CircuitBreaker>[0]) => (): Call => {
  const breaker = new CircuitBreaker(options);
  return (fn) => breaker.execute(fn);
};

const theirs = (breaker: cockatiel.IBreaker) => (): Call => {
  const policy = cockatiel.circuitBreaker(cockatiel.handleAll, { halfOpenAfter: 30_000, breaker });
  return (fn) => policy.execute(fn);
};

const opossum = (options: object) => (): Call => {
  const breaker = new Opossum(async (fn: () => Promise<number>) => fn(), { timeout: false, ...options });
  return (fn) => breaker.fire(fn);
};

export const suite = defineSuite('resilience/circuit-breaker', (bench) => {
  const turns = bench.smoke ? 100 : 10_000;
  const bare = (loop: typeof calls) => contender('bare await', 'control', loop, turns, () => (fn) => fn());

  bench.compare({
    operation: 'execute, closed',
    size: turns,
    distribution: 'failures in a row',
    contenders: [
      contender('CircuitBreaker', 'ours', calls, turns, ours({ window: 'consecutive' })),
      contender('cockatiel', 'rival', calls, turns, theirs(new cockatiel.ConsecutiveBreaker(5))),
      bare(calls),
    ],
  });
  bench.compare({
    operation: 'execute, closed',
    size: turns,
    distribution: 'the last 100 calls',
    contenders: [
      contender('CircuitBreaker', 'ours', calls, turns, ours({ window: 'count', windowCalls: 100 })),
      contender('cockatiel', 'rival', calls, turns, theirs(new cockatiel.CountBreaker({ threshold: 0.5, size: 100 }))),
      bare(calls),
    ],
  });
  bench.compare({
    operation: 'execute, closed',
    size: turns,
    distribution: 'the last 10 seconds',
    contenders: [
      contender('CircuitBreaker', 'ours', calls, turns, ours({ window: 'time', windowMs: 10_000 })),
      contender(
        'cockatiel',
        'rival',
        calls,
        turns,
        theirs(new cockatiel.SamplingBreaker({ threshold: 0.5, duration: 10_000 })),
      ),
      contender('opossum', 'rival', calls, turns, opossum({ rollingPercentilesEnabled: false })),
      bare(calls),
    ],
  });
  bench.compare({
    operation: 'execute, open',
    size: turns,
    distribution: 'refused',
    contenders: [
      contender('CircuitBreaker', 'ours', refusals, turns, () => {
        const breaker = new CircuitBreaker({ openMs: 2 ** 31 - 1 });
        breaker.open();
        return (fn) => breaker.execute(fn);
      }),
      contender('cockatiel', 'rival', refusals, turns, () => {
        const policy = cockatiel.circuitBreaker(cockatiel.handleAll, {
          halfOpenAfter: 30_000,
          breaker: new cockatiel.ConsecutiveBreaker(1),
        });
        // Opening it would take a failure, which is not there yet when this returns.
        policy.isolate();
        return (fn) => policy.execute(fn);
      }),
      contender('opossum', 'rival', refusals, turns, () => {
        const breaker = new Opossum(async (fn: () => Promise<number>) => fn(), {
          timeout: false,
          rollingPercentilesEnabled: false,
          resetTimeout: 2 ** 31 - 1,
        });
        breaker.open();
        return (fn) => breaker.fire(fn);
      }),
    ],
  });
});
