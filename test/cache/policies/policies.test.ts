import { describe, expect, it } from 'vitest';
import {
  type EvictionPolicy,
  LfuPolicy,
  POLICY_NAMES,
  type PolicyName,
  policyFor,
  S3FifoPolicy,
  WTinyLfuPolicy,
} from '../../../src/cache/policies/index.js';
import { seededRandom, testSeed } from '../../support/random.js';
import { contract } from './contract.js';
import { Driver } from './driver.js';

const seed = testSeed('cache policies, one by one');
const LOSES_TO_SCANS: readonly PolicyName[] = ['lru', 'clock'];

/** Its exceptions do not depend on what came before, so that a policy that was cleared can be compared with a new one. */
const never = { u32: () => 1, float: () => 0.5, fill: () => {} };

for (const name of POLICY_NAMES) {
  contract({
    name,
    make: <K>(capacity: number): EvictionPolicy<K> => policyFor<K>(name, { capacity, random: never }),
    resistsScans: !LOSES_TO_SCANS.includes(name),
    isBlindToKeys: name !== 'w-tinylfu',
  });
}

contract({ name: 'lfu that ages', make: (capacity) => new LfuPolicy({ capacity, ageAfter: 701 }) });
contract({
  name: 'w-tinylfu with a doorkeeper that does not adapt',
  make: (capacity) => new WTinyLfuPolicy({ capacity, doorkeeper: true, adaptive: false, random: never }),
  resistsScans: true,
  isBlindToKeys: false,
});

describe('policyFor', () => {
  it('makes the policy of each name', () => {
    for (const name of POLICY_NAMES) expect(policyFor(name, { capacity: 3 }).name).toBe(name);
  });

  it('refuses other names, and says which there are', () => {
    expect(() => policyFor('fifo' as PolicyName, { capacity: 3 })).toThrow(RangeError);
    expect(() => policyFor('fifo' as PolicyName, { capacity: 3 })).toThrow(/one of lru, lfu, .*, got fifo/);
  });
});

describe('weights', () => {
  it('seven times the weight in seven times the room: the same choices', () => {
    for (const name of POLICY_NAMES) {
      // The sketch of W-TinyLFU counts by slots where entries have weights.
      if (name === 'w-tinylfu') continue;
      const random = seededRandom(seed);
      const plain = new Driver(policyFor<number>(name, { capacity: 100 }), { capacity: 100 });
      const heavy = new Driver(policyFor<number>(name, { capacity: 700 }), { capacity: 700 });
      for (let i = 0; i < 3000; i++) {
        const key = Math.floor(400 * random.next() ** 2);
        expect(heavy.request(key, 7), `${name}, request ${i}`).toBe(plain.request(key));
      }
    }
  });

  it('an entry as heavy as the capacity ends all others', () => {
    for (const name of POLICY_NAMES) {
      const driver = new Driver(policyFor<number>(name, { capacity: 50 }), { capacity: 50 });
      for (let key = 0; key < 200; key++) driver.request(key % 60);
      driver.request(1000, 50);
      expect([...driver.slots.keys()], name).toEqual([1000]);
      driver.policy.check();
    }
  });
});

describe('LfuPolicy', () => {
  it('evicts the least frequent, the least recent among equals', () => {
    const driver = new Driver(new LfuPolicy<string>({ capacity: 3 }), { capacity: 3 });
    for (const key of ['a', 'b', 'c', 'a', 'c', 'a', 'd', 'e', 'e', 'e', 'f']) driver.request(key);
    expect(driver.evicted).toEqual(['b', 'd', 'c']);
    expect(driver.drain()).toEqual(['f', 'a', 'e']);
  });

  it('lets go of what was popular once only where it ages', () => {
    const survives = (ageAfter?: number) => {
      const options = ageAfter === undefined ? { capacity: 10 } : { capacity: 10, ageAfter };
      const driver = new Driver(new LfuPolicy<number>(options), { capacity: 10 });
      for (let i = 0; i < 100; i++) driver.request(0);
      for (let i = 0; i < 2000; i++) driver.request(1 + (Math.floor(i / 3) % 30));
      return driver.slots.has(0);
    };
    expect(survives()).toBe(true);
    expect(survives(100)).toBe(false);
  });

  it('refuses an ageAfter that is no integer from 1', () => {
    for (const ageAfter of [0, 1.5, -3, Number.NaN])
      expect(() => new LfuPolicy({ capacity: 3, ageAfter })).toThrow(RangeError);
  });
});

describe('S3FifoPolicy', () => {
  it('ends a second entry where its paper does, at once or with the next eviction', () => {
    const run = (asksForDue: boolean) => {
      const driver = new Driver(new S3FifoPolicy<number>({ capacity: 10 }), { capacity: 10, asksForDue });
      for (let key = 0; key < 10; key++) driver.request(key);
      // Nine move to main with the tenth evicted; then one more moves to a main that is full.
      for (let key = 0; key < 9; key++) for (let i = 0; i < 2; i++) driver.request(key);
      driver.request(10);
      for (let i = 0; i < 2; i++) driver.request(10);
      driver.request(11);
      return driver;
    };
    expect(run(true).evicted).toEqual([9, 0]);
    expect(run(true).slots.size).toBe(10);
  });
});

describe('WTinyLfuPolicy', () => {
  it('takes a warm candidate that lost, once in 128', () => {
    const evicted = (u32: number) => {
      const policy = new WTinyLfuPolicy<number>({ capacity: 10, random: { ...never, u32: () => u32 } });
      const driver = new Driver(policy, { capacity: 10 });
      for (let round = 0; round < 7; round++) for (let key = 0; key < 10; key++) driver.request(key);
      driver.request(100);
      return driver.evicted;
    };
    // All are equally frequent, and the one in the window contests first.
    expect(evicted(1)).toEqual([9]);
    expect(evicted(128)).not.toEqual([9]);
  });

  it('adapts its window to a workload of recency', () => {
    const hits = (adaptive: boolean) => {
      const policy = new WTinyLfuPolicy<number>({ capacity: 200, adaptive });
      const driver = new Driver(policy, { capacity: 200, step: 300 });
      const random = seededRandom(seed);
      let count = 0;
      // Each key is asked for a few times soon after it came, and never again.
      for (let i = 0; i < 60_000; i++) if (driver.request(Math.floor(i / 4) - random.below(150))) count++;
      return count / 60_000;
    };
    expect(hits(true)).toBeGreaterThan(hits(false) + 0.05);
  });
});
