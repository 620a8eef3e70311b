/**
 * `FibonacciHeap` (M. Fredman, R. Tarjan, 1987), in plain TypeScript, for values that are JavaScript objects. The heap of
 * the best bounds: `push`, `meld` and `decreaseKey` O(1), `pop` and `remove` O(log n), all amortised. The constants are
 * what they are: an IndexedHeap is ten times as fast on a hundred thousand entries.
 */

/** An entry of a FibonacciHeap, to change or remove it by. */
export interface FibonacciNode<T> {
  readonly value: T;
  readonly priority: number;
}

class Node<T> implements FibonacciNode<T> {
  key: number;
  degree = 0;
  /** It has lost a child since it became one itself. */
  marked = false;
  parent: Node<T> | undefined;
  child: Node<T> | undefined;
  left: Node<T> = this;
  right: Node<T> = this;
  heap: object | undefined;

  constructor(
    readonly value: T,
    key: number,
    readonly sign: number,
    heap: object,
  ) {
    this.key = key;
    this.heap = heap;
  }

  get priority(): number {
    return this.key * this.sign;
  }
}

export class FibonacciHeap<T> {
  #first: Node<T> | undefined;
  #size = 0;
  readonly #sign: number;
  /** Whose nodes these are; passed on to the heap that melds. */
  #owner: { now: object } = { now: this };

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
  push(value: T, priority: number): FibonacciNode<T> {
    checkPriority(priority);
    const node = new Node(value, priority * this.#sign, this.#sign, this.#owner);
    this.#addRoot(node);
    this.#size++;
    return node;
  }

  peek(): T | undefined {
    return this.#first?.value;
  }

  peekPriority(): number | undefined {
    return this.#first?.priority;
  }

  /** Removes the value that comes first and returns it, or undefined. */
  pop(): T | undefined {
    const first = this.#first;
    if (first === undefined) return undefined;
    while (first.child !== undefined) this.#cut(first.child);
    const other = first.right;
    unlink(first);
    first.heap = undefined;
    this.#size--;
    this.#first = undefined;
    if (other !== first) this.#consolidate(other);
    return first.value;
  }

  /** Is this entry in this heap? */
  has(node: FibonacciNode<T>): boolean {
    return node instanceof Node && node.heap !== undefined && ownerOf(node.heap) === this;
  }

  /**
   * Moves an entry towards the front: to a lower priority, or a higher one where the greatest comes first.
   *
   * @throws RangeError when the entry is not in this heap, or would move back
   */
  decreaseKey(node: FibonacciNode<T>, priority: number): void {
    checkPriority(priority);
    const entry = this.#own(node);
    const key = priority * this.#sign;
    if (key > entry.key) throw new RangeError(`decreaseKey: ${priority} comes behind ${entry.priority}`);
    entry.key = key;
    this.#loosen(entry);
    if (this.#first !== undefined && key < this.#first.key) this.#first = entry;
  }

  /**
   * Removes an entry.
   *
   * @throws RangeError when it is not in this heap
   */
  remove(node: FibonacciNode<T>): void {
    const entry = this.#own(node);
    this.#loosen(entry);
    this.#first = entry;
    this.pop();
  }

  /** Takes over all entries of another heap of the same order, which is empty afterwards. O(1). */
  meld(other: FibonacciHeap<T>): this {
    if (other === this) throw new RangeError('meld takes another heap than itself');
    if (other.#sign !== this.#sign) throw new RangeError('meld takes a heap of the same order');
    if (other.#first !== undefined) {
      if (this.#first === undefined) this.#first = other.#first;
      else {
        splice(this.#first, other.#first);
        if (other.#first.key < this.#first.key) this.#first = other.#first;
      }
    }
    this.#size += other.#size;
    // Its nodes find this heap by their owner; what it pushes from now on has another.
    other.#owner.now = this.#owner;
    other.#owner = { now: other };
    other.#first = undefined;
    other.#size = 0;
    return this;
  }

  clear(): void {
    this.#owner.now = {};
    this.#owner = { now: this };
    this.#first = undefined;
    this.#size = 0;
  }

  /** Verifies every invariant; throws when one is broken. */
  check(): void {
    let size = 0;
    for (const root of ring(this.#first)) {
      if (root.parent !== undefined) throw new Error('FibonacciHeap: a root has a parent');
      if (this.#first !== undefined && root.key < this.#first.key) throw new Error('FibonacciHeap: not the first');
      size += checkNode(root);
    }
    if (size !== this.#size) throw new Error(`FibonacciHeap: ${size} entries, but the size is ${this.#size}`);
  }

  #own(node: FibonacciNode<T>): Node<T> {
    if (!this.has(node)) throw new RangeError('The entry is not in this heap');
    return node as Node<T>;
  }

  #addRoot(node: Node<T>): void {
    if (this.#first === undefined) this.#first = node;
    else {
      splice(this.#first, node);
      if (node.key < this.#first.key) this.#first = node;
    }
  }

  /** Makes a root of a node that comes before its parent, and of ancestors that lose their second child. */
  #loosen(node: Node<T>): void {
    let at = node;
    while (at.parent !== undefined) {
      const parent = at.parent;
      this.#cut(at);
      if (!parent.marked) {
        if (parent.parent !== undefined) parent.marked = true;
        return;
      }
      at = parent;
    }
  }

  #cut(node: Node<T>): void {
    const parent = node.parent as Node<T>;
    if (parent.child === node) parent.child = node.right === node ? undefined : node.right;
    parent.degree--;
    unlink(node);
    node.parent = undefined;
    node.marked = false;
    splice(this.#first as Node<T>, node);
  }

  /** Links roots of equal degree until all differ. */
  #consolidate(some: Node<T>): void {
    const byDegree: (Node<T> | undefined)[] = [];
    for (const root of [...ring(some)]) {
      unlink(root);
      let node = root;
      for (let same = byDegree[node.degree]; same !== undefined; same = byDegree[node.degree]) {
        byDegree[node.degree] = undefined;
        node = linked(node, same);
      }
      byDegree[node.degree] = node;
    }
    for (const root of byDegree) if (root !== undefined) this.#addRoot(root);
  }
}

/** The heap that has this owner now; shortens the way for the next time. */
function ownerOf(owner: object): object {
  let at = owner as { now: object };
  while ('now' in at) {
    const next = at.now as { now: object };
    if ('now' in next && 'now' in (next.now as object)) at.now = next.now;
    if (!('now' in next)) return next;
    at = next;
  }
  return at;
}

function linked<T>(a: Node<T>, b: Node<T>): Node<T> {
  const [parent, child] = b.key < a.key ? [b, a] : [a, b];
  child.parent = parent;
  child.marked = false;
  if (parent.child === undefined) parent.child = child;
  else splice(parent.child, child);
  parent.degree++;
  return parent;
}

/** Joins two rings. */
function splice<T>(a: Node<T>, b: Node<T>): void {
  const right = a.right;
  const left = b.left;
  a.right = b;
  b.left = a;
  left.right = right;
  right.left = left;
}

function unlink<T>(node: Node<T>): void {
  node.left.right = node.right;
  node.right.left = node.left;
  node.left = node;
  node.right = node;
}

function* ring<T>(first: Node<T> | undefined): Generator<Node<T>> {
  if (first === undefined) return;
  let at = first;
  do {
    yield at;
    at = at.right;
  } while (at !== first);
}

/** Entries of a tree; throws when it is none. */
function checkNode<T>(node: Node<T>): number {
  let size = 1;
  let degree = 0;
  for (const child of ring(node.child)) {
    if (child.parent !== node || child.key < node.key) throw new Error('FibonacciHeap: a child is in the wrong place');
    size += checkNode(child);
    degree++;
  }
  if (degree !== node.degree) throw new Error('FibonacciHeap: a degree is wrong');
  // A node of degree d has at least F(d + 2) descendants: what the heap is named for.
  if (size < Math.round(((1 + Math.sqrt(5)) / 2) ** (degree + 2) / Math.sqrt(5))) {
    throw new Error('FibonacciHeap: a tree is too thin for its degree');
  }
  return size;
}

function checkPriority(priority: number): void {
  if (typeof priority !== 'number') throw new TypeError(`A priority must be a number, got ${typeof priority}`);
  if (Number.isNaN(priority)) throw new RangeError('A priority must not be NaN');
}
