// Kernel `structures/timing-wheel`: timers in nine wheels of 64 slots, each slot of a wheel as wide as the wheel below.
//
// G. Varghese and T. Lauck, "Hashed and hierarchical timing wheels" (1987), scheme 7. A timer stands in the wheel of the
// highest digit, of six bits, in which its deadline differs from the present, in the slot of that digit. While the
// present moves, that stays true, until it reaches the slot: then the slot's timers go down to lower wheels. A bit a
// slot says which are occupied, so that time without timers costs nothing. Nine wheels hold 54 bits: there is no
// overflow list.
//
// Root, 4800 bytes:
//
//     offset  size  meaning
//          0     8  u64: the present
//          8     4  count of timers
//         12     4  nodes that were ever in use: the first so many have an index
//         16     4  address of the first free node, 0 for none
//         20     4  chunks of nodes that are allocated
//         24     8  f64: timers that expired so far
//         32     8  f64: timers that were cancelled so far
//         40    80  address of each of 20 chunks of nodes
//        120    72  bits of occupied slots, u64 a wheel
//        192  4608  first and last node of each slot, two addresses; both the slot's own sentinel when it is empty
//
// Chunk i has 64 · 2^i nodes. A node, 24 bytes:
//
//     offset  size  meaning
//          0     8  u64: deadline
//          8     4  address of the next node of its slot, or of the next free node
//         12     4  address of the node before
//         16     4  id
//         20     4  generation, 25 bits, and the highest bit while it is a timer
//
// A slot's sentinel is the address 8 bytes before its pair, so that `next` and `before` of both are at the same
// offsets. A handle is a double: generation · 2^28 + index of the node.

import { alloc, costOf, free } from '../../memory/arena/allocator';

const NOW: usize = 0;
const COUNT: usize = 8;
const USED: usize = 12;
const FREE: usize = 16;
const CHUNKS: usize = 20;
const EXPIRED: usize = 24;
const CANCELLED: usize = 32;
const TABLE: usize = 40;
const BITS: usize = 120;
const SLOTS: usize = 192;
const ROOT_BYTES: u32 = 4800;

const MAX_CHUNKS: u32 = 20;
const FIRST_CHUNK_LOG: u32 = 6;
const WHEELS: u32 = 9;

const DEADLINE: usize = 0;
const NEXT: usize = 8;
const BEFORE: usize = 12;
const ID: usize = 16;
const GENERATION: usize = 20;
const NODE_BYTES: usize = 24;

const LIVE: u32 = 0x8000_0000;
const GENERATIONS: u32 = 0x01ff_ffff;
const INDICES: f64 = 268_435_456;

/** Address of an empty wheel whose present is `now`, 0 when the arena is full. */
export function create(now: f64): usize {
  const root = alloc(ROOT_BYTES);
  if (!root) return 0;
  memory.fill(root, 0, ROOT_BYTES);
  store<u64>(root, <u64>now, NOW);
  emptySlots(root);
  return root;
}

export function destroy(root: usize): void {
  const chunks = load<u32>(root, CHUNKS);
  for (let i: u32 = 0; i < chunks; i++) free(load<u32>(root + (<usize>i << 2), TABLE));
  free(root);
}

/** Bytes the wheel costs its arena, allocator headers included. */
export function bytesOf(root: usize): u32 {
  let bytes = costOf(root);
  const chunks = load<u32>(root, CHUNKS);
  for (let i: u32 = 0; i < chunks; i++) bytes += costOf(load<u32>(root + (<usize>i << 2), TABLE));
  return bytes;
}

/** Makes room for `count` timers in all; 0 when the arena is full. */
export function reserve(root: usize, count: u32): i32 {
  while (capacity(load<u32>(root, CHUNKS)) < count) if (!addChunk(root)) return 0;
  return 1;
}

