/** One contract for the three tries, against one oracle: a sorted array of keys. */

import { describe, expect, it } from 'vitest';
import { envelope, seal } from '../../bindings/envelope.js';
import { Arena, ArenaFullError, DisposedError, NameError, SnapshotError } from '../../bindings/index.js';
import { RadixTrie, TernarySearchTree, Trie, type TrieKeys } from '../../src/structures/trie/index.js';
import { type SeededRandom, seededRandom, testSeed } from '../support/random.js';

const seed = testSeed('tries');

type AnyTrie = RadixTrie<number, TrieKeys>;
interface Maker {
  readonly name: string;
  readonly number: number;
  readonly make: (options?: object) => AnyTrie;
  readonly open: (arena: Arena, name: string) => AnyTrie;
  readonly fromBytes: (bytes: Uint8Array, options?: object) => AnyTrie;
}

const makers: readonly Maker[] = ([Trie, RadixTrie, TernarySearchTree] as const).map((of, i) => ({
  name: of.name,
  number: 40 + i,
  make: (options) => new of(options) as never,
  open: (arena, name) => of.open(arena, name) as never,
  fromBytes: (bytes, options) => of.fromBytes(bytes, options) as never,
}));
const kinds = ['string', 'bytes'] as const;

interface Entry {
  readonly key: Buffer;
  value: number;
}

/** A sorted array of entries. */
class Oracle {
  entries: Entry[] = [];

  rank(key: Buffer, orEqual = false): number {
    let [low, high] = [0, this.entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const order = Buffer.compare((this.entries[middle] as Entry).key, key);
      if (order < 0 || (orEqual && order === 0)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  find(key: Buffer): Entry | undefined {
    const at = this.rank(key);
    return this.rank(key, true) > at ? this.entries[at] : undefined;
  }
  set(key: Buffer, value: number): void {
    const entry = this.find(key);
    if (entry !== undefined) entry.value = value;
    else this.entries.splice(this.rank(key), 0, { key, value });
  }
  delete(key: Buffer): boolean {
    return this.find(key) !== undefined && this.entries.splice(this.rank(key), 1).length > 0;
  }
  withPrefix(prefix: Buffer): Entry[] {
    return this.entries.filter(({ key }) => key.subarray(0, prefix.length).equals(prefix));
  }
  deletePrefix(prefix: Buffer): number {
    const before = this.entries.length;
    this.entries = this.entries.filter(({ key }) => !key.subarray(0, prefix.length).equals(prefix));
    return before - this.entries.length;
  }
  longestPrefix(key: Buffer): Entry | undefined {
    for (let end = key.length; end >= 0; end--) {
      const entry = this.find(key.subarray(0, end));
      if (entry !== undefined) return entry;
    }
    return undefined;
  }
}

const LETTERS = ['a', 'b', 'c', 'd', '\0', 'é', '水', '😀', '\ud800', '*', '?'];
const STEMS = ['', 'user:', 'https://example.org/a/rather/long/common/prefix/', 'ab\0', '水水'];

function randomKey(random: SeededRandom, kind: TrieKeys): string | Buffer {
  if (kind === 'bytes' && random.below(2) === 0) {
    const wide = random.below(3) === 0 ? 256 : 3;
    return Buffer.from(Array.from({ length: random.below(6) }, () => random.below(wide)));
  }
  const letters = random.below(3) === 0 ? LETTERS.length : 3;
  let text = STEMS[random.below(STEMS.length)] as string;
  if (random.below(5) === 0) return text + random.below(500);
  // A code point anywhere, so that nodes of every size come about.
  if (random.below(8) === 0) text += String.fromCodePoint(random.below(300));
  for (let i = random.below(7); i > 0; i--) text += LETTERS[random.below(letters)];
  return text;
}

/** The UTF-8 bytes of a string, lone surrogates as three bytes; as the kernel has them. */
function bytesOf(key: string | Uint8Array): Buffer {
  if (typeof key !== 'string') return Buffer.from(key);
  return Buffer.concat(
    Array.from(key, (it) => {
      const code = it.codePointAt(0) as number;
      if (code < 0xd800 || code > 0xdfff) return Buffer.from(it);
      return Buffer.from([0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63)]);
    }),
  );
}

const VALUES = [0, -0, 1, -1, Infinity, -Infinity, Number.NaN, 0.1, 1e300, -1e-300, 2 ** 24 + 1, -(2 ** 24) - 1];
const randomValue = (random: SeededRandom) =>
  random.below(3) === 0 ? (VALUES[random.below(VALUES.length)] as number) : random.below(50) / 4;

/** Comparable whole: a list of hexadecimal keys and values. */
const plain = (entries: Iterable<readonly [string | Uint8Array, number, number?]>) =>
  Array.from(entries, ([key, ...rest]) => [bytesOf(key).toString('hex'), ...rest].join(' ')).join('\n');
const pairs = (entries: readonly Entry[]) => plain(entries.map(({ key, value }) => [key, value] as const));
const rank = (value: number) => (Number.isNaN(value) ? -Infinity : value);

/** Characters of a key. */
function charactersOf(key: Buffer, kind: TrieKeys): string[] {
  if (kind === 'bytes') return Array.from(key, (byte) => String.fromCharCode(byte));
  return Array.from(key.toString('hex').match(/ed[ab].../g) === null ? key.toString() : wtf8(key));
}

function wtf8(key: Buffer): string {
  const trie = new RadixTrie();
  trie.set(key, 0);
  const [text] = [...trie.keys()];
  trie.dispose();
  return text as string;
}

function levenshtein(a: readonly string[], b: readonly string[]): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1);
    }
    row = next;
  }
  return row[b.length] as number;
}

