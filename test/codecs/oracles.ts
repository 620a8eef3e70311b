/** Naive hash functions, straight from their specifications, in BigInt: slow, obvious, and sharing nothing with ours. */

const M32 = 0xffff_ffffn;
const M64 = 0xffff_ffff_ffff_ffffn;

const rotl = (value: bigint, by: bigint, bits: bigint, mask: bigint) => ((value << by) | (value >> (bits - by))) & mask;
const rotl32 = (value: bigint, by: bigint) => rotl(value, by, 32n, M32);
const rotl64 = (value: bigint, by: bigint) => rotl(value, by, 64n, M64);

/** Little-endian integer of `count` bytes at `at`. */
function le(bytes: Uint8Array, at: number, count: number): bigint {
  let value = 0n;
  for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i] ?? 0);
  return value;
}

export function xxh32(bytes: Uint8Array, seed: bigint): bigint {
  const [p1, p2, p3, p4, p5] = [2654435761n, 2246822519n, 3266489917n, 668265263n, 374761393n];
  const round = (lane: bigint, input: bigint) => (rotl32((lane + input * p2) & M32, 13n) * p1) & M32;
  let at = 0;
  let hash: bigint;
  if (bytes.length >= 16) {
    const lanes = [seed + p1 + p2, seed + p2, seed, seed - p1].map((lane) => BigInt.asUintN(32, lane));
    for (; at + 16 <= bytes.length; at += 16) {
      for (let i = 0; i < 4; i++) lanes[i] = round(lanes[i] as bigint, le(bytes, at + 4 * i, 4));
    }
    hash = [1n, 7n, 12n, 18n].reduce((sum, by, i) => sum + rotl32(lanes[i] as bigint, by), 0n) & M32;
  } else {
    hash = (seed + p5) & M32;
  }
  hash = (hash + BigInt(bytes.length)) & M32;
  for (; at + 4 <= bytes.length; at += 4) hash = (rotl32((hash + le(bytes, at, 4) * p3) & M32, 17n) * p4) & M32;
  for (; at < bytes.length; at++) hash = (rotl32((hash + le(bytes, at, 1) * p5) & M32, 11n) * p1) & M32;
  hash = ((hash ^ (hash >> 15n)) * p2) & M32;
  hash = ((hash ^ (hash >> 13n)) * p3) & M32;
  return hash ^ (hash >> 16n);
}

export function xxh64(bytes: Uint8Array, seed: bigint): bigint {
  const p1 = 11400714785074694791n;
  const p2 = 14029467366897019727n;
  const p3 = 1609587929392839161n;
  const p4 = 9650029242287828579n;
  const p5 = 2870177450012600261n;
  const round = (lane: bigint, input: bigint) => (rotl64((lane + input * p2) & M64, 31n) * p1) & M64;
  let at = 0;
  let hash: bigint;
  if (bytes.length >= 32) {
    const lanes = [seed + p1 + p2, seed + p2, seed, seed - p1].map((lane) => BigInt.asUintN(64, lane));
    for (; at + 32 <= bytes.length; at += 32) {
      for (let i = 0; i < 4; i++) lanes[i] = round(lanes[i] as bigint, le(bytes, at + 8 * i, 8));
    }
    hash = [1n, 7n, 12n, 18n].reduce((sum, by, i) => sum + rotl64(lanes[i] as bigint, by), 0n) & M64;
    for (const lane of lanes) hash = ((hash ^ round(0n, lane)) * p1 + p4) & M64;
  } else {
    hash = (seed + p5) & M64;
  }
  hash = (hash + BigInt(bytes.length)) & M64;
  for (; at + 8 <= bytes.length; at += 8) {
    hash = (rotl64(hash ^ round(0n, le(bytes, at, 8)), 27n) * p1 + p4) & M64;
  }
  for (; at + 4 <= bytes.length; at += 4) {
    hash = (rotl64(hash ^ ((le(bytes, at, 4) * p1) & M64), 23n) * p2 + p3) & M64;
  }
  for (; at < bytes.length; at++) hash = (rotl64(hash ^ ((le(bytes, at, 1) * p5) & M64), 11n) * p1) & M64;
  hash = ((hash ^ (hash >> 33n)) * p2) & M64;
  hash = ((hash ^ (hash >> 29n)) * p3) & M64;
  return hash ^ (hash >> 32n);
}