/** The handle of a new timer, −1 when the arena is full. A deadline that has passed is the present. O(1). */
export function schedule(root: usize, id: u32, deadline: f64): f64 {
  let node: usize = load<u32>(root, FREE);
  let index: u32 = 0;
  if (node) {
    store<u32>(root, load<u32>(node, NEXT), FREE);
    index = load<u32>(node, BEFORE);
  } else {
    index = load<u32>(root, USED);
    if (index == capacity(load<u32>(root, CHUNKS)) && !addChunk(root)) return -1;
    store<u32>(root, index + 1, USED);
    node = nodeAt(root, index);
    store<u32>(node, 0, GENERATION);
  }
  const generation = load<u32>(node, GENERATION);
  store<u32>(node, generation | LIVE, GENERATION);
  store<u32>(node, id, ID);
  store<u32>(root, load<u32>(root, COUNT) + 1, COUNT);
  const now = load<u64>(root, NOW);
  const due = max(<u64>deadline, now);
  store<u64>(node, due, DEADLINE);
  link(root, node, due, now);
  return <f64>generation * INDICES + <f64>index;
}

/** Many at once: ids and deadlines at two addresses, the handles to a third. How many were made before the arena was full. */
export function scheduleMany(root: usize, ids: usize, deadlines: usize, handles: usize, count: u32): u32 {
  for (let i: u32 = 0; i < count; i++) {
    const handle = schedule(root, load<u32>(ids + (<usize>i << 2)), load<f64>(deadlines + (<usize>i << 3)));
    if (handle < 0) return i;
    store<f64>(handles + (<usize>i << 3), handle);
  }
  return count;
}

/** 1, or 0 when the handle is no timer's (any more). O(1). */
export function cancel(root: usize, handle: f64): i32 {
  const node = timerOf(root, handle);
  if (!node) return 0;
  unlink(root, node);
  release(root, node, indexOf(handle));
  store<f64>(root, load<f64>(root, CANCELLED) + 1, CANCELLED);
  return 1;
}

/** How many of the handles at an address were timers', all of which are cancelled. */
export function cancelMany(root: usize, handles: usize, count: u32): u32 {
  let cancelled: u32 = 0;
  for (let i: u32 = 0; i < count; i++) cancelled += cancel(root, load<f64>(handles + (<usize>i << 3)));
  return cancelled;
}

/** Gives a timer another deadline, behind all others of that moment; 0 when there is no such timer. O(1). */
export function reschedule(root: usize, handle: f64, deadline: f64): i32 {
  const node = timerOf(root, handle);
  if (!node) return 0;
  unlink(root, node);
  const now = load<u64>(root, NOW);
  const due = max(<u64>deadline, now);
  store<u64>(node, due, DEADLINE);
  link(root, node, due, now);
  return 1;
}

/** −1 when the handle is no timer's. */
export function deadlineOf(root: usize, handle: f64): f64 {
  const node = timerOf(root, handle);
  return node ? <f64>load<u64>(node, DEADLINE) : -1;
}

/** Of a handle that is a timer's. */
export function idOf(root: usize, handle: f64): u32 {
  return load<u32>(nodeAt(root, indexOf(handle)), ID);
}

/**
 * Moves the present towards `target`, never back, and writes the ids of timers that are due to `out`, in order of
 * deadlines, and of scheduling where those are equal. Returns their number. When that is `most` the present may have
 * stopped on the way: call again. O(timers that expire, and wheels that others of the same slots go down).
 */
export function advance(root: usize, target: f64, out: usize, most: u32): u32 {
  const goal = max(<u64>target, load<u64>(root, NOW));
  let count: u32 = 0;
  for (;;) {
    const now = load<u64>(root, NOW);
    count = takeDue(root, <u32>now & 63, out, count, most);
    if (count == most || now == goal) break;
    let wheel: u32 = 0;
    let slot: u32 = 0;
    for (; wheel < WHEELS; wheel++) {
      const later = laterSlots(root, now, wheel);
      if (later) {
        slot = <u32>ctz(later);
        break;
      }
    }
    const moment = wheel == WHEELS ? u64.MAX_VALUE : startOf(now, wheel, slot);
    if (moment > goal) {
      store<u64>(root, goal, NOW);
      break;
    }
    store<u64>(root, moment, NOW);
    if (wheel) goDown(root, wheel, slot, moment);
  }
  store<f64>(root, load<f64>(root, EXPIRED) + <f64>count, EXPIRED);
  return count;
}

