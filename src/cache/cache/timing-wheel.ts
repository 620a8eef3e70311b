/**
 * A hierarchical timing wheel over slot numbers: what is due next, without a timer for each entry.
 *
 * Varghese & Lauck, "Hashed and Hierarchical Timing Wheels" (1987), scheme 7. Five wheels of 64 buckets, each bucket of
 * a wheel as wide as the whole wheel below it, hold what is due within 2^30 ticks of the same stretch of time; one more
 * bucket holds what is later. A slot stands in the lowest wheel in which its time and the present differ. When the
 * present enters a bucket of a higher wheel, its slots move down. So slots come out in the order of their ticks, and
 * those of one tick in the order in which they were scheduled.
 *
 * Scheduling and cancelling are O(1); `popDue` is amortised O(1) with at most five moves a slot, and reads at most 320
 * bucket heads where nothing is due. Space: 16 bytes a slot.
 */

const BITS = 6;
const WIDTH = 1 << BITS;
const LEVELS = 5;
/** Ticks that the wheels span: 2^30, twelve days of milliseconds. */
const SPAN = 2 ** (BITS * LEVELS);
/** The bucket of what is due beyond the span. */
const FAR = LEVELS * WIDTH;
/** Buckets are circular lists: their heads are the first nodes, then one node for each slot. */
const HEADS = FAR + 1;

export class TimingWheel {
  #next: Int32Array;
  #previous: Int32Array;
  /** The tick of each slot. */
  #due: Float64Array;
  /** The present is `#high` times the span, and `#low`. It never goes back. */
  #high = 0;
  #low = 0;

  constructor(tick: number, slots: number) {
    this.#next = Int32Array.from({ length: HEADS + slots }, (_, node) => node);
    this.#previous = this.#next.slice();
    this.#due = new Float64Array(slots);
    this.#moveTo(tick);
  }

  /** Slots below `slots` may be used from now on. */
  reserve(slots: number): void {
    const known = this.#due.length;
    if (slots <= known) return;
    for (const name of ['next', 'previous'] as const) {
      const grown = new Int32Array(HEADS + slots);
      grown.set(name === 'next' ? this.#next : this.#previous);
      for (let node = HEADS + known; node < grown.length; node++) grown[node] = node;
      if (name === 'next') this.#next = grown;
      else this.#previous = grown;
    }
    const due = new Float64Array(slots);
    due.set(this.#due);
    this.#due = due;
  }

  /** The slot is due at `tick`, and no longer when it was due before; what is past is due at once. */
  schedule(slot: number, tick: number): void {
    this.cancel(slot);
    this.#due[slot] = Math.max(tick, this.#high * SPAN + this.#low);
    this.#enter(slot);
  }

  cancel(slot: number): void {
    const node = HEADS + slot;
    const next = this.#next[node] as number;
    const previous = this.#previous[node] as number;
    this.#next[previous] = next;
    this.#previous[next] = previous;
    this.#next[node] = node;
    this.#previous[node] = node;
  }

  /** The slot that was due first, when that was at `tick` or before; it is scheduled no longer. −1 when there is none. */
  popDue(tick: number): number {
    for (;;) {
      const bucket = this.#earliest();
      const start = bucket < 0 ? Number.POSITIVE_INFINITY : this.#startOf(bucket);
      if (start > tick) {
        this.#moveTo(Math.max(tick, this.#high * SPAN + this.#low));
        return -1;
      }
      this.#moveTo(start);
      if (bucket < WIDTH) {
        const slot = (this.#next[bucket] as number) - HEADS;
        this.cancel(slot);
        return slot;
      }
      this.#spread(bucket);
    }
  }

  /** A tick before which nothing is due; infinite when nothing is scheduled. */
  nextTick(): number {
    const bucket = this.#earliest();
    return bucket < 0 ? Number.POSITIVE_INFINITY : this.#startOf(bucket);
  }

  clear(): void {
    for (let node = 0; node < this.#next.length; node++) {
      this.#next[node] = node;
      this.#previous[node] = node;
    }
  }

  /** Puts a slot last in the bucket of its tick. */
  #enter(slot: number): void {
    const node = HEADS + slot;
    const bucket = this.#bucketOf(this.#due[slot] as number);
    const last = this.#previous[bucket] as number;
    this.#next[last] = node;
    this.#previous[node] = last;
    this.#next[node] = bucket;
    this.#previous[bucket] = node;
  }

  #bucketOf(tick: number): number {
    const high = Math.floor(tick / SPAN);
    if (high !== this.#high) return FAR;
    const low = tick - high * SPAN;
    const different = low ^ this.#low;
    const level = different === 0 ? 0 : Math.floor((31 - Math.clz32(different)) / BITS);
    return level * WIDTH + ((low >>> (level * BITS)) & (WIDTH - 1));
  }

  /** The first bucket with anything in it, in order of time; −1 when all are empty. */
  #earliest(): number {
    for (let level = 0; level < LEVELS; level++) {
      const digit = (this.#low >>> (level * BITS)) & (WIDTH - 1);
      // Above the lowest wheel, the bucket of the present was emptied when the present entered it.
      for (let index = level === 0 ? digit : digit + 1; index < WIDTH; index++) {
        const bucket = level * WIDTH + index;
        if (this.#next[bucket] !== bucket) return bucket;
      }
    }
    return this.#next[FAR] === FAR ? -1 : FAR;
  }

  #startOf(bucket: number): number {
    if (bucket === FAR) return (this.#high + 1) * SPAN;
    const shift = Math.floor(bucket / WIDTH) * BITS;
    const above = this.#low - (this.#low % 2 ** (shift + BITS));
    return this.#high * SPAN + above + ((bucket & (WIDTH - 1)) << shift);
  }

  #moveTo(tick: number): void {
    this.#high = Math.floor(tick / SPAN);
    this.#low = Math.floor(tick) - this.#high * SPAN;
  }

  /** Moves the slots of a bucket to where they belong now, in their order. */
  #spread(bucket: number): void {
    // What belongs here still (it is far ahead) goes to the end of this list: so stop at the last that is there now.
    const last = this.#previous[bucket] as number;
    for (let node = this.#next[bucket] as number, next = 0; ; node = next) {
      next = this.#next[node] as number;
      this.cancel(node - HEADS);
      this.#enter(node - HEADS);
      if (node === last) return;
    }
  }
}
