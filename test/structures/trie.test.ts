import { describe, expect, it } from 'vitest';
import { Arena } from '../../bindings/index.js';
import { bitKey, RadixTrie, TernarySearchTree, Trie } from '../../src/structures/trie/index.js';
import { seededRandom, testSeed } from '../support/random.js';

describe('RadixTrie', () => {
  it('has the node of the paper for every number of children', () => {
    const trie = new RadixTrie({ keys: 'bytes', arena: new Arena() });
    const inner = () => {
      const { leaf, ...kinds } = trie.stats().kinds;
      return Object.entries(kinds).filter(([, count]) => count > 0);
    };
    for (let i = 0; i < 256; i++) {
      trie.set(Uint8Array.of(7, i), i);
      const children = i + 1;
      const kind = children <= 4 ? 'node4' : children <= 16 ? 'node16' : children <= 48 ? 'node48' : 'node256';
      expect(inner()).toEqual(children === 1 ? [] : [[kind, 1]]);
      expect(trie.stats().kinds.leaf).toBe(children);
    }
    // On the way back a node shrinks only when it is well below the smaller one's size.
    for (let left = 255; left > 1; left--) {
      trie.delete(Uint8Array.of(7, left));
      const kind = left > 40 ? 'node256' : left > 12 ? 'node48' : left > 3 ? 'node16' : 'node4';
      expect(inner()).toEqual([[kind, 1]]);
    }
    trie.delete(Uint8Array.of(7, 1));
    expect(inner()).toEqual([]);
    trie.check();
  });

  it('keeps each byte of a key once', () => {
    const arena = new Arena();
    const trie = new RadixTrie({ arena });
    const stem = 'https://example.org/a/rather/long/path/that/all/of/them/share/';
    const keys = Array.from({ length: 10_000 }, (_, i) => stem + i);
    trie.setMany(keys, new Float64Array(keys.length));
    trie.check();
    expect(trie.stats().bytesPerKey).toBeLessThan(28);
    // One node a byte costs several times as much.
    for (const other of [new Trie({ arena }), new TernarySearchTree({ arena })]) {
      other.setMany(keys, new Float64Array(keys.length));
      expect(other.stats().bytes).toBeGreaterThan(1.3 * trie.stats().bytes);
    }
  });

  it('writes the bytes of the page', () => {
    const payload = (trie: RadixTrie) => Buffer.from(trie.toBytes().subarray(24)).toString('hex');
    expect(payload(new RadixTrie().set('ab', 0.5).set('a', 1))).toBe(
      `${'0100000002000000'}${'000000000000f03f000000000000e03f'}${'0100000002000000'}${'616162'}`,
    );
    expect(payload(new RadixTrie({ weights: true }).set('a', 1, 0.5))).toBe(
      `${'0300000001000000'}${'000000000000f03f'}${'000000000000e03f'}${'01000000'}${'61'}`,
    );
  });

  it('knows the distances of the textbook', () => {
    const trie = new RadixTrie();
    trie.setMany(['sitting', 'kitten', 'mitten', 'saturday', 'sunday', 'naïve', '日本語', '日本'], new Float64Array(8));
    expect(trie.fuzzy('kitten', 3)).toEqual([
      ['kitten', 0, 0],
      ['mitten', 0, 1],
      ['sitting', 0, 3],
    ]);
    expect(trie.fuzzy('sunday', 3).map(([key, , distance]) => `${key} ${distance}`)).toEqual([
      'sunday 0',
      'saturday 3',
    ]);
    // Characters are code points, not bytes.
    expect(trie.fuzzy('naive', 1)).toEqual([['naïve', 0, 1]]);
    expect(trie.fuzzy('日本誤', 1)).toEqual([
      ['日本', 0, 1],
      ['日本語', 0, 1],
    ]);
    expect(trie.fuzzy('日本誤', 1, { limit: 1 })).toEqual([['日本', 0, 1]]);
    const bytes = new RadixTrie({ keys: 'bytes' });
    bytes.set('naïve', 0);
    expect([bytes.fuzzy('naive', 1).length, bytes.fuzzy('naive', 2).length]).toEqual([0, 1]);
  });

  it('takes wildcards at their word, and patterns that would hang a backtracker', () => {
    const trie = new RadixTrie();
    trie.setMany(['a*b', 'a?b', 'axb', 'a\\b', 'ab', 'aéb', 'a😀b', ''], new Float64Array(8));
    const keys = (pattern: string) => trie.match(pattern).map(([key]) => key);
    expect(keys('a?b')).toEqual(['a*b', 'a?b', 'a\\b', 'axb', 'aéb', 'a😀b']);
    expect(keys('a\\?b')).toEqual(['a?b']);
    expect(keys('a\\*b')).toEqual(['a*b']);
    expect(keys('a\\\\b')).toEqual(['a\\b']);
    expect(keys('a**b')).toHaveLength(7);
    expect(keys('*')).toHaveLength(8);
    expect(keys('')).toEqual(['']);
    expect(keys('?')).toEqual([]);
    const bytes = new RadixTrie({ keys: 'bytes' });
    bytes.setMany(['aéb', 'axb'], [1, 2]);
    expect([bytes.match('a?b').length, bytes.match('a??b').length]).toEqual([1, 1]);
    trie.set('a'.repeat(5000), 1);
    expect(keys(`${'*a'.repeat(400)}*b`)).toEqual([]);
    expect(keys('*a'.repeat(500))).toHaveLength(1);
  });

  it('completes by weight, also after weights have fallen', () => {
    const trie = new RadixTrie({ weights: true });
    for (let i = 0; i < 1000; i++) trie.set(`w${i}`, -i, i % 10);
    expect(trie.complete('w', 3).map(([key]) => key)).toEqual(['w109', 'w119', 'w129']);
    trie.set('w5', 0, 1e9);
    expect(trie.complete('', 1)).toEqual([['w5', 0]]);
    trie.set('w5', 0, -1);
    expect(trie.complete('', 1)).toEqual([['w109', -109]]);
    expect(trie.complete('w5', 1)).toEqual([['w509', -509]]);
    expect(trie.weightOf('w5')).toBe(-1);
    for (let i = 0; i < 1000; i++) if (i % 10 > 2) trie.delete(`w${i}`);
    expect(trie.complete('w', 2)).toEqual([
      ['w102', -102],
      ['w112', -112],
    ]);
    trie.check();
    // Weights that no f32 tells apart.
    trie
      .set('x1', 1, 2 ** 40)
      .set('x2', 2, 2 ** 40 + 1)
      .set('x3', 3, 2 ** 40 - 1);
    expect(trie.complete('x', 3).map((it) => it[1])).toEqual([2, 1, 3]);
    expect(trie.complete('x', 0)).toEqual([]);
  });

  it('finds the route of every prefix length', () => {
    const random = seededRandom(testSeed('routes'));
    for (const width of [4, 16]) {
      const trie = new RadixTrie({ keys: 'bytes', arena: new Arena() });
      const routes: { bytes: Uint8Array; bits: number }[] = [];
      for (let i = 0; i < 600; i++) {
        // Near one another, so that they nest.
        const bits = i <= 8 * width ? i : random.below(8 * width + 1);
        const bytes = Uint8Array.from({ length: width }, (_, at) => (at < width - 2 ? 10 : random.below(256)));
        if (random.below(4) === 0) bytes[random.below(width)] = random.below(256);
        trie.set(bitKey(bytes, bits), i);
        routes.push({ bytes, bits });
      }
      const shared = (a: Uint8Array, b: Uint8Array) => {
        let bits = 0;
        while (bits < 8 * width && bit(a, bits) === bit(b, bits)) bits++;
        return bits;
      };
      for (let i = 0; i < 1000; i++) {
        const address = (routes[random.below(routes.length)] as { bytes: Uint8Array }).bytes.slice();
        address[random.below(width)] = random.below(256);
        let best: number | undefined;
        for (const [at, route] of routes.entries()) {
          const fits = shared(address, route.bytes) >= route.bits;
          // Of two routes for one prefix the later one holds.
          if (fits && route.bits >= (routes[best ?? -1]?.bits ?? 0)) best = at;
        }
        const found = trie.longestPrefix(bitKey(address));
        expect([found?.[1], found?.[0].length]).toEqual([best, routes[best as number]?.bits]);
      }
      trie.check();
    }
    expect([...bitKey(Uint8Array.of(0b1010_0000, 0xff), 9)]).toEqual([1, 0, 1, 0, 0, 0, 0, 0, 1]);
    expect(() => bitKey(Uint8Array.of(1), 9)).toThrow(RangeError);
    expect(() => bitKey(Uint8Array.of(1), 1.5)).toThrow(RangeError);
  });

  it('deletes what could not be merged when there was no room', () => {
    for (const keepOther of [false, true]) {
      const arena = new Arena({ maxBytes: 1 << 16 });
      const trie = new RadixTrie({ arena });
      const stem = 's'.repeat(200);
      const keys = [`${stem}1${'x'.repeat(40)}`, `${stem}2${'y'.repeat(40)}`];
      trie.setMany(keys, [1, 2]);
      if (keepOther) trie.set('other', 3);
      arena.scratch(8192);
      const reserve = arena.alloc(4096);
      const blocks: number[] = [];
      for (let size = 1 << 12; size >= 8; size >>= 1) {
        try {
          for (;;) blocks.push(arena.alloc(size));
        } catch {}
      }
      expect(trie.delete(keys[0] as string)).toBe(true);
      // A node with one child, which another arena would have merged.
      expect(trie.stats().nodes).toBe(keepOther ? 4 : 2);
      expect([trie.get(keys[1] as string), trie.has(keys[0] as string)]).toEqual([2, false]);
      expect(trie.delete(keys[1] as string)).toBe(true);
      expect(trie.stats().nodes).toBe(keepOther ? 1 : 0);
      arena.free(reserve);
      trie.check();
      for (const block of blocks) arena.free(block);
      arena.check();
      expect([...trie.keys()]).toEqual(keepOther ? ['other'] : []);
    }
  });

  it('goes on behind keys that are not UTF-8', () => {
    const trie = new RadixTrie();
    for (let i = 0; i < 600; i++) trie.set(Uint8Array.of(0x80 + (i & 63), 0xff, i >> 6), i);
    for (const reverse of [false, true]) {
      let seen = 0;
      for (const key of trie.keys('', { reverse })) {
        expect(key === 'a' || key.includes('\ufffd')).toBe(true);
        // Whatever changes, the walk starts again behind the key it gave out.
        if (seen++ % 7 === 0) trie.set('a', seen);
      }
      expect(seen).toBe(reverse ? 601 : 600);
      trie.delete('a');
    }
    expect([...trie.values()]).toHaveLength(600);
  });

  it('keeps a copy of a key that is a view', () => {
    const trie = new RadixTrie({ keys: 'bytes' });
    const key = new Uint8Array([1, 2, 3, 4]);
    trie.set(key.subarray(1, 3), 5);
    key.fill(0);
    expect([...trie]).toEqual([[Uint8Array.of(2, 3), 5]]);
  });
});

function bit(bytes: Uint8Array, at: number): number {
  return ((bytes[at >> 3] as number) >> (7 - (at & 7))) & 1;
}
