/** One contract for every ordered map, against one oracle: a sorted array. */

import { describe, expect, it } from 'vitest';
import { envelope, seal } from '../../bindings/envelope.js';
import { Arena, ArenaFullError, DisposedError, NameError, SnapshotError } from '../../bindings/index.js';
import type { OrderedKind, OrderedMap } from '../../bindings/ordered-map.js';
import { BTree } from '../../src/structures/b-tree/index.js';
import { SkipList } from '../../src/structures/skip-list/index.js';
import { type SeededRandom, seededRandom, testSeed } from '../support/random.js';

const seed = testSeed('ordered maps');

type Key = number | Uint8Array;
type AnyMap = OrderedMap<OrderedKind, OrderedKind> & {
  clone(options?: { arena?: Arena; name?: string }): AnyMap;
  toBytes(): Uint8Array<ArrayBuffer>;
  stats(): { size: number; bytes: number };
};
interface Maker {
  readonly name: string;
  readonly number: number;
  readonly make: (options?: object) => AnyMap;
  readonly open: (arena: Arena, name: string) => AnyMap;
  readonly fromBytes: (bytes: Uint8Array, options?: object) => AnyMap;
}

const makers: readonly Maker[] = [
  {
    name: 'SkipList',
    number: 30,
    make: (options) => new SkipList(options) as never,
    open: (arena, name) => SkipList.open(arena, name) as never,
    fromBytes: (bytes, options) => SkipList.fromBytes(bytes, options) as never,
  },
  {
    name: 'BTree',
    number: 32,
    make: (options) => new BTree(options) as never,
    open: (arena, name) => BTree.open(arena, name) as never,
    fromBytes: (bytes, options) => BTree.fromBytes(bytes, options) as never,
  },
];
const kinds = ['f64', 'bytes'] as const;

/** The order the maps promise. */
function compare(a: Key, b: Key): number {
  if (typeof a !== 'number') return Buffer.compare(a, b as Uint8Array);
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1;
  return Number.isNaN(b) ? -1 : a - (b as number) || 0;
}

/** A sorted array of pairs. */
class Oracle {
  entries: [Key, Key][] = [];

