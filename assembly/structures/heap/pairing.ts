// The pairing heap (M. Fredman, R. Sedgewick, D. Sleator, R. Tarjan, 1986): a tree of any shape whose nodes come no
// later than their children. Adding, melding and moving an entry forward link two trees; taking the first out links its
// children in pairs, from the left, and then the pairs, from the right.
//
// Header, PAIRING_BYTES:
//
//   offset  size  meaning
//        0     4  count: entries
//        4     4  capacity: nodes there is room for
//        8     4  nodes: address of node 0
//       12     4  used: nodes ever used; those behind were never
//       16     4  root: node + 1, 0 meaning none, as in every link below
//       20     4  free: first node of the list of those used and given back
//       24     8  flip, see layout.ts
//
// Node, 32 bytes; a handle is a node's number and its generation, so that a stale one is told from a live one:
//
//   ┌ key i64 ┬ id u32 ┬ generation u32 ┬ child u32 ┬ next u32 ┬ previous u32 ┬ state u32 ┐
//
//   child: the first of its children. next: its sibling on the right, or the next free node. previous: its sibling on
//   the left, or the parent of a first child. state: 1 in the heap, 0 free.

import { RESULT } from '../../memory/arena/layout';
import { alloc, costOf, free, realloc } from '../../memory/arena/allocator';
import { keyOf, NONE, priorityOf } from './layout';

const COUNT: usize = 0;
const CAPACITY: usize = 4;
const NODES: usize = 8;
const USED: usize = 12;
const ROOT: usize = 16;
const FREE: usize = 20;
const FLIP: usize = 24;
const PAIRING_BYTES: u32 = 32;

const ID: usize = 8;
const GENERATION: usize = 12;
const CHILD: usize = 16;
const NEXT: usize = 20;
const PREVIOUS: usize = 24;
const STATE: usize = 28;

const FIRST_NODES: u32 = 16;
const MAX_NODES: u32 = 0x07f8_0000;
/** Handles are f64: generations have 20 bits. */
const GENERATION_MASK: u32 = 0xf_ffff;

/** Address of a node by its link. */
// @ts-ignore: decorator
@inline
function at(heap: usize, link: u32): usize {
  return <usize>load<u32>(heap, NODES) + (<usize>(link - 1) << 5);
}

export function pairingCreate(greatest: u32): usize {
  const heap = alloc(PAIRING_BYTES);
  if (!heap) return 0;
  memory.fill(heap, 0, PAIRING_BYTES);
  store<i64>(heap, -<i64>greatest, FLIP);
  return heap;
}

export function pairingDestroy(heap: usize): void {
  if (load<u32>(heap, NODES)) free(load<u32>(heap, NODES));
  free(heap);
}

/** Forgets every entry and gives the nodes' memory back. Handles start again: those of before must not be used. */
export function pairingClear(heap: usize): void {
  const used = load<u32>(heap, USED);
  // Free every node instead of dropping the table: generations go on, and old handles stay stale.
  store<u32>(heap, 0, FREE);
  for (let link = used; link > 0; link--) {
    const node = at(heap, link);
    if (load<u32>(node, STATE)) store<u32>(node, (load<u32>(node, GENERATION) + 1) & GENERATION_MASK, GENERATION);
    blank(heap, link);
  }
  store<u32>(heap, 0, ROOT);
  store<u32>(heap, 0, COUNT);
}

/** Makes a node free; its generation stays. */
function blank(heap: usize, link: u32): void {
  const node = at(heap, link);
  store<i64>(node, 0);
  store<u32>(node, 0, ID);
  store<u32>(node, 0, CHILD);
  store<u32>(node, load<u32>(heap, FREE), NEXT);
  store<u64>(node, 0, PREVIOUS);
  store<u32>(heap, link, FREE);
}

export function pairingReserve(heap: usize, nodes: u32): i32 {
  if (nodes <= load<u32>(heap, CAPACITY)) return 1;
  if (nodes > MAX_NODES) return 0;
  const old = load<u32>(heap, NODES);
  const block = old ? realloc(old, nodes << 5) : alloc(nodes << 5);
  if (!block) return 0;
  store<u32>(heap, <u32>block, NODES);
  store<u32>(heap, nodes, CAPACITY);
  return 1;
}

