// Kernel `structures/ring-buffer`: bounded queues of numbers and of byte records, in rings that never grow.
//
// Root, 64 bytes:
//
//     offset  size  meaning
//          0     4  variant: 0 byte records, 1 u32, 2 f64
//          4     4  policy when full: 0 refuse the new, 1 overwrite the oldest
//          8     4  capacity, in elements
//         12     4  count
//         16     4  slot of the oldest
//         20     4  address of the slots: numbers, or of each record its offset in the ring of bytes and its length
//         24     4  bytes of the ring of bytes; 0 of numbers, as the three that follow
//         28     4  bytes in use
//         32     4  offset of the oldest record
//         36     4  address of the ring of bytes
//         40     8  f64: elements that were overwritten
//         48     8  f64: elements that were refused
//         56     8  f64: elements that were ever taken from the old end
//
// Records stand one behind the other, without gaps, and go on at offset 0 where the ring ends.

import { alloc, costOf, free } from '../../memory/arena/allocator';
import { copyBytes } from '../../memory/bytes';

const VARIANT: usize = 0;
const POLICY: usize = 4;
const CAPACITY: usize = 8;
const COUNT: usize = 12;
const FIRST: usize = 16;
const SLOTS: usize = 20;
const RING_BYTES: usize = 24;
const USED: usize = 28;
const BEGIN: usize = 32;
const RING: usize = 36;
const OVERWRITTEN: usize = 40;
const REJECTED: usize = 48;
const GONE: usize = 56;
const ROOT_BYTES: u32 = 64;

const RECORDS: u32 = 0;
const U32: u32 = 1;
const F64: u32 = 2;
const OVERWRITE: u32 = 1;

/** Address of an empty ring, 0 when the arena is full. */
export function create(variant: u32, policy: u32, capacity: u32, ringBytes: u32): usize {
  const root = alloc(ROOT_BYTES);
  if (!root) return 0;
  memory.fill(root, 0, ROOT_BYTES);
  store<u32>(root, variant, VARIANT);
  store<u32>(root, policy, POLICY);
  store<u32>(root, capacity, CAPACITY);
  const slots = alloc(capacity << (variant == U32 ? 2 : 3));
  if (!slots) {
    free(root);
    return 0;
  }
  store<u32>(root, <u32>slots, SLOTS);
  if (variant == RECORDS) {
    const ring = alloc(ringBytes);
    if (!ring) {
      free(slots);
      free(root);
      return 0;
    }
    store<u32>(root, ringBytes, RING_BYTES);
    store<u32>(root, <u32>ring, RING);
  }
  return root;
}

export function destroy(root: usize): void {
  if (load<u32>(root, RING)) free(load<u32>(root, RING));
  free(load<u32>(root, SLOTS));
  free(root);
}

export function bytesOf(root: usize): u32 {
  const ring = load<u32>(root, RING);
  return costOf(root) + costOf(load<u32>(root, SLOTS)) + (ring ? costOf(ring) : 0);
}

/** Removes everything, and counts from 0 again. */
export function clear(root: usize): void {
  add(root, GONE, load<u32>(root, COUNT));
  store<u32>(root, 0, COUNT);
  store<u32>(root, 0, FIRST);
  store<u32>(root, 0, USED);
  store<u32>(root, 0, BEGIN);
  store<f64>(root, 0, OVERWRITTEN);
  store<f64>(root, 0, REJECTED);
}

/** For bytes that are read back. */
export function setCounters(root: usize, overwritten: f64, rejected: f64): void {
  store<f64>(root, overwritten, OVERWRITTEN);
  store<f64>(root, rejected, REJECTED);
}

export function countRejected(root: usize, count: u32): void {
  add(root, REJECTED, count);
}

// ── Numbers ───────────────────────────────────────────────────────────────────────────────────────