  rank(key: Key, orEqual = false): number {
    let [low, high] = [0, this.entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const order = compare((this.entries[middle] as [Key, Key])[0], key);
      if (order < 0 || (orEqual && order === 0)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  has(key: Key): boolean {
    return this.rank(key, true) > this.rank(key);
  }
  get(key: Key): Key | undefined {
    return this.has(key) ? this.entries[this.rank(key)]?.[1] : undefined;
  }
  set(key: Key, value: Key): void {
    const kept = Object.is(key, -0) ? 0 : key;
    this.entries.splice(this.rank(key), this.has(key) ? 1 : 0, [kept, value]);
  }
  delete(key: Key): boolean {
    return this.has(key) && this.entries.splice(this.rank(key), 1).length > 0;
  }
  bounds(from: Key | undefined, to: Key | undefined, inclusive: [boolean, boolean]): [number, number] {
    const low = from === undefined ? 0 : this.rank(from, !inclusive[0]);
    return [low, to === undefined ? this.entries.length : this.rank(to, inclusive[1])];
  }
}

const SPECIAL = [Number.NaN, Infinity, -Infinity, 0, -0, Number.MIN_VALUE, -Number.MIN_VALUE, Number.MAX_VALUE];

function randomKey(random: SeededRandom, kind: OrderedKind, spread: number): Key {
  if (kind === 'f64') {
    if (random.below(30) === 0) return SPECIAL[random.below(SPECIAL.length)] as number;
    return (random.below(spread) - spread / 2) / 4;
  }
  const style = random.below(10);
  if (style === 0) return Uint8Array.from({ length: random.below(4) }, () => random.below(3));
  if (style === 1) return Uint8Array.from({ length: random.below(90) }, () => 255 * random.below(2));
  if (style === 2) return Buffer.from(`key:\0\0${'\0'.repeat(random.below(12))}`);
  const stem = style < 7 ? 'key:' : 'https://example.org/a/rather/long/common/prefix/';
  return Buffer.from(stem + random.below(spread));
}

function randomValue(random: SeededRandom, kind: OrderedKind): Key {
  if (kind === 'f64') return random.below(20) === 0 ? (SPECIAL[random.below(8)] as number) : random.next();
  return Uint8Array.from({ length: random.below(8) ** 2 }, () => random.below(256));
}

function plain(entries: Iterable<readonly [Key, Key]>): (number | string)[][] {
  return Array.from(entries, (entry) =>
    entry.map((it) => (typeof it === 'number' ? it : Buffer.from(it).toString('hex'))),
  );
}

describe.each(makers)('$name', ({ name, number, make, open, fromBytes }) => {
  for (const keys of kinds) {
    for (const values of kinds) {
      it(`agrees with a sorted array: ${keys} to ${values}`, () => {
        const random = seededRandom(seed);
        for (const [spread, steps] of [
          [60, 1000],
          [4000, 3000],
        ] as const) {
          const arena = new Arena({ seed });
          const map = make({ arena, keys, values });
          const oracle = new Oracle();
          for (let step = 0; step < steps; step++) {
            // Grows for a while, then shrinks.
            const adding = Math.floor(step / (steps / 4)) % 2 === 0;
            const key = randomKey(random, keys, spread);
            const other = randomKey(random, keys, spread);
            const action = random.below(20);
            if (action < (adding ? 13 : 4)) {
              const value = randomValue(random, values);
              map.set(key, value);
              oracle.set(key, value);
            } else if (action < 17) {
              expect(map.delete(key)).toBe(oracle.delete(key));
            } else if (action === 17) {
              const inclusive: [boolean, boolean] = [random.below(2) === 1, random.below(2) === 1];
              const [low, high] = oracle.bounds(key, other, inclusive);
              expect(map.count(key, other, { inclusive })).toBe(Math.max(0, high - low));
              if (high - low < 40 || random.below(40) === 0) {
                expect(map.deleteRange(key, other, { inclusive })).toBe(Math.max(0, high - low));
                if (low < high) oracle.entries.splice(low, high - low);
              }
            } else {
              expectSame(map, oracle, key, other, random);
            }
            if (step % 50 === 0) map.check();
          }
          map.check();
          arena.check();
          expect(map.size).toBe(oracle.entries.length);
          expect(plain(map)).toEqual(plain(oracle.entries));
          expect(plain(map.range(undefined, undefined, { reverse: true }))).toEqual(plain(oracle.entries).reverse());
          expectRoundTrip(map, oracle);
          map.clear();
          map.check();
          expect([...map]).toEqual([]);
          arena.dispose();
        }
      });

      it(`gives all its memory back: ${keys} to ${values}`, () => {
        const arena = new Arena();
        arena.scratch(1 << 16);
        const random = seededRandom(1);
        const before = arena.bytesUsed;
        for (let round = 0; round < 500; round++) {
          const map = make({ arena, keys, values });
          const count = round === 0 ? 3000 : random.below(round % 100 === 0 ? 400 : 6);
          for (let i = 0; i < count; i++) map.set(randomKey(random, keys, 9999), randomValue(random, values));
          // Everything that is not the staging block is the map's, to the byte.
          expect(map.stats().bytes).toBe(arena.bytesUsed - before);
          map.dispose();
          expect(arena.bytesUsed).toBe(before);
        }
        arena.check();
      });

      it(`is as it was when the arena is full: ${keys} to ${values}`, () => {
        const arena = new Arena({ maxBytes: 1 << 17 });
        const random = seededRandom(2);
        const map = make({ arena, keys, values });
        const oracle = new Oracle();
        arena.scratch(1 << 13);
        let refusals = 0;
        while (refusals < 30) {
          const key = randomKey(random, keys, 1e6);
          const value = randomValue(random, values);
          const before = arena.bytesUsed;
          try {
            map.set(key, value);
            oracle.set(key, value);
          } catch (error) {
            expect(error).toBeInstanceOf(ArenaFullError);
            expect(arena.bytesUsed).toBe(before);
            map.check();
            refusals++;
            if (refusals % 10 === 0) oracle.entries.splice(5, map.deleteRange(...keysAt(oracle, 5, 15)));
          }
        }
        map.check();
        expect(plain(map)).toEqual(plain(oracle.entries));
        expect(() => map.clone()).toThrow(ArenaFullError);
        expect(plain(map)).toEqual(plain(oracle.entries));
        arena.check();
      });

      it(`survives a snapshot of its arena: ${keys} to ${values}`, () => {
        const arena = new Arena();
        const random = seededRandom(3);
        const map = make({ arena, name: 'm', keys, values });
        for (let i = 0; i < 500; i++) map.set(randomKey(random, keys, 2000), randomValue(random, values));
        const restored = Arena.restore(arena.snapshot());
        const again = open(restored, 'm');
        expect(open(restored, 'm')).toBe(again);
        expect([again.keyKind, again.valueKind]).toEqual([keys, values]);
        expect(plain(again)).toEqual(plain(map));
        again.set(randomKey(random, keys, 2000), randomValue(random, values));
        again.check();
        expect(() => make({ arena, name: 'm' })).toThrow(NameError);
        again.dispose();
        expect(restored.names()).toEqual([]);
      });

      it(`refuses bytes that were damaged or lie: ${keys} to ${values}`, () => {
        const random = seededRandom(seed);
        const arena = new Arena({ maxBytes: 1 << 22 });
        const map = make({ arena, keys, values });
        for (let i = 0; i < 40; i++) map.set(randomKey(random, keys, 2000), randomValue(random, values));
        const bytes = map.toBytes();
        fromBytes(bytes, { arena }).dispose();
        const used = arena.bytesUsed;
        for (let round = 0; round < 120; round++) {
          let bad = bytes.slice();
          const at = random.below(bad.length);
          if (round % 3 === 0) bad = bad.slice(0, at);
          else bad[at] = (bad[at] as number) ^ (1 << random.below(8));
          expect(() => fromBytes(bad, { arena })).toThrow(SnapshotError);
          // The same with a checksum that is right: accepted only when it says something that makes sense.
          const lying = envelope({ number, name }, 1, Math.max(0, bad.length - 24));
          lying.set(bad.subarray(24), 24);
          seal(arena, lying);
          let made: AnyMap | undefined;
          try {
            made = fromBytes(lying, { arena });
          } catch (error) {
            expect(error).toBeInstanceOf(SnapshotError);
          }
          if (made !== undefined) {
            made.check();
            expect(made.toBytes()).toEqual(lying);
            made.dispose();
          }
          expect(arena.bytesUsed).toBeLessThanOrEqual(used + 65_536);
        }
        arena.check();
      });
    }
  }

  it('iterates by rule while it changes', () => {
    const random = seededRandom(seed);
    for (const reverse of [false, true]) {
      for (const keys of kinds) {
        const map = make({ keys, values: 'f64' });
        const keyOf = (i: number): Key => (keys === 'f64' ? i : Buffer.from(String(i).padStart(5, '0')));
        const indexOf = (key: Key) => Number(keys === 'f64' ? key : Buffer.from(key as Uint8Array).toString());
        for (let i = 0; i < 2000; i += 2) map.set(keyOf(i), 0);
        const untouched = new Set(Array.from({ length: 1000 }, (_, i) => 2 * i));
        const expected = new Map<number, number>();
        let last = reverse ? Infinity : -Infinity;
        for (const [key, value] of map.range(keyOf(10), keyOf(1900), { reverse, inclusive: true })) {
          const at = indexOf(key);
          expect(reverse ? at < last : at > last).toBe(true);
          expect(value).toBe(expected.get(at) ?? 0);
          expect(at % 2 === 0 || expected.has(at)).toBe(true);
          // What a consumer does with the bytes it got is its own affair.
          if (typeof key !== 'number') key.fill(0);
          last = at;
          untouched.delete(at);
          if (random.below(3) === 0) {
            const other = random.below(2000);
            if (random.below(2) === 0) {
              map.delete(keyOf(other));
              expected.delete(other);
              untouched.delete(other);
            } else {
              map.set(keyOf(other), at);
              expected.set(other, at);
            }
          }
        }
        for (const at of untouched) expect(at < 10 || at > 1900).toBe(true);
        map.check();
        map.dispose();
      }
    }
  });

  it('loads what is sorted and nothing else', () => {
    for (const count of [0, 1, 2, 63, 64, 65, 127, 128, 129, 5000, 20_000]) {
      const map = make({ keys: 'f64' });
      const keys = Float64Array.from({ length: count }, (_, i) => i / 2);
      map.load(keys, keys);
      map.check();
      expect(map.size).toBe(count);
      const out = new Float64Array(count);
      expect((map as OrderedMap<'f64', 'f64'>).scan(0, out)).toBe(count);
      expect(out).toEqual(keys);
      for (let i = 0; i < 300; i++) {
        map.set(i * 7.25, i);
        map.delete((i * 13) / 2);
      }
      map.check();
      map.dispose();
    }
    for (const count of [1, 64, 5000]) {
      const map = make({ keys: 'bytes', values: 'bytes' });
      const keys = Array.from({ length: count }, (_, i) => `key ${String(i).padStart(6, '0')}`);
      map.load(keys, keys);
      map.check();
      expect(map.size).toBe(count);
      expect(map.rankOf(keys[count - 1] as string)).toBe(count - 1);
      map.dispose();
    }
    const map = make({});
    const used = map.stats().bytes;
    expect(() => map.load([1, 2, 2], [0, 0, 0])).toThrow(/one at 2 is not/);
    expect(() => map.load([1, 2], [0])).toThrow(RangeError);
    expect(() => map.load([1, '2' as never], [0, 0])).toThrow(TypeError);
    expect(map.size).toBe(0);
    expect(map.stats().bytes).toBeLessThanOrEqual(used + 512);
    map.set(1, 1);
    expect(() => map.load([2], [2])).toThrow(/empty/);
    map.check();
    const text = make({ keys: 'bytes', values: 'f64' });
    expect(() => text.load(['a', 'b', 'ab'], [1, 2, 3])).toThrow(/one at 2 is not/);
    text.check();
    expect(text.size).toBe(0);
  });

  it('answers batches as it answers one by one', () => {
    const map = make({}) as OrderedMap<'f64', 'f64'>;
    const random = seededRandom(4);
    const keys = Float64Array.from({ length: 5000 }, () => random.below(20_000));
    const values = keys.map((key) => 3 * key);
    map.setMany(keys, values);
    map.check();
    const asked = Float64Array.from({ length: 6000 }, () => random.below(20_000));
    expect(map.getMany(asked, -1)).toEqual(asked.map((key) => map.get(key) ?? -1));
    const out = [new Float64Array(3000), new Float64Array(3000)] as const;
    expect(map.scan(100, ...out)).toBe(3000);
    expect(out[0][0]).toBe(map.at(100)?.[0]);
    expect(out[1][2999]).toBe(map.at(3099)?.[1]);
    expect(map.scan(100, ...out, { reverse: true })).toBe(101);
    expect([out[0][0], out[0][100]]).toEqual([map.at(100)?.[0], map.at(0)?.[0]]);
    expect(map.scan(map.size, ...out)).toBe(0);
    expect(map.deleteMany(asked)).toBe([...new Set(asked)].filter((key) => keys.includes(key)).length);
    map.check();
    const text = make({ keys: 'bytes', values: 'bytes' });
    text.setMany(['b', 'a'], ['2', '1']);
    expect(plain([...text])).toEqual(
      plain(
        [
          ['a', '1'],
          ['b', '2'],
        ].map((it) => it.map((t) => Buffer.from(t)) as never),
      ),
    );
    expect(text.getMany(['a', 'c'])).toEqual([new Uint8Array([49]), undefined]);
    expect(text.deleteMany(['a', 'c'])).toBe(1);
  });

  it('says what is wrong with what it is given', () => {
    const map = make({}) as OrderedMap<'f64', 'f64'>;
    map.set(1, 2);
    expect(() => map.set('1' as never, 2)).toThrow(TypeError);
    expect(() => map.set(1, undefined as never)).toThrow(TypeError);
    expect(() => map.get({} as never)).toThrow(TypeError);
    expect(() => map.at(0.5)).toThrow(TypeError);
    expect(() => map.range(1, 2, { limit: -1 })).toThrow(RangeError);
    expect(() => map.range(1, 2, { limit: Number.NaN })).toThrow(RangeError);
    expect(() => map.range(1, 2, { inclusive: 'both' as never })).toThrow(TypeError);
    expect(() => map.range('1' as never)).toThrow(TypeError);
    expect(() => map.scan(-1, new Float64Array(1))).toThrow(RangeError);
    expect(() => map.scan(0, new Float64Array(1), new Float64Array(2))).toThrow(RangeError);
    expect(() => map.scan(0, [] as never)).toThrow(TypeError);
    expect(() => map.setMany([1, 'x' as never], [1, 2])).toThrow(TypeError);
    expect(() => map.setMany([1], [1, 2])).toThrow(RangeError);
    expect(() => make({ keys: 'string' })).toThrow(RangeError);
    expect(() => make({ values: 'string' })).toThrow(RangeError);
    expect([...map]).toEqual([[1, 2]]);
    const text = make({ keys: 'bytes' });
    expect(() => text.set(1, 'x')).toThrow(TypeError);
    expect(() => text.set('x', 1)).toThrow(TypeError);
    expect(() => text.get(undefined as never)).toThrow(TypeError);
    expect(() => (text as never as OrderedMap<'f64', 'f64'>).scan(0, new Float64Array(1))).toThrow(TypeError);
    expect(() => fromBytes(text.toBytes(), { keys: 'f64' })).toThrow(SnapshotError);
    expect(() => fromBytes('x' as never)).toThrow(TypeError);
    map.dispose();
    map.dispose();
    expect(map.disposed).toBe(true);
    expect(() => map.get(1)).toThrow(DisposedError);
    expect(() => [...map.range()]).toThrow(DisposedError);
  });

  function expectSame(map: AnyMap, oracle: Oracle, key: Key, other: Key, random: SeededRandom): void {
    expect(map.get(key) ?? undefined).toEqual(oracle.get(key));
    expect(map.has(key)).toBe(oracle.has(key));
    const rank = oracle.rank(key);
    const above = oracle.rank(key, true);
    expect(map.rankOf(key)).toBe(rank);
    const entries = plain(oracle.entries.slice(Math.max(0, rank - 1), above + 1));
    const below = rank > 0 ? entries[0] : undefined;
    const one = (entry: readonly [Key, Key] | undefined) => (entry === undefined ? undefined : plain([entry])[0]);
    expect(one(map.lower(key))).toEqual(below);
    expect(one(map.higher(key))).toEqual(one(oracle.entries[above]));
    expect(one(map.ceiling(key))).toEqual(one(oracle.entries[rank]));
    expect(one(map.floor(key))).toEqual(one(oracle.entries[above - 1]));
    const index = random.below(oracle.entries.length + 3);
    expect(one(map.at(index))).toEqual(one(oracle.entries[index]));
    expect(one(map.at(-1 - index))).toEqual(one(oracle.entries.at(-1 - index)));
    const inclusive: [boolean, boolean] = [random.below(2) === 1, random.below(2) === 1];
    const [low, high] = oracle.bounds(key, other, inclusive);
    const limit = random.below(2) === 1 ? random.below(40) : Infinity;
    const expected = plain(oracle.entries.slice(low, Math.max(low, high)));
    expect(plain(map.range(key, other, { inclusive, limit }))).toEqual(expected.slice(0, limit));
    expected.reverse();
    expect(plain(map.range(key, other, { inclusive, limit, reverse: true }))).toEqual(expected.slice(0, limit));
  }

  function expectRoundTrip(map: AnyMap, oracle: Oracle): void {
    const bytes = map.toBytes();
    const arena = new Arena();
    const again = fromBytes(bytes, { arena });
    again.check();
    expect(plain(again)).toEqual(plain(oracle.entries));
    expect(again.toBytes()).toEqual(bytes);
    const twin = map.clone({ arena });
    twin.check();
    expect(twin.toBytes()).toEqual(bytes);
    const near = map.clone();
    near.check();
    near.clear();
    near.dispose();
    expect(plain(map)).toEqual(plain(oracle.entries));
    arena.check();
  }

  function keysAt(oracle: Oracle, from: number, to: number): [Key, Key] {
    return [(oracle.entries[from] as [Key, Key])[0], (oracle.entries[to] as [Key, Key])[0]];
  }
});
