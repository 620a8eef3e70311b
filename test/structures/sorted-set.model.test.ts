/** `SortedSet` against an array that is sorted anew for every question. */

import { describe, expect, it } from 'vitest';
import { envelope, seal } from '../../bindings/envelope.js';
import { Arena, ArenaFullError, DisposedError, NameError, SnapshotError } from '../../bindings/index.js';
import { type ScoredMember, SortedSet } from '../../src/structures/skip-list/index.js';
import { type SeededRandom, seededRandom, testSeed } from '../support/random.js';

const seed = testSeed('sorted sets');

type Pair = [member: string, score: number];

/** Members are kept as Latin-1 text, a character a byte, whose order is that of the bytes. */
class Oracle {
  scores = new Map<string, number>();
  sorted(): Pair[] {
    return [...this.scores].sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1));
  }
}

function bytes(member: string): Uint8Array {
  return Buffer.from(member, 'latin1');
}

function pairs(members: Iterable<ScoredMember>): Pair[] {
  return Array.from(members, ([member, score]) => [Buffer.from(member).toString('latin1'), score]);
}

function randomMember(random: SeededRandom): string {
  if (random.below(10) === 0)
    return String.fromCharCode(...Array.from({ length: random.below(5) }, () => random.below(256)));
  return `member:${random.below(300)}`;
}

const SCORES = [0, -0, Infinity, -Infinity, Number.MIN_VALUE, 1e308];
function randomScore(random: SeededRandom): number {
  return random.below(10) === 0 ? (SCORES[random.below(SCORES.length)] as number) : random.below(40) - 20;
}

