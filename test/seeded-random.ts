/** Random numbers that a printed seed reproduces: xorshift128 (G. Marsaglia, "Xorshift RNGs", 2003). */
export class SeededRandom {
  readonly seed: number;
  #x: number;
  #y = 362436069;
  #z = 521288629;
  #w = 88675123;

  constructor(seed = Number(process.env.ASHLAR_TEST_SEED ?? (Math.random() * 2 ** 32) >>> 0)) {
    this.seed = seed;
    this.#x = (seed ^ 123456789) | 0;
    for (let i = 0; i < 16; i++) this.u32();
  }

  /** 0 to 2^32 − 1. */
  u32(): number {
    const t = this.#x ^ (this.#x << 11);
    this.#x = this.#y;
    this.#y = this.#z;
    this.#z = this.#w;
    this.#w = this.#w ^ (this.#w >>> 19) ^ t ^ (t >>> 8);
    return this.#w >>> 0;
  }

  /** 0 to `bound` − 1. */
  below(bound: number): number {
    return Math.floor((this.u32() / 2 ** 32) * bound);
  }

  u64(): bigint {
    return (BigInt(this.u32()) << 32n) | BigInt(this.u32());
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length }, () => this.u32() & 255);
  }
}
