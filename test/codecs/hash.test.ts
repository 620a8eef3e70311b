import { describe, expect, it } from 'vitest';
import { Arena, ArenaFullError, DisposedError } from '../../bindings/index.js';
import {
  Crc32c,
  crc32c,
  Djb2,
  djb2,
  Fnv1a32,
  Fnv1a64,
  fnv1a32,
  fnv1a64,
  fnv1a64Into,
  type HashInput,
  type HashOptions,
  Murmur3x64_128,
  Murmur3x86_32,
  murmur3x64_128,
  murmur3x64_128Into,
  murmur3x86_32,
  SipHash13,
  type StreamingHash,
  sipHash13,
  sipHash13Into,
  Xxh32,
  Xxh64,
  xxh32,
  xxh64,
  xxh64Into,
  xxh64Pair,
} from '../../src/codecs/hash/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import * as oracle from './oracles.js';

/** One hash function in its three forms, under a seed or key that the case fixes. */
interface Case {
  readonly name: string;
  readonly oneShot: (input: HashInput, options?: HashOptions) => number | bigint;
  readonly oracle: (bytes: Uint8Array) => number | bigint;
  readonly streaming: (options?: HashOptions) => StreamingHash<number | bigint>;
}

const SEEDS_32 = [0, 1, 0x80000000, 0xffffffff];
const SEEDS_64 = [0n, 1n, 0xffff_ffffn, 0x8000_0000_0000_0000n, 0xffff_ffff_ffff_ffffn];
const KEY = Uint8Array.from({ length: 16 }, (_, i) => 251 * i + 200);

const cases: Case[] = [
  ...SEEDS_64.map((seed) => ({
    name: `xxh64, seed ${seed}`,
    oneShot: (input: HashInput, options?: HashOptions) => xxh64(input, seed, options),
    oracle: (bytes: Uint8Array) => oracle.xxh64(bytes, seed),
    streaming: (options?: HashOptions) => new Xxh64(seed, options),
  })),
  ...SEEDS_32.flatMap((seed) => [
    {
      name: `xxh32, seed ${seed}`,
      oneShot: (input: HashInput, options?: HashOptions) => xxh32(input, seed, options),
      oracle: (bytes: Uint8Array) => Number(oracle.xxh32(bytes, BigInt(seed))),
      streaming: (options?: HashOptions) => new Xxh32(seed, options),
    },
    {
      name: `murmur3x86_32, seed ${seed}`,
      oneShot: (input: HashInput, options?: HashOptions) => murmur3x86_32(input, seed, options),
      oracle: (bytes: Uint8Array) => Number(oracle.murmur3x86_32(bytes, BigInt(seed))),
      streaming: (options?: HashOptions) => new Murmur3x86_32(seed, options),
    },
    {
      name: `murmur3x64_128, seed ${seed}`,
      oneShot: (input: HashInput, options?: HashOptions) => murmur3x64_128(input, seed, options),
      oracle: (bytes: Uint8Array) => oracle.murmur3x64_128(bytes, BigInt(seed)),
      streaming: (options?: HashOptions) => new Murmur3x64_128(seed, options),
    },
  ]),
  {
    name: 'sipHash13',
    oneShot: (input, options) => sipHash13(input, KEY, options),
    oracle: (bytes) => oracle.sipHash13(bytes, KEY),
    streaming: (options) => new SipHash13(KEY, options),
  },
  {
    name: 'fnv1a32',
    oneShot: (input, options) => fnv1a32(input, undefined, options),
    oracle: (bytes) => Number(oracle.fnv1a32(bytes)),
    streaming: (options) => new Fnv1a32(options),
  },
  {
    name: 'fnv1a64',
    oneShot: (input, options) => fnv1a64(input, undefined, options),
    oracle: (bytes) => oracle.fnv1a64(bytes),
    streaming: (options) => new Fnv1a64(options),
  },
  {
    name: 'djb2',
    oneShot: (input, options) => djb2(input, undefined, options),
    oracle: (bytes) => Number(oracle.djb2(bytes)),
    streaming: (options) => new Djb2(options),
  },
  {
    name: 'crc32c',
    oneShot: (input, options) => crc32c(input, undefined, options),
    oracle: (bytes) => oracle.crc32c(bytes),
    streaming: (options) => new Crc32c(options),
  },
];

