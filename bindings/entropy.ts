/** The seed of an arena: random where the platform gives randomness, or fixed by the creator. */

/** Four u32 that key the hash functions of one arena. */
export type Seed = readonly [number, number, number, number];

/** A fresh random seed from the platform's cryptographic source. */
export function randomSeed(): Seed {
  const words = new Uint32Array(4);
  try {
    crypto.getRandomValues(words);
  } catch {
    // Some edge runtimes refuse randomness while a module is still being loaded. Hash flooding needs
    // requests, and there are none yet; an arena made inside a handler gets real randomness.
    for (let i = 0; i < 4; i++) words[i] = Math.floor(Math.random() * 2 ** 32);
  }
  return [words[0] as number, words[1] as number, words[2] as number, words[3] as number];
}

/** Expands a number or bigint to a seed; the same input gives the same bytes everywhere. */
export function fixedSeed(seed: number | bigint): Seed {
  if (typeof seed === 'number' && !Number.isSafeInteger(seed)) {
    throw new RangeError(`Arena seed must be a safe integer or a bigint, got ${seed}`);
  }
  let state = BigInt.asUintN(64, BigInt(seed));
  const words: number[] = [];
  for (let i = 0; i < 2; i++) {
    // splitmix64 (Steele, Lea, Flood 2014).
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let z = state;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    z ^= z >> 31n;
    words.push(Number(z & 0xffffffffn), Number(z >> 32n));
  }
  return words as unknown as Seed;
}
