import { afterEach, describe, expect, it } from 'vitest';
import { Arena, ArenaFullError, DisposedError, NameError, SnapshotError } from '../../bindings/index.js';
import { ByteCache, type ByteCachePolicy } from '../../src/cache/byte-cache/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { ManualTime } from '../support/time.js';

const POLICIES: readonly ByteCachePolicy[] = ['lru', 'sieve', 's3-fifo'];

let arena = new Arena({ seed: 1 });
afterEach(() => {
  arena.check();
  arena = new Arena({ seed: 1 });
});

const texts = (keys: Iterable<Uint8Array>): string[] => Array.from(keys, (key) => Buffer.from(key).toString());

describe.each(POLICIES)('ByteCache, %s', (policy) => {
  it('gives back what was stored, as bytes, as text and into an array', () => {
    const cache = new ByteCache({ arena, maxBytes: 1 << 20, policy });
    expect(cache.set('naïve', 'größer')).toBe(true);
    cache.set(Uint8Array.of(0, 255), Uint8Array.of(1, 2, 3));
    cache.set('', '');
    expect(cache.getString('naïve')).toBe('größer');
    expect(cache.get(Uint8Array.of(0, 255))).toEqual(Uint8Array.of(1, 2, 3));
    expect(cache.get('')).toEqual(new Uint8Array());
    expect(cache.get('absent')).toBeUndefined();
    const out = new Uint8Array(5);
    expect(cache.getInto(Uint8Array.of(0, 255), out, 1)).toBe(3);
    expect(out).toEqual(Uint8Array.of(0, 1, 2, 3, 0));
    expect(cache.getInto(Uint8Array.of(0, 255), out, 3)).toBe(3);
    expect(out).toEqual(Uint8Array.of(0, 1, 2, 3, 0));
    expect(cache.getInto('absent', out)).toBe(-1);
    const source = Uint8Array.of(7, 0, 255, 9);
    expect(cache.getPartInto(source, 1, 3, out, 2)).toBe(3);
    expect(out).toEqual(Uint8Array.of(0, 1, 1, 2, 3));
    expect(cache.getPartInto(source, 0, 3, out)).toBe(-1);
    expect(() => cache.getPartInto(source, 2, 5, out)).toThrow(/part of its array of 4 bytes/);
    expect(cache.size).toBe(3);
    expect(cache.stats()).toMatchObject({ hits: 6, misses: 3, stored: 3, evicted: 0 });
    cache.check();
  });

  it('replaces values by shorter and longer ones, in place and not', () => {
    const cache = new ByteCache({ arena, maxBytes: 1 << 16, policy });
    for (const length of [10, 9, 0, 200, 190, 3000, 1]) {
      cache.set('key', 'x'.repeat(length));
      expect(cache.get('key')?.length).toBe(length);
      expect(cache.size).toBe(1);
      cache.check();
    }
    expect(cache.delete('key')).toBe(true);
    expect(cache.delete('key')).toBe(false);
    expect([cache.size, cache.has('key')]).toEqual([0, false]);
  });

  it('never takes a byte beyond its budget, whatever is stored', () => {
    const random = seededRandom(testSeed(`byte cache, budget, ${policy}`));
    const before = arena.bytesUsed;
    const cache = new ByteCache({ arena, maxBytes: 200_000, policy, segments: 4 });
    const { bytes } = cache.stats();
    expect(bytes).toBeLessThanOrEqual(200_000);
    expect(bytes).toBeGreaterThan(199_900);
    expect(arena.bytesUsed).toBe(before + bytes);
    for (let i = 0; i < 20_000; i++) {
      cache.set(`key ${random.below(5000)}`, 'v'.repeat(random.below(random.next() < 0.01 ? 20_000 : 300)));
    }
    cache.check();
    const stats = cache.stats();
    expect(stats.bytes).toBe(bytes);
    expect(stats.bytesUsed).toBeLessThanOrEqual(bytes);
    expect(stats.bytesUsed).toBeGreaterThan(0.6 * bytes);
    expect(stats.evicted).toBeGreaterThan(1000);
  });

  it('refuses what is larger than half a segment, and ends what was there under the key', () => {
    const cache = new ByteCache({ arena, maxBytes: 32_768, policy });
    cache.set('other', 'stays');
    cache.set('key', 'old');
    expect(cache.set('key', 'x'.repeat(20_000))).toBe(false);
    expect([cache.get('key'), cache.getString('other')]).toEqual([undefined, 'stays']);
    expect(cache.stats().rejected).toBe(1);
    expect(cache.set('key', 'x'.repeat(12_000))).toBe(true);
    cache.check();
  });

  it('gives nothing that has expired, and reclaims it as others are stored', () => {
    const time = new ManualTime();
    const cache = new ByteCache({ arena, maxBytes: 1 << 20, policy, clock: time, ttl: 1000 });
    cache.set('a', '1');
    cache.set('b', '2', { ttl: 5000 });
    cache.set('c', '3', { ttl: 0 });
    time.advance(999);
    expect([cache.getRemainingTTL('a'), cache.getRemainingTTL('b'), cache.getRemainingTTL('c')]).toEqual([
      1,
      4001,
      Number.POSITIVE_INFINITY,
    ]);
    time.advance(1);
    expect([cache.getString('a'), cache.has('a'), cache.getRemainingTTL('a')]).toEqual([undefined, false, undefined]);
    expect(cache.getString('b')).toBe('2');
    for (let i = 0; i < 1000; i++) cache.set(`short ${i}`, 'x', { ttl: 10 });
    time.advance(20);
    expect(cache.size).toBe(1002);
    for (let i = 0; i < 3000; i++) cache.set('c', 'again', { ttl: 0 });
    expect(cache.size).toBe(2);
    expect(cache.stats()).toMatchObject({ expired: 1001, evicted: 0 });
    time.advance(10_000);
    expect(cache.delete('b')).toBe(false);
    expect(cache.purgeStale()).toBe(0);
    cache.set('d', '4');
    time.advance(1000);
    expect([cache.purgeStale(), cache.size]).toEqual([1, 1]);
    expect(cache.getString('c')).toBe('again');
    cache.check();
  });

  it('a clock that jumps back makes nothing expire early', () => {
    const time = new ManualTime();
    const cache = new ByteCache({ arena, maxBytes: 1 << 16, policy, clock: time });
    cache.set('key', 'value', { ttl: 100 });
    time.jump(-1_000_000);
    expect(cache.getString('key')).toBe('value');
    time.jump(1_000_099);
    expect(cache.getString('key')).toBe('value');
    time.jump(1);
    expect(cache.getString('key')).toBeUndefined();
  });

  it('lists entries, and copes with changes meanwhile', () => {
    const cache = new ByteCache({ arena, maxBytes: 1 << 18, policy, segments: 2 });
    const model = new Map<string, string>();
    for (let i = 0; i < 500; i++) {
      cache.set(`key ${i}`, `value ${i}`);
      model.set(`key ${i}`, `value ${i}`);
    }
    const listed = new Map([...cache].map(([key, value]) => [texts([key])[0], texts([value])[0]]));
    expect(listed).toEqual(model);
    expect(texts(cache.keys()).sort()).toEqual([...model.keys()].sort());
    expect(texts(cache.values()).sort()).toEqual([...model.values()].sort());
    let seen = 0;
    for (const [key] of cache) {
      seen++;
      cache.delete(key);
      cache.delete('key 7');
      cache.set(`new ${seen}`, 'x');
    }
    expect([499, 500]).toContain(seen);
    expect(cache.size).toBe(seen);
  });

  it('comes back from a snapshot with its order, and is found by its name', () => {
    const cache = new ByteCache({ arena, maxBytes: 60_000, policy, name: 'pages' });
    for (let i = 0; i < 2000; i++) {
      cache.set(`key ${i % 700}`, `value ${i}`);
      cache.get(`key ${(i * i) % 700}`);
    }
    expect(ByteCache.open(arena, 'pages')).toBe(cache);
    const again = ByteCache.open(Arena.restore(arena.snapshot()), 'pages');
    again.check();
    expect([again.policy, again.size, again.stats()]).toEqual([policy, cache.size, cache.stats()]);
    for (let i = 0; i < 2000; i++) {
      for (const one of [cache, again]) one.set(`key ${(i * 7) % 900}`, `later ${i}`);
    }
    expect(texts(again.keys())).toEqual(texts(cache.keys()));
    expect(() => new ByteCache({ arena, maxBytes: 60_000, name: 'pages' })).toThrow(NameError);
    cache.dispose();
    expect(() => ByteCache.open(arena, 'pages')).toThrow(NameError);
  });

  it('starts warm from a dump, into any size', () => {
    const time = new ManualTime();
    const cache = new ByteCache({ arena, maxBytes: 60_000, policy, clock: time });
    for (let i = 0; i < 700; i++) cache.set(`key ${i}`, `value ${i}`, { ttl: i % 3 === 0 ? 1000 : 0 });
    const size = cache.size;
    const live = new Set(texts(cache.keys()));
    const bytes = cache.dump();
    const large = new ByteCache({ arena, maxBytes: 1 << 20, clock: time });
    large.set('mine', 'stays');
    expect(large.load(bytes)).toBe(size);
    expect(new Set(texts(large.keys()))).toEqual(live.add('mine'));
    expect(large.getString('key 699')).toBe('value 699');
    expect(large.getRemainingTTL('key 699')).toBe(1000);
    time.advance(1000);
    const later = new ByteCache({ arena, maxBytes: 1 << 20, policy: 'lru', clock: time });
    expect(later.load(bytes)).toBeLessThan(size);
    expect(texts(later.keys()).every((key) => Number(key.slice(4)) % 3 !== 0)).toBe(true);
    const small = new ByteCache({ arena, maxBytes: 16_384, policy, clock: time });
    small.load(bytes);
    small.check();
    expect(small.size).toBeGreaterThan(50);
    for (const one of [cache, large, later, small]) one.dispose();
  });

  it('refuses damaged dumps, and stays as it was', () => {
    const cache = new ByteCache({ arena, maxBytes: 60_000, policy });
    for (let i = 0; i < 20; i++) cache.set(`key ${i}`, `value ${i}`);
    const bytes = cache.dump();
    const other = new ByteCache({ arena, maxBytes: 60_000, policy });
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice();
      damaged[at] = (damaged[at] as number) ^ (1 << (at % 8));
      expect(() => other.load(damaged)).toThrow(SnapshotError);
    }
    for (let length = 0; length < bytes.length; length += 7) {
      expect(() => other.load(bytes.subarray(0, length))).toThrow(SnapshotError);
    }
    expect(() => other.load('no' as never)).toThrow(TypeError);
    expect(other.size).toBe(0);
  });

  it('agrees with a map on everything it has, under any operations', () => {
    const random = seededRandom(testSeed(`byte cache, ${policy}`));
    for (const [maxBytes, segments] of [
      [16_384, 1],
      [50_000, 2],
      [400_000, 16],
    ] as const) {
      const time = new ManualTime();
      const cache = new ByteCache({ arena, maxBytes, policy, segments, clock: time });
      const model = new Map<string, { value: string; until: number }>();
      for (let step = 0; step < 4000; step++) {
        const key = `key ${random.below(300)}${'-'.repeat(random.below(3) * 20)}`;
        const choice = random.next();
        const known = model.get(key);
        const living = known !== undefined && known.until > time.now();
        if (choice < 0.45) {
          const value = `${step}${'v'.repeat(random.below(random.next() < 0.05 ? 4000 : 90))}`;
          const ttl = random.next() < 0.3 ? 1 + random.below(50) : 0;
          const kept = cache.set(key, value, { ttl });
          if (kept) model.set(key, { value, until: ttl === 0 ? Number.POSITIVE_INFINITY : time.now() + ttl });
          else model.delete(key);
        } else if (choice < 0.8) {
          const value = cache.getString(key);
          if (value !== undefined) expect([living, value]).toEqual([true, known?.value]);
        } else if (choice < 0.9) {
          const deleted = cache.delete(key);
          if (deleted) expect(living).toBe(true);
          model.delete(key);
          expect(cache.has(key)).toBe(false);
        } else if (choice < 0.99) time.advance(random.below(4));
        else if (choice < 0.992) {
          cache.clear();
          model.clear();
        } else cache.purgeStale();
        if (step % 40 === 0) cache.check();
      }
      cache.check();
      cache.dispose();
    }
  });
});

