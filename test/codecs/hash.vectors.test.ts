import { describe, expect, it } from 'vitest';
import {
  crc32c,
  djb2,
  fnv1a32,
  fnv1a64,
  murmur3x64_128,
  murmur3x86_32,
  SipHash13,
  sipHash13,
  xxh32,
  xxh64,
  xxh64Into,
  xxh64Pair,
} from '../../src/codecs/hash/index.js';

const hex = (value: number | bigint, digits: number) => value.toString(16).padStart(digits, '0');
const ascending = (count: number) => Uint8Array.from({ length: count }, (_, i) => i);

/** The low `bytes` bytes of a value, little-endian: how SMHasher stores a hash. */
function littleEndian(value: bigint, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
}

/**
 * SMHasher's verification code: hash the keys {}, {0}, {0,1} … {0..254} with seed 256 − length, hash the concatenated
 * results with seed 0, and take the first four bytes as a little-endian number.
 */
function verificationCode(bytes: number, hash: (key: Uint8Array, seed: number) => Uint8Array): string {
  const hashes = new Uint8Array(256 * bytes);
  for (let i = 0; i < 256; i++) hashes.set(hash(ascending(i), 256 - i), i * bytes);
  const final = hash(hashes, 0);
  return hex(new DataView(final.buffer).getUint32(0, true), 8);
}

describe('SMHasher verification codes', () => {
  it('murmur3x86_32 is Murmur3A', () => {
    expect(verificationCode(4, (key, seed) => littleEndian(BigInt(murmur3x86_32(key, seed)), 4))).toBe('b0f57ee3');
  });

  it('murmur3x64_128 is Murmur3F', () => {
    const code = verificationCode(16, (key, seed) => {
      const value = murmur3x64_128(key, seed);
      const out = new Uint8Array(16);
      out.set(littleEndian(value >> 64n, 8));
      out.set(littleEndian(value, 8), 8);
      return out;
    });
    expect(code).toBe('6384ba69');
  });

  it('xxh32 is xxHash32, xxh64 is xxHash64', () => {
    expect(verificationCode(4, (key, seed) => littleEndian(BigInt(xxh32(key, seed)), 4))).toBe('ba88b743');
    expect(verificationCode(8, (key, seed) => littleEndian(xxh64(key, seed), 8))).toBe('024b7cf4');
  });

  it('fnv1a32 is FNV1a, fnv1a64 is FNV64, seeded as SMHasher seeds them: xored into the offset basis', () => {
    const code32 = verificationCode(4, (key, seed) => littleEndian(BigInt(fnv1a32(key, (0x811c9dc5 ^ seed) >>> 0)), 4));
    expect(code32).toBe('e3cbbe91');
    const code64 = verificationCode(8, (key, seed) =>
      littleEndian(fnv1a64(key, 0xcbf29ce484222325n ^ BigInt(seed)), 8),
    );
    expect(code64).toBe('103455fc');
  });

  it('djb2 is Bernstein, the seed being the start value', () => {
    expect(verificationCode(4, (key, seed) => littleEndian(BigInt(djb2(key, seed)), 4))).toBe('bdb4b640');
  });
});