/** A moment at or before the first deadline, the start of its slot; −1 when there is no timer. O(1). */
export function wakeAt(root: usize): f64 {
  const now = load<u64>(root, NOW);
  if (load<u64>(root, BITS) >> (now & 63) & 1) return <f64>now;
  for (let wheel: u32 = 0; wheel < WHEELS; wheel++) {
    const later = laterSlots(root, now, wheel);
    if (later) return <f64>startOf(now, wheel, <u32>ctz(later));
  }
  return -1;
}

/** The first deadline; −1 when there is no timer. O(timers in its slot). */
export function next(root: usize): f64 {
  const now = load<u64>(root, NOW);
  if (load<u64>(root, BITS) >> (now & 63) & 1) return <f64>now;
  for (let wheel: u32 = 0; wheel < WHEELS; wheel++) {
    const later = laterSlots(root, now, wheel);
    if (!later) continue;
    const sentinel = sentinelOf(root, wheel, <u32>ctz(later));
    let first = u64.MAX_VALUE;
    for (let node: usize = load<u32>(sentinel, NEXT); node != sentinel; node = load<u32>(node, NEXT)) {
      first = min(first, load<u64>(node, DEADLINE));
    }
    return <f64>first;
  }
  return -1;
}

/** Ends every timer; their handles are nobody's. Keeps the memory. O(n). */
export function clear(root: usize): void {
  for (let wheel: u32 = 0; wheel < WHEELS; wheel++) {
    for (let bits = occupied(root, wheel); bits; bits &= bits - 1) {
      const sentinel = sentinelOf(root, wheel, <u32>ctz(bits));
      for (let node: usize = load<u32>(sentinel, NEXT); node != sentinel; ) {
        const following: usize = load<u32>(node, NEXT);
        release(root, node, indexOfNode(root, node));
        node = following;
      }
    }
    store<u64>(root + (<usize>wheel << 3), 0, BITS);
  }
  emptySlots(root);
  store<f64>(root, 0, EXPIRED);
  store<f64>(root, 0, CANCELLED);
}

/** 0 when every invariant holds, else the number of the first that does not. */
export function check(root: usize): i32 {
  const now = load<u64>(root, NOW);
  const used = load<u32>(root, USED);
  if (load<u32>(root, CHUNKS) > MAX_CHUNKS || used > capacity(load<u32>(root, CHUNKS))) return 1;
  let timers: u32 = 0;
  for (let wheel: u32 = 0; wheel < WHEELS; wheel++) {
    const bits = occupied(root, wheel);
    for (let slot: u32 = 0; slot < 64; slot++) {
      const sentinel = sentinelOf(root, wheel, slot);
      if ((load<u32>(sentinel, NEXT) != <u32>sentinel) != ((bits >> slot & 1) != 0)) return 2;
      let before = sentinel;
      for (let node: usize = load<u32>(sentinel, NEXT); node != sentinel; node = load<u32>(node, NEXT)) {
        if (<usize>load<u32>(node, BEFORE) != before) return 3;
        if (!(load<u32>(node, GENERATION) & LIVE)) return 4;
        const deadline = load<u64>(node, DEADLINE);
        if (deadline < now) return 5;
        if (wheelOf(deadline, now) != wheel || digit(deadline, wheel) != slot) return 6;
        before = node;
        if (++timers > used) return 7;
      }
      if (<usize>load<u32>(sentinel, BEFORE) != before) return 3;
    }
  }
  if (timers != load<u32>(root, COUNT)) return 8;
  let unused: u32 = 0;
  for (let node: usize = load<u32>(root, FREE); node; node = load<u32>(node, NEXT)) {
    if (load<u32>(node, GENERATION) & LIVE) return 9;
    if (nodeAt(root, load<u32>(node, BEFORE)) != node) return 10;
    if (++unused > used) return 11;
  }
  return timers + unused == used ? 0 : 12;
}

