import { describe, expect, it } from 'vitest';
import { Arena, ArenaFullError, DisposedError } from '../../bindings/index.js';
import { crc32c } from '../../src/codecs/hash/index.js';
import { type MaybeShard, ReedSolomon, ShardBuffer, TooFewShardsError } from '../../src/codecs/reed-solomon/index.js';
import { seededRandom } from '../support/random.js';

/**
 * Parity that klauspost/reedsolomon 1.14.2 (Go) computes, `reedsolomon.New(data, parity)`: the first parity shard, and
 * CRC-32C of all parity shards in order. Data: 20 bytes a shard, the top bytes of x = 1664525 x + 1013904223 from x = 1.
 */
const KLAUSPOST = [
  { data: 1, parity: 1, first: '3c5e81b40c5ec68e04a3406c97d63cfbdc53ae88', sum: 0x3ef0a289 },
  { data: 2, parity: 2, first: '2ad6ba635695604d8a6501ee0e8c8215971432f4', sum: 0xe6557c39 },
  { data: 4, parity: 2, first: '1b13054d4930a5a53d132b9d8be253a01a71b6dc', sum: 0x9fbdcda4 },
  { data: 6, parity: 3, first: '536d650132893fc28a3e6c44264d8cb440984308', sum: 0x84581675 },
  { data: 10, parity: 4, first: '49796ea2c2f47ec458b249549da75fa5d448c2a1', sum: 0x8079b633 },
  { data: 17, parity: 3, first: '5ea66ceb97b0c72be58b03fdc73bd5ff5e73c1ae', sum: 0x6e789583 },
  { data: 128, parity: 127, first: '2975c39aabf484f91992c8ff7ae2c5db08b83fd3', sum: 0x82b437dc },
  { data: 200, parity: 55, first: 'a07e8ba48df05d6ccdc2d8f3d595a64cc4aab7f8', sum: 0x7dbdaf17 },
];

/** Bytes as a string: comparing arrays of a megabyte element by element would take most of the test's time. */
function text(bytes: MaybeShard): string {
  return Buffer.from(bytes ?? []).toString('latin1');
}

function texts(shards: readonly MaybeShard[]): string[] {
  return shards.map(text);
}

function klauspostData(k: number): Uint8Array[] {
  let x = 1;
  return Array.from({ length: k }, () =>
    Uint8Array.from({ length: 20 }, () => {
      x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
      return x >>> 24;
    }),
  );
}

/** Product in GF(2^8), a bit at a time. */
function gfProduct(a: number, b: number): number {
  let sum = 0;
  for (let bit = 0, x = a; bit < 8; bit++, x = (x << 1) ^ (x & 128 ? 0x11d : 0)) if ((b >> bit) & 1) sum ^= x;
  return sum;
}

/**
 * The naive oracle: the polynomial of degree below k through the points (i, data[i]), evaluated at k, k + 1 … by
 * Lagrange. That is what a systematic Vandermonde matrix computes, by another way.
 */
function parityOracle(column: readonly number[], m: number): number[] {
  const inverse = (a: number): number => {
    for (let b = 1; b < 256; b++) if (gfProduct(a, b) === 1) return b;
    throw new Error('zero has no inverse');
  };
  return Array.from({ length: m }, (_, j) => {
    const x = column.length + j;
    return column.reduce((sum, value, i) => {
      let term = value;
      for (let other = 0; other < column.length; other++) {
        if (other !== i) term = gfProduct(gfProduct(term, x ^ other), inverse(i ^ other));
      }
      return sum ^ term;
    }, 0);
  });
}

const randomShards = (count: number, length: number, below: (n: number) => number): Uint8Array[] =>
  Array.from({ length: count }, () => Uint8Array.from({ length }, () => below(256)));

