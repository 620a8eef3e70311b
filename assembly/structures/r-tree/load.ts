// Bulk loading: entries are brought into an order in which neighbours are near, and packed into full nodes, level by level.
//
// Sort-tile-recursive (S. Leutenegger, M. Lopez, J. Edgington, 1997): slices of equal numbers of nodes by x, within
// them nodes by y. Hilbert (I. Kamel, C. Faloutsos, 1993): along the curve, by the boxes' centres.
//
// The caller allocates one block, PLAN of `count` entries, all of it a multiple of 8 from the beginning:
//
//   boxes   32 × count         minX, minY, maxX, maxY of each; later those of the nodes of a level
//   spare   32 × ⌈count / 8⌉   boxes of the next level's nodes
//   keys    8 × count          u32 key, u32 index
//   keys2   8 × count          the same, while they are sorted
//   refs    4 × count          ids; later nodes
//   refs2   4 × ⌈count / 8⌉    nodes of the next level

import { COUNT, HEIGHT, LEVEL, MAX_X, MAX_Y, MIN_X, MIN_Y, MOST, ROOT, SETTLED, SIZE } from './layout';
import {
  dropNode, dropSubtree, greatestOf, leastOf, makeNode, refAt, reserveNodes, setBox, setRef, workOf,
} from './node';
import { place } from './insert';

const HILBERT: u32 = 1;
const BOX_BYTES: usize = 32;
/** Digits of the radix sort. */
const DIGIT_BITS: u32 = 11;
const DIGITS: u32 = 1 << DIGIT_BITS;
/** Bits of a position on an axis. */
const AXIS_BITS: u32 = 22;
const HILBERT_STEPS: u64 = 0x83de_c97a_65b0_2f14;

/** Bytes of the counters of the radix sort. */
export function countersBytes(): u32 {
  return DIGITS << 2;
}

/** Index of the first box that is none, or −1. */
export function badBox(boxes: usize, count: u32): i32 {
  for (let i: u32 = 0; i < count; i++) {
    if (!(load<f64>(boxes) <= load<f64>(boxes, 16) && load<f64>(boxes, 8) <= load<f64>(boxes, 24))) return <i32>i;
    boxes += BOX_BYTES;
  }
  return -1;
}

/**
 * Adds `count` entries, at least one; 1, or 0 when the arena is full and the tree as it was.
 *
 * @param counters room for the counters of the sort
 */
export function loadEntries(
  tree: usize, boxes: usize, spare: usize, keys: usize, keys2: usize, refs: usize, refs2: usize, counters: usize, count: u32,
  packing: u32,
): i32 {
  let level: u32 = 0;
  let left = count;
  for (;;) {
    const nodes = (left + MOST - 1) / MOST;
    const order = left > MOST ? arrange(boxes, keys, keys2, counters, left, nodes, packing, level) : 0;
    for (let k: u32 = 0; k < nodes; k++) {
      const from = <u32>(<u64>left * k / nodes);
      const end = <u32>(<u64>left * (k + 1) / nodes);
      const node = makeNode(tree, level);
      if (!node) {
        dropAll(tree, level, refs, order, from, left, refs2, k);
        return 0;
      }
      fillNode(node, boxes, refs, order, from, end);
      noteNode(node, spare, refs2, k);
    }
    if (nodes == 1) break;
    const heldBoxes = boxes;
    boxes = spare;
    spare = heldBoxes;
    const heldRefs = refs;
    refs = refs2;
    refs2 = heldRefs;
    left = nodes;
    level++;
  }
  return join(tree, <usize>load<u32>(refs2), level, count);
}

/** Gives back what was built: the nodes of this level, and those of the level below that none of them has. */
function dropAll(tree: usize, level: u32, refs: usize, order: usize, from: u32, left: u32, made: usize, count: u32): void {
  for (let k: u32 = 0; k < count; k++) dropSubtree(tree, <usize>load<u32>(made + (<usize>k << 2)));
  if (level == 0) return;
  for (let i = from; i < left; i++) dropSubtree(tree, <usize>load<u32>(refs + (<usize>indexAt(order, i) << 2)));
}

/** Index of the entry at a place of an order; 0 is the order as it comes. */
// @ts-ignore: decorator
@inline
function indexAt(order: usize, place: u32): u32 {
  return order ? load<u32>(order + (<usize>place << 3), 4) : place;
}