/** 1, or 0 when the ring is full and refuses. */
export function push(root: usize, value: f64): i32 {
  let count = load<u32>(root, COUNT);
  const capacity = load<u32>(root, CAPACITY);
  let first = load<u32>(root, FIRST);
  if (count == capacity) {
    if (load<u32>(root, POLICY) != OVERWRITE) {
      add(root, REJECTED, 1);
      return 0;
    }
    add(root, OVERWRITTEN, 1);
    add(root, GONE, 1);
    if (++first == capacity) first = 0;
    store<u32>(root, first, FIRST);
    count--;
  }
  let slot = first + count;
  if (slot >= capacity) slot -= capacity;
  store<u32>(root, count + 1, COUNT);
  const slots: usize = load<u32>(root, SLOTS);
  if (load<u32>(root, VARIANT) == F64) store<f64>(slots + (<usize>slot << 3), value);
  else store<u32>(slots + (<usize>slot << 2), <u32>value);
  return 1;
}

/** The oldest, removed; the ring is not empty. */
export function shift(root: usize): f64 {
  const first = load<u32>(root, FIRST);
  const value = numberIn(root, first);
  store<u32>(root, first + 1 == load<u32>(root, CAPACITY) ? 0 : first + 1, FIRST);
  store<u32>(root, load<u32>(root, COUNT) - 1, COUNT);
  add(root, GONE, 1);
  return value;
}

/** The newest, removed; the ring is not empty. */
export function pop(root: usize): f64 {
  const count = load<u32>(root, COUNT) - 1;
  store<u32>(root, count, COUNT);
  return at(root, count);
}

/** The number at a position, 0 being the oldest, that is there. */
export function at(root: usize, index: u32): f64 {
  return numberIn(root, slotOf(root, index));
}

function numberIn(root: usize, slot: u32): f64 {
  const slots: usize = load<u32>(root, SLOTS);
  return load<u32>(root, VARIANT) == F64 ? load<f64>(slots + (<usize>slot << 3)) : <f64>load<u32>(slots + (<usize>slot << 2));
}

/**
 * Makes room for the last, or where the ring refuses the first, of `count` more numbers, and counts them in: how many.
 * The caller writes them to the newest slots.
 */
export function admit(root: usize, count: u32): u32 {
  const capacity = load<u32>(root, CAPACITY);
  const held = load<u32>(root, COUNT);
  const space = capacity - held;
  let taken = count;
  if (count > space) {
    if (load<u32>(root, POLICY) == OVERWRITE) {
      taken = min(count, capacity);
      const lost = count - space;
      add(root, OVERWRITTEN, lost);
      // Those that came and went within this call never had a place of their own.
      drop(root, taken - min(taken, space));
    } else {
      taken = space;
      add(root, REJECTED, count - space);
    }
  }
  store<u32>(root, load<u32>(root, COUNT) + taken, COUNT);
  return taken;
}

// ── Records ───────────────────────────────────────────────────────────────────────────────────────

/** Enters the record at `from`, no longer than the ring: 1, or 0 when the ring is full and refuses. */
export function pushRecord(root: usize, from: usize, length: u32): i32 {
  const ringBytes = load<u32>(root, RING_BYTES);
  const capacity = load<u32>(root, CAPACITY);
  if (load<u32>(root, COUNT) == capacity || length > ringBytes - load<u32>(root, USED)) {
    if (load<u32>(root, POLICY) != OVERWRITE || length > ringBytes) {
      add(root, REJECTED, 1);
      return 0;
    }
    do {
      drop(root, 1);
      add(root, OVERWRITTEN, 1);
    } while (length > ringBytes - load<u32>(root, USED));
  }
  const used = load<u32>(root, USED);
  const count = load<u32>(root, COUNT);
  let offset = load<u32>(root, BEGIN) + used;
  if (offset >= ringBytes) offset -= ringBytes;
  const entry = <usize>load<u32>(root, SLOTS) + (<usize>slotOf(root, count) << 3);
  store<u32>(entry, offset);
  store<u32>(entry, length, 4);
  const ring: usize = load<u32>(root, RING);
  const whole = min(length, ringBytes - offset);
  copyBytes(ring + offset, from, whole);
  if (length > whole) copyBytes(ring, from + whole, length - whole);
  store<u32>(root, used + length, USED);
  store<u32>(root, count + 1, COUNT);
  return 1;
}