/** Link of a free node, 0 when the arena is full. */
function newNode(heap: usize): u32 {
  const link = load<u32>(heap, FREE);
  if (link) {
    store<u32>(heap, load<u32>(at(heap, link), NEXT), FREE);
    return link;
  }
  const used = load<u32>(heap, USED);
  if (used == load<u32>(heap, CAPACITY)) {
    const wanted = max(FIRST_NODES, min(used << 1, MAX_NODES));
    if (!pairingReserve(heap, wanted) && !pairingReserve(heap, used + 1)) return 0;
  }
  store<u32>(heap, used + 1, USED);
  store<u32>(at(heap, used + 1), 0, GENERATION);
  return used + 1;
}

/** Links two trees, both without siblings; returns the one that comes first. */
function join(heap: usize, a: u32, b: u32): u32 {
  if (!a) return b;
  if (!b) return a;
  if (load<i64>(at(heap, b)) < load<i64>(at(heap, a))) {
    const held = a;
    a = b;
    b = held;
  }
  const parent = at(heap, a);
  const node = at(heap, b);
  const first = load<u32>(parent, CHILD);
  store<u32>(node, first, NEXT);
  store<u32>(node, a, PREVIOUS);
  if (first) store<u32>(at(heap, first), b, PREVIOUS);
  store<u32>(parent, b, CHILD);
  return a;
}

/** The node's number + 1, 0 when the arena is full; its generation is in the result cell. */
export function pairingPush(heap: usize, id: u32, priority: f64): u32 {
  const link = newNode(heap);
  if (!link) return 0;
  const node = at(heap, link);
  store<i64>(node, keyOf(priority, load<i64>(heap, FLIP)));
  store<u32>(node, id, ID);
  store<u32>(node, 0, CHILD);
  store<u64>(node, 0, NEXT);
  store<u32>(node, 1, STATE);
  store<u32>(heap, join(heap, load<u32>(heap, ROOT), link), ROOT);
  store<u32>(heap, load<u32>(heap, COUNT) + 1, COUNT);
  store<u64>(RESULT, load<u32>(node, GENERATION));
  return link;
}

/** Links the siblings from `first` on to one tree: in pairs from the left, then those from the right. */
function joinSiblings(heap: usize, first: u32): u32 {
  let pairs: u32 = 0;
  while (first) {
    const left = at(heap, first);
    const second = load<u32>(left, NEXT);
    let rest: u32 = 0;
    store<u64>(left, 0, NEXT);
    if (second) {
      const right = at(heap, second);
      rest = load<u32>(right, NEXT);
      store<u64>(right, 0, NEXT);
    }
    // `next` of a root holds the pair before it: a stack, since the second pass goes the other way.
    const pair = second ? join(heap, first, second) : first;
    store<u32>(at(heap, pair), pairs, NEXT);
    pairs = pair;
    first = rest;
  }
  let root: u32 = 0;
  while (pairs) {
    const node = at(heap, pairs);
    const before = load<u32>(node, NEXT);
    store<u32>(node, 0, NEXT);
    root = join(heap, root, pairs);
    pairs = before;
  }
  return root;
}

/** Takes a node that is not the root out of its siblings. */
function cut(heap: usize, link: u32): void {
  const node = at(heap, link);
  const next = load<u32>(node, NEXT);
  const previous = load<u32>(node, PREVIOUS);
  const left = at(heap, previous);
  if (load<u32>(left, CHILD) == link) store<u32>(left, next, CHILD);
  else store<u32>(left, next, NEXT);
  if (next) store<u32>(at(heap, next), previous, PREVIOUS);
  store<u64>(node, 0, NEXT);
}

/** Takes a node out of the heap and makes it free; returns its id. */
function takeNode(heap: usize, link: u32): u32 {
  const node = at(heap, link);
  const id = load<u32>(node, ID);
  const children = joinSiblings(heap, load<u32>(node, CHILD));
  if (load<u32>(heap, ROOT) == link) {
    store<u32>(heap, children, ROOT);
  } else {
    cut(heap, link);
    store<u32>(heap, join(heap, load<u32>(heap, ROOT), children), ROOT);
  }
  store<u32>(node, (load<u32>(node, GENERATION) + 1) & GENERATION_MASK, GENERATION);
  blank(heap, link);
  store<u32>(heap, load<u32>(heap, COUNT) - 1, COUNT);
  return id;
}

/** The id that comes first, removed; see `pop` for −1. */
export function pairingPop(heap: usize): u32 {
  const root = load<u32>(heap, ROOT);
  if (!root) {
    store<u64>(RESULT, 0);
    return <u32>-1;
  }
  const id = takeNode(heap, root);
  if (id == <u32>-1) store<u64>(RESULT, 1);
  return id;
}

