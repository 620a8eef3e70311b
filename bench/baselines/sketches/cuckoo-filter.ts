/**
 * The twin of `CuckooFilter` in plain TypeScript: 16-bit fingerprints in a `Uint16Array`, buckets of four, a number of
 * buckets that is a power of two, so that the other bucket is an exclusive or away.
 */
export class CuckooFilterTwin {
  readonly #slots: Uint16Array;
  readonly #mask: number;
  readonly #fingerprints: number;
  #state = 1;

  constructor(capacity: number, rate: number) {
    const buckets = 2 ** Math.ceil(Math.log2(capacity / 3.8));
    this.#mask = buckets - 1;
    this.#slots = new Uint16Array(buckets * 4);
    this.#fingerprints = Math.min(65_535, Math.ceil(7.6 / rate));
  }

  add(key: string | number): boolean {
    const hash = hashOf(key, 0x9747b28c);
    let fingerprint = 1 + (hashOf(key, 0x5bd1e995) % this.#fingerprints);
    let bucket = hash & this.#mask;
    if (this.#put(bucket, fingerprint)) return true;
    bucket = this.#other(bucket, fingerprint);
    for (let kicks = 0; kicks < 500; kicks++) {
      if (this.#put(bucket, fingerprint)) return true;
      this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
      const at = bucket * 4 + (this.#state >>> 30);
      const old = this.#slots[at] as number;
      this.#slots[at] = fingerprint;
      fingerprint = old;
      bucket = this.#other(bucket, fingerprint);
    }
    return false;
  }

  has(key: string | number): boolean {
    const bucket = hashOf(key, 0x9747b28c) & this.#mask;
    const fingerprint = 1 + (hashOf(key, 0x5bd1e995) % this.#fingerprints);
    return this.#holds(bucket, fingerprint) || this.#holds(this.#other(bucket, fingerprint), fingerprint);
  }

  #put(bucket: number, fingerprint: number): boolean {
    for (let at = bucket * 4; at < bucket * 4 + 4; at++) {
      if (this.#slots[at] === 0) {
        this.#slots[at] = fingerprint;
        return true;
      }
    }
    return false;
  }

  #holds(bucket: number, fingerprint: number): boolean {
    const slots = this.#slots;
    const at = bucket * 4;
    return (
      slots[at] === fingerprint ||
      slots[at + 1] === fingerprint ||
      slots[at + 2] === fingerprint ||
      slots[at + 3] === fingerprint
    );
  }

  #other(bucket: number, fingerprint: number): number {
    return (bucket ^ mix(fingerprint)) & this.#mask;
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
  return (hash ^ (hash >>> 16)) >>> 0;
}