describe('ReedSolomon', () => {
  it.each(KLAUSPOST)(
    'computes the parity of klauspost/reedsolomon, $data + $parity',
    ({ data, parity, first, sum }) => {
      const codec = new ReedSolomon(data, parity);
      const shards = codec.encode(klauspostData(data));
      expect(Buffer.from(shards[data] as Uint8Array).toString('hex')).toBe(first);
      expect(crc32c(Buffer.concat(shards.slice(data)))).toBe(sum);
      codec.dispose();
    },
  );

  it('agrees with polynomial interpolation for every m up to 9', () => {
    const seed = 31;
    const { below } = seededRandom(seed);
    for (let m = 1; m <= 9; m++) {
      const k = 1 + below(12);
      const length = 1 + below(70);
      const codec = ReedSolomon.create(k, m);
      const shards = codec.encode(randomShards(k, length, below));
      for (let at = 0; at < length; at++) {
        const column = shards.map((shard) => shard[at] as number);
        expect(column.slice(k), `seed ${seed}, ${k} + ${m}`).toEqual(parityOracle(column.slice(0, k), m));
      }
      codec.dispose();
    }
  });

  it('brings back every choice of lost shards of 5 + 3', () => {
    const { below } = seededRandom(1);
    const codec = new ReedSolomon(5, 3);
    const shards = codec.encode(randomShards(5, 33, below));
    for (let lost = 0; lost < 256; lost++) {
      const left: MaybeShard[] = shards.map((shard, i) =>
        (lost >> i) & 1 ? [undefined, null, new Uint8Array(0)][i % 3] : shard,
      );
      const count = left.filter((shard) => shard !== undefined && shard !== null && shard.length > 0).length;
      if (count < 5) {
        const before = [...left];
        expect(() => codec.reconstruct(left)).toThrow(TooFewShardsError);
        expect(left).toEqual(before);
      } else {
        expect(texts(codec.reconstruct(left))).toEqual(texts(shards));
      }
    }
  });

  it('keeps random shards of random lengths, also longer than a piece and unaligned', () => {
    const seed = 77;
    const { below } = seededRandom(seed);
    for (let round = 0; round < 40; round++) {
      const k = 1 + below(20);
      const m = 1 + below(8);
      const length = round % 8 === 0 ? 60_000 + below(20_000) : below(300);
      const codec = new ReedSolomon(k, m);
      const data = randomShards(k, length + 3, below).map((shard) => shard.subarray(3));
      const shards = codec.encode(data);
      expect(codec.verify(shards), `seed ${seed}, round ${round}`).toBe(true);
      if (length > 0) {
        const left: MaybeShard[] = [...shards];
        for (let lost = 0; lost < m; lost++) left[below(k + m)] = undefined;
        expect(texts(codec.reconstruct(left)), `seed ${seed}, round ${round}`).toEqual(texts(shards));
        const shard = shards[below(k + m)] as Uint8Array;
        const at = below(length);
        shard[at] = (shard[at] as number) ^ (1 << below(8));
        expect(codec.verify(shards), `seed ${seed}, round ${round}`).toBe(false);
      }
      codec.dispose();
    }
  });

  it('reconstructs data alone when asked to', () => {
    const codec = new ReedSolomon(3, 2);
    const shards = codec.encode(klauspostData(3));
    const left = codec.reconstructData([undefined, ...shards.slice(1, 4), undefined]);
    expect(text(left[0])).toBe(text(shards[0]));
    expect(left[4]).toBe(undefined);
  });

  it('overwrites the parity it is given, and makes what is missing', () => {
    const codec = new ReedSolomon(2, 2);
    const parity = new Uint8Array(20).fill(9);
    const shards = [...klauspostData(2), parity, undefined];
    expect(codec.encode(shards)).toBe(shards);
    expect(Buffer.from(parity).toString('hex')).toBe('2ad6ba635695604d8a6501ee0e8c8215971432f4');
    expect(codec.verify(shards as Uint8Array[])).toBe(true);
  });

  it('accumulates pieces in any order to the same parity', () => {
    const { below } = seededRandom(3);
    const codec = new ReedSolomon(4, 3);
    const length = 100_000;
    const shards = codec.encode(randomShards(4, length, below));
    const parity = Array.from({ length: 3 }, () => new Uint8Array(length));
    const cuts = [0, 1, 17, 40_000, 99_999, length];
    for (let cut = cuts.length - 2; cut >= 0; cut--) {
      for (const index of [2, 0, 3, 1]) {
        const from = cuts[cut] as number;
        codec.accumulate(index, (shards[index] as Uint8Array).subarray(from, cuts[cut + 1]), parity, from);
      }
    }
    expect(texts(parity)).toEqual(texts(shards.slice(4)));
    expect(() => codec.accumulate(4, new Uint8Array(1), parity)).toThrow(RangeError);
    expect(() => codec.accumulate(0, new Uint8Array(1), parity, length)).toThrow(RangeError);
  });

  it('codes shards that live in the arena', () => {
    const { below } = seededRandom(4);
    const arena = new Arena();
    const codec = new ReedSolomon(10, 5, { arena });
    for (const length of [1, 63, 64, 65, 50_001]) {
      const shards = codec.encode(randomShards(10, length, below));
      const buffer = new ShardBuffer(15, length, { arena });
      for (let i = 0; i < 10; i++) buffer.shard(i).set(shards[i] as Uint8Array);
      codec.encodeBuffer(buffer);
      shards.forEach((shard, i) => {
        expect(text(buffer.shard(i))).toBe(text(shard));
      });
      const lost = [0, 3, 9, 11, 14];
      for (const i of lost) buffer.shard(i).fill(0);
      codec.reconstructBuffer(buffer, lost);
      shards.forEach((shard, i) => {
        expect(text(buffer.shard(i))).toBe(text(shard));
      });
      expect(() => codec.reconstructBuffer(buffer, [0, 1, 2, 3, 4, 5])).toThrow(TooFewShardsError);
      expect(() => codec.reconstructBuffer(buffer, [15])).toThrow(RangeError);
      buffer.dispose();
      expect(() => buffer.shard(0)).toThrow(DisposedError);
    }
    expect(() => codec.encodeBuffer(new ShardBuffer(15, 10))).toThrow(TypeError);
    expect(() => codec.encodeBuffer(new ShardBuffer(14, 10, { arena }))).toThrow(RangeError);
    arena.check();
  });

  it('refuses what does not fit, and says why', () => {
    expect(() => new ReedSolomon(0, 1)).toThrow(RangeError);
    expect(() => new ReedSolomon(1, 0)).toThrow(RangeError);
    expect(() => new ReedSolomon(200, 56)).toThrow(RangeError);
    expect(() => new ReedSolomon(1.5, 1)).toThrow(RangeError);
    const codec = new ReedSolomon(2, 1);
    expect(() => codec.encode([new Uint8Array(1)])).toThrow(/Expected 3 shards, got 1/);
    expect(() => codec.encode([new Uint8Array(1), new Uint8Array(2)])).toThrow(/one length/);
    expect(() => codec.encode([new Uint8Array(1), undefined, undefined])).toThrow(TypeError);
    expect(() => codec.encode(['a', 'b'] as never)).toThrow(TypeError);
    expect(() => codec.verify([new Uint8Array(1), new Uint8Array(1), undefined as never])).toThrow(TypeError);
    codec.dispose();
    expect(() => codec.encode([new Uint8Array(1), new Uint8Array(1)])).toThrow(DisposedError);
  });

  it('leaves nothing behind, and refuses an arena too small', () => {
    const arena = new Arena({ maxBytes: 1 << 20 });
    const codec = new ReedSolomon(6, 3, { arena });
    const data = Array.from({ length: 6 }, () => new Uint8Array(50_000));
    codec.reconstruct([undefined, ...codec.encode(data).slice(1)]);
    const used = arena.bytesUsed;
    for (let i = 0; i < 20; i++) codec.reconstruct([undefined, ...codec.encode(data).slice(1)]);
    expect(arena.bytesUsed).toBe(used);
    expect(() => new ReedSolomon(6, 3, { arena: new Arena({ maxBytes: 65_536 }) }).encode(data)).toThrow(
      ArenaFullError,
    );
    codec.dispose();
    arena.check();
  });
});
