// Every invariant of a bitmap.

import { capacityOf, costOf } from '../../memory/arena/allocator';
import {
  ARRAY, BITMAP, BITMAP_BYTES, bytesFor, CAPACITY, cardinalityOf, COUNT, ENTRIES, entryAt, ENTRY_SHIFT, KEYS, keyAt, kindOf, lastOf,
  lowAt, META, MOST_IN_ARRAY, MOST_RUNS, RUN, runAt, SIZE, startOf,
} from './layout';
import { countSharedBits } from './pairs';

/** 0 when every invariant holds, else the number of the first one broken. */
export function checkRoot(root: usize): i32 {
  const count = load<u32>(root, COUNT);
  const capacity = load<u32>(root, CAPACITY);
  if (count > capacity) return 1;
  if (!capacity) return load<u32>(root, KEYS) || load<u32>(root, ENTRIES) || load<u64>(root, SIZE) ? 2 : 0;
  if (capacityOf(load<u32>(root, KEYS)) < capacity << 1) return 3;
  if (capacityOf(load<u32>(root, ENTRIES)) < capacity << ENTRY_SHIFT) return 4;
  let size: u64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    if (i && keyAt(root, i) <= keyAt(root, i - 1)) return 5;
    const data: usize = load<u32>(entryAt(root, i));
    const meta = load<u32>(entryAt(root, i), META);
    if (!data || kindOf(meta) > RUN) return 6;
    const broken = checkContainer(data, meta);
    if (broken) return broken;
    size += <u64>cardinalityOf(meta);
  }
  return size == load<u64>(root, SIZE) ? 0 : 7;
}

function checkContainer(data: usize, meta: u32): i32 {
  const number = cardinalityOf(meta);
  const kind = kindOf(meta);
  if (kind == RUN && load<u32>(data) - 1 >= MOST_RUNS) return 8;
  if (bytesFor(data, meta) > capacityOf(data)) return 9;
  if (kind == ARRAY) {
    if (number > MOST_IN_ARRAY) return 10;
    for (let i: u32 = 1; i < number; i++) if (lowAt(data, i) <= lowAt(data, i - 1)) return 11;
    return 0;
  }
  if (kind == BITMAP) {
    if (number <= MOST_IN_ARRAY) return 12;
    return countSharedBits(data, data) == number ? 0 : 13;
  }
  const runs = load<u32>(data);
  let total: u32 = 0;
  for (let i: u32 = 0; i < runs; i++) {
    const run = runAt(data, i);
    if (lastOf(run) > 65535) return 14;
    if (i && startOf(run) <= lastOf(run - 4) + 1) return 15;
    total += lastOf(run) - startOf(run) + 1;
  }
  return total == number ? 0 : 16;
}

/** Bytes of the arena that a bitmap takes, headers of blocks included. */
export function costOfRoot(root: usize): f64 {
  let total: u64 = costOf(root);
  if (!load<u32>(root, KEYS)) return <f64>total;
  total += <u64>costOf(load<u32>(root, KEYS)) + <u64>costOf(load<u32>(root, ENTRIES));
  const count = load<u32>(root, COUNT);
  for (let i: u32 = 0; i < count; i++) total += <u64>costOf(load<u32>(entryAt(root, i)));
  return <f64>total;
}

/** How many containers are of a kind. */
export function countOfKind(root: usize, kind: u32): u32 {
  const count = load<u32>(root, COUNT);
  let found: u32 = 0;
  for (let i: u32 = 0; i < count; i++) found += <u32>(kindOf(load<u32>(entryAt(root, i), META)) == kind);
  return found;
}
