/** Random: what a room asks for chance, so that a simulator can repeat it. */

export interface Random {
  /** A uniform integer in [0, 2^32). */
  u32(): number;
  /** A uniform double in [0, 1), 53 bits of it. */
  float(): number;
  /** Fills `target` with uniform bytes. */
  fill(target: Uint8Array): void;
}

/** Bytes drawn from the platform at a time: one call costs a microsecond or more, however little it gives. */
const POOL_WORDS = 1024;
/** What `crypto.getRandomValues` gives at most in one call. */
const MAX_FILL_BYTES = 65536;

let pool: Uint32Array<ArrayBuffer> | undefined;
let taken = POOL_WORDS;

/**
 * The platform's cryptographic source, drawn in blocks of 4 KiB. A word is erased from the block as it is given, so that
 * memory never shows what was given before.
 */
export const systemRandom: Random = {
  u32: word,
  float: () => doubleOf(word(), word()),
  fill(target) {
    for (let from = 0; from < target.length; from += MAX_FILL_BYTES) {
      crypto.getRandomValues(target.subarray(from, from + MAX_FILL_BYTES) as Uint8Array<ArrayBuffer>);
    }
  },
};

function word(): number {
  if (pool === undefined || taken === POOL_WORDS) {
    pool ??= new Uint32Array(POOL_WORDS);
    crypto.getRandomValues(pool);
    taken = 0;
  }
  const value = pool[taken] as number;
  pool[taken++] = 0;
  return value;
}

/**
 * A repeatable source for simulations and tests: xoshiro128** (Blackman and Vigna 2018), its state drawn from the seed
 * by splitmix32. Not for secrets.
 *
 * @throws RangeError when the seed is not a safe integer
 */
export function seededRandom(seed: number): Random {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`seed must be a safe integer, got ${seed}`);
  let mix = (seed ^ Math.floor(seed / 2 ** 32)) >>> 0;
  const next = (): number => {
    mix = (mix + 0x9e3779b9) >>> 0;
    let z = mix;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  let a = next();
  let b = next();
  let c = next();
  let d = next();
  const u32 = (): number => {
    const scaled = Math.imul(b, 5);
    const result = Math.imul((scaled << 7) | (scaled >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result;
  };
  return {
    u32,
    float: () => doubleOf(u32(), u32()),
    fill(target) {
      for (let i = 0; i < target.length; ) {
        for (let bytes = u32(), k = 0; k < 4 && i < target.length; k++, bytes >>>= 8) target[i++] = bytes;
      }
    },
  };
}

function doubleOf(high: number, low: number): number {
  return ((high >>> 5) * 0x400_0000 + (low >>> 6)) / 2 ** 53;
}