/** One of each function: where seeds do not matter. */
const functions = cases.filter(({ name }) => !name.includes('seed') || name.endsWith('seed 1'));

const { below } = seededRandom(testSeed('hashes'));
const randomBytes = (length: number) => Uint8Array.from({ length }, () => below(256));
const randomU64 = () => (BigInt(below(2 ** 32)) << 32n) | BigInt(below(2 ** 32));

describe.each(cases)('$name', (hash) => {
  it('agrees with its specification at every length from 0 to 300, at any alignment of the input', () => {
    for (let length = 0; length <= 300; length++) {
      const offset = below(9);
      const bytes = randomBytes(length + offset).subarray(offset);
      expect(hash.oneShot(bytes), `length ${length}`).toBe(hash.oracle(bytes));
    }
  });

  it('streams: any chunking gives the digest of the whole', () => {
    const hasher = hash.streaming();
    for (let round = 0; round < 60; round++) {
      const bytes = randomBytes(below(300));
      const expected = hash.oracle(bytes);
      hasher.reset();
      let longest = 1 + below(80);
      for (let at = 0; at < bytes.length; ) {
        const end = Math.min(bytes.length, at + below(longest + 1));
        hasher.update(bytes.subarray(at, end));
        at = end;
        longest = 1 + below(80);
      }
      expect(hasher.digest()).toBe(expected);
      expect(hasher.digest(), 'a digest does not end the hasher').toBe(expected);
    }
    hasher.dispose();
  });
});

describe.each(functions)('$name', (hash) => {
  it('passes inputs longer than its staging block in chunks', () => {
    const bytes = randomBytes(300_001);
    // Pieces that the oracle proves, then the one-shot against streaming in other pieces.
    const hasher = hash.streaming();
    hasher.update(bytes.subarray(0, 7)).update(bytes.subarray(7));
    expect(hash.oneShot(bytes)).toBe(hasher.digest());
    const some = bytes.subarray(0, 140_003);
    expect(hash.oneShot(some)).toBe(hash.oracle(some));
    hasher.dispose();
  });

  it('hashes a string as its UTF-8 bytes, short and long, without cutting a code point', () => {
    for (const text of ['', 'a', 'Grüße, 世界 🌍', 'x'.repeat(500), '𝄞'.repeat(70_000), `a${'𝄞'.repeat(70_000)}`]) {
      const bytes = new TextEncoder().encode(text);
      expect(hash.oneShot(text)).toBe(hash.oneShot(bytes));
      const hasher = hash.streaming();
      expect(hasher.update(text).digest()).toBe(hash.oneShot(bytes));
      hasher.dispose();
    }
  });

  it('clones: both go on independently', () => {
    const a = hash.streaming().update('shared ');
    const b = a.clone();
    expect(a.update('left').digest()).toBe(hash.oneShot('shared left'));
    expect(b.update('right').digest()).toBe(hash.oneShot('shared right'));
    a.dispose();
    expect(b.digest()).toBe(hash.oneShot('shared right'));
    b.dispose();
  });

  it('gives the arena back what it took, and stops at dispose', () => {
    const arena = new Arena({ maxBytes: 1 << 20 });
    hash.oneShot(new Uint8Array(200_000), { arena });
    const hasher = hash.streaming({ arena });
    hasher.update(new Uint8Array(200_000));
    hasher.dispose();
    hasher.dispose();
    const before = arena.bytesUsed;
    for (let i = 0; i < 100; i++) {
      const another = hash.streaming({ arena });
      another.update('abc').clone().dispose();
      another.dispose();
    }
    expect(arena.bytesUsed).toBe(before);
    arena.check();
    expect(() => hasher.update('x')).toThrow(DisposedError);
    expect(() => hasher.digest()).toThrow(DisposedError);
    expect(() => hasher.reset()).toThrow(DisposedError);
    expect(() => hasher.clone()).toThrow(DisposedError);
    arena.dispose();
    expect(() => hash.oneShot('x', { arena })).toThrow(DisposedError);
    expect(() => hash.streaming({ arena })).toThrow(DisposedError);
  });

  it('keeps staging space bounded however long the input is', () => {
    const arena = new Arena({ maxBytes: 512 * 1024 });
    hash.oneShot(new Uint8Array(8 << 20), { arena });
    hash.oneShot('x'.repeat(2 << 20), { arena });
    expect(arena.bytesUsed).toBeLessThan(256 * 1024);
    arena.dispose();
  });

  it('refuses what is neither string nor Uint8Array, and leaves a hasher as it was', () => {
    const hasher = hash.streaming().update('abc');
    for (const wrong of [undefined, null, 1, [1, 2], {}, new Uint16Array(2), new ArrayBuffer(4)]) {
      expect(() => hash.oneShot(wrong as never)).toThrow(TypeError);
      expect(() => hasher.update(wrong as never)).toThrow(TypeError);
    }
    expect(hasher.digest()).toBe(hash.oneShot('abc'));
    hasher.dispose();
  });
});

