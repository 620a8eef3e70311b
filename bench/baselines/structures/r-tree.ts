/** The twin of `RTree`: an R-tree in typed arrays, packed or grown by least enlargement and the R*-split, in careful plain TypeScript. */

const MOST = 16;
const LEAST = 6;
const BOX = 4 * MOST;
const CELLS = 2 ** 26;

export class RTreeTwin {
  /** Boxes of each node: minX, minY, maxX, maxY of each entry. */
  #boxes = new Float64Array(64 * BOX);
  /** Ids in leaves, nodes above. */
  #refs = new Uint32Array(64 * MOST);
  #counts = new Uint8Array(64);
  #nodes = 1;
  #root = 0;
  #height = 1;
  /** The way down of the last insertion: node and index for each level. */
  readonly #path = new Uint32Array(64);
  readonly #stack: number[] = [];

  /** Packs boxes into an empty tree, by sort-tile-recursive. */
  bulkLoad(boxes: Float64Array): void {
    let count = boxes.length / 4;
    let refs = Uint32Array.from({ length: count }, (_, i) => i);
    let from = boxes;
    this.#nodes = 0;
    this.#height = 0;
    for (;;) {
      const nodes = Math.ceil(count / MOST);
      const order = tiled(from, count, nodes);
      const next = new Float64Array(4 * nodes);
      const nextRefs = new Uint32Array(nodes);
      for (let k = 0; k < nodes; k++) {
        const node = this.#make();
        const end = Math.floor((count * (k + 1)) / nodes);
        for (let i = Math.floor((count * k) / nodes); i < end; i++) {
          const index = order[i] as number;
          const at = 4 * index;
          this.#append(
            node,
            refs[index] as number,
            from[at] as number,
            from[at + 1] as number,
            from[at + 2] as number,
            from[at + 3] as number,
          );
        }
        next.set(this.#bounds(node), 4 * k);
        nextRefs[k] = node;
      }
      this.#height++;
      from = next;
      refs = nextRefs;
      count = nodes;
      if (nodes === 1) break;
    }
    this.#root = refs[0] as number;
  }

