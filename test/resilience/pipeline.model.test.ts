/** Random policies in each other, around functions that do anything at any time: what must hold whatever happens. */

import { describe, expect, it } from 'vitest';
import { seededRandom as chance } from '../../src/ports/random.js';
import {
  Aimd,
  adaptiveLimit,
  bulkhead,
  CircuitBreaker,
  fallback,
  hedge,
  loadShedder,
  type Policy,
  pipeline,
  retry,
  timeout,
} from '../../src/resilience/index.js';
import { type SeededRandom, seededRandom, testSeed } from '../support/random.js';
import { CountingSignal } from '../support/signals.js';
import { ManualTime } from '../support/time.js';

interface Busy {
  readonly policy: Policy;
  /** What is out in it. */
  readonly held: () => number;
}

describe('any pipeline', () => {
  it('settles every call once, with its own value, an error that somebody threw, or exactly the reason', async () => {
    const random = seededRandom(testSeed('any pipeline'));
    for (let round = 0; round < 40; round++) await roundOf(random);
  });
});

async function roundOf(random: SeededRandom): Promise<void> {
  const time = new ManualTime();
  const policies: Busy[] = [];
  for (let i = random.below(6); i >= 0; i--) policies.push(anyPolicy(random, time));
  const whole = pipeline(...policies.map(({ policy }) => policy));
  const signals = Array.from({ length: 4 }, () => new CountingSignal());
  const failures: string[] = [];
  let begun = 0;
  let settledCalls = 0;

  for (let step = 0; step < 120; step++) {
    if (step < 80 && random.below(3) > 0) {
      const id = begun++;
      const counting = random.below(2) === 0 ? undefined : (signals[random.below(4)] as CountingSignal);
      const already = counting?.signal.aborted === true;
      let ran = false;
      const call = whole.execute(
        ({ signal }) => {
          ran = true;
          return anything(random, time, signal, id);
        },
        { signal: counting?.signal, priority: random.below(3) },
      );
      call.then(
        (value) => {
          settledCalls++;
          if (value !== `value ${id}` && value !== 'instead') failures.push(`call ${id} gave ${String(value)}`);
          if (already) failures.push(`call ${id} gave a value though it was aborted before`);
        },
        (error) => {
          settledCalls++;
          const known = error === counting?.signal.reason || error?.mark === id || typeof error?.code === 'string';
          if (!known) failures.push(`call ${id} threw ${String(error)}`);
          if (already && (ran || error !== counting?.signal.reason)) failures.push(`call ${id} ran or lost its reason`);
        },
      );
    }
    if (random.below(60) === 0) signals[random.below(4)]?.abort({ why: `abort in step ${step}` });
    await time.pass(random.below(30));
  }
  await time.pass(20_000, 40);
  expect(failures).toEqual([]);
  expect(settledCalls).toBe(begun);
  expect(signals.map(({ listeners }) => listeners)).toEqual([0, 0, 0, 0]);
  expect(policies.map(({ held }) => held())).toEqual(policies.map(() => 0));
  expect(time.pending).toBe(0);
}

/** Gives or throws, at once or later, and heeds its signal or does not. */
function anything(random: SeededRandom, time: ManualTime, signal: AbortSignal, id: number): Promise<string> | string {
  const fails = random.below(3) === 0;
  if (random.below(4) === 0) {
    if (fails) throw { mark: id };
    return `value ${id}`;
  }
  const heeds = random.below(2) === 0;
  return new Promise((resolve, reject) => {
    let listening = false;
    const stop = (): void => {
      if (listening) signal.removeEventListener('abort', onAbort);
      listening = false;
    };
    const cancel = time.after(random.below(120), () => {
      stop();
      if (fails) reject({ mark: id });
      else resolve(`value ${id}`);
    });
    const onAbort = (): void => {
      cancel();
      stop();
      reject(signal.reason);
    };
    if (!heeds) return;
    if (signal.aborted) onAbort();
    else {
      listening = true;
      signal.addEventListener('abort', onAbort);
    }
  });
}

function anyPolicy(random: SeededRandom, time: ManualTime): Busy {
  const ports = { clock: time, timer: time, random: chance(random.below(1e6)) };
  const nothing = (policy: Policy): Busy => ({ policy, held: () => 0 });
  switch (random.below(9)) {
    case 0:
      return nothing(retry({ ...ports, maxAttempts: 1 + random.below(3), backoff: random.below(20) }));
    case 1:
      return nothing(timeout({ ...ports, timeoutMs: random.below(100) }));
    case 2:
      return nothing(timeout({ ...ports, timeoutMs: { maxMs: 80, minimumSamples: 3 }, mode: 'aggressive' }));
    case 3:
      return nothing(timeout({ ...ports, timeoutMs: random.below(100), mode: 'cooperative' }));
    case 4:
      return nothing(hedge({ ...ports, delayMs: random.below(40), maxHedges: 1 + random.below(2) }));
    case 5:
      return nothing(new CircuitBreaker({ ...ports, windowCalls: 10, minimumCalls: 5, openMs: random.below(200) }));
    case 6: {
      const policy = bulkhead({ limit: 1 + random.below(4), maxQueue: random.below(4), maxWaitMs: 50, timer: time });
      return { policy, held: () => policy.active + policy.waiting };
    }
    case 7: {
      const policy = loadShedder({ ...ports, limit: 1 + random.below(4), maxQueue: 5, maxWaitMs: 100 });
      return { policy, held: () => policy.stats().active + policy.stats().waiting };
    }
    default: {
      if (random.below(2) === 0) return nothing(fallback('instead'));
      const policy = adaptiveLimit({ algorithm: new Aimd({ minLimit: 1, initialLimit: 3 }), clock: time });
      return { policy, held: () => policy.inFlight };
    }
  }
}
