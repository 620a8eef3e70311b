/** Seeded randomness for tests: a failing seed reproduces the run. */
export interface SeededRandom {
  /** Uniform integer in [0, bound). */
  below(bound: number): number;
  /** Uniform in [0, 1). */
  next(): number;
}

/** mulberry32. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return { next, below: (bound) => Math.floor(next() * bound) };
}

/**
 * The seed of a random test, printed: `ASHLAR_SEED` repeats a run. Where a change is judged (`CI`) it is the same every
 * time, so that what turns red is the change; everywhere else it is fresh.
 */
export function testSeed(name: string): number {
  const chosen = process.env.ASHLAR_SEED;
  const fresh = process.env.CI ? hashOf(name) : Math.random() * 2 ** 32;
  const seed = (chosen === undefined ? fresh : Number(chosen)) >>> 0;
  console.log(`${name}: seed ${seed} (ASHLAR_SEED=${seed} repeats it)`);
  return seed;
}

function hashOf(name: string): number {
  let hash = 0;
  for (const letter of name) hash = Math.imul(hash, 31) + (letter.codePointAt(0) as number);
  return hash;
}
