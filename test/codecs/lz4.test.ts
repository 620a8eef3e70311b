import { describe, expect, it } from 'vitest';
import { Arena, ArenaFullError } from '../../bindings/index.js';
import { DecodeError } from '../../src/codecs/index.js';
import { lz4 } from '../../src/codecs/lz4/index.js';
import { seededRandom } from '../support/random.js';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

/** Blocks taken from frames that `lz4 -1` 1.9.4 (Debian) wrote. */
const REFERENCE: [block: string, text: string][] = [
  ['2f6162020036506261626162', 'ab'.repeat(40)],
  ['ff0674686520717569636b2062726f776e20666f782e2015007b50666f782e20', 'the quick brown fox. '.repeat(8)],
];

/** The format's description, a byte at a time; undefined for what is no block. */
function oracle(block: Uint8Array): number[] | undefined {
  const out: number[] = [];
  let at = 0;
  const more = (length: number): number | undefined => {
    if (length < 15) return length;
    for (;;) {
      const byte = block[at++];
      if (byte === undefined) return undefined;
      length += byte;
      if (byte < 255) return length;
    }
  };
  while (at < block.length) {
    const token = block[at++] as number;
    const literals = more(token >> 4);
    if (literals === undefined || at + literals > block.length) return undefined;
    out.push(...block.subarray(at, at + literals));
    at += literals;
    if (at === block.length) return out;
    if (at + 2 > block.length) return undefined;
    const offset = (block[at] as number) | ((block[at + 1] as number) << 8);
    at += 2;
    const match = more(token & 15);
    if (match === undefined || offset === 0 || offset > out.length) return undefined;
    for (let i = 0; i < match + 4; i++) out.push(out[out.length - offset] as number);
  }
  return undefined;
}

/** Bytes that repeat themselves at random distances. */
function repetitive(length: number, below: (n: number) => number): Uint8Array {
  const out = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const run = Math.min(length - at, 1 + below(below(2) === 0 ? 20 : 400));
    const back = at === 0 ? 0 : below(Math.min(at, 70_000)) + 1;
    const fresh = back === 0 || below(3) === 0;
    for (let i = 0; i < run; i++, at++) out[at] = fresh ? below(256) : (out[at - back] as number);
  }
  return out;
}