/** Id of the root; the heap is not empty. */
export function pairingFirst(heap: usize): u32 {
  return load<u32>(at(heap, load<u32>(heap, ROOT)), ID);
}

export function pairingFirstPriority(heap: usize): f64 {
  return priorityOf(load<i64>(at(heap, load<u32>(heap, ROOT))), load<i64>(heap, FLIP));
}

/** True for a handle whose entry is in the heap. */
export function pairingHas(heap: usize, slot: u32, generation: u32): i32 {
  if (slot >= load<u32>(heap, USED)) return 0;
  const node = at(heap, slot + 1);
  return <i32>(load<u32>(node, STATE) == 1 && load<u32>(node, GENERATION) == generation);
}

/** The handle is one that `pairingHas`. */
export function pairingPriority(heap: usize, slot: u32): f64 {
  return priorityOf(load<i64>(at(heap, slot + 1)), load<i64>(heap, FLIP));
}

export function pairingId(heap: usize, slot: u32): u32 {
  return load<u32>(at(heap, slot + 1), ID);
}

/** Gives an entry another priority. O(1) towards the front, as dear as a pop towards the back. */
export function pairingUpdate(heap: usize, slot: u32, priority: f64): void {
  const link = slot + 1;
  const node = at(heap, link);
  const key = keyOf(priority, load<i64>(heap, FLIP));
  const later = key > load<i64>(node);
  store<i64>(node, key);
  if (later) {
    const children = joinSiblings(heap, load<u32>(node, CHILD));
    store<u32>(node, 0, CHILD);
    if (load<u32>(heap, ROOT) == link) {
      store<u32>(heap, join(heap, link, children), ROOT);
    } else {
      cut(heap, link);
      store<u32>(heap, join(heap, join(heap, load<u32>(heap, ROOT), children), link), ROOT);
    }
  } else if (load<u32>(heap, ROOT) != link) {
    cut(heap, link);
    store<u32>(heap, join(heap, load<u32>(heap, ROOT), link), ROOT);
  }
}

export function pairingRemove(heap: usize, slot: u32): void {
  takeNode(heap, slot + 1);
}

/**
 * Takes over the nodes of another heap of the same order, which is empty and without nodes then. Their numbers go up by
 * what is returned; 0xffffffff when the arena is full. One comparison, and a move of the nodes.
 */
export function pairingMeld(heap: usize, other: usize): u32 {
  const used = load<u32>(heap, USED);
  const more = load<u32>(other, USED);
  if (more > MAX_NODES - used || !pairingReserve(heap, used + more)) return <u32>-1;
  if (more == 0) return used;
  memory.copy(at(heap, used + 1), load<u32>(other, NODES), <usize>more << 5);
  shiftLinks(heap, used, more);
  const otherRoot = load<u32>(other, ROOT);
  const otherFree = load<u32>(other, FREE);
  store<u32>(heap, used + more, USED);
  store<u32>(heap, load<u32>(heap, COUNT) + load<u32>(other, COUNT), COUNT);
  if (otherRoot) store<u32>(heap, join(heap, load<u32>(heap, ROOT), otherRoot + used), ROOT);
  if (otherFree) {
    let last = otherFree + used;
    while (load<u32>(at(heap, last), NEXT)) last = load<u32>(at(heap, last), NEXT);
    store<u32>(at(heap, last), load<u32>(heap, FREE), NEXT);
    store<u32>(heap, otherFree + used, FREE);
  }
  free(load<u32>(other, NODES));
  memory.fill(other, 0, FLIP);
  return used;
}

/** Raises every link of `count` nodes behind the first `by`. */
function shiftLinks(heap: usize, by: u32, count: u32): void {
  let node = at(heap, by + 1);
  for (let i: u32 = 0; i < count; i++) {
    for (let field = CHILD; field <= PREVIOUS; field += 4) {
      if (load<u32>(node + field)) store<u32>(node + field, load<u32>(node + field) + by);
    }
    node += 32;
  }
}

/** Copies of the nodes from `from` on, as they are but for the key, which becomes the priority's bits. */
export function pairingDump(heap: usize, from: u32, count: u32, out: usize): void {
  const flip = load<i64>(heap, FLIP);
  for (let i: u32 = 0; i < count; i++) {
    const node = at(heap, from + i + 1);
    memory.copy(out, node, 32);
    if (load<u32>(node, STATE)) store<f64>(out, priorityOf(load<i64>(node), flip));
    out += 32;
  }
}

