// Many values at once. They are brought together by key first, so that each container is looked for once and grows once.

import { alloc, free } from '../../memory/arena/allocator';
import { addLow, contains, extract, fromValues, setBits } from './container';
import { find, insertEntry, reserve } from './directory';
import {
  BITMAP, BITMAP_BYTES, cardinalityOf, COUNT, dataIn, drop, entryAt, kindOf, META, metaIn, metaOf, NO_ROOM, SIZE, touch, WORK_BYTES,
} from './layout';
import { combinePair, countSharedBits, OR } from './pairs';

/** So few values of one key are sorted where they stand. */
const FEW: u32 = 24;
/** So few are added to a container one by one. */
const SINGLE: u32 = 8;

/** Adds `count` u32; false when the arena is full: the bitmap then holds some of them. */
export function addBulk(root: usize, values: usize, count: u32): bool {
  if (!count) return true;
  let low: u32 = 65535;
  let high: u32 = 0;
  let ordered = true;
  let before: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const key = load<u32>(values + (<usize>i << 2)) >> 16;
    ordered = ordered && key >= before;
    before = key;
    low = min(low, key);
    high = max(high, key);
  }
  const lows = alloc(count << 1);
  const work = alloc(WORK_BYTES);
  let done = false;
  if (lows && work) {
    done = ordered ? addOrdered(root, values, count, lows, work) : addPartitioned(root, values, count, lows, work, low, high - low + 1);
  }
  if (work) free(work);
  if (lows) free(lows);
  touch(root);
  return done;
}

/** Values whose keys ascend. */
function addOrdered(root: usize, values: usize, count: u32, lows: usize, work: usize): bool {
  for (let i: u32 = 0; i < count; i++) store<u16>(lows + (<usize>i << 1), <u16>load<u32>(values + (<usize>i << 2)));
  for (let i: u32 = 0; i < count; ) {
    const key = load<u32>(values + (<usize>i << 2)) >> 16;
    let end = i + 1;
    while (end < count && load<u32>(values + (<usize>end << 2)) >> 16 == key) end++;
    if (!addGroup(root, key, lows + (<usize>i << 1), end - i, work)) return false;
    i = end;
  }
  return true;
}

/** A counting sort by key. */
function addPartitioned(root: usize, values: usize, count: u32, lows: usize, work: usize, low: u32, keys: u32): bool {
  const places = alloc(keys << 2);
  if (!places) return false;
  memory.fill(places, 0, keys << 2);
  const base = places - (<usize>low << 2);
  const end = values + (<usize>count << 2);
  for (let at = values; at < end; at += 4) {
    const place = base + ((load<u32>(at) >> 16) << 2);
    store<u32>(place, load<u32>(place) + 1);
  }
  let sum: u32 = 0;
  for (let i: u32 = 0; i < keys; i++) {
    const number = load<u32>(places + (<usize>i << 2));
    store<u32>(places + (<usize>i << 2), sum);
    sum += number;
  }
  for (let at = values; at < end; at += 4) {
    const value = load<u32>(at);
    const place = base + ((value >> 16) << 2);
    const to = load<u32>(place);
    store<u16>(lows + (<usize>to << 1), <u16>value);
    store<u32>(place, to + 1);
  }
  let done = true;
  for (let i: u32 = 0, from: u32 = 0; i < keys && done; i++) {
    const to = load<u32>(places + (<usize>i << 2));
    if (to > from) done = addGroup(root, low + i, lows + (<usize>from << 1), to - from, work);
    from = to;
  }
  free(places);
  return done;
}

