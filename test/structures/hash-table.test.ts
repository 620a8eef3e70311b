import { describe, expect, it } from 'vitest';
import { Arena, DisposedError, NameError } from '../../bindings/index.js';
import { HashTable, type TableHash, U32Map } from '../../src/structures/hash-table/index.js';

const encoder = new TextEncoder();
const HASHES: TableHash[] = ['siphash13', 'xxh64', 'murmur3', 'fnv1a', 'djb2'];

describe('HashTable', () => {
  it('takes strings and bytes for the same key', () => {
    const table = new HashTable();
    table.set('clé', 'valeur');
    expect(table.get(encoder.encode('clé'))).toEqual(encoder.encode('valeur'));
    expect(table.getString(Buffer.from('clé'))).toBe('valeur');
    table.set(encoder.encode('clé'), new Uint8Array([0, 255, 128]));
    expect(table.get('clé')).toEqual(new Uint8Array([0, 255, 128]));
    expect(table.size).toBe(1);
    table.dispose();
  });

  it('tells an empty value from an absent key, and holds the empty key', () => {
    using table = new HashTable();
    expect(table.get('')).toBeUndefined();
    expect(table.getString('')).toBeUndefined();
    table.set('', '');
    expect(table.get('')).toEqual(new Uint8Array(0));
    expect(table.getString('')).toBe('');
    expect(table.has('')).toBe(true);
    expect(table.delete('')).toBe(true);
    expect(table.delete('')).toBe(false);
  });

  it('keeps strings that differ in a lone surrogate apart, and gives them back', () => {
    using table = new HashTable();
    const odd = ['\ud800', '\udc00', '\ufffd', 'a\ud83d', 'a\ude00', '😀'];
    for (const [i, text] of odd.entries()) table.set(text, `${i}${text}`);
    expect(table.size).toBe(odd.length);
    for (const [i, text] of odd.entries()) expect(table.getString(text)).toBe(`${i}${text}`);
    expect(new Set([...table.stringEntries()].map(([key]) => key))).toEqual(new Set(odd));
  });

  it('returns copies: changing one changes nothing', () => {
    using table = new HashTable();
    const value = new Uint8Array([1, 2, 3]);
    table.set('k', value);
    value[0] = 9;
    const got = table.get('k');
    expect(got).toEqual(new Uint8Array([1, 2, 3]));
    got?.fill(7);
    expect(table.get('k')).toEqual(new Uint8Array([1, 2, 3]));
  });

  it('copies into a buffer of the caller, when it fits', () => {
    using table = new HashTable();
    table.set('k', 'hello');
    table.set('long', 'x'.repeat(1000));
    const out = new Uint8Array(8);
    expect(table.getInto('k', out, 2)).toBe(5);
    expect([...out]).toEqual([0, 0, 104, 101, 108, 108, 111, 0]);
    expect(table.getInto('k', out, 4)).toBe(5);
    expect([...out]).toEqual([0, 0, 104, 101, 108, 108, 111, 0]);
    expect(table.getInto('absent', out)).toBe(-1);
    const large = new Uint8Array(1000);
    expect(table.getInto('long', large)).toBe(1000);
    expect(large.every((byte) => byte === 120)).toBe(true);
  });

  it('holds keys and values of any length, across the form of the lengths', () => {
    using arena = new Arena({ maxBytes: 1 << 27 });
    const table = new HashTable({ arena });
    for (const length of [0, 1, 7, 8, 15, 16, 254, 255, 256, 257, 65_534, 65_535, 65_536, 1_000_000]) {
      const key = 'k'.repeat(length);
      for (const valueLength of [0, 255, 65_535, 65_536]) {
        const value = new Uint8Array(valueLength).fill(length);
        table.set(key, value);
        expect(table.get(key), `${length}/${valueLength}`).toEqual(value);
      }
    }
    table.check();
    arena.check();
  });

  it('has batch forms that agree with the single ones', () => {
    using table = new HashTable();
    const pairs = Array.from({ length: 20_000 }, (_, i): [string, Uint8Array] => [
      `key ${i}`,
      encoder.encode('v'.repeat(i % 200)),
    ]);
    table.setMany(pairs);
    expect(table.size).toBe(pairs.length);
    const keys = [...pairs.map(([key]) => key), 'absent'];
    expect(table.getMany(keys)).toEqual(keys.map((key) => table.get(key)));
    expect(table.getManyStrings(keys)).toEqual(keys.map((key) => table.getString(key)));
    expect(table.deleteMany(keys.slice(0, 7000).concat('absent'))).toBe(7000);
    expect(table.size).toBe(13_000);
    table.check();
    expect(table.getMany([])).toEqual([]);
    expect(table.deleteMany([])).toBe(0);
  });

  it('carries batch records longer than the batch', () => {
    using table = new HashTable();
    const long = 'x'.repeat(1_000_000);
    table.setMany([
      ['a', long],
      [long, 'b'],
      ['c', long],
    ]);
    expect(table.getManyStrings(['a', long, 'c'])).toEqual([long, 'b', long]);
  });

  it('iterates with the interface of Map', () => {
    using table = new HashTable({ seed: 1 });
    for (let i = 0; i < 500; i++) table.set(`k${i}`, `v${i}`);
    const keys = [...table.keys()].map((key) => Buffer.from(key).toString());
    expect(new Set(keys).size).toBe(500);
    expect([...table.values()].map((value) => Buffer.from(value).toString())).toEqual(
      keys.map((key) => key.replace('k', 'v')),
    );
    expect([...table].length).toBe(500);
    let calls = 0;
    table.forEach((value, key, self) => {
      expect(self).toBe(table);
      expect(Buffer.from(value).toString().slice(1)).toBe(Buffer.from(key).toString().slice(1));
      calls++;
    });
    expect(calls).toBe(500);
    expect(Object.prototype.toString.call(table)).toBe('[object HashTable]');
  });

  it('gives the same order for the same seed', () => {
    const order = (seed: number): string[] => {
      using arena = new Arena({ seed: 7 });
      const table = new HashTable({ arena, seed });
      for (let i = 0; i < 1000; i++) table.set(`k${i}`, '');
      return [...table.stringEntries()].map(([key]) => key);
    };
    expect(order(1)).toEqual(order(1));
    expect(order(1)).not.toEqual(order(2));
  });

  it('stops an iteration that meets clear()', () => {
    using table = new HashTable();
    for (let i = 0; i < 1000; i++) table.set(`k${i}`, '');
    let seen = 0;
    for (const _ of table.keys()) {
      seen++;
      table.clear();
    }
    expect(seen).toBe(1);
  });

  it('lets an iteration be left early, and leaks nothing', () => {
    using arena = new Arena({ maxBytes: 1 << 22 });
    const table = new HashTable({ arena });
    for (let i = 0; i < 1000; i++) table.set(`k${i}`, '');
    const blocks = arena.blockCount;
    for (let i = 0; i < 100; i++) {
      for (const _ of table.entries()) break;
    }
    expect(arena.blockCount).toBe(blocks);
  });
});