/** Appends what `pairingDump` wrote, for which there is room. 0 when a priority is none that a heap would have. */
export function pairingFill(heap: usize, from: usize, count: u32): i32 {
  const flip = load<i64>(heap, FLIP);
  const used = load<u32>(heap, USED);
  for (let i: u32 = 0; i < count; i++) {
    const node = at(heap, used + i + 1);
    memory.copy(node, from, 32);
    if (load<u32>(node, STATE)) {
      const priority = load<f64>(from);
      if (priority != priority || reinterpret<i64>(priority) == i64.MIN_VALUE) return 0;
      store<i64>(node, keyOf(priority, flip));
    }
    from += 32;
  }
  store<u32>(heap, used + count, USED);
  return 1;
}

/** For bytes that are read back; `pairingCheck` has the last word. */
export function pairingLinks(heap: usize, root: u32, freeNode: u32, count: u32): void {
  store<u32>(heap, root, ROOT);
  store<u32>(heap, freeNode, FREE);
  store<u32>(heap, count, COUNT);
}

/** Bytes the heap costs its arena, allocator headers included. */
export function pairingBytes(heap: usize): u32 {
  return costOf(heap) + (load<u32>(heap, NODES) ? costOf(load<u32>(heap, NODES)) : 0);
}

/**
 * 0 when every invariant holds, else the number of the first that does not. Trusts no link: each is looked at before
 * it is followed, and each node's `previous` names the only one that may lead to it, so that no way is gone twice.
 */
export function pairingCheck(heap: usize): i32 {
  const used = load<u32>(heap, USED);
  const count = load<u32>(heap, COUNT);
  if (used > load<u32>(heap, CAPACITY) || count > used) return 1;
  for (let link: u32 = 1; link <= used; link++) {
    const node = at(heap, link);
    if (load<u32>(node, GENERATION) > GENERATION_MASK) return 2;
    if (load<u32>(node, STATE) > 1 || load<i64>(node) == NONE) return 3;
    if (load<u32>(node, CHILD) > used || load<u32>(node, NEXT) > used || load<u32>(node, PREVIOUS) > used) return 4;
  }
  let freeNodes: u32 = 0;
  let link = load<u32>(heap, FREE);
  while (link) {
    if (link > used || freeNodes == used - count) return 5;
    const node = at(heap, link);
    if (load<i64>(node) || load<u32>(node, ID) || load<u32>(node, CHILD) || load<u64>(node, PREVIOUS)) return 6;
    freeNodes++;
    link = load<u32>(node, NEXT);
  }
  if (freeNodes != used - count) return 7;
  const root = load<u32>(heap, ROOT);
  if ((root == 0) != (count == 0) || root > used) return 8;
  if (root == 0) return 0;
  if (load<u64>(at(heap, root), NEXT)) return 9;
  const broken = checkChildren(heap, count);
  return broken ? broken : checkTree(heap, root, count);
}

/** Each node's children lead back to it and do not come before it. */
function checkChildren(heap: usize, count: u32): i32 {
  let seen: u32 = 0;
  for (let link: u32 = 1; link <= load<u32>(heap, USED); link++) {
    const node = at(heap, link);
    if (!load<u32>(node, STATE)) continue;
    let previous = link;
    for (let child = load<u32>(node, CHILD); child; child = load<u32>(at(heap, child), NEXT)) {
      const from = at(heap, child);
      if (++seen > count || !load<u32>(from, STATE)) return 10;
      if (load<u32>(from, PREVIOUS) != previous || load<i64>(from) < load<i64>(node)) return 11;
      previous = child;
    }
  }
  return 0;
}

/** All nodes hang from the root: walks the tree in preorder, back over `previous`. */
function checkTree(heap: usize, root: u32, count: u32): i32 {
  let seen: u32 = 0;
  let link = root;
  for (;;) {
    if (++seen > count) return 12;
    const child = load<u32>(at(heap, link), CHILD);
    if (child) {
      link = child;
      continue;
    }
    // Up to the first ancestor with a sibling on the right: each list of siblings is gone back once.
    while (link != root && !load<u32>(at(heap, link), NEXT)) link = parentOf(heap, link);
    if (link == root) break;
    link = load<u32>(at(heap, link), NEXT);
  }
  return seen == count && load<u32>(at(heap, root), STATE) ? 0 : 13;
}

/** Parent of a node that the walk reached. */
function parentOf(heap: usize, link: u32): u32 {
  for (;;) {
    const previous = load<u32>(at(heap, link), PREVIOUS);
    if (load<u32>(at(heap, previous), CHILD) == link) break;
    link = previous;
  }
  return load<u32>(at(heap, link), PREVIOUS);
}
