/**
 * Doubly linked lists of slots in two typed arrays: every slot is in at most one of them.
 *
 * A list is a ring through a sentinel, so that nothing branches on its ends. Node `i` below the number of lists is the
 * sentinel of list i; slot s is node s + lists. The node after a sentinel is the newest of its list, the one before it
 * the oldest.
 *
 *     next:  sentinel → newest → … → oldest → sentinel
 *
 * Every operation is O(1); 8 bytes a slot.
 */
export class SlotLists {
  readonly #lists: number;
  #next: Int32Array;
  #prev: Int32Array;

  /** @param lists how many, at least 1; slots come with `reserve` */
  constructor(lists: number) {
    this.#lists = lists;
    this.#next = new Int32Array(lists);
    this.#prev = new Int32Array(lists);
    this.clear();
  }

  /** Slots below `slots` may be linked. O(slots) where that is more than before. */
  reserve(slots: number): void {
    this.#next = grown(this.#next, slots + this.#lists);
    this.#prev = grown(this.#prev, slots + this.#lists);
  }

  /** Every list is empty. */
  clear(): void {
    for (let list = 0; list < this.#lists; list++) {
      this.#next[list] = list;
      this.#prev[list] = list;
    }
  }

  /** The slot that came last; negative when the list is empty. */
  newest(list: number): number {
    return (this.#next[list] as number) - this.#lists;
  }

  /** The slot that came first; negative when the list is empty. */
  oldest(list: number): number {
    return (this.#prev[list] as number) - this.#lists;
  }

  /** The neighbour that came before; negative at the end. */
  older(slot: number): number {
    return (this.#next[slot + this.#lists] as number) - this.#lists;
  }

  /** The neighbour that came after; negative at the end. */
  newer(slot: number): number {
    return (this.#prev[slot + this.#lists] as number) - this.#lists;
  }

  /** A slot that is in no list becomes the newest of one. */
  add(list: number, slot: number): void {
    const node = slot + this.#lists;
    const next = this.#next;
    const prev = this.#prev;
    const first = next[list] as number;
    next[node] = first;
    prev[node] = list;
    prev[first] = node;
    next[list] = node;
  }

  /** A slot that is in no list becomes the oldest of one. */
  addOldest(list: number, slot: number): void {
    const node = slot + this.#lists;
    const last = this.#prev[list] as number;
    this.#next[node] = list;
    this.#prev[node] = last;
    this.#next[last] = node;
    this.#prev[list] = node;
  }

  /** A slot that is in no list goes beside `neighbour`, on its newer side. */
  addNewerThan(neighbour: number, slot: number): void {
    const node = slot + this.#lists;
    const older = neighbour + this.#lists;
    const newer = this.#prev[older] as number;
    this.#next[node] = older;
    this.#prev[node] = newer;
    this.#next[newer] = node;
    this.#prev[older] = node;
  }

  /** Takes a slot out of the list it is in. */
  remove(slot: number): void {
    const node = slot + this.#lists;
    const after = this.#next[node] as number;
    const before = this.#prev[node] as number;
    this.#next[before] = after;
    this.#prev[after] = before;
  }

  /** A slot leaves its list and becomes the newest of this one, or of the same. */
  move(list: number, slot: number): void {
    const node = slot + this.#lists;
    const next = this.#next;
    const prev = this.#prev;
    const first = next[list] as number;
    if (first === node) return;
    const after = next[node] as number;
    const before = prev[node] as number;
    next[before] = after;
    prev[after] = before;
    next[node] = first;
    prev[node] = list;
    prev[first] = node;
    next[list] = node;
  }

  /** The slots of a list, oldest first. For tests. @throws Error where a link leads nowhere or not back */
  slotsOf(list: number): number[] {
    const slots: number[] = [];
    for (let node = this.#prev[list] as number, last = list; node !== list; node = this.#prev[node] as number) {
      if (this.#next[node] !== last)
        throw new Error(`List ${list}: the neighbours of slot ${node - this.#lists} differ`);
      if (slots.length >= this.#next.length) throw new Error(`List ${list} does not come back to its beginning`);
      if (node < this.#lists) throw new Error(`List ${list} leads into list ${node}`);
      slots.push(node - this.#lists);
      last = node;
    }
    return slots;
  }
}

/** The same array where it is long enough, else a longer copy with zeros behind. */
export function grown<A extends Int32Array | Uint8Array | Float64Array>(array: A, length: number): A {
  if (array.length >= length) return array;
  const longer = new (array.constructor as new (length: number) => A)(length);
  longer.set(array);
  return longer;
}
