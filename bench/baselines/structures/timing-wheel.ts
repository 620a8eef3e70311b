/** The wheels in plain TypeScript: typed arrays of nodes by index, 32-bit moments and no generations. */

const WHEELS = 6;
const NONE = -1;

export class TimingWheelTwin {
  now = 0;
  size = 0;
  readonly #heads = new Int32Array(WHEELS * 64).fill(NONE);
  readonly #tails = new Int32Array(WHEELS * 64).fill(NONE);
  readonly #low = new Uint32Array(WHEELS);
  readonly #high = new Uint32Array(WHEELS);
  #deadlines = new Uint32Array(64);
  #ids = new Uint32Array(64);
  #next = new Int32Array(64);
  #before = new Int32Array(64);
  #free = NONE;
  #used = 0;

  /** Deadlines are u32. */
  schedule(id: number, deadline: number): number {
    let node = this.#free;
    if (node !== NONE) this.#free = this.#next[node] as number;
    else {
      node = this.#used++;
      if (node === this.#ids.length) this.#grow();
    }
    this.#ids[node] = id;
    this.#deadlines[node] = deadline < this.now ? this.now : deadline;
    this.#link(node);
    this.size++;
    return node;
  }

  cancel(node: number): void {
    const next = this.#next[node] as number;
    const before = this.#before[node] as number;
    if (next === NONE || before === NONE) {
      const at = this.#place(this.#deadlines[node] as number);
      if (before === NONE) this.#heads[at] = next;
      if (next === NONE) this.#tails[at] = before;
      if (before === NONE && next === NONE) this.#unmark(at);
    }
    if (before !== NONE) this.#next[before] = next;
    if (next !== NONE) this.#before[next] = before;
    this.#release(node);
  }

  /** Calls back with the ids that are due. */
  advance(target: number, due: (id: number) => void): void {
    for (;;) {
      const here = this.now & 63;
      for (let node = this.#heads[here] as number; node !== NONE; ) {
        const next = this.#next[node] as number;
        due(this.#ids[node] as number);
        this.#release(node);
        node = next;
      }
      this.#empty(here);
      if (this.now === target) return;
      let wheel = 0;
      let slot = -1;
      for (; wheel < WHEELS && slot < 0; wheel++) slot = this.#later(wheel, (this.now >>> (6 * wheel)) & 63);
      if (slot < 0) break;
      const shift = 6 * --wheel;
      const moment = ((((this.now >>> shift) & ~63) | slot) << shift) >>> 0;
      if (moment > target) break;
      this.now = moment;
      if (wheel === 0) continue;
      const at = wheel * 64 + slot;
      let node = this.#heads[at] as number;
      this.#empty(at);
      while (node !== NONE) {
        const next = this.#next[node] as number;
        this.#link(node);
        node = next;
      }
    }
    this.now = target;
  }

  #place(deadline: number): number {
    const differ = (deadline ^ this.now) | 1;
    const wheel = ((31 - Math.clz32(differ)) / 6) | 0;
    return wheel * 64 + ((deadline >>> (6 * wheel)) & 63);
  }

  #link(node: number): void {
    const at = this.#place(this.#deadlines[node] as number);
    const last = this.#tails[at] as number;
    this.#before[node] = last;
    this.#next[node] = NONE;
    this.#tails[at] = node;
    if (last !== NONE) {
      this.#next[last] = node;
      return;
    }
    this.#heads[at] = node;
    const bits = at & 32 ? this.#high : this.#low;
    bits[at >>> 6] = (bits[at >>> 6] as number) | (1 << (at & 31));
  }

  #empty(at: number): void {
    this.#heads[at] = NONE;
    this.#tails[at] = NONE;
    this.#unmark(at);
  }

  #unmark(at: number): void {
    const bits = at & 32 ? this.#high : this.#low;
    bits[at >>> 6] = (bits[at >>> 6] as number) & ~(1 << (at & 31));
  }

  /** The first occupied slot of a wheel above `slot`, −1 for none. */
  #later(wheel: number, slot: number): number {
    const above = slot === 31 ? 0 : -2 << (slot & 31);
    if (slot < 32) {
      const low = (this.#low[wheel] as number) & above;
      if (low !== 0) return 31 - Math.clz32(low & -low);
    }
    const high = (this.#high[wheel] as number) & (slot < 32 ? -1 : slot === 63 ? 0 : above);
    return high === 0 ? -1 : 63 - Math.clz32(high & -high);
  }

  #release(node: number): void {
    this.#next[node] = this.#free;
    this.#free = node;
    this.size--;
  }

  #grow(): void {
    const twice = <A extends Uint32Array | Int32Array>(array: A): A => {
      const out = new (array.constructor as new (length: number) => A)(array.length * 2);
      out.set(array);
      return out;
    };
    this.#deadlines = twice(this.#deadlines);
    this.#ids = twice(this.#ids);
    this.#next = twice(this.#next);
    this.#before = twice(this.#before);
  }
}
