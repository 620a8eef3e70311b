/** The hash functions that plain TypeScript does well: 32-bit ones, on `Math.imul` and typed arrays. */

/** MurmurHash3_x86_32. */
export function murmur3x86_32(bytes: Uint8Array, seed: number): number {
  const whole = bytes.length & ~3;
  let hash = seed;
  for (let i = 0; i < whole; i += 4) {
    const word =
      (bytes[i] as number) |
      ((bytes[i + 1] as number) << 8) |
      ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24);
    hash ^= scramble(word);
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let i = bytes.length - 1; i >= whole; i--) tail = (tail << 8) | (bytes[i] as number);
  if (whole < bytes.length) hash ^= scramble(tail);
  hash ^= bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function scramble(word: number): number {
  const mixed = Math.imul(word, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}

/** FNV-1a, 32 bits. */
export function fnv1a32(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return hash >>> 0;
}

/** Eight tables of 256: table k holds the CRC of a byte followed by k zero bytes. */
const tables = /* @__PURE__ */ makeTables();

function makeTables(): Int32Array {
  const out = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    out[byte] = crc;
  }
  for (let i = 256; i < out.length; i++) {
    const before = out[i - 256] as number;
    out[i] = (before >>> 8) ^ (out[before & 255] as number);
  }
  return out;
}

/** CRC-32C, eight bytes a step. */
export function crc32c(bytes: Uint8Array): number {
  const t = tables;
  const whole = bytes.length & ~7;
  let crc = -1;
  let i = 0;
  for (; i < whole; i += 8) {
    crc =
      (t[1792 + ((crc ^ (bytes[i] as number)) & 255)] as number) ^
      (t[1536 + (((crc >>> 8) ^ (bytes[i + 1] as number)) & 255)] as number) ^
      (t[1280 + (((crc >>> 16) ^ (bytes[i + 2] as number)) & 255)] as number) ^
      (t[1024 + ((crc >>> 24) ^ (bytes[i + 3] as number))] as number) ^
      (t[768 + (bytes[i + 4] as number)] as number) ^
      (t[512 + (bytes[i + 5] as number)] as number) ^
      (t[256 + (bytes[i + 6] as number)] as number) ^
      (t[bytes[i + 7] as number] as number);
  }
  for (; i < bytes.length; i++) crc = (crc >>> 8) ^ (t[(crc ^ (bytes[i] as number)) & 255] as number);
  return ~crc >>> 0;
}
