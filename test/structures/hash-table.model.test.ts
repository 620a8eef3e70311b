import { describe, expect, it } from 'vitest';
import { Arena, ArenaFullError } from '../../bindings/index.js';
import { HashTable, type Probing, type TableHash } from '../../src/structures/hash-table/hash-table.js';
import { seededRandom, testSeed } from '../support/random.js';

const PROBINGS: Probing[] = ['linear', 'quadratic', 'robin-hood', 'swiss', 'chained'];
const HASHES: TableHash[] = ['siphash13', 'xxh64', 'murmur3', 'fnv1a', 'djb2'];

/** Compares the whole table with the oracle, by every way of reading. */
function expectSame(table: HashTable, oracle: Map<string, string>): void {
  expect(table.size).toBe(oracle.size);
  expect(new Map(table.stringEntries())).toEqual(oracle);
  table.check();
  table.arena.check();
}

describe.each(PROBINGS)('HashTable with %s probing', (probing) => {
  it.each(HASHES)('does what a Map does under random operations, hashing with %s', (hash) => {
    const seed = testSeed(`${probing}, ${hash}`);
    const random = seededRandom(seed);
    using arena = new Arena({ maxBytes: 1 << 26 });
    const empty = arena.bytesUsed;
    const table = new HashTable({ arena, probing, hash });
    const oracle = new Map<string, string>();
    for (let step = 0; step < 60_000; step++) {
      // Phases of growth and of decline, over a key space small enough to collide with itself.
      const growing = step % 20_000 < 12_000;
      const key = `${random.below(2) === 0 ? 'k' : 'a longer key, beyond eight bytes:'}${random.below(6000)}`;
      const choice = random.below(100);
      if (choice < (growing ? 60 : 20)) {
        const value = 'v'.repeat(random.below(random.below(100) === 0 ? 70_000 : 40)) + step;
        table.set(key, value);
        oracle.set(key, value);
      } else if (choice < 80) {
        expect(table.delete(key), `seed ${seed} step ${step}`).toBe(oracle.delete(key));
      } else if (choice < 90) {
        expect(table.getString(key), `seed ${seed} step ${step}`).toBe(oracle.get(key));
      } else {
        expect(table.has(key), `seed ${seed} step ${step}`).toBe(oracle.has(key));
      }
      if (step % 10_000 === 0) {
        expectSame(table, oracle);
        if (step % 20_000 === 0) table.shrink();
      }
    }
    expectSame(table, oracle);
    table.shrink();
    expectSame(table, oracle);
    table.clear();
    oracle.clear();
    expectSame(table, oracle);
    table.set('after', 'clear');
    table.dispose();
    arena.check();
    // Only the staging block stays.
    expect(arena.bytesUsed - empty).toBeLessThan(300_000);
    expect(arena.blockCount).toBe(1);
  });

  it('iterates exactly once over what stays, whatever else changes', () => {
    const seed = testSeed(probing);
    const random = seededRandom(seed);
    using arena = new Arena({ maxBytes: 1 << 26 });
    const table = new HashTable({ arena, probing });
    const stays = 5000;
    for (let i = 0; i < stays; i++) table.set(`stays${i}`, `${i}`);
    for (let i = 0; i < stays; i++) table.set(`goes${i}`, `${i}`);
    const seen = new Map<string, number>();
    let next = 0;
    for (const [key, value] of table.stringEntries()) {
      expect(table.getString(key), `seed ${seed}: a deleted entry was yielded`).toBe(value);
      seen.set(key, (seen.get(key) ?? 0) + 1);
      table.set(`added${next++}`, 'x'.repeat(random.below(50)));
      table.delete(`goes${random.below(stays)}`);
      if (next % 1000 === 0) table.shrink();
      if (next > 40_000) break;
    }
    for (let i = 0; i < stays; i++) expect(seen.get(`stays${i}`), `seed ${seed} stays${i}`).toBe(1);
    for (const [key, times] of seen) expect(times, key).toBe(1);
    table.check();
  });

  it('is unchanged when the arena is full', () => {
    using arena = new Arena({ maxBytes: 1 << 18 });
    const table = new HashTable({ arena, probing });
    const oracle = new Map<string, string>();
    let refusals = 0;
    for (let i = 0; i < 20_000; i++) {
      const key = `key${i}`;
      const value = 'v'.repeat(i % 90);
      try {
        table.set(key, value);
        oracle.set(key, value);
      } catch (error) {
        expect(error).toBeInstanceOf(ArenaFullError);
        refusals++;
        if (refusals % 50 === 0) expect(table.delete(key)).toBe(false);
      }
    }
    expect(refusals).toBeGreaterThan(0);
    expect(table.size).toBe(oracle.size);
    for (const [key, value] of oracle) expect(table.getString(key)).toBe(value);
    table.check();
    arena.check();
  });
});