function fillNode(node: usize, boxes: usize, refs: usize, order: usize, from: u32, end: u32): void {
  for (let i = from; i < end; i++) {
    const index = indexAt(order, i);
    const box = boxes + (<usize>index << 5);
    setBox(node, i - from, load<f64>(box), load<f64>(box, 8), load<f64>(box, 16), load<f64>(box, 24));
    setRef(node, i - from, load<u32>(refs + (<usize>index << 2)));
  }
  store<u32>(node, end - from, SIZE);
}

/** Writes a node and its box as entry `index` of the next level. */
function noteNode(node: usize, boxes: usize, refs: usize, index: u32): void {
  const box = boxes + (<usize>index << 5);
  store<f64>(box, leastOf(node + MIN_X));
  store<f64>(box, leastOf(node + MIN_Y), 8);
  store<f64>(box, greatestOf(node + MAX_X), 16);
  store<f64>(box, greatestOf(node + MAX_Y), 24);
  store<u32>(refs + (<usize>index << 2), <u32>node);
}

// ── Order ─────────────────────────────────────────────────────────────────────────────────────────

/** Half of a box's centre on an axis: finite, whatever the box. */
// @ts-ignore: decorator
@inline
function centre(box: usize, axis: usize): f64 {
  const low = max(load<f64>(box + axis), -f64.MAX_VALUE);
  const high = min(load<f64>(box + axis, 16), f64.MAX_VALUE);
  return min(low, f64.MAX_VALUE) * 0.25 + max(high, -f64.MAX_VALUE) * 0.25;
}

/** Address of keys in an order that packs well. */
function arrange(
  boxes: usize, keys: usize, keys2: usize, counters: usize, count: u32, nodes: u32, packing: u32, level: u32,
): usize {
  let x0 = Infinity;
  let y0 = Infinity;
  let x1 = -Infinity;
  let y1 = -Infinity;
  const end = boxes + (<usize>count << 5);
  for (let box = boxes; box < end; box += BOX_BYTES) {
    const x = centre(box, 0);
    const y = centre(box, 8);
    x0 = min(x0, x);
    x1 = max(x1, x);
    y0 = min(y0, y);
    y1 = max(y1, y);
  }
  const cells = <f64>((<u32>1 << AXIS_BITS) - 1);
  const scaleX = x1 > x0 ? cells / (x1 - x0) : 0;
  const scaleY = y1 > y0 ? cells / (y1 - y0) : 0;
  if (packing == HILBERT) {
    // Nodes of packed entries are in the order of the curve already.
    if (level != 0) return 0;
    for (let i: u32 = 0; i < count; i++) {
      const box = boxes + (<usize>i << 5);
      const x = cellOf((centre(box, 0) - x0) * scaleX) >> (AXIS_BITS - 16);
      const y = cellOf((centre(box, 8) - y0) * scaleY) >> (AXIS_BITS - 16);
      setKey(keys, i, hilbert(x, y), i);
    }
    return sort(keys, keys2, counters, count, 0, 32);
  }
  for (let i: u32 = 0; i < count; i++) {
    setKey(keys, i, cellOf((centre(boxes + (<usize>i << 5), 0) - x0) * scaleX), i);
  }
  const byX = sort(keys, keys2, counters, count, 0, AXIS_BITS);
  const slices = <u32>Math.ceil(sqrt(<f64>nodes));
  const sliceBits = 32 - clz(slices);
  const shift = max<i32>(0, <i32>(AXIS_BITS + sliceBits) - 32);
  for (let slice: u32 = 0; slice < slices; slice++) {
    // A slice ends where a node does.
    const last = <u32>min<u64>(nodes, <u64>nodes * (slice + 1) / slices);
    const from = <u32>(<u64>count * (<u64>nodes * slice / slices) / nodes);
    const to = <u32>(<u64>count * last / nodes);
    for (let i = from; i < to; i++) {
      const index = indexAt(byX, i);
      const y = cellOf((centre(boxes + (<usize>index << 5), 8) - y0) * scaleY) >> shift;
      // Every other slice runs the other way, so that nodes that follow each other are neighbours.
      setKey(byX, i, slice << (AXIS_BITS - shift) | (slice & 1 ? ((<u32>1 << (AXIS_BITS - shift)) - 1) ^ y : y), index);
    }
  }
  return sort(byX, byX == keys ? keys2 : keys, counters, count, 0, AXIS_BITS - shift + sliceBits);
}

