/** Whole sequences of hits and misses: each policy as its paper has it, and the figures that are published. */

import { beforeAll, describe, expect, it } from 'vitest';
import { LfuPolicy, POLICY_NAMES, policyFor, WTinyLfuPolicy } from '../../../src/cache/policies/index.js';
import type { EvictionPolicy } from '../../../src/cache/policies/policy.js';
import { optimum, simulate, type Trace } from '../../../src/cache/simulator/index.js';
import { type SeededRandom, seededRandom, testSeed } from '../../support/random.js';
import { readTrace, TRACES, traceOf } from '../traces/traces.js';
import { lfu, ORACLES, type Oracle, wTinyLfu } from './oracles.js';

const seed = testSeed('cache policies against their papers');

/** Request by request; returns the first that differs, −1 when none does. */
function firstDifference(policy: EvictionPolicy<number>, oracle: Oracle, trace: Trace, capacity: number): number {
  const hits = new Uint8Array(trace.keys.length);
  simulate(policy, trace, capacity, hits);
  policy.check();
  return trace.keys.findIndex((key, i) => oracle(key) !== (hits[i] === 1));
}

/** Popular keys, scans and loops in turn. */
function mixture(random: SeededRandom, length: number, distinct: number): Trace {
  const keys: number[] = [];
  while (keys.length < length) {
    const kind = random.below(4);
    const from = random.below(distinct);
    const count = 1 + random.below(distinct);
    for (let i = 0; i < count; i++) {
      if (kind === 0) keys.push((from + i) % distinct);
      else if (kind === 1) keys.push((from + (i % (1 + (count >> 2)))) % distinct);
      else keys.push(Math.floor(distinct * random.next() ** (kind === 2 ? 3 : 1)));
    }
  }
  return traceOf(keys.slice(0, length), distinct);
}

describe('the papers, request by request', () => {
  const variants: Record<string, [(c: number) => EvictionPolicy<number>, (c: number) => Oracle]> = {
    ...Object.fromEntries(
      POLICY_NAMES.map((name) => [name, [(c: number) => policyFor<number>(name, { capacity: c }), ORACLES[name]]]),
    ),
    'lfu with ageing': [(c) => new LfuPolicy({ capacity: c, ageAfter: 3 * c + 1 }), (c) => lfu(c, 3 * c + 1)],
    'w-tinylfu that does not adapt': [
      (c) => new WTinyLfuPolicy({ capacity: c, adaptive: false }),
      (c) => wTinyLfu(c, false),
    ],
    'w-tinylfu with a doorkeeper': [
      (c) => new WTinyLfuPolicy({ capacity: c, doorkeeper: true }),
      (c) => wTinyLfu(c, true, true),
    ],
  };

  describe.each(Object.entries(variants))('%s', (_name, [policy, oracle]) => {
    it('hits and misses as its pseudo-code does, on random mixtures at every small capacity', () => {
      const random = seededRandom(seed);
      for (let capacity = 1; capacity <= 40; capacity++) {
        const trace = mixture(random, 2000, 1 + random.below(4 * capacity));
        const at = firstDifference(policy(capacity), oracle(capacity), trace, capacity);
        expect(at, `seed ${seed}, capacity ${capacity}`).toBe(-1);
      }
    });

    it.each(TRACES)('hits and misses as its pseudo-code does, on %s', (name) => {
      const whole = readTrace(name);
      const trace = { ...whole, keys: whole.keys.subarray(0, 6000) };
      for (const capacity of [37, 400]) {
        expect(firstDifference(policy(capacity), oracle(capacity), trace, capacity), `capacity ${capacity}`).toBe(-1);
      }
    });
  });
});

describe('published hit ratios', () => {
  let gli: Trace;

  beforeAll(() => {
    gli = readTrace('gli');
  });

  function percent(name: Parameters<typeof policyFor>[0], trace: Trace, capacity: number): number {
    return 100 * simulate(policyFor<number>(name, { capacity }), trace, capacity).hitRatio;
  }

  it('LRU on gli, to the printed digits', () => {
    const ratios = [250, 500, 1000, 1500, 2000].map((capacity) => percent('lru', gli, capacity).toFixed(2));
    expect(ratios).toEqual(['0.91', '0.95', '11.21', '36.56', '57.41']);
  });

  it('the clairvoyant optimum, ARC and W-TinyLFU on gli at 1000', () => {
    expect(((optimum(gli, 1000)?.hitRatio ?? 0) * 100).toFixed(2)).toBe('53.15');
    expect(percent('arc', gli, 1000).toFixed(1)).toBe('21.3');
    expect(Math.abs(percent('w-tinylfu', gli, 1000) - 50.57)).toBeLessThan(0.5);
  });

  it('W-TinyLFU and S3-FIFO hit more than LRU on every trace, where neither all nor nothing fits', () => {
    for (const [name, capacities] of [
      ['gli', [250, 500, 1000, 1500]],
      ['multi1', [250, 500, 1000, 1500, 2000]],
      ['loop', [750, 1000]],
    ] as const) {
      const trace = readTrace(name);
      for (const capacity of capacities) {
        const least = percent('lru', trace, capacity);
        expect(percent('w-tinylfu', trace, capacity), `${name} at ${capacity}`).toBeGreaterThan(least);
        expect(percent('s3-fifo', trace, capacity), `${name} at ${capacity}`).toBeGreaterThan(least);
      }
    }
  });

  it('nothing hits more than the optimum', () => {
    for (const name of ['gli', 'multi1'] as const) {
      const trace = readTrace(name);
      for (const capacity of [1, 100, 700, 1500]) {
        const most = 100 * (optimum(trace, capacity)?.hitRatio ?? 0);
        for (const policy of POLICY_NAMES) expect(percent(policy, trace, capacity)).toBeLessThanOrEqual(most);
      }
    }
  });
});
