/** Seeded randomness: the same keys in every run and for every contender. */

/** mulberry32, a generator with 32 bits of state. Returns a function that gives numbers in [0, 1). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` different u32 below `bound`, in random order. */
export function distinctU32(count: number, seed: number, bound = 2 ** 32): Uint32Array<ArrayBuffer> {
  // A permutation of u32 (multiply by an odd number, fold) gives no duplicates and needs no set.
  const out = new Uint32Array(count);
  const offset = Math.floor(generator(seed)() * 2 ** 32);
  let at = 0;
  for (let i = 0; at < count; i++) {
    let x = (i + offset) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d) >>> 0;
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b) >>> 0;
    x = (x ^ (x >>> 16)) >>> 0;
    if (x < bound) out[at++] = x;
  }
  return out;
}

/** A copy in random order (Fisher–Yates). */
export function shuffled<T extends Uint32Array | Float64Array>(array: T, seed: number): T {
  const out = array.slice() as T;
  const random = generator(seed);
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const held = out[i] as number;
    out[i] = out[j] as number;
    out[j] = held;
  }
  return out;
}

/**
 * `count` indices below `range`, Zipf-distributed with exponent 0.99, the most frequent first.
 * Gray et al., "Quickly generating billion-record synthetic databases" (1994), as in YCSB.
 */
export function zipfIndices(count: number, range: number, seed: number): Uint32Array<ArrayBuffer> {
  const theta = 0.99;
  let zeta = 0;
  for (let i = 1; i <= range; i++) zeta += 1 / i ** theta;
  const alpha = 1 / (1 - theta);
  const eta = (1 - (2 / range) ** (1 - theta)) / (1 - (1 + 0.5 ** theta) / zeta);
  const random = generator(seed);
  return new Uint32Array(count).map(() => {
    const u = random();
    const scaled = u * zeta;
    if (scaled < 1) return 0;
    if (scaled < 1 + 0.5 ** theta) return 1;
    return Math.min(range - 1, Math.floor(range * (eta * u - eta + 1) ** alpha));
  });
}