/** A position as an integer; what cannot be one, because the scale overflowed, is 0. */
// @ts-ignore: decorator
@inline
function cellOf(position: f64): u32 {
  return position < <f64>(<u32>1 << AXIS_BITS) ? <u32>position : 0;
}

// @ts-ignore: decorator
@inline
function setKey(keys: usize, place: u32, key: u32, index: u32): void {
  store<u64>(keys + (<usize>place << 3), <u64>key | (<u64>index << 32));
}

/**
 * Distance along the Hilbert curve of a cell of a 2^16 grid. The curve has four orientations; a nibble of the table says, for an
 * orientation and a quadrant (x's bit, then y's), which quarter of the curve that is and how the curve runs inside it.
 */
// @ts-ignore: decorator
@inline
function hilbert(x: u32, y: u32): u32 {
  let distance: u32 = 0;
  let orientation: u32 = 0;
  for (let bit: i32 = 15; bit >= 0; bit--) {
    const quadrant = ((x >> bit) & 1) << 1 | ((y >> bit) & 1);
    const step = <u32>(HILBERT_STEPS >> <u64>((orientation << 4) | (quadrant << 2)));
    distance = distance << 2 | (step & 3);
    orientation = (step >> 2) & 3;
  }
  return distance;
}

/** Sorts keys by their bits `from` to `to`, least significant digit first; returns which of the two arrays has them then. */
function sort(keys: usize, other: usize, counters: usize, count: u32, from: u32, to: u32): usize {
  const end = <usize>count << 3;
  for (let bit = from; bit < to; bit += DIGIT_BITS) {
    memory.fill(counters, 0, DIGITS << 2);
    for (let at: usize = 0; at < end; at += 8) {
      const counter = counters + (<usize>((load<u32>(keys + at) >> bit) & (DIGITS - 1)) << 2);
      store<u32>(counter, load<u32>(counter) + 1);
    }
    let sum: u32 = 0;
    for (let digit: u32 = 0; digit < DIGITS; digit++) {
      const counter = counters + (<usize>digit << 2);
      const some = load<u32>(counter);
      store<u32>(counter, sum);
      sum += some;
    }
    for (let at: usize = 0; at < end; at += 8) {
      const key = load<u64>(keys + at);
      const counter = counters + (<usize>((<u32>key >> bit) & (DIGITS - 1)) << 2);
      const place = load<u32>(counter);
      store<u32>(counter, place + 1);
      store<u64>(other + (<usize>place << 3), key);
    }
    const held = keys;
    keys = other;
    other = held;
  }
  return keys;
}

// ── Join ──────────────────────────────────────────────────────────────────────────────────────────

/** Makes a packed tree part of this one: the entries of the lower one's root go into the higher one, at their level. */
function join(tree: usize, packed: usize, level: u32, count: u32): i32 {
  const own = <usize>load<u32>(tree, ROOT);
  const height = load<u32>(tree, HEIGHT);
  if (load<u32>(tree, COUNT) == 0) {
    dropNode(tree, own);
    adopt(tree, packed, level + 1, count);
    return 1;
  }
  // Up to MOST insertions, none of which reinserts.
  if (!workOf(tree) || !reserveNodes(tree, MOST * max(height, level + 1) + 1)) {
    dropSubtree(tree, packed);
    return 0;
  }
  const total = load<u32>(tree, COUNT) + count;
  let low = packed;
  if (level + 1 > height) {
    adopt(tree, packed, level + 1, total);
    low = own;
  }
  store<u32>(tree, total, COUNT);
  const lowLevel = load<u32>(low, LEVEL);
  const entries = load<u32>(low, SIZE);
  for (let i: u32 = 0; i < entries; i++) {
    const at = low + (<usize>i << 3);
    store<u32>(tree, <u32>-1, SETTLED);
    place(tree, lowLevel, <u32>refAt(low, i), load<f64>(at, MIN_X), load<f64>(at, MIN_Y), load<f64>(at, MAX_X), load<f64>(at, MAX_Y));
  }
  dropNode(tree, low);
  return 1;
}

function adopt(tree: usize, root: usize, height: u32, count: u32): void {
  store<u32>(tree, <u32>root, ROOT);
  store<u32>(tree, height, HEIGHT);
  store<u32>(tree, count, COUNT);
}
