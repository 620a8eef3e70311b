import { describe, expect, it } from 'vitest';
import { Arena, SnapshotError } from '../../bindings/index.js';
import { BTree } from '../../src/structures/b-tree/index.js';
import { SkipList } from '../../src/structures/skip-list/index.js';
import { seededRandom, testSeed } from '../support/random.js';

const seed = testSeed('b-trees');

function shuffledNumbers(count: number, random: { below(bound: number): number }): number[] {
  const out = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [out[i], out[j]] = [out[j] as number, out[i] as number];
  }
  return out;
}

/** Names whose common beginnings end in many places, short of and beyond what a node keeps of them. */
function nameOf(i: number): string {
  const parts = ['', 'a', 'user:', 'https://example.org/directory/of/', `${'deep/'.repeat(12)}`];
  return `${parts[i % 5]}${(i * 2654435761) % 2 ** 32}/${i}`;
}

describe('BTree', () => {
  it('splits and merges at every level, in any order of coming and going', () => {
    const random = seededRandom(seed);
    const count = 20_000;
    const ascending = Array.from({ length: count }, (_, i) => i);
    const orders = { ascending, descending: [...ascending].reverse(), random: shuffledNumbers(count, random) };
    const arena = new Arena();
    for (const inserted of Object.values(orders)) {
      for (const removed of Object.values(orders)) {
        const tree = new BTree({ arena });
        tree.setMany(inserted, inserted);
        tree.check();
        expect(tree.stats().height).toBeGreaterThanOrEqual(3);
        let left = count;
        for (let from = 0; from < count; from += 997) {
          const some = removed.slice(from, from + 997);
          expect(tree.deleteMany(some)).toBe(some.length);
          left -= some.length;
          expect(tree.size).toBe(left);
          tree.check();
        }
        expect(tree.stats()).toMatchObject({ size: 0, height: 0, nodes: 0 });
        tree.dispose();
      }
    }
    arena.check();
  });

  it('keeps stems true while names of many beginnings come and go', () => {
    const random = seededRandom(seed);
    const count = 8000;
    const tree = new BTree({ keys: 'bytes', values: 'f64', arena: new Arena() });
    const order = shuffledNumbers(count, random);
    for (const [step, i] of order.entries()) {
      tree.set(nameOf(i), i);
      if (step % 1000 === 0) tree.check();
    }
    tree.check();
    expect(tree.stats().height).toBeGreaterThanOrEqual(3);
    const sorted = order.map((i) => [nameOf(i), i] as const).sort((a, b) => (a[0] < b[0] ? -1 : 1));
    expect([...tree.values()]).toEqual(sorted.map(([, i]) => i));
    for (const [rank, [name]] of sorted.entries()) if (rank % 37 === 0) expect(tree.rankOf(name)).toBe(rank);
    for (const [step, i] of shuffledNumbers(count, random).entries()) {
      expect(tree.delete(nameOf(i))).toBe(true);
      if (step % 700 === 0) tree.check();
    }
    expect(tree.stats()).toMatchObject({ size: 0, nodes: 0 });
  });

  it('deletes ranges that empty leaves, nodes and everything', () => {
    const random = seededRandom(seed);
    for (const keys of ['f64', 'bytes'] as const) {
      const keyOf = (i: number) => (keys === 'f64' ? i : String(i).padStart(9, '0')) as never;
      for (let round = 0; round < 12; round++) {
        const tree = new BTree({ keys, values: 'f64' });
        const count = 12_000;
        const numbers = Array.from({ length: count }, (_, i) => i);
        tree.load(numbers.map(keyOf), numbers);
        let oracle = numbers;
        while (oracle.length > 0) {
          const from = oracle[random.below(oracle.length)] as number;
          const to = from + random.below(round % 2 === 0 ? 6000 : 700);
          const kept = oracle.filter((i) => i < from || i >= to);
          expect(tree.deleteRange(keyOf(from), keyOf(to))).toBe(oracle.length - kept.length);
          tree.check();
          oracle = kept;
          if (round < 10 && oracle.length < 3000) break;
        }
        expect([...tree.values()]).toEqual(oracle);
        tree.dispose();
      }
    }
  });

  it('fills nodes evenly when it loads, and half at least otherwise', () => {
    const numbers = Float64Array.from({ length: 100_000 }, (_, i) => i);
    const loaded = new BTree().load(numbers, numbers);
    loaded.check();
    expect(loaded.stats().bytes / 100_000).toBeLessThan(21);
    const random = seededRandom(6);
    const grown = new BTree();
    for (const i of shuffledNumbers(100_000, random)) grown.set(i, i);
    // Random order fills nodes to ln 2 (A. Yao 1978).
    expect(grown.stats().bytes / 100_000).toBeGreaterThan(22);
    expect(grown.stats().bytes / 100_000).toBeLessThan(27);
    expect(Buffer.compare(grown.toBytes(), loaded.toBytes())).toBe(0);
    loaded.dispose();
    grown.dispose();
  });

  it('is not confused with a skip list', () => {
    const arena = new Arena();
    new SkipList({ arena, name: 'list' });
    expect(() => BTree.open(arena, 'list')).toThrow(/not a BTree/);
    expect(() => BTree.fromBytes(new SkipList().toBytes())).toThrow(SnapshotError);
  });

  it('keeps every bit of a value', () => {
    const tree = new BTree();
    tree.set(-0, -0).set(Number.NaN, Number.NaN).set(-Infinity, 5e-324);
    expect([...tree.keys()]).toEqual([-Infinity, 0, Number.NaN]);
    expect(Object.is(tree.get(0), -0)).toBe(true);
    expect(tree.get(-Infinity)).toBe(5e-324);
    expect(tree.floor(Infinity)?.[0]).toBe(0);
    expect(tree.ceiling(Infinity)?.[0]).toBeNaN();
  });
});