/** Entries of one size: once the cache is full, as many as fit stay in it, and the policy decides which. */
function againstModel(
  policy: ByteCachePolicy,
  make: (capacity: number) => { get(key: number): void; set(key: number): void; keys: Set<number> },
) {
  const random = seededRandom(testSeed(`byte cache, order, ${policy}`));
  const cache = new ByteCache({ arena, maxBytes: 40_000, policy });
  const name = (key: number): string => `key ${String(key).padStart(6, '0')}`;
  const history: [key: number, set: boolean][] = [];
  let next = 0;
  while (cache.stats().evicted === 0) {
    history.push([next, true]);
    cache.set(name(next++), 'a value of a size');
    const key = random.below(next);
    if (cache.has(name(key))) {
      cache.get(name(key));
      history.push([key, false]);
    }
  }
  const model = make(cache.size);
  const both = (key: number, set: boolean): void => (set ? model.set(key) : model.get(key));
  for (const [key, set] of history) both(key, set);
  const agree = (): void => {
    expect(texts(cache.keys()).sort()).toEqual([...model.keys].map(name).sort());
  };
  agree();
  for (let step = 0; step < 3000; step++) {
    const key = random.below(random.next() < 0.5 ? 150 : 1000);
    const choice = random.next();
    if (choice < 0.6) {
      expect(cache.get(name(key)) !== undefined).toBe(model.keys.has(key));
      model.get(key);
    } else {
      cache.set(name(key), 'a value of a size');
      model.set(key);
    }
    if (step % 100 === 0) agree();
  }
  agree();
  cache.check();
}

