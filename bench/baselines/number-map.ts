/**
 * The twin of `U32Map` in plain TypeScript: what a careful programmer writes without WebAssembly. Open addressing
 * with linear probing in typed arrays, a power of two of places, at most three quarters full, deletion by shifting
 * back. Grows all at once by doubling.
 */
export class U32MapTwin {
  #keys = new Uint32Array(16);
  #values = new Float64Array(16);
  #taken = new Uint8Array(16);
  #mask = 15;
  #limit = 12;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: number): number | undefined {
    const keys = this.#keys;
    const taken = this.#taken;
    const mask = this.#mask;
    for (let i = mix(key) & mask; taken[i] !== 0; i = (i + 1) & mask) {
      if (keys[i] === key) return this.#values[i];
    }
    return undefined;
  }

  has(key: number): boolean {
    const keys = this.#keys;
    const taken = this.#taken;
    const mask = this.#mask;
    for (let i = mix(key) & mask; taken[i] !== 0; i = (i + 1) & mask) {
      if (keys[i] === key) return true;
    }
    return false;
  }

  set(key: number, value: number): this {
    const keys = this.#keys;
    const taken = this.#taken;
    const mask = this.#mask;
    let i = mix(key) & mask;
    for (; taken[i] !== 0; i = (i + 1) & mask) {
      if (keys[i] === key) {
        this.#values[i] = value;
        return this;
      }
    }
    if (this.#size === this.#limit) {
      this.#grow();
      return this.set(key, value);
    }
    taken[i] = 1;
    keys[i] = key;
    this.#values[i] = value;
    this.#size++;
    return this;
  }

  delete(key: number): boolean {
    const keys = this.#keys;
    const values = this.#values;
    const taken = this.#taken;
    const mask = this.#mask;
    let hole = mix(key) & mask;
    for (; taken[hole] !== 0 && keys[hole] !== key; hole = (hole + 1) & mask);
    if (taken[hole] === 0) return false;
    for (let i = (hole + 1) & mask; taken[i] !== 0; i = (i + 1) & mask) {
      // An entry moves into the hole unless its home lies behind the hole.
      if (((i - mix(keys[i] as number)) & mask) < ((i - hole) & mask)) continue;
      keys[hole] = keys[i] as number;
      values[hole] = values[i] as number;
      hole = i;
    }
    taken[hole] = 0;
    this.#size--;
    return true;
  }

  forEach(callback: (value: number, key: number) => void): void {
    for (let i = 0; i <= this.#mask; i++) {
      if (this.#taken[i] !== 0) callback(this.#values[i] as number, this.#keys[i] as number);
    }
  }

  #grow(): void {
    const keys = this.#keys;
    const values = this.#values;
    const taken = this.#taken;
    const places = keys.length * 2;
    this.#keys = new Uint32Array(places);
    this.#values = new Float64Array(places);
    this.#taken = new Uint8Array(places);
    this.#mask = places - 1;
    this.#limit = places * 0.75;
    for (let i = 0; i < keys.length; i++) {
      if (taken[i] === 0) continue;
      let at = mix(keys[i] as number) & this.#mask;
      while (this.#taken[at] !== 0) at = (at + 1) & this.#mask;
      this.#taken[at] = 1;
      this.#keys[at] = keys[i] as number;
      this.#values[at] = values[i] as number;
    }
  }
}

/** The finaliser of murmur3, unseeded: fast, and open to keys chosen to collide. */
function mix(key: number): number {
  let h = Math.imul(key ^ (key >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
