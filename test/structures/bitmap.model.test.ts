import { afterEach, describe, expect, it } from 'vitest';
import { Arena } from '../../bindings/index.js';
import { Bitmap } from '../../src/structures/bitmap/index.js';
import { type SeededRandom, seededRandom, testSeed } from '../support/random.js';

const seed = testSeed('bitmap');

/** Keys the model works with: neighbours, and both ends. */
const KEYS = [0, 1, 2, 7, 300, 65_534, 65_535];

/** The naive oracle: a byte for each value of the few keys there are. */
class Oracle {
  readonly bytes = new Uint8Array(KEYS.length * 65_536);

  static indexOf(value: number): number {
    return KEYS.indexOf(value >>> 16) * 65_536 + (value & 0xffff);
  }

  static valueOf(index: number): number {
    return (KEYS[index >>> 16] as number) * 65_536 + (index & 0xffff);
  }

  set(value: number, present: number): void {
    this.bytes[Oracle.indexOf(value)] = present;
  }

  has(value: number): boolean {
    return this.bytes[Oracle.indexOf(value)] === 1;
  }

  values(): Uint32Array {
    const out: number[] = [];
    for (let at = this.bytes.indexOf(1); at >= 0; at = this.bytes.indexOf(1, at + 1)) out.push(Oracle.valueOf(at));
    return Uint32Array.from(out);
  }

  /** Changes the values of [from, end), which lie in known keys. */
  change(from: number, end: number, next: (old: number) => number): void {
    for (let value = from; value < end; value++) this.set(value, next(this.has(value) ? 1 : 0));
  }

  combine(other: Oracle, of: (a: number, b: number) => number): Oracle {
    const made = new Oracle();
    for (let i = 0; i < made.bytes.length; i++) made.bytes[i] = of(this.bytes[i] as number, other.bytes[i] as number);
    return made;
  }

  get size(): number {
    let size = 0;
    for (const byte of this.bytes) size += byte;
    return size;
  }
}

function same(a: Uint32Array, b: Uint32Array): boolean {
  return a.length === b.length && Buffer.compare(new Uint8Array(a.buffer), new Uint8Array(b.buffer)) === 0;
}

function someValue(random: SeededRandom): number {
  const key = KEYS[random.below(KEYS.length)] as number;
  const span = [20, 5000, 65_536][random.below(3)] as number;
  return key * 65_536 + random.below(span);
}

/** Within one key, or over keys 0 to 2, whose values are all known. */
function someRange(random: SeededRandom): [from: number, end: number] {
  if (random.below(3) > 0) {
    const base = (KEYS[random.below(KEYS.length)] as number) * 65_536;
    const from = random.below(65_537);
    return [
      base + from,
      base + Math.min(65_536, from + random.below(([3, 300, 65_537] as const)[random.below(3)] as 3)),
    ];
  }
  const from = random.below(3 * 65_536);
  return [from, from + random.below(3 * 65_536 - from + 1)];
}

function someMany(random: SeededRandom): Uint32Array {
  const count = ([3, 100, 3000, 20_000] as const)[random.below(4)] as number;
  const values = Uint32Array.from({ length: random.below(count) }, () => someValue(random));
  return random.below(3) === 0 ? values.sort() : values;
}

function change(bitmap: Bitmap, oracle: Oracle, random: SeededRandom): void {
  const size = bitmap.size;
  switch (random.below(9)) {
    case 0:
      for (let i = random.below(300); i >= 0; i--) {
        const value = someValue(random);
        expect(bitmap.add(value)).toBe(!oracle.has(value));
        oracle.set(value, 1);
      }
      return;
    case 1:
      for (let i = random.below(300); i >= 0; i--) {
        const value = someValue(random);
        expect(bitmap.remove(value)).toBe(oracle.has(value));
        oracle.set(value, 0);
      }
      return;
    case 2: {
      const values = someMany(random);
      const added = bitmap.addMany(values);
      for (const value of values) oracle.set(value, 1);
      expect(added).toBe(bitmap.size - size);
      return;
    }
    case 3: {
      const values = someMany(random);
      const removed = bitmap.removeMany(values);
      for (const value of values) oracle.set(value, 0);
      expect(removed).toBe(size - bitmap.size);
      return;
    }
    case 4: {
      const [from, end] = someRange(random);
      bitmap.addRange(from, end);
      oracle.change(from, end, () => 1);
      return;
    }
    case 5: {
      const [from, end] = someRange(random);
      bitmap.removeRange(from, end);
      oracle.change(from, end, () => 0);
      return;
    }
    case 6: {
      const [from, end] = someRange(random);
      bitmap.flipRange(from, end);
      oracle.change(from, end, (old) => 1 - old);
      return;
    }
    case 7:
      bitmap.optimize();
      return;
    default:
      // Bits thinned out until they are an array again, and an array filled until it is bits.
      for (let value = KEYS[3] as number, i = 0; i < 4200; i++) {
        value = (KEYS[3] as number) * 65_536 + random.below(65_536);
        const present = random.below(2);
        if (present) bitmap.add(value);
        else bitmap.remove(value);
        oracle.set(value, present);
      }
  }
}

