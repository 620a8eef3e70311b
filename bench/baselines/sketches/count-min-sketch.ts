/** The twin of `CountMinSketch` in plain TypeScript: one `Uint32Array`, a hash of 32 bits twice, double hashing. */
export class CountMinSketchTwin {
  readonly #cells: Uint32Array;
  readonly #width: number;
  readonly #depth: number;

  constructor(width: number, depth: number) {
    this.#cells = new Uint32Array(width * depth);
    this.#width = width;
    this.#depth = depth;
  }

  add(key: string | number, count = 1): void {
    let hash = hashOf(key, 0x9747b28c);
    const step = hashOf(key, 0x5bd1e995) | 1;
    for (let i = 0, from = 0; i < this.#depth; i++, from += this.#width) {
      const at = from + ((hash >>> 0) % this.#width);
      this.#cells[at] = Math.min((this.#cells[at] as number) + count, 0xffff_ffff);
      hash = (hash + step) | 0;
    }
  }

  estimate(key: string | number): number {
    let hash = hashOf(key, 0x9747b28c);
    const step = hashOf(key, 0x5bd1e995) | 1;
    let least = 0xffff_ffff;
    for (let i = 0, from = 0; i < this.#depth; i++, from += this.#width) {
      least = Math.min(least, this.#cells[from + ((hash >>> 0) % this.#width)] as number);
      hash = (hash + step) | 0;
    }
    return least;
  }
}

function hashOf(key: string | number, seed: number): number {
  if (typeof key === 'number') return mix(key ^ seed);
  let hash = seed ^ key.length;
  for (let i = 0; i < key.length; i++) {
    hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
    hash ^= hash >>> 15;
  }
  return mix(hash);
}

/** The last step of MurmurHash3. */
function mix(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
