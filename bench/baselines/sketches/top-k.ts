/** The twin of `TopK` (Space-Saving) in plain TypeScript: a `Map` from keys to nodes, and a heap of them. */
interface Node {
  key: string;
  count: number;
  place: number;
}

export class TopKTwin {
  readonly #k: number;
  readonly #nodes = new Map<string, Node>();
  readonly #heap: Node[] = [];

  constructor(k: number) {
    this.#k = k;
  }

  add(key: string): void {
    const node = this.#nodes.get(key);
    if (node !== undefined) {
      node.count++;
      this.#down(node.place);
      return;
    }
    if (this.#heap.length < this.#k) {
      const fresh = { key, count: 1, place: this.#heap.length };
      this.#heap.push(fresh);
      this.#nodes.set(key, fresh);
      this.#up(fresh.place);
      return;
    }
    const least = this.#heap[0] as Node;
    this.#nodes.delete(least.key);
    least.key = key;
    least.count++;
    this.#nodes.set(key, least);
    this.#down(0);
  }

  list(): { key: string; count: number }[] {
    return [...this.#heap].sort((a, b) => b.count - a.count);
  }

  #up(place: number): void {
    const heap = this.#heap;
    const node = heap[place] as Node;
    while (place > 0) {
      const above = heap[(place - 1) >> 1] as Node;
      if (above.count <= node.count) break;
      heap[place] = above;
      above.place = place;
      place = (place - 1) >> 1;
    }
    heap[place] = node;
    node.place = place;
  }

  #down(place: number): void {
    const heap = this.#heap;
    const node = heap[place] as Node;
    for (let child = 2 * place + 1; child < heap.length; child = 2 * place + 1) {
      if (child + 1 < heap.length && (heap[child + 1] as Node).count < (heap[child] as Node).count) child++;
      const below = heap[child] as Node;
      if (below.count >= node.count) break;
      heap[place] = below;
      below.place = place;
      place = child;
    }
    heap[place] = node;
    node.place = place;
  }
}