/** Adds values of one key; they are overwritten. */
function addGroup(root: usize, key: u32, lows: usize, count: u32, work: usize): bool {
  const index = find(root, key);
  let before: u32 = 0;
  let meta: u32 = 0;
  let result: u64;
  if (index >= 0) {
    const entry = entryAt(root, index);
    meta = load<u32>(entry, META);
    before = cardinalityOf(meta);
    if (kindOf(meta) == BITMAP) {
      const bits: usize = load<u32>(entry);
      const number = before + addBits(bits, lows, count);
      store<u32>(entry, metaOf(BITMAP, number), META);
      store<u64>(root, load<u64>(root, SIZE) + <u64>(number - before), SIZE);
      return true;
    }
    if (count <= SINGLE) return addSingly(root, entry, lows, count);
  } else if (!reserve(root, load<u32>(root, COUNT) + 1)) {
    return false;
  }
  result = fromUnordered(lows, count, work);
  if (result == NO_ROOM) return false;
  if (index < 0) {
    insertEntry(root, ~index, key, dataIn(result), metaIn(result));
  } else {
    const entry = entryAt(root, index);
    const both = combinePair(load<u32>(entry), meta, dataIn(result), metaIn(result), OR, work);
    drop(result);
    if (both == NO_ROOM) return false;
    free(load<u32>(entry));
    store<u64>(entry, both);
    result = both;
  }
  store<u64>(root, load<u64>(root, SIZE) + <u64>(cardinalityOf(metaIn(result)) - before), SIZE);
  return true;
}

function addSingly(root: usize, entry: usize, lows: usize, count: u32): bool {
  let added: u64 = 0;
  let done = true;
  for (let i: u32 = 0; i < count && done; i++) {
    const status = addLow(entry, load<u16>(lows + (<usize>i << 1)));
    done = status >= 0;
    added += <u64>(status > 0);
  }
  store<u64>(root, load<u64>(root, SIZE) + added, SIZE);
  return done;
}

/** Sets bits; how many were not. */
function addBits(bits: usize, lows: usize, count: u32): u32 {
  let added: u64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const low = <u32>load<u16>(lows + (<usize>i << 1));
    const at = bits + ((low >> 6) << 3);
    const word = load<u64>(at);
    const next = word | ((<u64>1) << (low & 63));
    store<u64>(at, next);
    added += (word ^ next) >> (low & 63);
  }
  return <u32>added;
}

/** A container of values in any order, some perhaps more than once. */
function fromUnordered(lows: usize, count: u32, work: usize): u64 {
  let ascending: u32 = 1;
  while (ascending < count && load<u16>(lows + (<usize>ascending << 1)) > load<u16>(lows + (<usize>(ascending - 1) << 1))) ascending++;
  if (ascending >= count) return fromValues(lows, count);
  if (count <= FEW) return fromValues(lows, sortFew(lows, count));
  memory.fill(work, 0, BITMAP_BYTES);
  setBits(work, lows, count);
  const number = countSharedBits(work, work);
  if (number <= 4096) {
    extract(work, lows);
    return fromValues(lows, number);
  }
  const bits = alloc(BITMAP_BYTES);
  if (!bits) return NO_ROOM;
  memory.copy(bits, work, BITMAP_BYTES);
  return (<u64>metaOf(BITMAP, number) << 32) | <u64>bits;
}

/** Sorts values and drops those that come again; how many are left. */
function sortFew(lows: usize, count: u32): u32 {
  let sorted: u32 = 1;
  for (let i: u32 = 1; i < count; i++) {
    const low = <u32>load<u16>(lows + (<usize>i << 1));
    let at = sorted;
    while (at > 0 && <u32>load<u16>(lows + (<usize>(at - 1) << 1)) > low) at--;
    if (at > 0 && <u32>load<u16>(lows + (<usize>(at - 1) << 1)) == low) continue;
    for (let to = sorted; to > at; to--) store<u16>(lows + (<usize>to << 1), load<u16>(lows + (<usize>(to - 1) << 1)));
    store<u16>(lows + (<usize>at << 1), <u16>low);
    sorted++;
  }
  return sorted;
}

/** Writes 1 for each of `count` u32 that is there, and 0 for each other; how many are. */
export function hasBulk(root: usize, values: usize, count: u32, out: usize): u32 {
  let found: u32 = 0;
  let known: u32 = 65536;
  let data: usize = 0;
  let meta: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const value = load<u32>(values + (<usize>i << 2));
    if (value >> 16 != known) {
      known = value >> 16;
      const index = find(root, known);
      const entry: usize = index < 0 ? 0 : entryAt(root, index);
      data = entry ? <usize>load<u32>(entry) : 0;
      meta = entry ? load<u32>(entry, META) : 0;
    }
    const there = data ? contains(data, meta, value & 0xffff) : 0;
    store<u8>(out + i, <u8>there);
    found += there;
  }
  return found;
}