describe('HashTable, misused', () => {
  it('names what is wrong with an option', () => {
    expect(() => new HashTable({ probing: 'cuckoo' as never })).toThrow(/probing must be one of linear/);
    expect(() => new HashTable({ hash: 'md5' as never })).toThrow(/hash must be one of siphash13/);
    expect(() => new HashTable({ loadFactor: 1.5 })).toThrow(/loadFactor must be from 0.1 to 0.97/);
    expect(() => new HashTable({ loadFactor: Number.NaN })).toThrow(RangeError);
    expect(() => new HashTable({ capacity: -1 })).toThrow(/capacity must be an integer/);
    expect(() => new HashTable({ capacity: 1.5 })).toThrow(RangeError);
  });

  it('refuses keys and values that are not bytes, unchanged', () => {
    using table = new HashTable();
    expect(() => table.set(5 as never, 'v')).toThrow(/A key must be a string or a Uint8Array, got 5/);
    expect(() => table.set('k', null as never)).toThrow(/A value must be a string or a Uint8Array, got null/);
    expect(() => table.get(undefined as never)).toThrow(TypeError);
    expect(() => table.setMany([['k', {} as never]])).toThrow(TypeError);
    expect(table.size).toBe(0);
  });

  it('throws after dispose, on the handle and on the arena', () => {
    const table = new HashTable();
    table.set('k', 'v');
    table.dispose();
    table.dispose();
    expect(() => table.get('k')).toThrow(DisposedError);
    expect(() => table.size).toThrow(DisposedError);
    const arena = new Arena();
    const other = new HashTable({ arena });
    arena.dispose();
    expect(() => other.set('k', 'v')).toThrow(DisposedError);
    other.dispose();
  });
});