describe('published vectors', () => {
  it('xxh32 and xxh64, reference implementation', () => {
    expect(hex(xxh32(''), 8)).toBe('02cc5d05');
    expect(hex(xxh32('a'), 8)).toBe('550d7456');
    expect(hex(xxh32('abc'), 8)).toBe('32d153ff');
    expect(hex(xxh32('Nobody inspects the spammish repetition'), 8)).toBe('e2293b2f');
    expect(hex(xxh64(''), 16)).toBe('ef46db3751d8e999');
    expect(hex(xxh64('a'), 16)).toBe('d24ec4f1a98c6e5b');
    expect(hex(xxh64('abc'), 16)).toBe('44bc2cf5ad770999');
    expect(hex(xxh64('Nobody inspects the spammish repetition'), 16)).toBe('fbcea83c8a378bf1');
  });

  it('xxh64 sanity buffer of the reference test suite', () => {
    // xxHash's xsum_sanity_check.c fills its buffer with the high bytes of a product of PRIME64.
    const buffer = new Uint8Array(2243);
    let generator = 2654435761n;
    for (let i = 0; i < buffer.length; i++) {
      buffer[i] = Number(generator >> 56n);
      generator = BigInt.asUintN(64, generator * 11400714785074694797n);
    }
    const prime = 2654435761n;
    expect(hex(xxh64(buffer.subarray(0, 1)), 16)).toBe('e934a84adb052768');
    expect(hex(xxh64(buffer.subarray(0, 1), prime), 16)).toBe('5014607643a9b4c3');
    expect(hex(xxh64(buffer.subarray(0, 4)), 16)).toBe('9136a0dca57457ee');
    expect(hex(xxh64(buffer.subarray(0, 14)), 16)).toBe('8282dcc4994e35c8');
    expect(hex(xxh64(buffer.subarray(0, 14), prime), 16)).toBe('c3bd6bf63deb6df0');
    expect(hex(xxh64(buffer.subarray(0, 222)), 16)).toBe('b641ae8cb691c174');
    expect(hex(xxh64(buffer.subarray(0, 222), prime), 16)).toBe('20cb8ab7ae10c14a');
    expect(hex(xxh32(buffer.subarray(0, 1)), 8)).toBe('cf65b03e');
    expect(hex(xxh32(buffer.subarray(0, 14)), 8)).toBe('1208e7e2');
    expect(hex(xxh32(buffer.subarray(0, 222)), 8)).toBe('5bd11dbd');
  });

  it('murmur3, reference implementation', () => {
    expect(hex(murmur3x86_32(''), 8)).toBe('00000000');
    expect(hex(murmur3x86_32('', 1), 8)).toBe('514e28b7');
    expect(hex(murmur3x86_32('', 0xffffffff), 8)).toBe('81f16f39');
    expect(hex(murmur3x86_32('Hello, world!', 0x9747b28c), 8)).toBe('24884cba');
    expect(hex(murmur3x86_32('The quick brown fox jumps over the lazy dog', 0x9747b28c), 8)).toBe('2fa826cd');
    expect(hex(murmur3x64_128(''), 32)).toBe('0'.repeat(32));
    expect(hex(murmur3x64_128('The quick brown fox jumps over the lazy dog'), 32)).toBe(
      'e34bbc7bbc071b6c7a433ca9c49a9347',
    );
  });

  it('FNV-1a, of the authors', () => {
    expect(hex(fnv1a32(''), 8)).toBe('811c9dc5');
    expect(hex(fnv1a32('a'), 8)).toBe('e40c292c');
    expect(hex(fnv1a32('foobar'), 8)).toBe('bf9cf968');
    expect(hex(fnv1a64(''), 16)).toBe('cbf29ce484222325');
    expect(hex(fnv1a64('a'), 16)).toBe('af63dc4c8601ec8c');
    expect(hex(fnv1a64('foobar'), 16)).toBe('85944171f73967e8');
  });

  it('djb2', () => {
    expect(djb2('')).toBe(5381);
    expect(djb2('a')).toBe(5381 * 33 + 97);
    expect(djb2('hello')).toBe(261238937);
  });

  it('CRC-32C, RFC 3720 and the check value', () => {
    expect(hex(crc32c('123456789'), 8)).toBe('e3069283');
    expect(hex(crc32c(new Uint8Array(32)), 8)).toBe('8a9136aa');
    expect(hex(crc32c(new Uint8Array(32).fill(255)), 8)).toBe('62a8ab43');
    expect(hex(crc32c(ascending(32)), 8)).toBe('46dd794e');
    expect(hex(crc32c(ascending(32).reverse()), 8)).toBe('113fdb5c');
    const iscsiRead = new Uint8Array(48);
    iscsiRead.set([0x01, 0xc0], 0);
    iscsiRead.set([0x14], 16);
    iscsiRead.set([0x04], 22);
    iscsiRead.set([0x14], 27);
    iscsiRead.set([0x18], 31);
    iscsiRead.set([0x28], 32);
    iscsiRead.set([0x02], 40);
    expect(hex(crc32c(iscsiRead), 8)).toBe('d9963a56');
  });

  it('SipHash-1-3, key 00 … 0f, messages {}, {0}, {0,1} … of 0 to 63 bytes (the vectors of the Rust library)', () => {
    const key = ascending(16);
    const streaming = new SipHash13(key);
    SIPHASH13_VECTORS.forEach((expected, length) => {
      expect(Buffer.from(littleEndian(sipHash13(ascending(length), key), 8)).toString('hex')).toBe(expected);
      expect(Buffer.from(littleEndian(streaming.digest(), 8)).toString('hex')).toBe(expected);
      streaming.update(Uint8Array.of(length));
    });
    streaming.dispose();
  });
});

describe('xxh64 without BigInt', () => {
  it('gives the halves, high first', () => {
    expect(xxh64Pair('')).toEqual([0xef46db37, 0x51d8e999]);
    const out = new Uint32Array(2);
    expect(xxh64Into(out, 'abc')).toBe(out);
    expect([...out]).toEqual([0x44bc2cf5, 0xad770999]);
  });
});

const SIPHASH13_VECTORS = `
  dcc40f055801acab 93ca577df39bf4c9 4dd4c74d029bcb82 fbf7dde7b80af88b 2883d388605775cf 673b53492fd5f9de
  a7229fc5502b0dc5 4011b19b987d92d3 8e9a298d11959036 e43d066cb38ea425 7f09ff92ee85de79 52c34df9c118c170
  a2d9b457b184a378 a7ff29120c766f30 345df9c011a15a60 5699512a6dd820d3 668b907d1add4fcc 0cd8db639068f29c
  3ee673b49c38fc8f 1c7d298de59d1ff2 40e0cca6462fdcc0 44f8452bfeab92b9 2e8720a39b7bfe7f 23c1e6da7f0e5a52
  8c9c3467b2ae64f4 79095b702859cd45 a51399cae3353e3a 353bde4a4ec71da9 0dd06cef02ed0bfb f4e1b14ab43cd988
  63e6c543d6110f54 bcd1218c1fdd7023 0db6a7166c7b1581 bff98f7ae5b9544d 3e752a1f78129f75 916b18bfbea3a1ce
  0662a2add308f52c 5730c3a32d1c10b6 a1363aae9674f4b3 9283107b54576b62 3115e4993236d2c1 44d91a3f92c17c66
  258813c8fe4f7065 a64989c2d180f224 6b87f8faed1ccac2 9621049ffc4b16c2 23d6b168939c6ea1 fd14518b9c16fb49
  464c07dff843319f b386cc1224affdc6 8f09520ad149af7e 9a2f299d5513f31c 121ff4a2dd304ac4 d01ea74389e9fa36
  e6bcf0734cb38f31 80e9a77036bf7aa2 756d3c24dbc0bcb4 1315b7fd52d8f823 088a7da64d5f038f 48f1e8b7e5d09cd8
  ee44a6f7bce6f4f6 f237180fd89ac5ae e094664b15f6b2c3 a8b3bbb76290199d
`
  .trim()
  .split(/\s+/);
