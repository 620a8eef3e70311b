/** What decides the levels of a skip list: the probability of one more, and the seed of the drawing. */

export const DEFAULT_PROBABILITY = 0.25;
/** Above it a node has more than ten links, and levels reach the most there are. */
const MAX_PROBABILITY = 0.9;

export function isProbability(p: unknown): p is number {
  return typeof p === 'number' && p > 0 && p <= MAX_PROBABILITY;
}

export function checkProbability(p: unknown): asserts p is number {
  if (!isProbability(p)) throw new RangeError(`p must be above 0 and at most ${MAX_PROBABILITY}, got ${String(p)}`);
}

/** The halves of a seed, the low one first. */
export function seedWords(seed: number | bigint): readonly [low: number, high: number] {
  const whole = typeof seed === 'bigint' ? seed : Number.isSafeInteger(seed) ? BigInt(seed) : -1n;
  if (whole < 0n || whole >> 64n !== 0n) {
    throw new RangeError(`seed must be an integer from 0 to 2^64 − 1, got ${String(seed)}`);
  }
  return [Number(whole & 0xffff_ffffn), Number(whole >> 32n)];
}

export function seedOf(low: number, high: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}