describe('without BigInt', () => {
  it('the Into forms give the same bits as the bigint forms, high half first', () => {
    const pair = new Uint32Array(2);
    const quad = new Uint32Array(4);
    const join = (words: ArrayLike<number>) => Array.from(words).reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
    for (let length = 0; length < 100; length++) {
      const bytes = randomBytes(length);
      const seed = randomU64();
      expect(join(xxh64Into(pair, bytes, seed))).toBe(xxh64(bytes, seed));
      expect(join(xxh64Pair(bytes, seed))).toBe(xxh64(bytes, seed));
      expect(join(fnv1a64Into(pair, bytes, seed))).toBe(fnv1a64(bytes, seed));
      expect(join(sipHash13Into(pair, bytes, KEY))).toBe(sipHash13(bytes, KEY));
      expect(join(murmur3x64_128Into(quad, bytes, 7))).toBe(murmur3x64_128(bytes, 7));
      for (const [hasher, out, expected] of [
        [new Xxh64(seed), pair, xxh64(bytes, seed)],
        [new Fnv1a64(), pair, fnv1a64(bytes)],
        [new SipHash13(KEY), pair, sipHash13(bytes, KEY)],
        [new Murmur3x64_128(7), quad, murmur3x64_128(bytes, 7)],
      ] as const) {
        expect(join(hasher.update(bytes).digestInto(out))).toBe(expected);
        hasher.dispose();
      }
    }
    expect(() => xxh64Into(new Uint32Array(1), '')).toThrow(RangeError);
    expect(() => new Fnv1a64().digestInto(new Uint32Array(1))).toThrow(RangeError);
  });

  it('a number seed is the same as the bigint of its value', () => {
    for (const seed of [0, 1, 2 ** 32, 2 ** 32 + 5, Number.MAX_SAFE_INTEGER]) {
      expect(xxh64('abc', seed)).toBe(xxh64('abc', BigInt(seed)));
    }
  });
});

describe('continuing', () => {
  it('crc32c, fnv1a and djb2 continue from the result of the bytes before', () => {
    for (let round = 0; round < 50; round++) {
      const bytes = randomBytes(below(40_000));
      const cut = below(bytes.length + 1);
      const [a, b] = [bytes.subarray(0, cut), bytes.subarray(cut)];
      expect(crc32c(b, crc32c(a))).toBe(crc32c(bytes));
      expect(fnv1a32(b, fnv1a32(a))).toBe(fnv1a32(bytes));
      expect(fnv1a64(b, fnv1a64(a))).toBe(fnv1a64(bytes));
      expect(djb2(b, djb2(a))).toBe(djb2(bytes));
    }
  });
});