// ── Where a timer stands ──────────────────────────────────────────────────────────────────────────

// @ts-ignore: decorator
@inline
function wheelOf(deadline: u64, now: u64): u32 {
  return <u32>((63 - clz((deadline ^ now) | 1)) / 6);
}

// @ts-ignore: decorator
@inline
function digit(moment: u64, wheel: u32): u32 {
  return <u32>(moment >> <u64>(wheel * 6)) & 63;
}

// @ts-ignore: decorator
@inline
function sentinelOf(root: usize, wheel: u32, slot: u32): usize {
  return root + SLOTS + (<usize>(wheel * 64 + slot) << 3) - NEXT;
}

// @ts-ignore: decorator
@inline
function occupied(root: usize, wheel: u32): u64 {
  return load<u64>(root + (<usize>wheel << 3), BITS);
}

/** Bits of the occupied slots of a wheel that are still to come. */
// @ts-ignore: decorator
@inline
function laterSlots(root: usize, now: u64, wheel: u32): u64 {
  // Two shifts, since one by 64 would be none.
  return occupied(root, wheel) & ((u64.MAX_VALUE << <u64>digit(now, wheel)) << 1);
}

/** The first moment of a slot that is to come. */
function startOf(now: u64, wheel: u32, slot: u32): u64 {
  const shift = <u64>(wheel * 6);
  return ((((now >> shift) & ~(<u64>63)) | <u64>slot) << shift);
}

/** Puts a node behind the others of its slot. */
function link(root: usize, node: usize, deadline: u64, now: u64): void {
  const wheel = wheelOf(deadline, now);
  const slot = digit(deadline, wheel);
  const sentinel = sentinelOf(root, wheel, slot);
  const last: usize = load<u32>(sentinel, BEFORE);
  store<u32>(node, <u32>sentinel, NEXT);
  store<u32>(node, <u32>last, BEFORE);
  store<u32>(last, <u32>node, NEXT);
  store<u32>(sentinel, <u32>node, BEFORE);
  const bits = root + (<usize>wheel << 3);
  store<u64>(bits, load<u64>(bits, BITS) | (<u64>1 << <u64>slot), BITS);
}

function unlink(root: usize, node: usize): void {
  const following: usize = load<u32>(node, NEXT);
  const before: usize = load<u32>(node, BEFORE);
  store<u32>(before, <u32>following, NEXT);
  store<u32>(following, <u32>before, BEFORE);
  if (following != before) return;
  // Both neighbours are one, the sentinel: the slot is empty.
  const deadline = load<u64>(node, DEADLINE);
  const wheel = wheelOf(deadline, load<u64>(root, NOW));
  const bits = root + (<usize>wheel << 3);
  store<u64>(bits, load<u64>(bits, BITS) & ~(<u64>1 << <u64>digit(deadline, wheel)), BITS);
}

/** Takes the timers of the present's slot in the lowest wheel, as far as there is room for their ids. */
function takeDue(root: usize, slot: u32, out: usize, count: u32, most: u32): u32 {
  const sentinel = sentinelOf(root, 0, slot);
  let node: usize = load<u32>(sentinel, NEXT);
  if (node == sentinel) return count;
  while (node != sentinel && count < most) {
    const following: usize = load<u32>(node, NEXT);
    store<u32>(out + (<usize>count << 2), load<u32>(node, ID));
    count++;
    release(root, node, indexOfNode(root, node));
    node = following;
  }
  store<u32>(sentinel, <u32>node, NEXT);
  store<u32>(node, <u32>sentinel, BEFORE);
  if (node == sentinel) store<u64>(root, load<u64>(root, BITS) & ~(<u64>1 << <u64>slot), BITS);
  return count;
}

