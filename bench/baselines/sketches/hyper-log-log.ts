/** The twin of `HyperLogLog` in plain TypeScript: a byte a register, a hash of two 32-bit halves, Ertl's estimate. */
export class HyperLogLogTwin {
  readonly #registers: Uint8Array;
  readonly #precision: number;

  constructor(precision = 14) {
    this.#precision = precision;
    this.#registers = new Uint8Array(2 ** precision);
  }

  add(key: string | number): boolean {
    let high = 0x9747b28c;
    let low = 0x5bd1e995;
    if (typeof key === 'number') {
      high = mix(key ^ high);
      low = mix(key + low);
    } else {
      for (let i = 0; i < key.length; i++) {
        const unit = key.charCodeAt(i);
        high = Math.imul(high ^ unit, 0x01000193);
        low = Math.imul(low + unit, 0x85ebca6b) ^ (low >>> 13);
      }
      high = mix(high);
      low = mix(low ^ high);
    }
    const index = high >>> (32 - this.#precision);
    const rest = (high << this.#precision) | (low >>> (32 - this.#precision));
    const value = 1 + (rest === 0 ? 32 + Math.clz32(low << this.#precision) : Math.clz32(rest));
    if (value <= (this.#registers[index] as number)) return false;
    this.#registers[index] = value;
    return true;
  }

  count(): number {
    const registers = this.#registers;
    const histogram = new Uint32Array(66);
    for (let i = 0; i < registers.length; i++) {
      const value = registers[i] as number;
      histogram[value] = (histogram[value] as number) + 1;
    }
    const m = registers.length;
    let z = 0;
    for (let value = 64 - this.#precision; value > 0; value--) z = 0.5 * (z + (histogram[value] as number));
    let x = (histogram[0] as number) / m;
    let [sigma, y, before] = [x, 1, -1];
    while (sigma !== before) {
      x *= x;
      before = sigma;
      sigma += x * y;
      y += y;
    }
    return (m * m) / (2 * Math.LN2 * (z + m * sigma));
  }

  merge(other: HyperLogLogTwin): void {
    const [a, b] = [this.#registers, other.#registers];
    for (let i = 0; i < a.length; i++) if ((b[i] as number) > (a[i] as number)) a[i] = b[i] as number;
  }
}

/** The last step of MurmurHash3. */
function mix(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
