// The loops of an array heap. `log` (of the arity), `stable` and `indexed` are constants wherever these are inlined,
// so that each variant is compiled without the others' work.
//
// A pop goes down the whole way, always to the least child, and puts the last entry into the hole it ends in, moving
// it up where it must (I. Wegener, "Bottom-up heapsort", 1993). The entry came from the bottom and nearly always
// belongs there: to compare it on the way down would cost a comparison a level, and a wrong guess at the end.

import { ID, SEQUENCE, SLOT_BYTES } from './layout';

/** Does the entry (key, sequence) come before the one at `slot`? */
// @ts-ignore: decorator
@inline
export function precedes(key: i64, sequence: u32, slot: usize, stable: bool): bool {
  const other = load<i64>(slot);
  if (!stable) return key < other;
  return <bool>(<i32>(key < other) | (<i32>(key == other) & <i32>(sequence < load<u32>(slot, SEQUENCE))));
}

/** The first of two slots in the heap's order, by moves instead of branches. */
// @ts-ignore: decorator
@inline
function firstOf(a: usize, b: usize, stable: bool): usize {
  return select<usize>(b, a, precedes(load<i64>(b), stable ? load<u32>(b, SEQUENCE) : 0, a, stable));
}

/** The first of four siblings. */
// @ts-ignore: decorator
@inline
function firstOfFour(at: usize, stable: bool): usize {
  if (stable) return firstOf(firstOf(at, at + 16, true), firstOf(at + 32, at + 48, true), true);
  const k0 = load<i64>(at);
  const k1 = load<i64>(at, 16);
  const k2 = load<i64>(at, 32);
  const k3 = load<i64>(at, 48);
  const left = k1 < k0;
  const right = k3 < k2;
  const leftKey = select<i64>(k1, k0, left);
  const rightKey = select<i64>(k3, k2, right);
  const leftAt = select<usize>(at + 16, at, left);
  const rightAt = select<usize>(at + 48, at + 32, right);
  return select<usize>(rightAt, leftAt, rightKey < leftKey);
}

// @ts-ignore: decorator
@inline
function firstOfGroup(at: usize, log: u32, stable: bool): usize {
  if (log == 1) return firstOf(at, at + 16, stable);
  if (log == 2) return firstOfFour(at, stable);
  return firstOf(firstOfFour(at, stable), firstOfFour(at + 64, stable), stable);
}

/** Writes where an entry stands now. */
// @ts-ignore: decorator
@inline
function note(base: usize, slot: usize, positions: usize): void {
  store<u32>(positions + (<usize>load<u32>(slot, ID) << 2), <u32>((slot - base) >> 4) + 1);
}

/**
 * Moves the least child up into the hole until the hole has none before `end`; returns where it ends.
 */
// @ts-ignore: decorator
@inline
export function sink(base: usize, hole: usize, end: usize, positions: usize, log: u32, stable: bool, indexed: bool): usize {
  for (;;) {
    const children = base + ((hole - base) << log) + SLOT_BYTES;
    if (children >= end) break;
    const child = firstOfGroup(children, log, stable);
    v128.store(hole, v128.load(child));
    if (indexed) note(base, hole, positions);
    hole = child;
  }
  return hole;
}

/** Puts an entry into the hole, or above it, but not above `top`, one of its ancestors. `tail` is id and sequence. */
// @ts-ignore: decorator
@inline
export function rise(base: usize, top: usize, hole: usize, key: i64, tail: u64, positions: usize, log: u32, stable: bool, indexed: bool): void {
  const sequence = <u32>(tail >> 32);
  while (hole != top) {
    const parent = base + (((hole - base - SLOT_BYTES) >> log) & ~15);
    if (!precedes(key, sequence, parent, stable)) break;
    v128.store(hole, v128.load(parent));
    if (indexed) note(base, hole, positions);
    hole = parent;
  }
  store<i64>(hole, key);
  store<u64>(hole, tail, ID);
  if (indexed) note(base, hole, positions);
}
