/** `U32Map` and `F64Map` against `Map`, with random operations; each run prints its seed. */

import { describe, expect, it } from 'vitest';
import { Arena } from '../../bindings/index.js';
import { F64Map, U32Map } from '../../src/structures/hash-table/index.js';
import { seededRandom, testSeed } from '../support/random.js';

const kinds = {
  U32Map: {
    make: (arena: Arena) => new U32Map(null, { arena }),
    key: (random: () => number, range: number) => Math.imul(Math.floor(random() * range), 0x01000193) >>> 0,
    keys: (list: number[]) => Uint32Array.from(list),
  },
  F64Map: {
    make: (arena: Arena) => new F64Map(null, { arena }),
    key: (random: () => number, range: number) => {
      const n = Math.floor(random() * range);
      return n === 0 ? Number.NaN : n === 1 ? -0 : (n - range / 2) / 3;
    },
    keys: (list: number[]) => Float64Array.from(list),
  },
};

const seeds = [testSeed('number maps'), 1, 2];

for (const [name, kind] of Object.entries(kinds)) {
  describe(`${name} against Map`, () => {
    for (const seed of seeds) {
      it(`any sequence of operations agrees (seed ${seed})`, () => {
        const random = seededRandom(seed).next;
        const arena = new Arena({ seed, maxBytes: 1 << 26 });
        const map = kind.make(arena) as U32Map;
        const oracle = new Map<number, number>();
        for (let step = 0; step < 60_000; step++) {
          // The range breathes, so that the map grows, splits, empties and shrinks.
          const range = 100 + Math.floor(20_000 * (1 + Math.sin(step / 8_000)));
          const key = kind.key(random, range);
          const choice = random();
          if (choice < 0.55) {
            const value = random() < 0.05 ? Number.NaN : random();
            map.set(key, value);
            oracle.set(key, value);
          } else if (choice < 0.8) {
            expect(map.delete(key)).toBe(oracle.delete(key));
          } else if (choice < 0.99) {
            expect(map.get(key)).toBe(oracle.get(key));
            expect(map.has(key)).toBe(oracle.has(key));
          } else {
            batch(map, oracle, () => kind.key(random, range), random, kind.keys as (list: number[]) => Uint32Array);
          }
          if (step % 997 === 0) map.check();
          if (step % 9_973 === 0) map.shrink();
          if (step % 20_011 === 20_010) {
            map.clear();
            oracle.clear();
          }
        }
        map.check();
        arena.check();
        expect(map.size).toBe(oracle.size);
        expect(new Map(map)).toEqual(oracle);
        expect(map.stats().size).toBe(oracle.size);
      });

      it(`iteration under mutation keeps its promise (seed ${seed})`, () => {
        const random = seededRandom(seed + 1).next;
        for (let round = 0; round < 60; round++) {
          const arena = new Arena({ seed: seed + round, maxBytes: 1 << 26 });
          const map = kind.make(arena) as U32Map;
          const range = [20, 500, 6_000][round % 3] as number;
          for (let i = 0; i < range; i++) map.set(kind.key(random, range), i);
          promise(map, () => kind.key(random, range * 2), random, round % 2 === 0);
          map.check();
        }
      });
    }
  });
}

function batch(
  map: U32Map,
  oracle: Map<number, number>,
  key: () => number,
  random: () => number,
  pack: (list: number[]) => Uint32Array,
): void {
  const keys = pack(Array.from({ length: Math.floor(random() * 2_500) }, key));
  const choice = random();
  if (choice < 0.4) {
    const values = new Float64Array(keys.length).map(random);
    map.setMany(keys, values);
    keys.forEach((k, i) => {
      oracle.set(k, values[i] as number);
    });
  } else if (choice < 0.6) {
    let deleted = 0;
    for (const k of keys) if (oracle.delete(k)) deleted++;
    expect(map.deleteMany(keys)).toBe(deleted);
  } else {
    const got = map.getMany(keys, undefined, -7);
    const has = map.hasMany(keys);
    for (let i = 0; i < keys.length; i++) {
      const k = keys[i] as number;
      if (has[i] !== (oracle.has(k) ? 1 : 0)) expect.fail(`hasMany at ${i}`);
      if (!Object.is(got[i], oracle.has(k) ? oracle.get(k) : -7)) expect.fail(`getMany at ${i}`);
    }
  }
}

/** Iterates while changing the map at random; then checks each part of the documented guarantee. */
function promise(map: U32Map, key: () => number, random: () => number, each: boolean): void {
  const atStart = new Set(map.keys());
  const touched = new Set<number>();
  const yielded = new Map<number, number>();
  const deletedUnseen = new Set<number>();
  const addedWhile = new Set<number>();
  const mutate = (): void => {
    if (random() < 0.4) return;
    for (let times = Math.floor(random() * 4); times > 0; times--) {
      const k = key() + 0;
      touched.add(k);
      if (random() < 0.5) {
        if (!map.has(k)) addedWhile.add(k);
        deletedUnseen.delete(k);
        map.set(k, random());
      } else if (map.delete(k) && !yielded.has(k)) deletedUnseen.add(k);
    }
    if (random() < 0.002) map.shrink();
  };
  const visit = (k: number, value: number): void => {
    expect(map.get(k)).toBe(value);
    if (yielded.has(k) && !touched.has(k)) expect.fail(`${k} came twice`);
    if (deletedUnseen.has(k)) expect.fail(`${k} was deleted before it was reached`);
    yielded.set(k, value);
    mutate();
  };
  if (each)
    map.forEach((value, k) => {
      visit(k, value);
    });
  else for (const [k, value] of map) visit(k, value);
  for (const k of atStart) if (!touched.has(k) && !yielded.has(k)) expect.fail(`${k} was there throughout and missed`);
  // What was added and stayed was yielded if and only if its place was ahead: then the order is one and the same.
  const order = [...map.keys()];
  const seen = [...yielded.keys()].filter((k) => map.has(k) && !touched.has(k));
  expect(seen).toEqual(order.filter((k) => yielded.has(k) && !touched.has(k)));
  for (const k of yielded.keys()) if (!atStart.has(k) && !addedWhile.has(k)) expect.fail(`${k} came from nowhere`);
}
