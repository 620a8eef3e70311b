/** The twin of `Quadtree`: a point-region quadtree in typed arrays, in careful plain TypeScript. */

const CAPACITY = 32;
const MAX_DEPTH = 20;

export class QuadtreeTwin {
  readonly #side: number;
  /** Four refs of each inner node: 0 empty, n + 1 an inner node, −n − 1 a bucket. */
  #refs = new Int32Array(4 * 64);
  #inners = 0;
  #counts = new Int32Array(64);
  #xs = new Float64Array(64 * CAPACITY);
  #ys = new Float64Array(64 * CAPACITY);
  #ids = new Uint32Array(64 * CAPACITY);
  #buckets = 0;
  #root = 0;
  /** More points than a bucket holds, in quadrants that are not divided further. */
  readonly #crowds = new Map<number, number[]>();

  /** Over a square from 0 to `side`. */
  constructor(side: number) {
    this.#side = side;
  }

  insert(id: number, x: number, y: number): void {
    let half = this.#side / 2;
    let [midX, midY] = [half, half];
    let slot = -1;
    for (let depth = 0; ; depth++) {
      const ref = slot < 0 ? this.#root : (this.#refs[slot] as number);
      if (ref > 0) {
        half /= 2;
        const quadrant = (x >= midX ? 1 : 0) + (y >= midY ? 2 : 0);
        midX += x >= midX ? half : -half;
        midY += y >= midY ? half : -half;
        slot = 4 * (ref - 1) + quadrant;
        continue;
      }
      const bucket = ref === 0 ? this.#makeBucket() : -ref - 1;
      if (ref === 0) this.#point(slot, -bucket - 1);
      const count = this.#counts[bucket] as number;
      if (count < CAPACITY) {
        const at = bucket * CAPACITY + count;
        this.#xs[at] = x;
        this.#ys[at] = y;
        this.#ids[at] = id;
        this.#counts[bucket] = count + 1;
        return;
      }
      if (depth === MAX_DEPTH) {
        this.#crowds.set(bucket, [...(this.#crowds.get(bucket) ?? []), id, x, y]);
        return;
      }
      this.#divide(slot, bucket, midX, midY);
      depth--;
    }
  }

  search(minX: number, minY: number, maxX: number, maxY: number): number[] {
    const out: number[] = [];
    const half = this.#side / 2;
    this.#searchAt(this.#root, half, half, half, minX, minY, maxX, maxY, out);
    return out;
  }

  #searchAt(
    ref: number,
    midX: number,
    midY: number,
    half: number,
    minX: number,
    minY: number,
    maxX: number,
    maxY: number,
    out: number[],
  ): void {
    if (ref === 0 || midX - half > maxX || midY - half > maxY || midX + half < minX || midY + half < minY) return;
    if (ref > 0) {
      const [at, next] = [4 * (ref - 1), half / 2];
      const refs = this.#refs;
      this.#searchAt(refs[at] as number, midX - next, midY - next, next, minX, minY, maxX, maxY, out);
      this.#searchAt(refs[at + 1] as number, midX + next, midY - next, next, minX, minY, maxX, maxY, out);
      this.#searchAt(refs[at + 2] as number, midX - next, midY + next, next, minX, minY, maxX, maxY, out);
      this.#searchAt(refs[at + 3] as number, midX + next, midY + next, next, minX, minY, maxX, maxY, out);
      return;
    }
    const bucket = -ref - 1;
    const end = bucket * CAPACITY + (this.#counts[bucket] as number);
    for (let at = bucket * CAPACITY; at < end; at++) {
      const [x, y] = [this.#xs[at] as number, this.#ys[at] as number];
      if (x >= minX && x <= maxX && y >= minY && y <= maxY) out.push(this.#ids[at] as number);
    }
    const crowd = this.#crowds.get(bucket) ?? [];
    for (let i = 0; i < crowd.length; i += 3) {
      const [id, x, y] = crowd.slice(i, i + 3) as [number, number, number];
      if (x >= minX && x <= maxX && y >= minY && y <= maxY) out.push(id);
    }
  }

  /** Puts an inner node in the place of a full bucket, which becomes one of its quadrants. */
  #divide(slot: number, bucket: number, midX: number, midY: number): void {
    const inner = this.#makeInner();
    this.#point(slot, inner + 1);
    const from = bucket * CAPACITY;
    const [xs, ys] = [this.#xs.slice(from, from + CAPACITY), this.#ys.slice(from, from + CAPACITY)];
    const ids = this.#ids.slice(from, from + CAPACITY);
    this.#counts[bucket] = 0;
    let spare = bucket;
    for (let i = 0; i < CAPACITY; i++) {
      const at = 4 * inner + ((xs[i] as number) >= midX ? 1 : 0) + ((ys[i] as number) >= midY ? 2 : 0);
      if (this.#refs[at] === 0) {
        this.#refs[at] = -(spare >= 0 ? spare : this.#makeBucket()) - 1;
        spare = -1;
      }
      const home = -(this.#refs[at] as number) - 1;
      const place = home * CAPACITY + (this.#counts[home] as number);
      this.#xs[place] = xs[i] as number;
      this.#ys[place] = ys[i] as number;
      this.#ids[place] = ids[i] as number;
      this.#counts[home] = (this.#counts[home] as number) + 1;
    }
  }

  #point(slot: number, ref: number): void {
    if (slot < 0) this.#root = ref;
    else this.#refs[slot] = ref;
  }

  #makeInner(): number {
    if (4 * this.#inners === this.#refs.length) {
      const refs = new Int32Array(2 * this.#refs.length);
      refs.set(this.#refs);
      this.#refs = refs;
    }
    return this.#inners++;
  }

  #makeBucket(): number {
    if (this.#buckets === this.#counts.length) {
      const [counts, xs, ys, ids] = [this.#counts, this.#xs, this.#ys, this.#ids];
      this.#counts = new Int32Array(2 * counts.length);
      this.#counts.set(counts);
      this.#xs = new Float64Array(2 * xs.length);
      this.#xs.set(xs);
      this.#ys = new Float64Array(2 * ys.length);
      this.#ys.set(ys);
      this.#ids = new Uint32Array(2 * ids.length);
      this.#ids.set(ids);
    }
    return this.#buckets++;
  }
}
