// The directory of a bitmap: which container holds the values of a key.

import { alloc, free, realloc } from '../../memory/arena/allocator';
import { CAPACITY, COUNT, ENTRIES, ENTRY_SHIFT, entryAt, KEYS, META, MOST_CONTAINERS, ROOT_BYTES, SIZE, VERSION } from './layout';

/** An empty bitmap, or 0 when the arena is full. */
export function createRoot(): usize {
  const root = alloc(ROOT_BYTES);
  if (root) memory.fill(root, 0, ROOT_BYTES);
  return root;
}

/** Index of the container of a key, or ~ of the index it would have. */
// @ts-ignore: decorator
@inline
export function find(root: usize, key: u32): i32 {
  const count = load<u32>(root, COUNT);
  if (!count) return -1;
  const keys: usize = load<u32>(root, KEYS);
  // Keys ascend, none comes twice: no key stands behind the place of its own number, and where all before it are
  // there, it stands exactly there.
  const high = min(key, count - 1);
  const guess = <u32>load<u16>(keys + (<usize>high << 1));
  if (guess == key) return high;
  if (guess < key) return ~(high + 1);
  return search(keys, count, key, high);
}

/** Binary search among the keys below index `high`. */
function search(keys: usize, count: u32, key: u32, high: u32): i32 {
  // As many keys as there are places above it can stand behind it.
  const low = <u32>max<i32>(0, <i32>key - <i32>(MOST_CONTAINERS - count));
  if (low >= high) return ~low;
  let at = low;
  for (let left = high - low; left > 1; ) {
    const half = left >> 1;
    at = <u32>load<u16>(keys + (<usize>(at + half) << 1)) <= key ? at + half : at;
    left -= half;
  }
  const found = <u32>load<u16>(keys + (<usize>at << 1));
  return found == key ? at : ~(at + <u32>(found < key));
}

/** Makes room for so many containers; false when the arena is full. */
export function reserve(root: usize, count: u32): bool {
  const capacity = load<u32>(root, CAPACITY);
  if (count <= capacity) return true;
  return resize(root, min(MOST_CONTAINERS, max(count, max<u32>(4, capacity + (capacity >> 1)))));
}

/** Sets the room, which all containers fit; false when the arena is full. */
export function resize(root: usize, capacity: u32): bool {
  const keys = load<u32>(root, KEYS);
  const moved = keys ? realloc(keys, capacity << 1) : alloc(capacity << 1);
  if (!moved) return false;
  store<u32>(root, <u32>moved, KEYS);
  const entries = load<u32>(root, ENTRIES);
  const movedEntries = entries ? realloc(entries, capacity << ENTRY_SHIFT) : alloc(capacity << ENTRY_SHIFT);
  if (!movedEntries) {
    // The keys may be longer than is said; never shorter, for a smaller block is cut where it stands.
    if (!entries) {
      free(moved);
      store<u32>(root, 0, KEYS);
    }
    return false;
  }
  store<u32>(root, <u32>movedEntries, ENTRIES);
  store<u32>(root, capacity, CAPACITY);
  return true;
}

/** Enters a container; there must be room for one more. */
export function insertEntry(root: usize, index: u32, key: u32, data: usize, meta: u32): void {
  const count = load<u32>(root, COUNT);
  const keyPlace = <usize>load<u32>(root, KEYS) + (<usize>index << 1);
  const entry = entryAt(root, index);
  if (index < count) {
    memory.copy(keyPlace + 2, keyPlace, <usize>(count - index) << 1);
    memory.copy(entry + 8, entry, <usize>(count - index) << ENTRY_SHIFT);
  }
  store<u16>(keyPlace, <u16>key);
  store<u32>(entry, <u32>data);
  store<u32>(entry, meta, META);
  store<u32>(root, count + 1, COUNT);
}

/** Takes an entry out; its block is freed. */
export function removeEntry(root: usize, index: u32): void {
  const count = load<u32>(root, COUNT) - 1;
  const entry = entryAt(root, index);
  free(load<u32>(entry));
  if (index < count) {
    const keyPlace = <usize>load<u32>(root, KEYS) + (<usize>index << 1);
    memory.copy(keyPlace, keyPlace + 2, <usize>(count - index) << 1);
    memory.copy(entry, entry + 8, <usize>(count - index) << ENTRY_SHIFT);
  }
  store<u32>(root, count, COUNT);
  if (!count) release(root);
}

/** Gives the blocks of the directory back. */
function release(root: usize): void {
  if (load<u32>(root, KEYS)) {
    free(load<u32>(root, KEYS));
    free(load<u32>(root, ENTRIES));
  }
  store<u32>(root, 0, KEYS);
  store<u32>(root, 0, ENTRIES);
  store<u32>(root, 0, COUNT);
  store<u32>(root, 0, CAPACITY);
}

/** Removes everything. A block whose address is 0 was given away. */
export function clearRoot(root: usize): void {
  const count = load<u32>(root, COUNT);
  for (let i: u32 = 0; i < count; i++) {
    const data = load<u32>(entryAt(root, i));
    if (data) free(data);
  }
  release(root);
  store<u64>(root, 0, SIZE);
  store<u32>(root, load<u32>(root, VERSION) + 1, VERSION);
}