describe('order of eviction', () => {
  it('LRU: the one that was not used for the longest time', () => {
    againstModel('lru', (capacity) => {
      const keys = new Set<number>();
      const use = (key: number): void => {
        keys.delete(key);
        keys.add(key);
      };
      return {
        keys,
        get: (key) => {
          if (keys.has(key)) use(key);
        },
        set: (key) => {
          if (!keys.has(key) && keys.size === capacity) keys.delete(keys.values().next().value as number);
          use(key);
        },
      };
    });
  });

  it('SIEVE: the first that the hand finds not used, from the oldest on', () => {
    againstModel('sieve', (capacity) => {
      // Oldest first.
      const queue: number[] = [];
      const used = new Set<number>();
      const keys = new Set<number>();
      let hand = 0;
      const evict = (): void => {
        if (hand >= queue.length) hand = 0;
        while (used.delete(queue[hand] as number)) hand = (hand + 1) % queue.length;
        keys.delete(queue[hand] as number);
        queue.splice(hand, 1);
      };
      return {
        keys,
        get: (key) => {
          if (keys.has(key)) used.add(key);
        },
        set: (key) => {
          if (keys.has(key)) used.add(key);
          else {
            if (keys.size === capacity) evict();
            queue.push(key);
            keys.add(key);
          }
        },
      };
    });
  });

  it('S3-FIFO and SIEVE keep what is used through a scan that LRU loses it to', () => {
    const kept = Object.fromEntries(
      POLICIES.map((policy) => {
        const cache = new ByteCache({ arena, maxBytes: 100_000, policy });
        for (let round = 0; round < 4; round++)
          for (let i = 0; i < 300; i++) {
            if (cache.get(`used ${i}`) === undefined) cache.set(`used ${i}`, 'v'.repeat(50));
          }
        for (let i = 0; i < 5000; i++) cache.set(`scan ${i}`, 'v'.repeat(50));
        let count = 0;
        for (let i = 0; i < 300; i++) if (cache.has(`used ${i}`)) count++;
        cache.dispose();
        return [policy, count];
      }),
    );
    expect(kept.lru).toBe(0);
    expect(kept['s3-fifo']).toBeGreaterThan(290);
  });
});

