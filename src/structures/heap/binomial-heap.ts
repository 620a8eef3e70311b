/**
 * `BinomialHeap`: the binomial queue (J. Vuillemin, 1978), in plain TypeScript, for values that are JavaScript objects.
 * A forest of at most one tree of each size 2^k, as a binary number has at most one bit of each weight: melding two is
 * adding the numbers. Everything O(log n), `push` O(1) amortised.
 */

/** A tree of 2^degree entries. */
interface Tree<T> {
  readonly value: T;
  readonly priority: number;
  degree: number;
  /** The greatest child first. */
  child: Tree<T> | undefined;
  sibling: Tree<T> | undefined;
}

export class BinomialHeap<T> {
  /** Tree of 2^k entries at index k, where there is one. */
  #trees: (Tree<T> | undefined)[] = [];
  #size = 0;
  readonly #sign: number;

  /** @param options.max the greatest priority comes first; default false */
  constructor(options: { max?: boolean } = {}) {
    this.#sign = options.max === true ? -1 : 1;
  }

  get size(): number {
    return this.#size;
  }

  /**
   * @throws TypeError when the priority is not a number
   * @throws RangeError when it is NaN
   */
  push(value: T, priority: number): void {
    checkPriority(priority);
    this.#add({ value, priority: priority * this.#sign, degree: 0, child: undefined, sibling: undefined });
    this.#size++;
  }

  /** Removes the value that comes first and returns it, or undefined. */
  pop(): T | undefined {
    const first = this.#first();
    if (first === undefined) return undefined;
    this.#trees[first.degree] = undefined;
    this.#size--;
    for (let child = first.child; child !== undefined; ) {
      const next = child.sibling;
      child.sibling = undefined;
      this.#add(child);
      child = next;
    }
    return first.value;
  }

  peek(): T | undefined {
    return this.#first()?.value;
  }

  peekPriority(): number | undefined {
    const first = this.#first();
    return first === undefined ? undefined : first.priority * this.#sign;
  }

  /** Takes over all values of another heap of the same order, which is empty afterwards. O(log n). */
  meld(other: BinomialHeap<T>): this {
    if (other === this) throw new RangeError('meld takes another heap than itself');
    if (other.#sign !== this.#sign) throw new RangeError('meld takes a heap of the same order');
    for (const tree of other.#trees) if (tree !== undefined) this.#add(tree);
    this.#size += other.#size;
    other.clear();
    return this;
  }

  clear(): void {
    this.#trees = [];
    this.#size = 0;
  }

  /** Verifies every invariant; throws when one is broken. */
  check(): void {
    let size = 0;
    this.#trees.forEach((tree, degree) => {
      if (tree !== undefined) size += checkTree(tree, degree);
    });
    if (size !== this.#size) throw new Error(`BinomialHeap: ${size} entries, but the size is ${this.#size}`);
  }

  /** Addition with carry. */
  #add(tree: Tree<T>): void {
    let sum = tree;
    for (let present = this.#trees[sum.degree]; present !== undefined; present = this.#trees[sum.degree]) {
      this.#trees[sum.degree] = undefined;
      sum = linked(sum, present);
    }
    this.#trees[sum.degree] = sum;
  }

  #first(): Tree<T> | undefined {
    let first: Tree<T> | undefined;
    for (const tree of this.#trees) {
      if (tree !== undefined && (first === undefined || tree.priority < first.priority)) first = tree;
    }
    return first;
  }
}

/** Two trees of one degree as one of the next. */
function linked<T>(a: Tree<T>, b: Tree<T>): Tree<T> {
  const [parent, child] = b.priority < a.priority ? [b, a] : [a, b];
  child.sibling = parent.child;
  parent.child = child;
  parent.degree++;
  return parent;
}

/** Entries of a tree; throws when it is none of this degree. */
function checkTree<T>(tree: Tree<T>, degree: number): number {
  if (tree.degree !== degree) throw new Error(`BinomialHeap: a tree of degree ${tree.degree} stands at ${degree}`);
  let size = 1;
  let expected = degree - 1;
  for (let child = tree.child; child !== undefined; child = child.sibling) {
    if (child.priority < tree.priority) throw new Error('BinomialHeap: a child comes before its parent');
    size += checkTree(child, expected--);
  }
  if (expected !== -1) throw new Error('BinomialHeap: a tree lacks a child');
  return size;
}

function checkPriority(priority: number): void {
  if (typeof priority !== 'number') throw new TypeError(`A priority must be a number, got ${typeof priority}`);
  if (Number.isNaN(priority)) throw new RangeError('A priority must not be NaN');
}
