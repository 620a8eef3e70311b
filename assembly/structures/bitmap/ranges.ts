// Ranges of values, given by their first and last one.

import { alloc, free } from '../../memory/arena/allocator';
import { copyContainer, rankIn } from './container';
import { createRoot, find, insertEntry, removeEntry, reserve, resize } from './directory';
import {
  ARRAY, cardinalityOf, COUNT, dataIn, entryAt, keyAt, META, metaIn, metaOf, NO_ROOM, NOTHING, putRun, RUN, RUNS, SIZE, touch, WORK_BYTES,
  WORK_RUN,
} from './layout';
import { AND_NOT, combinePair } from './pairs';
import { append, applyRoot, destroyRoot } from './sets';

/** Adds (OR), turns over (XOR) or takes out (AND_NOT) a range; false when the arena is full and nothing has changed. */
export function changeRange(root: usize, from: u32, last: u32, op: u32): bool {
  if (from >> 16 == last >> 16) return changeWithin(root, from, last, op);
  const range = createRange(from, last);
  if (!range) return false;
  const done = applyRoot(root, range, op, true);
  destroyRoot(range);
  return done;
}

/** Puts one run at `at`; its meta. */
function putContainer(at: usize, from: u32, last: u32): u32 {
  if (from == last) {
    store<u16>(at, <u16>from);
    return metaOf(ARRAY, 1);
  }
  store<u32>(at, 1);
  putRun(at + RUNS, from & 0xffff, last & 0xffff);
  return metaOf(RUN, last - from + 1);
}

function changeWithin(root: usize, from: u32, last: u32, op: u32): bool {
  const index = find(root, from >> 16);
  if (index < 0 && op == AND_NOT) return true;
  if (index < 0 && !reserve(root, load<u32>(root, COUNT) + 1)) return false;
  const work = alloc(WORK_BYTES);
  if (!work) return false;
  const meta = putContainer(work + WORK_RUN, from, last);
  let result: u64;
  if (index < 0) {
    result = copyContainer(work + WORK_RUN, meta);
  } else {
    const entry = entryAt(root, index);
    result = combinePair(load<u32>(entry), load<u32>(entry, META), work + WORK_RUN, meta, op, work);
  }
  free(work);
  if (result == NO_ROOM) return false;
  let size = load<u64>(root, SIZE);
  if (index < 0) {
    insertEntry(root, ~index, from >> 16, dataIn(result), metaIn(result));
  } else {
    const entry = entryAt(root, index);
    size -= <u64>cardinalityOf(load<u32>(entry, META));
    if (result == NOTHING) {
      removeEntry(root, index);
    } else {
      free(load<u32>(entry));
      store<u64>(entry, result);
    }
  }
  if (result != NOTHING) size += <u64>cardinalityOf(metaIn(result));
  store<u64>(root, size, SIZE);
  touch(root);
  return true;
}

/** A bitmap of one range, or 0 when the arena is full. */
function createRange(from: u32, last: u32): usize {
  const made = createRoot();
  if (!made) return 0;
  const firstKey = from >> 16;
  const lastKey = last >> 16;
  let full = !resize(made, max<u32>(4, lastKey - firstKey + 1));
  for (let key = firstKey; key <= lastKey && !full; key++) {
    const data = alloc(<u32>RUNS + 4);
    full = !data;
    if (full) break;
    const start = key == firstKey ? from & 0xffff : 0;
    const end = key == lastKey ? last & 0xffff : 0xffff;
    append(made, key, (<u64>putContainer(data, start, end) << 32) | <u64>data);
  }
  if (!full) return made;
  destroyRoot(made);
  return 0;
}

/** How many values are from `from` to `last`. */
export function countWithin(root: usize, from: u32, last: u32): u64 {
  const count = load<u32>(root, COUNT);
  const found = find(root, from >> 16);
  const lastKey = last >> 16;
  let total: u64 = 0;
  for (let i: u32 = found < 0 ? ~found : found; i < count; i++) {
    const key = keyAt(root, i);
    if (key > lastKey) break;
    const entry = entryAt(root, i);
    const meta = load<u32>(entry, META);
    let inside = key == lastKey ? rankIn(load<u32>(entry), meta, last & 0xffff) : cardinalityOf(meta);
    if (key == from >> 16 && from & 0xffff) inside -= rankIn(load<u32>(entry), meta, (from & 0xffff) - 1);
    total += <u64>inside;
  }
  return total;
}