describe('crc32c', () => {
  it('agrees with division bit by bit around the lengths where folding begins and its windows end', () => {
    const bytes = randomBytes(60_000);
    const lengths = [
      3343, 6143, 6144, 6145, 3344, 3360, 6688, 10031, 10032, 12287, 12288, 12289, 16384, 16368, 29_000, 32_768, 59_990,
    ];
    for (let i = 0; i < 60; i++) lengths.push(3000 + below(57_000));
    for (const length of lengths) {
      const offset = below(9);
      const input = bytes.subarray(offset, offset + length);
      expect(crc32c(input), `length ${length}`).toBe(oracle.crc32c(input));
    }
  });

  it('has a CRC of its own for every single flipped bit', () => {
    const bytes = randomBytes(20_000);
    const seen = new Set([crc32c(bytes)]);
    for (let i = 0; i < 500; i++) {
      const bit = i * 320 + below(320);
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
      seen.add(crc32c(bytes));
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
    }
    expect(seen.size).toBe(501);
  });

  it('makes its tables once an arena, keeps them across a snapshot, and does without where there is no room', () => {
    const arena = new Arena({ maxBytes: 1 << 20 });
    crc32c('a', 0, { arena });
    const used = arena.bytesUsed;
    crc32c('abc', 0, { arena });
    expect(arena.bytesUsed).toBe(used);
    const restored = Arena.restore(arena.snapshot());
    const before = restored.bytesUsed;
    expect(crc32c('123456789', 0, { arena: restored })).toBe(0xe3069283);
    expect(restored.bytesUsed - before).toBeLessThanOrEqual(used - before);

    const small = new Arena({ maxBytes: 65_536 });
    small.alloc(40_000);
    const bytes = randomBytes(14_000);
    expect(crc32c(bytes, 0, { arena: small })).toBe(oracle.crc32c(bytes));
    small.check();
  });
});

describe('parameters', () => {
  it('refuses seeds, start values and keys out of range, with the name of what is wrong', () => {
    for (const seed of [-1, 0.5, Number.NaN, 2 ** 32, '1', 1n]) {
      expect(() => xxh32('', seed as never)).toThrow(/seed of xxh32 must be an integer from 0 to 4294967295, got/);
      expect(() => murmur3x86_32('', seed as never)).toThrow(RangeError);
      expect(() => murmur3x64_128('', seed as never)).toThrow(RangeError);
      expect(() => djb2('', seed as never)).toThrow(RangeError);
      expect(() => crc32c('', seed as never)).toThrow(RangeError);
      expect(() => fnv1a32('', seed as never)).toThrow(RangeError);
      expect(() => new Xxh32(seed as never)).toThrow(RangeError);
    }
    for (const seed of [-1, 0.5, Number.NaN, 2 ** 53, -1n, 1n << 64n, '1']) {
      expect(() => xxh64('', seed as never)).toThrow(RangeError);
      expect(() => fnv1a64('', seed as never)).toThrow(RangeError);
      expect(() => new Xxh64(seed as never)).toThrow(RangeError);
    }
    expect(() => sipHash13('', new Uint8Array(15))).toThrow(/16 bytes, got 15/);
    expect(() => sipHash13('', 'key' as never)).toThrow(TypeError);
    expect(() => new SipHash13(new Uint8Array(17))).toThrow(RangeError);
  });

  it('an arena without room for the staging block says so, with the figures', () => {
    const arena = new Arena({ maxBytes: 65_536 });
    arena.alloc(60_000);
    expect(() => xxh64(new Uint8Array(8000), 0, { arena })).toThrow(ArenaFullError);
    expect(xxh64('abc', 0, { arena: new Arena({ maxBytes: 65_536 }) })).toBe(xxh64('abc'));
  });

  it('a view of the arena itself works, or is refused when staging it made the arena grow, but is never misread', () => {
    for (const length of [10, 60_000, 200_000]) {
      const arena = new Arena({ maxBytes: 1 << 20 });
      const address = arena.alloc(length);
      const view = () => arena.u8Until(address + length).subarray(address, address + length);
      view().fill(7);
      // Leave no room without growing.
      while (arena.bytesReserved - arena.bytesUsed > 200) arena.alloc(100);
      expect(() => xxh64(view(), 0, { arena })).toThrow(/view of the arena itself/);
      expect(xxh64(view(), 0, { arena })).toBe(xxh64(new Uint8Array(length).fill(7)));
      arena.dispose();
    }
  });

  it('goes on with a new default arena when the old one was disposed', () => {
    const expected = xxh64('abc');
    Arena.default.dispose();
    expect(xxh64('abc')).toBe(expected);
  });
});