describe('lz4', () => {
  it.each(REFERENCE)('reads the reference block %s', (block, text) => {
    expect(lz4.decompress(hex(block), 1000)).toEqual(bytesOf(text));
  });

  it('writes what the reference reads: the last five bytes are literals, and no match begins in the last twelve', () => {
    const block = lz4.compress(new Uint8Array(100));
    // One literal, a match of 94 at distance 1, five literals.
    expect(Buffer.from(block).toString('hex')).toBe('1f0001004b500000000000');
    for (let length = 0; length <= 12; length++) {
      const short = lz4.compress(new Uint8Array(length));
      expect([...short]).toEqual([length << 4, ...new Array(length).fill(0)]);
    }
  });

  it('keeps every length up to 300, and long inputs', () => {
    const seed = 4;
    const { below } = seededRandom(seed);
    const lengths = [...Array.from({ length: 300 }, (_, i) => i), 65_535, 65_536, 65_550, 300_000, 1_000_000];
    for (const length of lengths) {
      for (const bytes of [repetitive(length, below), new Uint8Array(length).fill(7)]) {
        const block = lz4.compress(bytes);
        expect(block.length).toBeLessThanOrEqual(lz4.compressBound(length));
        expect(Buffer.compare(lz4.decompress(block, length), bytes), `seed ${seed}, length ${length}`).toBe(0);
        if (length < 300) expect(oracle(block), `seed ${seed}, length ${length}`).toEqual([...bytes]);
      }
    }
  });

  it('repeats patterns of every distance from 1 to 40', () => {
    for (let distance = 1; distance <= 40; distance++) {
      for (const length of [60, 61, 77, 500]) {
        const bytes = Uint8Array.from({ length }, (_, i) => (i % distance) + 1);
        expect(lz4.decompress(lz4.compress(bytes), length), `distance ${distance}`).toEqual(bytes);
      }
    }
  });

  it('does not let what does not compress grow beyond the bound', () => {
    const { below } = seededRandom(8);
    const bytes = Uint8Array.from({ length: 100_000 }, () => below(256));
    expect(lz4.compress(bytes).length).toBeLessThanOrEqual(lz4.compressBound(bytes.length));
    expect(lz4.compressBound(0)).toBe(16);
    expect(() => lz4.compressBound(-1)).toThrow(RangeError);
  });

  it('agrees with the oracle about altered blocks, and never reads or writes beyond them', () => {
    const seed = 12;
    const { below } = seededRandom(seed);
    const arena = new Arena();
    for (let round = 0; round < 4000; round++) {
      const block =
        round % 2 === 0
          ? Uint8Array.from({ length: below(40) }, () => below(256))
          : lz4.compress(repetitive(200, below), { arena });
      if (round % 2 === 1) {
        for (let changes = below(4); changes > 0; changes--) block[below(block.length)] = below(256);
      }
      const wanted = oracle(block);
      const maxBytes = below(3) === 0 ? below(300) : 1 << 20;
      if (wanted !== undefined && wanted.length <= maxBytes) {
        expect([...lz4.decompress(block, maxBytes, { arena })], `seed ${seed}, round ${round}`).toEqual(wanted);
      } else {
        expect(() => lz4.decompress(block, maxBytes, { arena }), `seed ${seed}, round ${round}`).toThrow(DecodeError);
      }
    }
    arena.check();
  });

  it('refuses every truncation of a block that ends in a match', () => {
    const block = lz4.compress(bytesOf('abcdefgh'.repeat(10)));
    const whole = oracle(block) as number[];
    for (let length = 0; length < block.length; length++) {
      const expected = oracle(block.subarray(0, length));
      const attempt = (): Uint8Array => lz4.decompress(block.subarray(0, length), whole.length);
      if (expected === undefined) expect(attempt, String(length)).toThrow(DecodeError);
      else expect([...attempt()]).toEqual(expected);
    }
  });

  it('has forms that write to an array of yours, whole or not at all', () => {
    const bytes = bytesOf('hello hello hello hello hello');
    const out = new Uint8Array(lz4.compressBound(bytes.length));
    const length = lz4.compressInto(out, bytes);
    const back = new Uint8Array(bytes.length);
    expect(lz4.decompressInto(back, out.subarray(0, length))).toBe(bytes.length);
    expect(back).toEqual(bytes);
    const small = new Uint8Array(5);
    expect(() => lz4.compressInto(small, bytes)).toThrow(RangeError);
    expect(() => lz4.decompressInto(small, out.subarray(0, length))).toThrow(/more than 5 bytes/);
    expect([...small]).toEqual([0, 0, 0, 0, 0]);
    expect(() => lz4.compress('a' as never)).toThrow(TypeError);
    expect(() => lz4.decompress(bytes, -1)).toThrow(RangeError);
  });

  it('gives its memory back, and allocates by what is there', () => {
    const arena = new Arena({ maxBytes: 4 << 20 });
    const bytes = new Uint8Array(1 << 20);
    lz4.compress(new Uint8Array(1000), { arena });
    const block = lz4.compress(bytes, { arena });
    const used = arena.bytesUsed;
    expect(lz4.decompress(block, 2 ** 40, { arena }).length).toBe(bytes.length);
    expect(() => lz4.decompress(Uint8Array.of(0xff), 2 ** 40, { arena })).toThrow(DecodeError);
    expect(arena.bytesUsed).toBe(used);
    expect(() => lz4.compress(new Uint8Array(3 << 20), { arena })).toThrow(ArenaFullError);
    arena.check();
  });
});
