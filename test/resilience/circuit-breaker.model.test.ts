/** Windows of a breaker against lists that are counted anew after each call. */

import { describe, expect, it } from 'vitest';
import {
  ConsecutiveWindow,
  CountWindow,
  exceeds,
  TimeWindow,
  UNIT,
  type Window,
} from '../../src/resilience/circuit-breaker/windows.js';
import { seededRandom, testSeed } from '../support/random.js';

interface Recorded {
  readonly units: number;
  readonly slow: boolean;
  readonly atMs: number;
}

const RULE = { failureRate: 0.4, slowCallRate: 0.6, minimumCalls: 7 };

describe('windows', () => {
  const run = (name: string, make: () => Window, held: (all: Recorded[], nowMs: number) => Recorded[]) => {
    const random = seededRandom(testSeed(name));
    for (let round = 0; round < 60; round++) {
      let window = make();
      let all: Recorded[] = [];
      let nowMs = random.below(100_000);
      for (let step = 0; step < 300; step++) {
        if (random.below(3) === 0) nowMs += random.below(random.below(10) === 0 ? 3000 : 120);
        const failed = random.below(3) === 0;
        const units = failed ? (random.below(2) === 0 ? UNIT : 1 + random.below(3 * UNIT)) : 0;
        const slow = random.below(4) === 0;
        all.push({ units, slow, atMs: nowMs });
        const tripped = window.record(units, slow, nowMs);
        const kept = held(all, nowMs);
        const sum = kept.reduce((total, each) => total + each.units, 0);
        const slowCalls = kept.filter((each) => each.slow).length;
        expect(window.rates(nowMs)).toEqual({ calls: kept.length, failures: sum / UNIT, slowCalls });
        const any = sum > 0 || slowCalls > 0;
        expect(tripped).toBe(any && exceeds(RULE, kept.length, sum, slowCalls));
        if (random.below(40) === 0) {
          const dump = JSON.parse(JSON.stringify(window.dump(nowMs)));
          window = make();
          expect(window.load(dump, nowMs)).toBe(true);
        }
        if (random.below(100) === 0) {
          window.reset();
          all = [];
        }
      }
    }
  };

  it('count the last calls', () => {
    run(
      'count window',
      () => new CountWindow(13, RULE),
      (all) => all.slice(-13),
    );
  });

  it('count the last buckets', () => {
    run(
      'time window',
      () => new TimeWindow(1000, 10, RULE),
      (all, nowMs) => all.filter(({ atMs }) => Math.floor(atMs / 100) > Math.floor(nowMs / 100) - 10),
    );
  });

  it('count failures since the last success', () => {
    const random = seededRandom(testSeed('consecutive window'));
    const window = new ConsecutiveWindow(4);
    let units = 0;
    for (let step = 0; step < 5000; step++) {
      const each = random.below(3) === 0 ? 0 : 1 + random.below(2 * UNIT);
      units = each === 0 ? 0 : units + each;
      expect(window.record(each, false)).toBe(units >= 4 * UNIT);
    }
  });

  it('stand still while time goes back', () => {
    const window = new TimeWindow(1000, 10, RULE);
    window.record(UNIT, false, 5000);
    window.record(UNIT, false, 10);
    expect(window.rates(5000)).toEqual({ calls: 2, failures: 2, slowCalls: 0 });
  });
});
