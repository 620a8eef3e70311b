/** The twin of `BTree` in plain TypeScript: a B+ tree of numbers over typed arrays, with counts. Sets, gets and scans. */

const CAPACITY = 64;
const HALF = CAPACITY / 2;

class Leaf {
  readonly keys = new Float64Array(CAPACITY);
  readonly values = new Float64Array(CAPACITY);
  count = 0;
  next: Leaf | undefined;

  get size(): number {
    return this.count;
  }
}

class Inner {
  readonly keys = new Float64Array(CAPACITY);
  readonly children: Node[] = [];
  size = 0;

  /** Index of the child that a key belongs to. */
  indexOf(key: number): number {
    let [low, high] = [1, this.children.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.keys[middle] as number) <= key) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

type Node = Leaf | Inner;

/** What rises when a node was split. */
interface Risen {
  readonly key: number;
  readonly node: Node;
}

function lowerBound(leaf: Leaf, key: number): number {
  let [low, high] = [0, leaf.count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((leaf.keys[middle] as number) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class BTreeTwin {
  #root: Node = new Leaf();
  #first = this.#root as Leaf;

  get size(): number {
    return this.#root.size;
  }

  get(key: number): number | undefined {
    let node = this.#root;
    while (node instanceof Inner) node = node.children[node.indexOf(key)] as Node;
    const at = lowerBound(node, key);
    return at < node.count && node.keys[at] === key ? node.values[at] : undefined;
  }

  set(key: number, value: number): this {
    const risen = this.#put(this.#root, key, value);
    if (risen !== undefined) {
      const root = new Inner();
      root.children.push(this.#root, risen.node);
      root.keys[1] = risen.key;
      root.size = this.#root.size + risen.node.size;
      this.#root = root;
    }
    return this;
  }

  #put(node: Node, key: number, value: number): Risen | undefined {
    if (node instanceof Leaf) return this.#putInLeaf(node, key, value);
    const index = node.indexOf(key);
    const child = node.children[index] as Node;
    const before = child.size;
    const risen = this.#put(child, key, value);
    node.size += child.size - before + (risen?.node.size ?? 0);
    if (risen === undefined) return undefined;
    if (node.children.length < CAPACITY) {
      putChild(node, index + 1, risen);
      return undefined;
    }
    const right = new Inner();
    right.children.push(...node.children.splice(HALF));
    right.keys.set(node.keys.subarray(HALF));
    if (index < HALF) putChild(node, index + 1, risen);
    else putChild(right, index + 1 - HALF, risen);
    for (const it of right.children) right.size += it.size;
    node.size -= right.size;
    return { key: right.keys[0] as number, node: right };
  }

  #putInLeaf(leaf: Leaf, key: number, value: number): Risen | undefined {
    const at = lowerBound(leaf, key);
    if (at < leaf.count && leaf.keys[at] === key) {
      leaf.values[at] = value;
      return undefined;
    }
    if (leaf.count < CAPACITY) {
      putEntry(leaf, at, key, value);
      return undefined;
    }
    const right = new Leaf();
    right.keys.set(leaf.keys.subarray(HALF));
    right.values.set(leaf.values.subarray(HALF));
    right.count = leaf.count - HALF;
    leaf.count = HALF;
    right.next = leaf.next;
    leaf.next = right;
    if (at <= HALF) putEntry(leaf, at, key, value);
    else putEntry(right, at - HALF, key, value);
    return { key: right.keys[0] as number, node: right };
  }

  /** Copies all entries into two arrays; returns how many. */
  copyTo(keys: Float64Array, values: Float64Array): number {
    let done = 0;
    for (let leaf: Leaf | undefined = this.#first; leaf !== undefined; leaf = leaf.next) {
      keys.set(leaf.keys.subarray(0, leaf.count), done);
      values.set(leaf.values.subarray(0, leaf.count), done);
      done += leaf.count;
    }
    return done;
  }
}

function putChild(node: Inner, index: number, { key, node: child }: Risen): void {
  node.keys.copyWithin(index + 1, index, node.children.length);
  node.keys[index] = key;
  node.children.splice(index, 0, child);
}

function putEntry(leaf: Leaf, at: number, key: number, value: number): void {
  leaf.keys.copyWithin(at + 1, at, leaf.count);
  leaf.values.copyWithin(at + 1, at, leaf.count);
  leaf.keys[at] = key;
  leaf.values[at] = value;
  leaf.count++;
}