/** Enters `count` records, each a u32 length and its bytes, until one is refused; how many went in. */
export function pushRecords(root: usize, from: usize, count: u32): u32 {
  for (let i: u32 = 0; i < count; i++) {
    const length = load<u32>(from);
    if (!pushRecord(root, from + 4, length)) return i;
    from += 4 + length;
  }
  return count;
}

// ── Both ──────────────────────────────────────────────────────────────────────────────────────────

/** Removes the `count` oldest, which are there. */
export function drop(root: usize, count: u32): void {
  if (count == 0) return;
  if (load<u32>(root, VARIANT) == RECORDS) {
    let used = load<u32>(root, USED);
    for (let i: u32 = 0; i < count; i++) used -= load<u32>(entryOf(root, i), 4);
    const moved = load<u32>(root, USED) - used;
    const ringBytes = load<u32>(root, RING_BYTES);
    let begin = load<u32>(root, BEGIN) + moved;
    if (begin >= ringBytes) begin -= ringBytes;
    store<u32>(root, begin, BEGIN);
    store<u32>(root, used, USED);
  }
  store<u32>(root, slotOf(root, count), FIRST);
  store<u32>(root, load<u32>(root, COUNT) - count, COUNT);
  add(root, GONE, count);
}

/** Removes the `count` newest, which are there. */
export function dropNewest(root: usize, count: u32): void {
  const left = load<u32>(root, COUNT) - count;
  if (load<u32>(root, VARIANT) == RECORDS) {
    let used = load<u32>(root, USED);
    for (let i: u32 = 0; i < count; i++) used -= load<u32>(entryOf(root, left + i), 4);
    store<u32>(root, used, USED);
  }
  store<u32>(root, left, COUNT);
}

/** 0 when every invariant holds, otherwise the number of one that does not. */
export function check(root: usize): i32 {
  const variant = load<u32>(root, VARIANT);
  const capacity = load<u32>(root, CAPACITY);
  const count = load<u32>(root, COUNT);
  if (variant > F64 || load<u32>(root, POLICY) > OVERWRITE) return 1;
  if (capacity == 0 || count > capacity || load<u32>(root, FIRST) >= capacity) return 2;
  if (!isCount(load<f64>(root, OVERWRITTEN)) || !isCount(load<f64>(root, REJECTED)) || !isCount(load<f64>(root, GONE))) return 3;
  const ringBytes = load<u32>(root, RING_BYTES);
  if (variant != RECORDS) return ringBytes | load<u32>(root, RING) | load<u32>(root, USED) ? 4 : 0;
  const used = load<u32>(root, USED);
  let offset = load<u32>(root, BEGIN);
  if (used > ringBytes || offset >= ringBytes) return 5;
  let sum: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const entry = entryOf(root, i);
    const length = load<u32>(entry, 4);
    if (load<u32>(entry) != offset || length > used - sum) return 6;
    sum += length;
    offset += length;
    if (offset >= ringBytes) offset -= ringBytes;
  }
  return sum == used ? 0 : 7;
}

function isCount(value: f64): bool {
  return value >= 0 && floor(value) == value;
}

/** Slot of position `index`, up to the capacity. */
// @ts-ignore: decorator
@inline
function slotOf(root: usize, index: u32): u32 {
  const capacity = load<u32>(root, CAPACITY);
  const slot = load<u32>(root, FIRST) + index;
  return slot >= capacity ? slot - capacity : slot;
}

function entryOf(root: usize, index: u32): usize {
  return <usize>load<u32>(root, SLOTS) + (<usize>slotOf(root, index) << 3);
}

// @ts-ignore: decorator
@inline
function add(root: usize, counter: usize, count: u32): void {
  store<f64>(root + counter, load<f64>(root + counter) + <f64>count);
}