describe('SortedSet', () => {
  it('orders by score and then by bytes, as Redis documents', () => {
    const set = new SortedSet();
    // The leaderboard of the ZADD page, and members that differ in case, length and high bytes.
    expect(set.add('one', 1)).toBe('added');
    expect(set.add('uno', 1)).toBe('added');
    expect(set.addMany(['two', 'three'], [2, 3])).toBe(2);
    expect(pairs(set)).toEqual([
      ['one', 1],
      ['uno', 1],
      ['two', 2],
      ['three', 3],
    ]);
    set.clear();
    for (const member of ['ä', 'b', 'ab', 'B', '', 'a\0', 'a']) set.add(member, 0);
    expect([...set.stringEntries()].map(([member]) => member)).toEqual(['', 'B', 'a', 'a\0', 'ab', 'b', 'ä']);
    expect(Object.is(set.increment('zero', -0), 0) || Object.is(set.score('zero'), -0)).toBe(true);
    set.check();
    set.dispose();
  });

  it('agrees with a sorted array', () => {
    const random = seededRandom(seed);
    const arena = new Arena({ seed });
    const set = new SortedSet({ arena, p: [0.25, 0.5, 0.1][random.below(3)] as number });
    const oracle = new Oracle();
    for (let step = 0; step < 12_000; step++) {
      const member = randomMember(random);
      const score = randomScore(random);
      const action = random.below(24);
      const adding = Math.floor(step / 3000) % 2 === 0;
      if (action < (adding ? 10 : 3)) {
        const options = [{}, { nx: true }, { xx: true }, { gt: true }, { lt: true }, { xx: true, gt: true }][
          random.below(6)
        ] as {
          nx?: boolean;
          xx?: boolean;
          gt?: boolean;
          lt?: boolean;
        };
        const old = oracle.scores.get(member);
        const refused =
          old === undefined
            ? options.xx === true
            : options.nx === true || (options.gt && !(score > old)) || (options.lt && !(score < old)) || score === old;
        const outcome = refused ? 'unchanged' : old === undefined ? 'added' : 'updated';
        expect(set.add(bytes(member), score, options)).toBe(outcome);
        if (!refused) oracle.scores.set(member, score);
      } else if (action < 14) {
        const sum = (oracle.scores.get(member) ?? 0) + score;
        if (Number.isNaN(sum)) expect(() => set.increment(bytes(member), score)).toThrow(RangeError);
        else {
          expect(set.increment(bytes(member), score)).toBe(oracle.scores.has(member) ? sum : score);
          // A score that does not change stays as it is, −0 too.
          if (oracle.scores.get(member) !== sum) oracle.scores.set(member, oracle.scores.has(member) ? sum : score);
        }
      } else if (action < 20) {
        expect(set.delete(bytes(member))).toBe(oracle.scores.delete(member));
      } else if (action === 20) {
        const popped = random.below(2) === 0 ? set.popMin() : set.popMax();
        if (popped !== undefined) oracle.scores.delete(pairs([popped])[0]?.[0] as string);
        else expect(oracle.scores.size).toBe(0);
      } else {
        compare(set, oracle, random, member, score);
      }
      if (step % 100 === 0) set.check();
    }
    set.check();
    arena.check();
    expect(pairs(set)).toEqual(oracle.sorted());
    const copy = SortedSet.fromBytes(set.toBytes());
    expect(copy.toBytes()).toEqual(set.toBytes());
    copy.check();
    set.clear();
    set.check();
    expect(set.size).toBe(0);
    set.dispose();
  });

  function compare(set: SortedSet, oracle: Oracle, random: SeededRandom, member: string, score: number): void {
    const sorted = oracle.sorted();
    const size = sorted.length;
    expect(set.size).toBe(size);
    expect(set.score(bytes(member))).toBe(oracle.scores.get(member));
    const rank = sorted.findIndex(([it]) => it === member);
    expect(set.rankOf(bytes(member))).toBe(rank < 0 ? undefined : rank);
    expect(set.rankOf(bytes(member), { reverse: true })).toBe(rank < 0 ? undefined : size - 1 - rank);
    const [from, to] = [random.below(2 * size + 2) - size, random.below(2 * size + 2) - size];
    expect(pairs(set.range(from, to))).toEqual(sorted.slice(from, to));
    expect(pairs(set.range(from, to, { reverse: true }))).toEqual([...sorted].reverse().slice(from, to));
    const high = randomScore(random);
    const inclusive: [boolean, boolean] = [random.below(2) === 1, random.below(2) === 1];
    const between = sorted.filter(
      ([, it]) => (it > score || (inclusive[0] && it === score)) && (it < high || (inclusive[1] && it === high)),
    );
    expect(set.countByScore(score, high, { inclusive })).toBe(between.length);
    const [offset, limit] = [random.below(5), random.below(9)];
    expect(pairs(set.rangeByScore(score, high, { inclusive, offset, limit }))).toEqual(
      between.slice(offset, offset + limit),
    );
    expect(pairs(set.rangeByScore(score, high, { inclusive, reverse: true }))).toEqual([...between].reverse());
    if (random.below(20) === 0) {
      expect(set.deleteRangeByScore(score, high, { inclusive })).toBe(between.length);
      for (const [it] of between) oracle.scores.delete(it);
    }
    if (random.below(40) === 0) {
      const left = oracle.sorted();
      const [first, end] = [random.below(left.length + 1), random.below(left.length + 1)];
      const gone = left.slice(first, end);
      expect(set.deleteRange(first, end)).toBe(gone.length);
      for (const [it] of gone) oracle.scores.delete(it);
    }
  }

  it('finds members between members where scores are the same', () => {
    const random = seededRandom(5);
    const set = new SortedSet();
    const all = new Set(Array.from({ length: 200 }, () => randomMember(random)));
    for (const member of all) set.add(bytes(member), 7);
    const sorted = [...all].sort();
    for (let round = 0; round < 200; round++) {
      const [low, high] = [randomMember(random), randomMember(random)];
      const inclusive: [boolean, boolean] = [random.below(2) === 1, random.below(2) === 1];
      const between = sorted.filter(
        (it) => (it > low || (inclusive[0] && it === low)) && (it < high || (inclusive[1] && it === high)),
      );
      expect(pairs(set.rangeByLex(bytes(low), bytes(high), { inclusive })).map(([it]) => it)).toEqual(between);
      expect(set.countByLex(bytes(low), bytes(high), { inclusive })).toBe(between.length);
      if (round % 50 === 49) {
        expect(set.deleteRangeByLex(bytes(low), bytes(high), { inclusive })).toBe(between.length);
        for (const it of between) sorted.splice(sorted.indexOf(it), 1);
        set.check();
      }
    }
    expect(pairs(set.rangeByLex(undefined, undefined, { reverse: true, limit: 2 })).map(([it]) => it)).toEqual(
      sorted.reverse().slice(0, 2),
    );
  });

  it('unites, intersects and subtracts with weights, across arenas', () => {
    const far = new Arena();
    const near = new Arena();
    const a = new SortedSet({ arena: near });
    const b = new SortedSet({ arena: far });
    const c = new SortedSet({ arena: near });
    // The sets of the ZUNIONSTORE page.
    a.addMany(['one', 'two'], [1, 2]);
    b.addMany(['one', 'two', 'three'], [1, 2, 3]);
    c.addMany(['two', 'three', 'infinite'], [10, -1, Infinity]);
    const used = near.bytesUsed;
    const union = SortedSet.union([a, b], { weights: [2, 3] });
    expect(pairs(union)).toEqual([
      ['one', 5],
      ['three', 9],
      ['two', 10],
    ]);
    expect(pairs(SortedSet.intersection([a, b], { weights: [2, 3], arena: far }))).toEqual([
      ['one', 5],
      ['two', 10],
    ]);
    expect(pairs(SortedSet.intersection([b, a, c], { aggregate: 'max' }))).toEqual([['two', 10]]);
    expect(pairs(SortedSet.intersection([c]))).toEqual(pairs(c));
    expect(pairs(SortedSet.union([b, c], { aggregate: 'min' }))).toEqual([
      ['three', -1],
      ['one', 1],
      ['two', 2],
      ['infinite', Infinity],
    ]);
    // What would be NaN is 0: ∞ times 0, and ∞ and −∞ together.
    expect(pairs(SortedSet.union([c, c], { weights: [0, 0] }))[0]?.[1]).toBe(0);
    expect(SortedSet.union([c, c], { weights: [1, -1] }).score('infinite')).toBe(0);
    expect(pairs(SortedSet.difference([b, a]))).toEqual([['three', 3]]);
    expect(pairs(SortedSet.difference([a, a]))).toEqual([]);
    expect(() => SortedSet.union([a], { weights: [1, 2] })).toThrow(RangeError);
    expect(() => SortedSet.union([])).toThrow(TypeError);
    expect(() => SortedSet.union([a], { aggregate: 'mean' as never })).toThrow(RangeError);
    expect(near.bytesUsed).toBeGreaterThan(used);
    union.check();
    near.check();
  });

  it('gives all its memory back', () => {
    const arena = new Arena();
    arena.scratch(1 << 16);
    const random = seededRandom(1);
    const before = arena.bytesUsed;
    for (let round = 0; round < 2000; round++) {
      const set = new SortedSet({ arena });
      const count = round === 0 ? 5000 : random.below(round % 100 === 0 ? 800 : 6);
      for (let i = 0; i < count; i++) set.add(String(random.below(99_999)), random.next());
      for (let i = 0; i < count / 2; i++) set.popMin();
      expect(set.stats().bytes).toBe(arena.bytesUsed - before);
      set.dispose();
      expect(arena.bytesUsed).toBe(before);
    }
    arena.check();
  });

  it('is as it was when the arena is full', () => {
    const arena = new Arena({ maxBytes: 1 << 17 });
    const random = seededRandom(2);
    const set = new SortedSet({ arena });
    const oracle = new Oracle();
    arena.scratch(1 << 13);
    let refusals = 0;
    while (refusals < 50) {
      const member = `m${random.below(1e9)}`;
      try {
        set.add(member, 1);
        oracle.scores.set(member, 1);
      } catch (error) {
        expect(error).toBeInstanceOf(ArenaFullError);
        refusals++;
        if (refusals % 10 === 0)
          for (let i = 0; i < 50; i++) oracle.scores.delete(pairs([set.popMax() as ScoredMember])[0]?.[0] as string);
      }
    }
    set.check();
    expect(pairs(set)).toEqual(oracle.sorted());
    expect(() => SortedSet.union([set])).toThrow(ArenaFullError);
    arena.check();
  });

  it('survives a snapshot, under its name', () => {
    const arena = new Arena();
    const set = new SortedSet({ arena, name: 's' });
    for (let i = 0; i < 1000; i++) set.add(`m${i}`, i % 17);
    const restored = Arena.restore(arena.snapshot());
    const again = SortedSet.open(restored, 's');
    expect(pairs(again)).toEqual(pairs(set));
    again.add('new', 3);
    again.check();
    expect(() => new SortedSet({ arena, name: 's' })).toThrow(NameError);
    again.dispose();
    expect(restored.names()).toEqual([]);
  });

  it('refuses bytes that were damaged or lie', () => {
    const random = seededRandom(seed);
    const arena = new Arena({ maxBytes: 1 << 22 });
    const set = new SortedSet({ arena, seed: 77n });
    for (let i = 0; i < 40; i++) set.add(bytes(randomMember(random)), randomScore(random));
    const good = set.toBytes();
    for (let round = 0; round < 1000; round++) {
      let bad = good.slice();
      const at = random.below(bad.length);
      if (round % 3 === 0) bad = bad.slice(0, at);
      else bad[at] = (bad[at] as number) ^ (1 << random.below(8));
      expect(() => SortedSet.fromBytes(bad, { arena })).toThrow(SnapshotError);
      const lying = envelope({ number: 31, name: 'SortedSet' }, 1, Math.max(0, bad.length - 24));
      lying.set(bad.subarray(24), 24);
      seal(arena, lying);
      let made: SortedSet | undefined;
      try {
        made = SortedSet.fromBytes(lying, { arena });
      } catch (error) {
        expect(error).toBeInstanceOf(SnapshotError);
      }
      if (made === undefined) continue;
      made.check();
      expect(made.toBytes()).toEqual(lying);
      made.dispose();
    }
    arena.check();
  });

  it('goes on behind the member yielded last when it changes', () => {
    const set = new SortedSet();
    for (let i = 0; i < 1000; i++) set.add(`m${i}`, i);
    const seen: number[] = [];
    for (const [member, score] of set.rangeByScore(100, 900)) {
      seen.push(score);
      member.fill(0);
      set.delete(`m${score + 1}`);
      if (score % 3 === 0) set.delete(`m${score}`);
    }
    expect(seen).toEqual(Array.from({ length: 401 }, (_, i) => 100 + 2 * i));
    set.check();
  });

  it('the same seed draws the same levels, another p other ones', () => {
    const build = (options: object) => {
      const set = new SortedSet(options);
      for (let i = 0; i < 4096; i++) set.add(`m${i}`, i);
      return set.stats();
    };
    const { levels, bytes: size } = build({ seed: 5 });
    expect(build({ seed: 5 })).toMatchObject({ levels });
    // 4096 nodes reach level 6 or 7 of base 4; 1 in 10⁴ runs goes beyond 13.
    expect(levels).toBeGreaterThan(3);
    expect(levels).toBeLessThan(14);
    expect(build({ seed: 5, p: 0.5 }).bytes).toBeGreaterThan(size);
  });

  it('says what is wrong with what it is given', () => {
    const set = new SortedSet();
    set.add('a', 1);
    expect(() => set.add(1 as never, 1)).toThrow(TypeError);
    expect(() => set.add('a', '1' as never)).toThrow(TypeError);
    expect(() => set.add('a', Number.NaN)).toThrow(RangeError);
    expect(() => set.add('a', 1, { nx: true, xx: true })).toThrow(RangeError);
    expect(() => set.add('a', 1, { gt: true, lt: true })).toThrow(RangeError);
    expect(() => set.addMany(['a'], [])).toThrow(RangeError);
    expect(() => set.addMany(['b', 'a'], [1, Number.NaN])).toThrow(RangeError);
    expect(() => set.range(0.5)).toThrow(TypeError);
    expect(() => set.at(Number.NaN)).toThrow(TypeError);
    expect(() => set.rangeByScore(Number.NaN)).toThrow(RangeError);
    expect(() => set.rangeByScore(0, 1, { limit: -1 })).toThrow(RangeError);
    expect(() => set.rangeByScore(0, 1, { offset: -1 })).toThrow(RangeError);
    expect(() => set.rangeByLex(1 as never)).toThrow(TypeError);
    expect(() => new SortedSet({ p: 0 })).toThrow(RangeError);
    expect(() => new SortedSet({ p: 1 })).toThrow(RangeError);
    expect(() => new SortedSet({ seed: -1 })).toThrow(RangeError);
    expect(() => new SortedSet({ seed: 1n << 64n })).toThrow(RangeError);
    expect(() => SortedSet.fromBytes([] as never)).toThrow(TypeError);
    expect(pairs(set)).toEqual([['a', 1]]);
    set.dispose();
    expect(() => set.size).toThrow(DisposedError);
  });
});
