/**
 * The twin of `BloomFilter` in plain TypeScript: what a careful programmer writes without WebAssembly. Two 32-bit hashes
 * over the characters of a string, enhanced double hashing, bits in a `Uint32Array`.
 */
export class BloomFilterTwin {
  readonly #words: Uint32Array;
  readonly #bits: number;
  readonly #k: number;

  constructor(capacity: number, rate: number) {
    this.#bits = Math.ceil((-capacity * Math.log(rate)) / Math.LN2 ** 2 / 32) * 32;
    this.#k = Math.max(1, Math.round((this.#bits / capacity) * Math.LN2));
    this.#words = new Uint32Array(this.#bits / 32);
  }

  add(key: string): void {
    this.#set(hashText(key, 0x9747b28c), hashText(key, 0x5bd1e995));
  }

  has(key: string): boolean {
    return this.#test(hashText(key, 0x9747b28c), hashText(key, 0x5bd1e995));
  }

  addU32(key: number): void {
    this.#set(mix(key ^ 0x9747b28c), mix(key ^ 0x5bd1e995));
  }

  hasU32(key: number): boolean {
    return this.#test(mix(key ^ 0x9747b28c), mix(key ^ 0x5bd1e995));
  }

  #set(first: number, second: number): void {
    const bits = this.#bits;
    const words = this.#words;
    let x = first % bits;
    let y = second % bits;
    for (let i = 1; i <= this.#k; i++) {
      words[x >>> 5] = (words[x >>> 5] as number) | (1 << (x & 31));
      x += y;
      if (x >= bits) x -= bits;
      y += i;
      if (y >= bits) y -= bits;
    }
  }

  #test(first: number, second: number): boolean {
    const bits = this.#bits;
    const words = this.#words;
    let x = first % bits;
    let y = second % bits;
    for (let i = 1; i <= this.#k; i++) {
      if (((words[x >>> 5] as number) & (1 << (x & 31))) === 0) return false;
      x += y;
      if (x >= bits) x -= bits;
      y += i;
      if (y >= bits) y -= bits;
    }
    return true;
  }
}

function hashText(text: string, seed: number): number {
  let hash = seed ^ text.length;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    hash ^= hash >>> 15;
  }
  return mix(hash);
}

/** The last step of MurmurHash3. */
function mix(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