describe('misuse', () => {
  it('is refused with what was expected and given, and changes nothing', () => {
    const cache = new ByteCache({ arena, maxBytes: 1 << 18 });
    cache.set('key', 'value');
    const misuses: [() => unknown, typeof TypeError | typeof RangeError, RegExp][] = [
      [() => new ByteCache({ arena, maxBytes: 1000 }), RangeError, /maxBytes must be an integer from 16384/],
      [() => new ByteCache({ arena, maxBytes: '1' as never }), TypeError, /maxBytes/],
      [
        () => new ByteCache({ arena, maxBytes: 1 << 20, segments: 3 }),
        RangeError,
        /power of two from 1 to 1024, got 3/,
      ],
      [() => new ByteCache({ arena, maxBytes: 1 << 20, segments: 128 }), RangeError, /maxBytes/],
      [() => new ByteCache({ arena, maxBytes: 1 << 20, policy: 'mru' as never }), RangeError, /policy must be one of/],
      [() => new ByteCache({ arena, maxBytes: 1 << 20, ttl: -1 }), RangeError, /ttl must be finite and at least 0/],
      [() => new ByteCache(null as never), TypeError, /options/],
      [() => cache.set('key', 5 as never), TypeError, /value/],
      [() => cache.set(5 as never, 'x'), TypeError, /key/],
      [() => cache.set('key', 'x', { ttl: Number.NaN }), RangeError, /ttl/],
      [() => cache.set('k'.repeat(65_536), 'x'), RangeError, /at most 65535 bytes, got 65536/],
      [() => cache.get(undefined as never), TypeError, /key/],
    ];
    for (const [misuse, error, message] of misuses) {
      expect(misuse).toThrow(error);
      expect(misuse).toThrow(message);
    }
    expect([cache.size, cache.getString('key')]).toEqual([1, 'value']);
    expect(cache.set('k'.repeat(65_535), 'x')).toBe(true);
  });

  it('an arena without room refuses the cache, and one that was disposed is refused', () => {
    const small = new Arena({ maxBytes: 1 << 18 });
    const used = small.bytesUsed;
    expect(() => new ByteCache({ arena: small, maxBytes: 1 << 20 })).toThrow(ArenaFullError);
    expect(small.bytesUsed).toBe(used);
    const cache = new ByteCache({ arena, maxBytes: 1 << 18 });
    const before = arena.bytesUsed;
    for (let i = 0; i < 1000; i++) new ByteCache({ arena, maxBytes: 1 << 15 }).dispose();
    expect(arena.bytesUsed).toBe(before);
    cache.dispose();
    cache.dispose();
    expect(() => cache.get('key')).toThrow(DisposedError);
  });
});