export function murmur3x86_32(bytes: Uint8Array, seed: bigint): bigint {
  const scramble = (k: bigint) => (rotl32((k * 0xcc9e2d51n) & M32, 15n) * 0x1b873593n) & M32;
  const whole = bytes.length - (bytes.length % 4);
  let hash = seed;
  for (let at = 0; at < whole; at += 4) {
    hash = (rotl32(hash ^ scramble(le(bytes, at, 4)), 13n) * 5n + 0xe6546b64n) & M32;
  }
  if (whole < bytes.length) hash ^= scramble(le(bytes, whole, bytes.length - whole));
  hash ^= BigInt(bytes.length);
  hash = ((hash ^ (hash >> 16n)) * 0x85ebca6bn) & M32;
  hash = ((hash ^ (hash >> 13n)) * 0xc2b2ae35n) & M32;
  return hash ^ (hash >> 16n);
}

export function murmur3x64_128(bytes: Uint8Array, seed: bigint): bigint {
  const c1 = 0x87c37b91114253d5n;
  const c2 = 0x4cf5ad432745937fn;
  const first = (k: bigint) => (rotl64((k * c1) & M64, 31n) * c2) & M64;
  const second = (k: bigint) => (rotl64((k * c2) & M64, 33n) * c1) & M64;
  const mix = (k: bigint) => {
    k = ((k ^ (k >> 33n)) * 0xff51afd7ed558ccdn) & M64;
    k = ((k ^ (k >> 33n)) * 0xc4ceb9fe1a85ec53n) & M64;
    return k ^ (k >> 33n);
  };
  let h1 = seed;
  let h2 = seed;
  const whole = bytes.length - (bytes.length % 16);
  for (let at = 0; at < whole; at += 16) {
    h1 = ((rotl64(h1 ^ first(le(bytes, at, 8)), 27n) + h2) * 5n + 0x52dce729n) & M64;
    h2 = ((rotl64(h2 ^ second(le(bytes, at + 8, 8)), 31n) + h1) * 5n + 0x38495ab5n) & M64;
  }
  // Bytes past the end read as zero, and zero words change nothing.
  h2 ^= second(le(bytes, whole + 8, 8));
  h1 ^= first(le(bytes, whole, 8));
  h1 ^= BigInt(bytes.length);
  h2 ^= BigInt(bytes.length);
  h1 = (h1 + h2) & M64;
  h2 = (h2 + h1) & M64;
  h1 = mix(h1);
  h2 = mix(h2);
  h1 = (h1 + h2) & M64;
  h2 = (h2 + h1) & M64;
  return (h1 << 64n) | h2;
}

export function fnv1a32(bytes: Uint8Array, basis = 0x811c9dc5n): bigint {
  return bytes.reduce((hash, byte) => ((hash ^ BigInt(byte)) * 16777619n) & M32, basis);
}

export function fnv1a64(bytes: Uint8Array, basis = 0xcbf29ce484222325n): bigint {
  return bytes.reduce((hash, byte) => ((hash ^ BigInt(byte)) * 1099511628211n) & M64, basis);
}

export function djb2(bytes: Uint8Array, start = 5381n): bigint {
  return bytes.reduce((hash, byte) => (hash * 33n + BigInt(byte)) & M32, start);
}

export function sipHash13(bytes: Uint8Array, key: Uint8Array): bigint {
  const k0 = le(key, 0, 8);
  const k1 = le(key, 8, 8);
  let v0 = k0 ^ 0x736f6d6570736575n;
  let v1 = k1 ^ 0x646f72616e646f6dn;
  let v2 = k0 ^ 0x6c7967656e657261n;
  let v3 = k1 ^ 0x7465646279746573n;
  const round = () => {
    v0 = (v0 + v1) & M64;
    v1 = rotl64(v1, 13n) ^ v0;
    v0 = rotl64(v0, 32n);
    v2 = (v2 + v3) & M64;
    v3 = rotl64(v3, 16n) ^ v2;
    v0 = (v0 + v3) & M64;
    v3 = rotl64(v3, 21n) ^ v0;
    v2 = (v2 + v1) & M64;
    v1 = rotl64(v1, 17n) ^ v2;
    v2 = rotl64(v2, 32n);
  };
  for (let at = 0; at <= bytes.length; at += 8) {
    const last = bytes.length - at < 8 ? (BigInt(bytes.length) & 255n) << 56n : 0n;
    const word = le(bytes, at, Math.min(8, bytes.length - at)) | last;
    v3 ^= word;
    round();
    v0 ^= word;
  }
  v2 ^= 0xffn;
  for (let i = 0; i < 3; i++) round();
  return v0 ^ v1 ^ v2 ^ v3;
}

/** Division of the message polynomial, bit by bit. */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}
