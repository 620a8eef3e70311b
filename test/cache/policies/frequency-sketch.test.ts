import { describe, expect, it } from 'vitest';
import { FrequencySketch } from '../../../src/cache/policies/frequency-sketch.js';
import { Ghosts } from '../../../src/cache/policies/ghosts.js';
import { KeyHasher } from '../../../src/cache/policies/key-hasher.js';
import { seededRandom, testSeed } from '../../support/random.js';

const seed = testSeed('frequency sketch, ghosts');

describe('FrequencySketch', () => {
  it('counts a key to 15 and no further', () => {
    const sketch = new FrequencySketch(64, 1e6, false);
    for (let i = 0; i < 40; i++) {
      expect(sketch.estimate(12345)).toBe(Math.min(15, i));
      sketch.increment(12345);
    }
  });

  it('never says less than the truth, and seldom more', () => {
    const random = seededRandom(seed);
    const hasher = new KeyHasher();
    const sketch = new FrequencySketch(1000, 1e9, false);
    const truth = new Map<number, number>();
    for (let i = 0; i < 3000; i++) {
      const key = random.below(1000);
      truth.set(key, (truth.get(key) ?? 0) + 1);
      sketch.increment(hasher.hash(key));
    }
    let exact = 0;
    for (const [key, count] of truth) {
      const estimate = sketch.estimate(hasher.hash(key));
      expect(estimate).toBeGreaterThanOrEqual(Math.min(15, count));
      if (estimate === Math.min(15, count)) exact++;
    }
    expect(exact / truth.size).toBeGreaterThan(0.7);
  });

  it('halves every counter when the period is over', () => {
    const sketch = new FrequencySketch(64, 20, false);
    for (let i = 0; i < 9; i++) sketch.increment(1);
    for (let i = 0; i < 10; i++) sketch.increment(2);
    expect([sketch.estimate(1), sketch.estimate(2)]).toEqual([9, 10]);
    sketch.increment(2);
    expect([sketch.estimate(1), sketch.estimate(2)]).toEqual([4, 5]);
  });

  it('says the same after it has grown', () => {
    for (const doorkeeper of [false, true]) {
      const random = seededRandom(seed + 1);
      const sketch = new FrequencySketch(64, 1e9, doorkeeper);
      const hashes = Array.from({ length: 60 }, () => Math.floor(random.next() * 2 ** 32) | 0);
      for (let i = 0; i < 300; i++) sketch.increment(hashes[random.below(60)] as number);
      const before = hashes.map((hash) => sketch.estimate(hash));
      sketch.reserve(5000);
      expect(hashes.map((hash) => sketch.estimate(hash))).toEqual(before);
    }
  });

  it('with a doorkeeper counts from the second time on, and forgets the first when it halves', () => {
    const sketch = new FrequencySketch(64, 12, true);
    expect(sketch.estimate(7)).toBe(0);
    sketch.increment(7);
    expect(sketch.estimate(7)).toBe(1);
    sketch.increment(7);
    sketch.increment(7);
    expect(sketch.estimate(7)).toBe(3);
    for (let i = 0; i < 9; i++) sketch.increment(7);
    expect(sketch.estimate(7)).toBe(5);
    sketch.clear();
    expect(sketch.estimate(7)).toBe(0);
  });
});

describe('KeyHasher', () => {
  it('gives equal keys equal hashes, as a Map has them equal', () => {
    const hasher = new KeyHasher();
    const object = {};
    const pairs: [unknown, unknown][] = [
      [0, -0],
      [Number.NaN, 0 / 0],
      ['ab', `a${'b'}`],
      [10n ** 30n, 10n ** 30n],
      [-5n, -5n],
      [Symbol.for('x'), Symbol.for('x')],
      [object, object],
      [2 ** 40, 2 ** 40],
      [null, null],
      [undefined, undefined],
    ];
    for (const [a, b] of pairs) expect(hasher.hash(a)).toBe(hasher.hash(b));
  });

  it('tells keys apart that differ', () => {
    const hasher = new KeyHasher();
    const keys: unknown[] = [null, undefined, true, false, '', Symbol('a'), {}, {}, [], () => 1, Number.NaN, Infinity];
    for (let i = 0; i < 3000; i++) keys.push(i, `${i}`, i + 0.5, BigInt(i) * 2n ** 64n, -(i + 1), { i });
    const hashes = new Set(keys.map((key) => hasher.hash(key)));
    // A few of 18 000 hashes of 32 bits may be equal.
    expect(hashes.size).toBeGreaterThan(keys.length - 4);
  });

  it('spreads integers over the low bits', () => {
    const hasher = new KeyHasher();
    const counts = new Array<number>(16).fill(0);
    for (let i = 0; i < 16_000; i++) counts[hasher.hash(i * 1024) & 15] = (counts[hasher.hash(i * 1024) & 15] ?? 0) + 1;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

describe('Ghosts', () => {
  it('remembers as a Map in order of insertion does', () => {
    const random = seededRandom(seed + 2);
    const ghosts = new Ghosts<number>();
    const model = new Map<number, number>();
    // Few hashes, so that chains are long.
    const hashOf = (key: number) => (key % 2 === 0 ? key % 8 : -key);
    for (let i = 0; i < 10_000; i++) {
      const key = random.below(60);
      const kind = random.below(100);
      if (kind === 0 && random.below(10) === 0) {
        ghosts.clear();
        model.clear();
      } else if (kind < 45) {
        expect(ghosts.take(key, hashOf(key))).toBe(model.get(key) ?? -1);
        model.delete(key);
      } else if (kind < 60) {
        ghosts.dropOldest();
        for (const oldest of model.keys()) {
          model.delete(oldest);
          break;
        }
      } else if (!model.has(key)) {
        const weight = 1 + random.below(9);
        ghosts.add(key, hashOf(key), weight);
        model.set(key, weight);
      }
      expect(ghosts.size).toBe(model.size);
      expect(ghosts.weight).toBe([...model.values()].reduce((sum, weight) => sum + weight, 0));
      if (i % 100 === 0) expect(ghosts.keys()).toEqual([...model.keys()]);
    }
  });
});