function agree(bitmap: Bitmap, oracle: Oracle, random: SeededRandom): void {
  bitmap.check();
  const values = oracle.values();
  expect(bitmap.size).toBe(values.length);
  expect(same(bitmap.toArray(), values)).toBe(true);
  expect(bitmap.min).toBe(values[0]);
  expect(bitmap.max).toBe(values.at(-1));
  const asked = Uint32Array.from({ length: 200 }, () => someValue(random));
  const flags = bitmap.hasMany(asked);
  let wrong = 0;
  for (const [i, value] of asked.entries()) {
    if (bitmap.has(value) !== oracle.has(value)) wrong++;
    if (flags[i] !== (oracle.has(value) ? 1 : 0)) wrong++;
    const below = lowerBound(values, value);
    if (bitmap.rankOf(value) !== below || bitmap.at(below) !== values[below]) wrong++;
  }
  for (let i = 0; i < 10; i++) {
    const [from, end] = someRange(random);
    const expected = lowerBound(values, end) - lowerBound(values, from);
    if (bitmap.countRange(from, end) !== expected) wrong++;
    if (bitmap.hasRange(from, end) !== (expected === end - from)) wrong++;
    const start = someValue(random);
    const at = lowerBound(values, start);
    const up = taken(bitmap.values({ from: start }), 200);
    if (!same(up, values.slice(at, at + 200))) wrong++;
    const last = values[at] === start ? at + 1 : at;
    const down = taken(bitmap.values({ from: start, reverse: true }), 200);
    if (!same(down, values.slice(Math.max(0, last - 200), last).reverse())) wrong++;
  }
  expect(wrong).toBe(0);
}

function taken(values: Iterable<number>, most: number): Uint32Array {
  const out: number[] = [];
  for (const value of values) {
    out.push(value);
    if (out.length === most) break;
  }
  return Uint32Array.from(out);
}

function lowerBound(values: Uint32Array, value: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

let arena = new Arena({ seed: 1 });
afterEach(() => {
  arena.check();
  arena = new Arena({ seed: 1 });
});

describe('Bitmap against a naive oracle', () => {
  it('holds what it is told to, however it changes', () => {
    const random = seededRandom(seed);
    for (let round = 0; round < 6; round++) {
      const bitmap = new Bitmap({ arena });
      const oracle = new Oracle();
      for (let step = 0; step < 14; step++) {
        change(bitmap, oracle, random);
        bitmap.check();
        if (step % 3 === 0) agree(bitmap, oracle, random);
      }
      agree(bitmap, oracle, random);
      const again = Bitmap.fromPortable(bitmap.toPortable(), { arena });
      agree(again, oracle, random);
      again.dispose();
      bitmap.dispose();
    }
  });

  it('combines containers of every kind with those of every other', () => {
    const random = seededRandom(seed + 1);
    const operations = [
      ['and', (a: number, b: number) => a & b, 'andCount'],
      ['or', (a: number, b: number) => a | b, 'orCount'],
      ['xor', (a: number, b: number) => a ^ b, 'xorCount'],
      ['andNot', (a: number, b: number) => a & (1 - b), 'andNotCount'],
    ] as const;
    const elsewhere = new Arena({ seed: 2 });
    for (let round = 0; round < 8; round++) {
      const [a, b] = [0, 1].map(() => {
        const bitmap = new Bitmap({ arena: random.below(4) === 0 ? elsewhere : arena });
        const oracle = new Oracle();
        for (let step = random.below(7); step >= 0; step--) change(bitmap, oracle, random);
        return { bitmap, oracle };
      }) as [{ bitmap: Bitmap; oracle: Oracle }, { bitmap: Bitmap; oracle: Oracle }];
      for (const [name, of, count] of operations) {
        const expected = a.oracle.combine(b.oracle, of);
        const values = expected.values();
        const made = Bitmap[name](a.bitmap, b.bitmap, { arena });
        made.check();
        expect(same(made.toArray(), values), name).toBe(true);
        expect(a.bitmap[count](b.bitmap), count).toBe(values.length);
        const changed = a.bitmap.clone();
        changed[name](b.bitmap).check();
        expect(same(changed.toArray(), values), `${name} in place`).toBe(true);
        expect(changed.equals(made)).toBe(true);
        b.bitmap.check();
        expect(same(b.bitmap.toArray(), b.oracle.values())).toBe(true);
        made.dispose();
        changed.dispose();
      }
      const both = a.oracle.combine(b.oracle, (x, y) => x & y).size;
      const either = a.oracle.combine(b.oracle, (x, y) => x | y).size;
      expect(a.bitmap.intersects(b.bitmap)).toBe(both > 0);
      expect(a.bitmap.isSubsetOf(b.bitmap)).toBe(both === a.oracle.size);
      expect(a.bitmap.equals(b.bitmap)).toBe(both === either);
      expect(a.bitmap.jaccard(b.bitmap)).toBe(either === 0 ? 1 : both / either);
      const part = Bitmap.and(a.bitmap, b.bitmap);
      expect(part.isSubsetOf(a.bitmap) && part.isSubsetOf(b.bitmap)).toBe(true);
      for (const one of [a.bitmap, b.bitmap, part]) one.dispose();
    }
    elsewhere.check();
  });
});