/** Empties a slot whose first moment is the present into lower wheels. */
function goDown(root: usize, wheel: u32, slot: u32, now: u64): void {
  const sentinel = sentinelOf(root, wheel, slot);
  let node: usize = load<u32>(sentinel, NEXT);
  store<u32>(sentinel, <u32>sentinel, NEXT);
  store<u32>(sentinel, <u32>sentinel, BEFORE);
  const bits = root + (<usize>wheel << 3);
  store<u64>(bits, load<u64>(bits, BITS) & ~(<u64>1 << <u64>slot), BITS);
  while (node != sentinel) {
    const following: usize = load<u32>(node, NEXT);
    link(root, node, load<u64>(node, DEADLINE), now);
    node = following;
  }
}

// ── Nodes ─────────────────────────────────────────────────────────────────────────────────────────

/** Nodes in so many chunks. */
// @ts-ignore: decorator
@inline
function capacity(chunks: u32): u32 {
  return ((<u32>1 << chunks) - 1) << FIRST_CHUNK_LOG;
}

function addChunk(root: usize): bool {
  const chunks = load<u32>(root, CHUNKS);
  if (chunks == MAX_CHUNKS) return false;
  const nodes = <u32>1 << (chunks + FIRST_CHUNK_LOG);
  const chunk = alloc(nodes * <u32>NODE_BYTES);
  if (!chunk) return false;
  store<u32>(root + (<usize>chunks << 2), <u32>chunk, TABLE);
  store<u32>(root, chunks + 1, CHUNKS);
  return true;
}

/** Address of the node with an index below `USED`. */
function nodeAt(root: usize, index: u32): usize {
  const chunk = 31 - clz((index >> FIRST_CHUNK_LOG) + 1);
  return <usize>load<u32>(root + (<usize>chunk << 2), TABLE) + <usize>(index - capacity(chunk)) * NODE_BYTES;
}

/** The other way round: the largest chunks are the likeliest. */
function indexOfNode(root: usize, node: usize): u32 {
  for (let chunk = load<u32>(root, CHUNKS); chunk--; ) {
    const within = node - <usize>load<u32>(root + (<usize>chunk << 2), TABLE);
    if (within < (NODE_BYTES << (chunk + FIRST_CHUNK_LOG))) return capacity(chunk) + <u32>(within / NODE_BYTES);
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function indexOf(handle: f64): u32 {
  return <u32>(<u64>handle & 0x0fff_ffff);
}

/** Address of the timer that has this handle, 0 when none has. */
function timerOf(root: usize, handle: f64): usize {
  const index = indexOf(handle);
  if (index >= load<u32>(root, USED)) return 0;
  const node = nodeAt(root, index);
  return load<u32>(node, GENERATION) == (<u32>(<u64>handle >> 28) | LIVE) ? node : 0;
}

/** Makes a node free, which its handle then no longer fits. Its index goes where the list has no use for a field. */
function release(root: usize, node: usize, index: u32): void {
  store<u32>(node, (load<u32>(node, GENERATION) + 1) & GENERATIONS, GENERATION);
  store<u32>(node, index, BEFORE);
  store<u32>(node, load<u32>(root, FREE), NEXT);
  store<u32>(root, <u32>node, FREE);
  store<u32>(root, load<u32>(root, COUNT) - 1, COUNT);
}

function emptySlots(root: usize): void {
  for (let slot: u32 = 0; slot < WHEELS * 64; slot++) {
    const sentinel = sentinelOf(root, 0, slot);
    store<u32>(sentinel, <u32>sentinel, NEXT);
    store<u32>(sentinel, <u32>sentinel, BEFORE);
  }
}
