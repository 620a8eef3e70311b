/** The twin of `Heap`: a 4-ary heap in typed arrays, bottom-up, in careful plain TypeScript. */

export class HeapTwin {
  #priorities = new Float64Array(64);
  #ids = new Uint32Array(64);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(id: number, priority: number): void {
    if (this.#size === this.#ids.length) this.#grow();
    this.#rise(this.#size++, id, priority);
  }

  pop(): number | undefined {
    if (this.#size === 0) return undefined;
    const [ids, priorities] = [this.#ids, this.#priorities];
    const first = ids[0] as number;
    const end = --this.#size;
    let hole = 0;
    for (let child = 1; child < end; child = 4 * hole + 1) {
      let best = child;
      let least = priorities[child] as number;
      const last = Math.min(child + 4, end);
      for (let i = child + 1; i < last; i++) {
        const priority = priorities[i] as number;
        if (priority < least) {
          least = priority;
          best = i;
        }
      }
      ids[hole] = ids[best] as number;
      priorities[hole] = least;
      hole = best;
    }
    this.#rise(hole, ids[end] as number, priorities[end] as number);
    return first;
  }

  #rise(from: number, id: number, priority: number): void {
    const [ids, priorities] = [this.#ids, this.#priorities];
    let hole = from;
    while (hole > 0) {
      const parent = (hole - 1) >> 2;
      if (priority >= (priorities[parent] as number)) break;
      ids[hole] = ids[parent] as number;
      priorities[hole] = priorities[parent] as number;
      hole = parent;
    }
    ids[hole] = id;
    priorities[hole] = priority;
  }

  #grow(): void {
    const ids = new Uint32Array(2 * this.#ids.length);
    const priorities = new Float64Array(ids.length);
    ids.set(this.#ids);
    priorities.set(this.#priorities);
    this.#ids = ids;
    this.#priorities = priorities;
  }
}
