/** What every eviction policy claims: one table of cases, run by each. */

import { describe, expect, it } from 'vitest';
import type { EvictionPolicy } from '../../../src/cache/policies/index.js';
import { seededRandom, testSeed } from '../../support/random.js';
import { Driver } from './driver.js';

/** How a policy is made, and which claims it makes beyond those of all. */
export interface Contract {
  readonly name: string;
  readonly make: <K>(capacity: number) => EvictionPolicy<K>;
  /** Whether keys in use outlive a scan of many that come once; undefined where that depends. */
  readonly resistsScans?: boolean;
  /** Whether its choices depend on the keys only by whether they are equal. Default true. */
  readonly isBlindToKeys?: boolean;
}

const seed = testSeed('cache policies');

/** Keys below 4 × capacity, low ones more often. */
function popular(random: { next(): number }, capacity: number): number {
  return Math.floor(4 * capacity * random.next() ** 2);
}

export function contract(of: Contract): void {
  describe(`${of.name}: what every policy claims`, () => {
    it('has nothing to evict where there is nothing', () => {
      const policy = of.make<number>(10);
      expect(policy.evict(1)).toBe(-1);
      expect(policy.evict(undefined)).toBe(-1);
      expect(policy.evictDue?.() ?? -1).toBe(-1);
      policy.reserve(4);
      policy.insert(3, 7, 1);
      expect(policy.evict(8)).toBe(3);
      expect(policy.evict(8)).toBe(-1);
      policy.insert(3, 8, 1);
      policy.remove(3);
      expect(policy.evict(undefined)).toBe(-1);
      policy.check();
    });

    it('evicts each entry once and nothing else, whatever happens in between', () => {
      for (const asksForDue of [true, false]) {
        for (const capacity of [1, 2, 3, 10, 100]) {
          const random = seededRandom(seed + capacity);
          const driver = new Driver(of.make<number>(capacity), { capacity, asksForDue });
          for (let i = 0; i < 2000; i++) {
            const key = popular(random, capacity);
            const kind = random.below(300);
            if (kind === 0) driver.clear();
            else if (kind < 20) driver.remove(key);
            else if (kind < 22) driver.policy.reserve(random.below(50));
            else if (kind < 24) driver.drain();
            else driver.request(key);
            expect(driver.used).toBeLessThanOrEqual(capacity);
            if (i % 16 === 0) driver.policy.check();
          }
          driver.drain();
          driver.policy.check();
        }
      }
    });

    it('keeps its account of weights that differ and change', () => {
      for (const asksForDue of [true, false]) {
        const capacity = 1000;
        const random = seededRandom(seed + 1);
        const driver = new Driver(of.make<number>(capacity), { capacity, asksForDue, step: 7 });
        for (let i = 0; i < 4000; i++) {
          const key = popular(random, 60);
          const weight = random.below(40) === 0 ? 1 + random.below(1200) : 1 + random.below(key % 90);
          const kind = random.below(200);
          if (kind === 0) driver.clear();
          else if (kind < 10) driver.remove(key);
          else if (kind < 40 && driver.slots.has(key)) driver.reweigh(key, weight);
          else driver.request(key, weight);
          expect(driver.used).toBeLessThanOrEqual(capacity);
          if (i % 16 === 0) driver.policy.check();
        }
        const left = new Set(driver.slots.keys());
        expect(new Set(driver.drain())).toEqual(left);
        driver.policy.check();
      }
    });

    it('chooses the same in every run, whichever slots it is given', () => {
      const runs = [0, 1, 2].map((run) => {
        const random = seededRandom(seed + 2);
        const slots = seededRandom(run);
        const driver = new Driver(of.make<number>(50), {
          capacity: 50,
          step: 1 + 20 * run,
          pick: (free) => slots.below(free.length),
        });
        for (let i = 0; i < 5000; i++) driver.request(popular(random, 50));
        return driver.evicted;
      });
      expect(runs[1]).toEqual(runs[0]);
      expect(runs[2]).toEqual(runs[0]);
    });

    it('has forgotten everything after clear()', () => {
      const random = seededRandom(seed + 3);
      const before = Array.from({ length: 3000 }, () => popular(random, 40));
      const after = Array.from({ length: 3000 }, () => popular(random, 40));
      const fresh = new Driver(of.make<number>(40), { capacity: 40 });
      const cleared = new Driver(of.make<number>(40), { capacity: 40 });
      for (const key of before) cleared.request(key);
      cleared.clear();
      cleared.evicted.length = 0;
      for (const key of after) expect(cleared.request(key)).toBe(fresh.request(key));
      expect(cleared.evicted).toEqual(fresh.evicted);
    });

    it('takes keys of any type, and holds none that it has no use for', () => {
      const kinds: ((key: number) => unknown)[] = [
        (key) => `key ${key}`,
        (key) => key + 0.5,
        (key) => BigInt(key) << 70n,
        (key) => [Number.NaN, 0, -1, Infinity, null, true, '', Symbol.iterator][key] ?? Symbol.for(String(key)),
        (() => {
          const objects = new Map<number, object>();
          return (key: number) => objects.get(key) ?? objects.set(key, { key }).get(key);
        })(),
      ];
      const hits = [(key: number): unknown => key, ...kinds].map((keyOf) => {
        const random = seededRandom(seed + 4);
        const driver = new Driver(of.make<unknown>(30), { capacity: 30 });
        const sequence = Array.from({ length: 2000 }, () => driver.request(keyOf(popular(random, 30))));
        driver.policy.check();
        return sequence;
      });
      for (const [kind, sequence] of hits.entries()) {
        if (of.isBlindToKeys ?? true) expect(sequence, `kind ${kind}`).toEqual(hits[0]);
        else expect(Math.abs(count(sequence) - count(hits[0] as boolean[])), `kind ${kind}`).toBeLessThan(200);
      }
    });

    if (of.resistsScans !== undefined) {
      it(`${of.resistsScans ? 'keeps' : 'loses'} what is in use when thousands of keys come once`, () => {
        const capacity = 100;
        const driver = new Driver(of.make<number>(capacity), { capacity });
        let once = 1_000_000;
        for (let round = 0; round < 20; round++) {
          for (let key = 0; key < 50; key++) driver.request(key);
          for (let i = 0; i < 60; i++) {
            driver.request(once++);
            // Some keys are in use while others come once: a policy that only looks at order must see that.
            for (let k = 0; k < 2; k++) driver.request((2 * i + k) % 50);
          }
        }
        for (let i = 0; i < 3000; i++) driver.request(once++);
        let kept = 0;
        for (let key = 0; key < 50; key++) if (driver.slots.has(key)) kept++;
        if (of.resistsScans) expect(kept).toBeGreaterThanOrEqual(40);
        else expect(kept).toBe(0);
      });
    }

    it('refuses a capacity that is none', () => {
      for (const capacity of [0, 0.5, -1, Number.NaN, '10', undefined]) {
        expect(() => of.make(capacity as number)).toThrow(RangeError);
        expect(() => of.make(capacity as number)).toThrow(/capacity must be a number of at least 1, got/);
      }
      expect(of.make(Number.POSITIVE_INFINITY).evict(1)).toBe(-1);
    });
  });
}

function count(hits: readonly boolean[]): number {
  return hits.filter(Boolean).length;
}