describe('HashTable in an arena', () => {
  it('is found again by its name after a snapshot, with identical answers', () => {
    using arena = new Arena({ maxBytes: 1 << 25, name: 'first' });
    const table = new HashTable({ arena, name: 'users', probing: 'swiss' });
    for (let i = 0; i < 5000; i++) table.set(`user:${i}`, `name ${i}`);
    const restored = Arena.restore(arena.snapshot());
    const again = HashTable.open(restored, 'users');
    expect(HashTable.open(restored, 'users')).toBe(again);
    expect([...again.stringEntries()]).toEqual([...table.stringEntries()]);
    expect(again.stats()).toEqual(table.stats());
    again.set('user:5', 'changed');
    again.check();
    expect(table.getString('user:5')).toBe('name 5');
    again.dispose();
    expect(() => HashTable.open(restored, 'users')).toThrow(NameError);
    restored.check();
    restored.dispose();
  });

  it('refuses a name that is taken or of another kind', () => {
    using arena = new Arena();
    new HashTable({ arena, name: 'a' });
    expect(() => new HashTable({ arena, name: 'a' })).toThrow(NameError);
    expect(() => U32Map.open(arena, 'a')).toThrow(NameError);
    expect(() => HashTable.open(arena, 'b')).toThrow(/no structure named "b"; it has "a"/);
  });

  it('does not grow when a table is made and disposed 100 000 times', () => {
    using arena = new Arena({ maxBytes: 1 << 20 });
    new HashTable({ arena }).set('warm', 'up').dispose();
    const used = arena.bytesUsed;
    const reserved = arena.bytesReserved;
    for (let i = 0; i < 100_000; i++) {
      const table = new HashTable({ arena });
      table.set('key', 'value');
      table.dispose();
    }
    expect(arena.bytesUsed).toBe(used);
    expect(arena.bytesReserved).toBe(reserved);
  });

  it('gives memory back on delete, clear and shrink', () => {
    using arena = new Arena({ maxBytes: 1 << 27 });
    const table = new HashTable({ arena });
    const key = (i: number) => `key ${i}`;
    for (let i = 0; i < 100_000; i++) table.set(key(i), 'x'.repeat(50));
    const full = arena.bytesUsed;
    for (let i = 0; i < 99_000; i++) table.delete(key(i));
    const afterDelete = arena.bytesUsed;
    table.shrink();
    expect(afterDelete).toBeLessThan(full / 4);
    expect(table.stats().indexBytes).toBeLessThan(40_000);
    for (let i = 99_000; i < 100_000; i++) expect(table.has(key(i))).toBe(true);
    table.clear();
    expect(table.stats().entryBytes).toBe(0);
    expect(table.size).toBe(0);
    arena.check();
  });
});

describe('HashTable under a collision flood', () => {
  /** Strings of equal djb2 and FNV-free structure: "Aa" and "BB" hash alike, so any mixture of them does. */
  function colliding(count: number): string[] {
    return Array.from({ length: count }, (_, i) => {
      let text = '';
      for (let bit = 0; bit < 17; bit++) text += (i >> bit) & 1 ? 'cB' : 'bc';
      return text;
    });
  }

  /** djb2 with the usual start, as an attacker computes it. */
  function djb2(text: string): number {
    let hash = 5381;
    for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 33) + text.charCodeAt(i)) >>> 0;
    return hash;
  }

  const keys = colliding(100_000);

  it('attacks with keys that really collide', () => {
    expect(new Set(keys.slice(0, 1000).map(djb2)).size).toBe(1);
    expect(new Set(keys).size).toBe(100_000);
  });

  it('is not slowed by a hundred thousand keys chosen against an unseeded hash', () => {
    const innocent = keys.map((_, i) => `innocent key of the same size ${i}`);
    const probes = (chosen: readonly string[]): number => {
      using arena = new Arena({ maxBytes: 1 << 26 });
      const table = new HashTable({ arena });
      table.setMany(chosen.map((key) => [key, 'v'] as const));
      const { segments, size } = table.stats();
      // The work of a flood shows in the shape: entries of one hash cannot be split, so segments would grow instead.
      expect(size).toBe(chosen.length);
      return segments;
    };
    const attacked = probes(keys);
    const normal = probes(innocent);
    expect(attacked / normal).toBeGreaterThan(0.8);
    expect(attacked / normal).toBeLessThan(1.25);
  });

  it('still answers rightly where the chosen hash is flooded', () => {
    using arena = new Arena({ maxBytes: 1 << 26 });
    const table = new HashTable({ arena, hash: 'djb2' });
    const some = keys.slice(0, 3000);
    for (const key of some) table.set(key, key);
    for (const key of some) expect(table.getString(key)).toBe(key);
    expect(table.size).toBe(some.length);
    table.check();
    for (const key of some) expect(table.delete(key)).toBe(true);
    table.check();
  });

  it.each(HASHES)('spreads keys that differ only at their ends, hashing with %s', (hash) => {
    using arena = new Arena({ maxBytes: 1 << 26 });
    const table = new HashTable({ arena, hash });
    for (let i = 0; i < 50_000; i++) table.set(`sequence/${i}`, '');
    table.check();
    const { segments } = table.stats();
    expect(segments).toBeGreaterThan(24);
    expect(segments).toBeLessThan(110);
  });
});

it('finds a key that is part of a larger array, short or long', () => {
  const arena = new Arena({ seed: 5 });
  const table = new HashTable({ arena });
  const source = Uint8Array.from({ length: 300 }, (_, i) => (i * 37) % 251);
  for (let length = 0; length <= 100; length += 9) table.set(source.subarray(20, 20 + length), `${length} bytes`);
  for (let length = 0; length <= 100; length += 9) {
    expect(Buffer.from(table.get(source, 20, 20 + length) as Uint8Array).toString()).toBe(`${length} bytes`);
  }
  expect(table.get(source, 21, 30)).toBeUndefined();
  for (const [from, end] of [
    [-1, 5],
    [5, 4],
    [0, 301],
    [0.5, 3],
    [0, undefined as never],
  ] as const) {
    expect(() => table.get(source, from, end)).toThrow(/part of its array of 300 bytes/);
  }
  expect(() => table.get('text' as never, 0, 1)).toThrow(TypeError);
  arena.check();
});
