/** Seeds, keys and start values: checked once, and split into the u32 that the kernel takes. */

/** A 64-bit seed: a bigint from 0 to 2^64 − 1, or a safe non-negative integer. */
export type Seed64 = bigint | number;

const MAX_U32 = 0xffff_ffff;
const MAX_U64 = 0xffff_ffff_ffff_ffffn;
const TWO_TO_32 = 0x1_0000_0000;

/** A 32-bit parameter as it is, or RangeError. */
export function checkU32(value: number, what: string): number {
  if (typeof value !== 'number' || value >>> 0 !== value) {
    throw new RangeError(`${what} must be an integer from 0 to ${MAX_U32}, got ${String(value)}`);
  }
  return value;
}

/** A 64-bit parameter as it is, or RangeError. */
export function checkU64(value: Seed64, what: string): Seed64 {
  const valid = typeof value === 'bigint' ? value >= 0n && value <= MAX_U64 : Number.isSafeInteger(value) && value >= 0;
  if (!valid) {
    throw new RangeError(
      `${what} must be a bigint from 0 to 2^64 − 1 or a safe non-negative integer, got ${String(value)}`,
    );
  }
  return value;
}

export function lowHalf(value: Seed64): number {
  return typeof value === 'bigint' ? Number(value & 0xffff_ffffn) : value >>> 0;
}

export function highHalf(value: Seed64): number {
  return typeof value === 'bigint' ? Number(value >> 32n) : Math.floor(value / TWO_TO_32);
}

/** The key of a SipHash, or TypeError / RangeError. */
export function checkKey(key: Uint8Array): Uint8Array {
  if (!(key instanceof Uint8Array) && Object.prototype.toString.call(key) !== '[object Uint8Array]') {
    throw new TypeError(`A SipHash key must be a Uint8Array of 16 bytes, got ${typeof key}`);
  }
  if (key.length !== 16) throw new RangeError(`A SipHash key must have 16 bytes, got ${key.length}`);
  return key;
}

/** Little-endian u32 at `at`. */
export function keyWord(key: Uint8Array, at: number): number {
  return (
    (key[at] as number) |
    ((key[at + 1] as number) << 8) |
    ((key[at + 2] as number) << 16) |
    ((key[at + 3] as number) << 24)
  );
}
