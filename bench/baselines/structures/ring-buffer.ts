/** A ring of doubles in careful plain TypeScript: a power of two of slots, and a mask. */

export class NumberRingTwin {
  readonly #slots: Float64Array;
  readonly #mask: number;
  #first = 0;
  #size = 0;

  constructor(readonly capacity: number) {
    this.#slots = new Float64Array(2 ** Math.ceil(Math.log2(capacity)));
    this.#mask = this.#slots.length - 1;
  }

  get size(): number {
    return this.#size;
  }

  /** Overwrites the oldest when it is full. */
  push(value: number): void {
    if (this.#size === this.capacity) {
      this.#first = (this.#first + 1) & this.#mask;
      this.#size--;
    }
    this.#slots[(this.#first + this.#size++) & this.#mask] = value;
  }

  shift(): number | undefined {
    if (this.#size === 0) return undefined;
    const value = this.#slots[this.#first];
    this.#first = (this.#first + 1) & this.#mask;
    this.#size--;
    return value;
  }
}
