/** The twin of `HashTable` in plain TypeScript: one growing pool of bytes, linear probing over typed arrays, FNV-1a. */

export class ByteTableTwin {
  #pool = new Uint8Array(1024);
  #used = 0;
  #count = 0;
  /** Offsets of entries in the pool, plus one; 0 is empty. An entry is u32 key length, u32 value length, key, value. */
  #slots = new Uint32Array(16);
  #hashes = new Uint32Array(16);

  get size(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#pool.length + this.#slots.byteLength + this.#hashes.byteLength;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const slot = this.#find(key, fnv1a(key));
    const entry = this.#slots[slot] as number;
    if (entry === 0) return undefined;
    const at = entry - 1;
    const from = at + 8 + this.#read(at);
    return this.#pool.slice(from, from + this.#read(at + 4));
  }

  set(key: Uint8Array, value: Uint8Array): this {
    const hash = fnv1a(key);
    const slot = this.#find(key, hash);
    if (this.#slots[slot] === 0) this.#count++;
    const at = this.#append(key, value);
    this.#slots[slot] = at + 1;
    this.#hashes[slot] = hash;
    if (this.#count * 4 > this.#slots.length * 3) this.#grow();
    return this;
  }

  /** Slot of the key, or the empty one where it would go. */
  #find(key: Uint8Array, hash: number): number {
    const mask = this.#slots.length - 1;
    let slot = (Math.imul(hash, 0x9e3779b1) >>> 8) & mask;
    for (;;) {
      const entry = this.#slots[slot] as number;
      if (entry === 0 || (this.#hashes[slot] === hash && this.#matches(entry - 1, key))) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #matches(at: number, key: Uint8Array): boolean {
    if (this.#read(at) !== key.length) return false;
    for (let i = 0; i < key.length; i++) if (this.#pool[at + 8 + i] !== key[i]) return false;
    return true;
  }

  #append(key: Uint8Array, value: Uint8Array): number {
    const at = this.#used;
    const end = at + 8 + key.length + value.length;
    if (end > this.#pool.length) {
      const pool = new Uint8Array(Math.max(end, this.#pool.length * 2));
      pool.set(this.#pool);
      this.#pool = pool;
    }
    this.#write(at, key.length);
    this.#write(at + 4, value.length);
    this.#pool.set(key, at + 8);
    this.#pool.set(value, at + 8 + key.length);
    this.#used = end;
    return at;
  }

  #grow(): void {
    const [slots, hashes] = [this.#slots, this.#hashes];
    this.#slots = new Uint32Array(slots.length * 2);
    this.#hashes = new Uint32Array(slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let i = 0; i < slots.length; i++) {
      if (slots[i] === 0) continue;
      let slot = (Math.imul(hashes[i] as number, 0x9e3779b1) >>> 8) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = slots[i] as number;
      this.#hashes[slot] = hashes[i] as number;
    }
  }

  #read(at: number): number {
    const pool = this.#pool;
    return (
      ((pool[at] as number) |
        ((pool[at + 1] as number) << 8) |
        ((pool[at + 2] as number) << 16) |
        ((pool[at + 3] as number) << 24)) >>>
      0
    );
  }

  #write(at: number, value: number): void {
    this.#pool[at] = value;
    this.#pool[at + 1] = value >>> 8;
    this.#pool[at + 2] = value >>> 16;
    this.#pool[at + 3] = value >>> 24;
  }
}

function fnv1a(key: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ (key[i] as number), 0x01000193);
  return hash >>> 0;
}