/** Whether characters match a pattern of characters, by the book: recursion with a table. */
function wild(pattern: readonly (string | 1 | 2)[], text: readonly string[]): boolean {
  let row = Array.from({ length: text.length + 1 }, (_, j) => j === 0);
  for (const token of pattern) {
    const next: boolean[] = [];
    for (let j = 0; j <= text.length; j++) {
      if (token === 2) next[j] = (row[j] as boolean) || (j > 0 && (next[j - 1] as boolean));
      else next[j] = j > 0 && (row[j - 1] as boolean) && (token === 1 || token === text[j - 1]);
    }
    row = next;
  }
  return row[text.length] as boolean;
}

describe.each(makers)('$name', ({ name, number, make, open, fromBytes }) => {
  for (const keys of kinds) {
    it(`agrees with a sorted array: ${keys}`, () => {
      const random = seededRandom(seed);
      const arena = new Arena({ seed });
      const trie = make({ arena, keys });
      const oracle = new Oracle();
      for (let step = 0; step < 2000; step++) {
        // Grows for a while, then shrinks.
        const adding = Math.floor(step / 400) % 2 === 0;
        const given = randomKey(random, keys);
        const key = bytesOf(given);
        const action = random.below(24);
        if (action < (adding ? 16 : 5)) {
          const value = randomValue(random);
          trie.set(given, value);
          oracle.set(key, value);
        } else if (action < 20) {
          const victim =
            random.below(2) === 0 ? key : (oracle.entries[random.below(oracle.entries.length)]?.key ?? key);
          expect(trie.delete(victim)).toBe(oracle.delete(victim));
        } else if (action === 20) {
          const prefix = key.subarray(0, random.below(30) === 0 ? 2 : key.length);
          expect(trie.deletePrefix(prefix)).toBe(oracle.deletePrefix(prefix));
        } else {
          expectSame(trie, oracle, given, random);
        }
        if (step % 40 === 0) trie.check();
        if (step % 125 === 0) expectSearches(trie, oracle, random, keys);
      }
      trie.check();
      arena.check();
      expect(trie.size).toBe(oracle.entries.length);
      expect(plain(trie)).toBe(pairs(oracle.entries));
      expectRoundTrip(trie, oracle);
      trie.clear();
      trie.check();
      expect(trie.size).toBe(0);
      expect([...trie]).toEqual([]);
      arena.dispose();
    });
  }

  it('has the same nodes however it came to be', () => {
    const random = seededRandom(seed);
    const arena = new Arena();
    const [grown, fresh] = [make({ arena, keys: 'bytes' }), make({ arena, keys: 'bytes' })];
    for (let i = 0; i < 3000; i++) grown.set(randomKey(random, 'bytes'), i);
    const all = [...grown.keys()];
    for (const key of all) if (random.below(10) > 0) grown.delete(key);
    fresh.setMany([...grown.keys()], [...grown.values()]);
    grown.check();
    fresh.check();
    expect(grown.stats().nodes).toBe(fresh.stats().nodes);
    expect(grown.size).toBe(fresh.size);
    // Every key of every length of one long path, deleted from both ends.
    const path = make({ arena });
    for (let i = 0; i < 300; i++) path.set('x'.repeat(i), i);
    for (let i = 0; i < 150; i++) {
      expect(path.delete('x'.repeat(i))).toBe(true);
      expect(path.delete('x'.repeat(299 - i))).toBe(true);
      if (i % 10 === 0) path.check();
    }
    expect(path.size).toBe(0);
    path.check();
  });

  it('has nodes of every size', () => {
    const arena = new Arena();
    const trie = make({ arena, keys: 'bytes' });
    const order = Array.from({ length: 256 }, (_, i) => (i * 167) % 256);
    for (let i = 0; i < 256; i++) {
      trie.set(Uint8Array.of(1, order[i] as number), i);
      trie.check();
    }
    expect([...trie.keys()].map((key) => (key as Uint8Array)[1])).toEqual(Array.from({ length: 256 }, (_, i) => i));
    expect([...trie.keys('', { reverse: true })].map((key) => (key as Uint8Array)[1])).toEqual(
      Array.from({ length: 256 }, (_, i) => 255 - i),
    );
    for (let i = 0; i < 256; i++) {
      expect(trie.get(Uint8Array.of(1, order[i] as number))).toBe(i);
      expect(trie.delete(Uint8Array.of(1, order[i] as number))).toBe(true);
      trie.check();
    }
    expect(trie.size).toBe(0);
  });

  it('takes keys as long as a recursion could not follow, and as many keys as one has bytes', () => {
    const arena = new Arena();
    const trie = make({ arena });
    const long = 'a'.repeat(name === 'RadixTrie' ? 1 << 20 : 1 << 17);
    trie.set(long, 1).set(`${long}b`, 2).set(long.slice(1), 3).set('', 4).set(`c${long}`, 5);
    trie.check();
    expect([trie.get(long), trie.get(`${long}b`), trie.get(long.slice(1)), trie.get('')]).toEqual([1, 2, 3, 4]);
    expect([...trie.values()]).toEqual([4, 3, 1, 2, 5]);
    expect([...trie.values('aa', { reverse: true })]).toEqual([2, 1, 3]);
    expect(trie.longestPrefix(`${long}zzz`)?.[1]).toBe(1);
    expect(trie.complete('', 2).map((it) => it[1])).toEqual([5, 4]);
    expect(trie.match('*b').map((it) => it[1])).toEqual([2]);
    expect(trie.fuzzy('a', 2)).toEqual([['', 4, 1]]);
    expect(trie.countPrefix('a')).toBe(3);
    expect(trie.deletePrefix('a')).toBe(3);
    trie.check();
    trie.clear();
    // A node with a value at every depth.
    for (let i = 0; i < 5000; i++) trie.set('z'.repeat(i), i);
    trie.check();
    expect(trie.complete('', 1)[0]?.[1]).toBe(4999);
    expect(trie.match('*zz', { limit: 3 }).map((it) => it[1])).toEqual([2, 3, 4]);
    expect(trie.deletePrefix('z'.repeat(100))).toBe(4900);
    trie.check();
  });

  it('iterates by rule while it changes', () => {
    const random = seededRandom(seed);
    for (const reverse of [false, true]) {
      const trie = make({ keys: reverse ? 'string' : 'bytes' });
      const keyOf = (i: number) => `k${String(i).padStart(4, '0')}`;
      for (let i = 0; i < 2000; i += 2) trie.set(keyOf(i), 0);
      trie.set('other', 1);
      const untouched = new Set(Array.from({ length: 1000 }, (_, i) => 2 * i));
      const expected = new Map<number, number>();
      let last = reverse ? Infinity : -Infinity;
      for (const [key, value] of trie.withPrefix('k', { reverse })) {
        const at = Number(bytesOf(key).toString().slice(1));
        expect(reverse ? at < last : at > last).toBe(true);
        expect(value).toBe(expected.get(at) ?? 0);
        expect(at % 2 === 0 || expected.has(at)).toBe(true);
        if (typeof key !== 'string') key.fill(0);
        last = at;
        untouched.delete(at);
        if (random.below(3) === 0) {
          const other = random.below(2000);
          if (random.below(2) === 0) {
            trie.delete(keyOf(other));
            expected.delete(other);
          } else {
            trie.set(keyOf(other), at);
            expected.set(other, at);
          }
          untouched.delete(other);
        }
      }
      expect(untouched.size).toBe(0);
      trie.check();
      const open = trie.entries();
      open.next();
      trie.dispose();
      expect(() => open.next()).toThrow(DisposedError);
    }
  });

  it('gives all its memory back', () => {
    const arena = new Arena();
    arena.scratch(1 << 17);
    const random = seededRandom(1);
    const before = arena.bytesUsed;
    for (let round = 0; round < 1000; round++) {
      const trie = make({ arena, keys: 'bytes', weights: round % 3 === 0 });
      const count = round === 0 ? 3000 : random.below(round % 100 === 0 ? 400 : 6);
      for (let i = 0; i < count; i++) trie.set(randomKey(random, 'bytes'), i);
      trie.complete('', 3);
      trie.fuzzy('abc', 1);
      trie.match('a*');
      [...trie.keys('a')];
      expect(trie.stats().bytes).toBe(arena.bytesUsed - before);
      if (round % 2 === 0) trie.clear();
      trie.dispose();
      expect(arena.bytesUsed).toBe(before);
    }
    arena.check();
  });

  it('is as it was when the arena is full, and deletes then', () => {
    const arena = new Arena({ maxBytes: 1 << 17 });
    const random = seededRandom(2);
    const trie = make({ arena, keys: 'bytes' });
    const oracle = new Oracle();
    arena.scratch(10 << 10);
    // What looking at all of it takes.
    let reserve = arena.alloc(8192);
    let refusals = 0;
    while (refusals < 60) {
      const key = Buffer.concat([bytesOf(randomKey(random, 'bytes')), Buffer.alloc(random.below(9), random.below(3))]);
      const before = arena.bytesUsed;
      try {
        trie.set(key, refusals);
        oracle.set(key, refusals);
      } catch (error) {
        expect(error).toBeInstanceOf(ArenaFullError);
        expect(arena.bytesUsed).toBe(before);
        refusals++;
        // Nothing is free: what deleting cannot rearrange it leaves.
        const blocks: number[] = [];
        for (let size = 1 << 12; size >= 8; size >>= 1) {
          try {
            for (;;) blocks.push(arena.alloc(size));
          } catch {}
        }
        for (let i = 0; i < 10; i++) {
          const victim = (oracle.entries[random.below(oracle.entries.length)] as Entry).key;
          expect(trie.delete(victim)).toBe(oracle.delete(victim));
        }
        expect(() => [...trie]).toThrow(ArenaFullError);
        for (const block of blocks) arena.free(block);
        arena.free(reserve);
        trie.check();
        expect(plain(trie)).toBe(pairs(oracle.entries));
        reserve = arena.alloc(8192);
      }
    }
    arena.check();
  });

  it('survives a snapshot of its arena', () => {
    const arena = new Arena();
    const random = seededRandom(3);
    const trie = make({ arena, name: 't', keys: 'bytes', weights: true });
    for (let i = 0; i < 500; i++) trie.set(randomKey(random, 'bytes'), i, random.below(100));
    const restored = Arena.restore(arena.snapshot());
    const again = open(restored, 't');
    expect(open(restored, 't')).toBe(again);
    expect(again.keyKind).toBe('bytes');
    expect(plain(again)).toBe(plain(trie));
    expect(plain(again.complete('', 20))).toBe(plain(trie.complete('', 20)));
    again.set('more', 1, 1000);
    again.check();
    expect(plain(again.complete('', 1))).toBe(plain([['more', 1]]));
    expect(() => make({ arena, name: 't' })).toThrow(NameError);
    again.dispose();
    expect(restored.names()).toEqual([]);
  });

  it('refuses bytes that were damaged or lie', () => {
    const random = seededRandom(seed);
    const arena = new Arena({ maxBytes: 1 << 22 });
    for (const options of [{ keys: 'bytes' }, { weights: true }]) {
      const trie = make({ arena, ...options });
      for (let i = 0; i < 40; i++) trie.set(randomKey(random, 'bytes'), randomValue(random));
      const bytes = trie.toBytes();
      fromBytes(bytes, { arena }).dispose();
      for (let round = 0; round < 300; round++) {
        let bad = bytes.slice();
        const at = round % 5 === 0 ? random.below(40) : random.below(bad.length);
        if (round % 3 === 0) bad = bad.slice(0, at);
        else bad[at] = (bad[at] as number) ^ (1 << random.below(8));
        expect(() => fromBytes(bad, { arena })).toThrow(SnapshotError);
        // The same with a checksum that is right: accepted only when it says something that makes sense.
        const lying = envelope({ number, name }, 1, Math.max(0, bad.length - 24));
        lying.set(bad.subarray(24), 24);
        seal(arena, lying);
        let made: AnyTrie | undefined;
        try {
          made = fromBytes(lying, { arena });
        } catch (error) {
          expect(error).toBeInstanceOf(SnapshotError);
        }
        if (made === undefined) continue;
        made.check();
        expect(Buffer.compare(made.toBytes(), lying)).toBe(0);
        made.dispose();
      }
    }
    arena.check();
  });

  it('keeps objects as values', () => {
    const arena = new Arena();
    const trie = make({ arena, values: 'objects', weights: true }) as never as RadixTrie<{ id: number } | undefined>;
    for (let i = 0; i < 500; i++) trie.set(`key ${i % 300}`, { id: i }, i);
    trie.check();
    expect(trie.get('key 7')).toEqual({ id: 307 });
    expect(trie.complete('key ', 1)).toEqual([['key 199', { id: 499 }]]);
    expect(trie.getMany(['key 8', 'none'])).toEqual([{ id: 308 }, undefined]);
    expect(trie.deletePrefix('key 1')).toBe(111);
    expect(trie.deleteMany(['key 2', 'none'])).toBe(1);
    trie.setMany(['key 1', 'new'], [{ id: -1 }, undefined]);
    trie.check();
    expect([trie.get('key 1'), trie.has('new'), trie.get('new')]).toEqual([{ id: -1 }, true, undefined]);
    for (const [key, value] of trie.withPrefix('key 2'))
      expect(value?.id).toBe(Number(key.slice(4)) + (Number(key.slice(4)) < 200 ? 300 : 0));
    expect(() => trie.toBytes()).toThrow(TypeError);
    expect(() => make({ arena, values: 'objects', name: 'x' })).toThrow(/snapshots/);
    expect(() => make({ arena, values: 'objects' }).complete('')).toThrow(/weights: true/);
    trie.clear();
    trie.check();
  });

  it('answers batches as it answers one by one', () => {
    const trie = make({});
    const random = seededRandom(4);
    const list = Array.from({ length: 5000 }, () => randomKey(random, 'string'));
    list[77] = 'y'.repeat(200_000);
    trie.setMany(
      list,
      list.map((_, i) => i),
    );
    trie.check();
    const asked = Array.from({ length: 3000 }, (_, i) =>
      i === 9 ? (list[77] as string) : randomKey(random, 'string'),
    );
    expect([...trie.getMany(asked, -1)].join()).toBe(asked.map((key) => trie.get(key) ?? -1).join());
    expect(trie.hasMany(new Set(asked)).join()).toBe([...new Set(asked)].map((key) => Number(trie.has(key))).join());
    const there = new Set(asked.filter((key) => trie.has(key)).map((key) => bytesOf(key).toString('hex')));
    expect(trie.deleteMany(asked)).toBe(there.size);
    trie.check();
    expect(trie.getMany([]).length).toBe(0);
  });

  it('says what is wrong with what it is given', () => {
    const trie = make({});
    trie.set('a', 2);
    expect(() => trie.set(1 as never, 2)).toThrow(TypeError);
    expect(() => trie.set('a', 'x' as never)).toThrow(/A value must be a number/);
    expect(() => trie.set('a', 1, 1)).toThrow(/no weights/);
    expect(() => trie.setMany(['a'], [1], [1])).toThrow(/no weights/);
    expect(() => trie.setMany(['a'], [])).toThrow(/1 keys, 0 values/);
    expect(() => trie.setMany(['b', 1 as never], [1, 2])).toThrow(TypeError);
    expect(() => trie.setMany('ab' as never, [1, 2])).toThrow(TypeError);
    expect(() => trie.get(undefined as never)).toThrow(TypeError);
    expect(() => trie.withPrefix(1 as never)).toThrow(/A prefix must be/);
    expect(() => trie.withPrefix('', { limit: -1 })).toThrow(RangeError);
    expect(() => trie.keys('', { after: 1 as never })).toThrow(TypeError);
    expect(() => trie.match('a\\')).toThrow(/backslash/);
    expect(() => trie.match('a?'.repeat(512))).toThrow(/1023/);
    expect(() => trie.fuzzy('a', -1)).toThrow(/maxDistance/);
    expect(() => trie.fuzzy('a', 1.5)).toThrow(RangeError);
    expect(() => trie.fuzzy('a'.repeat(1025), 1)).toThrow(/1024/);
    expect(() => trie.complete('a', Number.NaN)).toThrow(RangeError);
    expect(() => trie.set(new Uint8Array(1 << 24), 1)).toThrow(/16777215 bytes/);
    expect(() => make({ keys: 'utf8' })).toThrow(RangeError);
    expect(() => make({ values: 'bytes' })).toThrow(RangeError);
    expect(() => make({ weights: 1 })).toThrow(TypeError);
    expect(() => fromBytes('x' as never)).toThrow(TypeError);
    expect([...trie]).toEqual([['a', 2]]);
    trie.dispose();
    trie.dispose();
    expect(trie.disposed).toBe(true);
    expect(() => trie.get('a')).toThrow(DisposedError);
    expect(() => trie.match('a')).toThrow(DisposedError);
    expect(() => [...trie]).toThrow(DisposedError);
  });

  function expectSame(trie: AnyTrie, oracle: Oracle, given: string | Buffer, random: SeededRandom): void {
    const key = bytesOf(given);
    expect(trie.get(given)).toBe(oracle.find(key)?.value);
    expect(trie.has(given)).toBe(oracle.find(key) !== undefined);
    expect(trie.weightOf(given)).toBe(oracle.find(key)?.value);
    const longer = Buffer.concat([key, Buffer.from('ab')]);
    const longest = oracle.longestPrefix(longer);
    expect(plain([trie.longestPrefix(longer)].filter((it) => it !== undefined))).toBe(
      pairs(longest === undefined ? [] : [longest]),
    );
    const prefix = key.subarray(0, random.below(key.length + 1));
    const below = oracle.withPrefix(prefix);
    expect(trie.countPrefix(prefix)).toBe(below.length);
    expect(trie.startsWith(prefix)).toBe(below.length > 0);
    const limit = random.below(2) === 0 ? Infinity : random.below(9);
    const after = bytesOf(oracle.entries[random.below(oracle.entries.length)]?.key ?? key);
    const bare = after.subarray(0, after.length - random.below(2));
    const ahead = below.filter((it) => Buffer.compare(it.key, bare) > 0).slice(0, limit);
    expect(plain(trie.withPrefix(prefix, { limit, after: bare }))).toBe(pairs(ahead));
    const back = below.filter((it) => Buffer.compare(it.key, bare) < 0).reverse();
    expect(plain(trie.entries(prefix, { after: bare, reverse: true }))).toBe(pairs(back));
    expect(plain(trie.withPrefix(prefix, { reverse: true, limit }))).toBe(pairs([...below].reverse().slice(0, limit)));
    const best = [...below].sort((a, b) => rank(b.value) - rank(a.value) || 0);
    // Infinities of one sign are equal, which their difference does not tell.
    best.sort((a, b) => (rank(a.value) === rank(b.value) ? 0 : rank(a.value) < rank(b.value) ? 1 : -1));
    expect(plain(trie.complete(prefix, Math.min(limit, 12)))).toBe(pairs(best.slice(0, Math.min(limit, 12))));
  }

  function expectSearches(trie: AnyTrie, oracle: Oracle, random: SeededRandom, kind: TrieKeys): void {
    const some = oracle.entries[random.below(oracle.entries.length)]?.key ?? Buffer.from('abc');
    const characters = charactersOf(some, kind);
    for (let i = random.below(3); i > 0; i--) characters.splice(random.below(characters.length + 1), 1, 'a');
    const most = random.below(4);
    const near = oracle.entries
      .map((it) => ({ ...it, distance: levenshtein(charactersOf(it.key, kind), characters) }))
      .filter((it) => it.distance <= most)
      .sort((a, b) => a.distance - b.distance);
    const query = kind === 'bytes' ? Buffer.from(characters.join(''), 'latin1') : characters.join('');
    expect(plain(trie.fuzzy(query, most))).toBe(plain(near.map((it) => [it.key, it.value, it.distance] as const)));
    const tokens = charactersOf(some, kind).map((it) => {
      const dice = random.below(4);
      return dice === 0 ? (1 as const) : dice === 1 ? (2 as const) : it;
    });
    if (random.below(3) === 0) tokens.push(2);
    const passing = oracle.entries.filter((it) => wild(tokens, charactersOf(it.key, kind)));
    const text = tokens.map((it) => (it === 1 ? '?' : it === 2 ? '*' : it.replace(/[?*\\]/, '\\$&'))).join('');
    const pattern = kind === 'bytes' ? Buffer.from(text, 'latin1') : text;
    expect(plain(trie.match(pattern))).toBe(pairs(passing));
  }

  function expectRoundTrip(trie: AnyTrie, oracle: Oracle): void {
    const bytes = trie.toBytes();
    const arena = new Arena();
    const again = fromBytes(bytes, { arena });
    again.check();
    expect(again.keyKind).toBe(trie.keyKind);
    expect(plain(again)).toBe(pairs(oracle.entries));
    expect(Buffer.compare(again.toBytes(), bytes)).toBe(0);
    arena.check();
  }
});