  search(minX: number, minY: number, maxX: number, maxY: number): number[] {
    const [boxes, refs, counts, stack] = [this.#boxes, this.#refs, this.#counts, this.#stack];
    const out: number[] = [];
    // A node and its level in one number.
    stack.push(this.#root * 16 + this.#height - 1);
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const node = Math.floor(top / 16);
      const level = top % 16;
      const end = node * BOX + 4 * (counts[node] as number);
      let ref = node * MOST;
      for (let at = node * BOX; at < end; at += 4, ref++) {
        if ((boxes[at] as number) > maxX) continue;
        if ((boxes[at + 1] as number) > maxY) continue;
        if ((boxes[at + 2] as number) < minX) continue;
        if ((boxes[at + 3] as number) < minY) continue;
        if (level === 0) out.push(refs[ref] as number);
        else stack.push((refs[ref] as number) * 16 + level - 1);
      }
    }
    return out;
  }

  insert(id: number, minX: number, minY: number, maxX: number, maxY: number): void {
    let node = this.#root;
    for (let level = this.#height - 1; level > 0; level--) {
      const index = this.#choose(node, minX, minY, maxX, maxY);
      this.#path[2 * level] = node;
      this.#path[2 * level + 1] = index;
      const at = node * BOX + 4 * index;
      const boxes = this.#boxes;
      if (minX < (boxes[at] as number)) boxes[at] = minX;
      if (minY < (boxes[at + 1] as number)) boxes[at + 1] = minY;
      if (maxX > (boxes[at + 2] as number)) boxes[at + 2] = maxX;
      if (maxY > (boxes[at + 3] as number)) boxes[at + 3] = maxY;
      node = this.#refs[node * MOST + index] as number;
    }
    let [ref, box] = [id, [minX, minY, maxX, maxY]];
    for (let level = 0; (this.#counts[node] as number) === MOST; level++) {
      const sibling = this.#split(node, ref, box);
      if (level === this.#height - 1) {
        const root = this.#make();
        for (const child of [node, sibling])
          this.#append(root, child, ...(this.#bounds(child) as [number, number, number, number]));
        this.#root = root;
        this.#height++;
        return;
      }
      const parent = this.#path[2 * level + 2] as number;
      this.#boxes.set(this.#bounds(node), parent * BOX + 4 * (this.#path[2 * level + 3] as number));
      [node, ref, box] = [parent, sibling, this.#bounds(sibling)];
    }
    this.#append(node, ref, ...(box as [number, number, number, number]));
  }

  #make(): number {
    const node = this.#nodes++;
    if (node === this.#counts.length) {
      const [boxes, refs, counts] = [this.#boxes, this.#refs, this.#counts];
      this.#boxes = new Float64Array(2 * boxes.length);
      this.#boxes.set(boxes);
      this.#refs = new Uint32Array(2 * refs.length);
      this.#refs.set(refs);
      this.#counts = new Uint8Array(2 * counts.length);
      this.#counts.set(counts);
    }
    this.#counts[node] = 0;
    return node;
  }

  #append(node: number, ref: number, minX: number, minY: number, maxX: number, maxY: number): void {
    const count = this.#counts[node] as number;
    const at = node * BOX + 4 * count;
    this.#boxes[at] = minX;
    this.#boxes[at + 1] = minY;
    this.#boxes[at + 2] = maxX;
    this.#boxes[at + 3] = maxY;
    this.#refs[node * MOST + count] = ref;
    this.#counts[node] = count + 1;
  }

  #bounds(node: number): number[] {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    const end = node * BOX + 4 * (this.#counts[node] as number);
    for (let at = node * BOX; at < end; at += 4) extend(box, this.#boxes, at);
    return box;
  }

  #choose(node: number, minX: number, minY: number, maxX: number, maxY: number): number {
    const boxes = this.#boxes;
    let best = 0;
    let least = Infinity;
    let smallest = Infinity;
    for (let i = 0, at = node * BOX; i < (this.#counts[node] as number); i++, at += 4) {
      const [a, b, c, d] = [boxes[at], boxes[at + 1], boxes[at + 2], boxes[at + 3]] as [number, number, number, number];
      const area = (c - a) * (d - b);
      const growth =
        ((c > maxX ? c : maxX) - (a < minX ? a : minX)) * ((d > maxY ? d : maxY) - (b < minY ? b : minY)) - area;
      if (growth < least || (growth === least && area < smallest)) {
        best = i;
        least = growth;
        smallest = area;
      }
    }
    return best;
  }

  /** Splits a full node, with one more entry, in two: the R*-split. */
  #split(node: number, ref: number, box: readonly number[]): number {
    const boxes = new Float64Array(BOX + 4);
    boxes.set(this.#boxes.subarray(node * BOX, (node + 1) * BOX));
    boxes.set(box, BOX);
    const refs = [...this.#refs.subarray(node * MOST, (node + 1) * MOST), ref];
    const [order, left] = distributed(boxes);
    const sibling = this.#make();
    this.#counts[node] = 0;
    for (const [rank, index] of order.entries()) {
      const at = 4 * index;
      this.#append(
        rank < left ? node : sibling,
        refs[index] as number,
        boxes[at] as number,
        boxes[at + 1] as number,
        boxes[at + 2] as number,
        boxes[at + 3] as number,
      );
    }
    return sibling;
  }
}

function extend(box: number[], boxes: Float64Array, at: number): void {
  box[0] = Math.min(box[0] as number, boxes[at] as number);
  box[1] = Math.min(box[1] as number, boxes[at + 1] as number);
  box[2] = Math.max(box[2] as number, boxes[at + 2] as number);
  box[3] = Math.max(box[3] as number, boxes[at + 3] as number);
}

/** Order of the entries on the axis of least margins, and how many go to the first half. */
function distributed(boxes: Float64Array): [order: number[], left: number] {
  const axes = [0, 1].map((axis) => {
    const order = Array.from({ length: MOST + 1 }, (_, i) => i);
    order.sort((a, b) => (boxes[4 * a + axis] as number) - (boxes[4 * b + axis] as number));
    const firsts = running(boxes, order);
    const lasts = running(boxes, order.toReversed()).reverse();
    let margin = 0;
    let best = { left: 0, overlap: Infinity, area: Infinity };
    for (let left = LEAST; left <= MOST + 1 - LEAST; left++) {
      const [a, b] = [firsts[left - 1], lasts[left]] as [number[], number[]];
      margin += marginOf(a) + marginOf(b);
      const overlap = areaOf([0, 1, 2, 3].map((i) => (i < 2 ? Math.max : Math.min)(a[i] as number, b[i] as number)));
      const area = areaOf(a) + areaOf(b);
      if (overlap < best.overlap || (overlap === best.overlap && area < best.area)) best = { left, overlap, area };
    }
    return { order, margin, left: best.left };
  });
  const [x, y] = axes as [(typeof axes)[0], (typeof axes)[0]];
  return x.margin <= y.margin ? [x.order, x.left] : [y.order, y.left];
}

/** Box of the first, of the first two … */
function running(boxes: Float64Array, order: readonly number[]): number[][] {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  return order.map((index) => {
    extend(box, boxes, 4 * index);
    return box.slice();
  });
}

function marginOf(box: readonly number[]): number {
  return (box[2] as number) - (box[0] as number) + (box[3] as number) - (box[1] as number);
}

function areaOf(box: readonly number[]): number {
  return Math.max(0, (box[2] as number) - (box[0] as number)) * Math.max(0, (box[3] as number) - (box[1] as number));
}

/** Indices in slices by x, and within them by y. Keys carry the index in their low half, so that the platform sorts numbers. */
function tiled(boxes: Float64Array, count: number, nodes: number): Float64Array {
  const cells = [0, 1].map((axis) => {
    let [low, high] = [Infinity, -Infinity];
    for (let at = axis; at < 4 * count; at += 4) {
      const centre = (boxes[at] as number) + (boxes[at + 2] as number);
      if (centre < low) low = centre;
      if (centre > high) high = centre;
    }
    const scale = high > low ? (CELLS - 1) / (high - low) : 0;
    return (index: number) => {
      const at = 4 * index + axis;
      return Math.floor(((boxes[at] as number) + (boxes[at + 2] as number) - low) * scale) * CELLS + index;
    };
  });
  const [x, y] = cells as [(index: number) => number, (index: number) => number];
  const keys = new Float64Array(count);
  for (let i = 0; i < count; i++) keys[i] = x(i);
  keys.sort();
  const slices = Math.ceil(Math.sqrt(nodes));
  for (let slice = 0; slice < slices; slice++) {
    const part = keys.subarray(
      Math.floor((count * Math.floor((nodes * slice) / slices)) / nodes),
      Math.floor((count * Math.floor((nodes * (slice + 1)) / slices)) / nodes),
    );
    for (let i = 0; i < part.length; i++) part[i] = y((part[i] as number) % CELLS);
    part.sort();
  }
  for (let i = 0; i < count; i++) keys[i] = (keys[i] as number) % CELLS;
  return keys;
}
