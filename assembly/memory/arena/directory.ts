// The arena's directory: named structures, found again after a snapshot. A short linked list.
//
//   offset  size  meaning
//        0     4  next entry, or 0
//        4     4  kind: which structure (a number each kernel states once)
//        8     4  root: the structure's handle
//       12     4  name length in bytes
//       16     …  name, UTF-8

import { alloc, free } from './allocator';
import { DIRECTORY } from './layout';

const KIND: usize = 4;
const ROOT: usize = 8;
const NAME_BYTES: usize = 12;
const NAME: usize = 16;

/** Entry with this name, or 0. O(entries). */
export function findEntry(name: usize, bytes: u32): usize {
  for (let entry: usize = load<u32>(DIRECTORY); entry; entry = load<u32>(entry)) {
    if (load<u32>(entry, NAME_BYTES) == bytes && memory.compare(entry + NAME, name, bytes) == 0) return entry;
  }
  return 0;
}

/** Adds an entry; the name must be free. The entry, or 0 when the budget is full. */
export function addEntry(name: usize, bytes: u32, kind: u32, root: usize): usize {
  const entry = alloc(<u32>NAME + bytes);
  if (!entry) return 0;
  store<u32>(entry, load<u32>(DIRECTORY));
  store<u32>(entry, kind, KIND);
  store<u32>(entry, <u32>root, ROOT);
  store<u32>(entry, bytes, NAME_BYTES);
  memory.copy(entry + NAME, name, bytes);
  store<u32>(DIRECTORY, <u32>entry);
  return entry;
}

/** Removes the entry of this root, if it has one. */
export function removeEntry(root: usize): void {
  let link = DIRECTORY;
  for (let entry: usize = load<u32>(link); entry; entry = load<u32>(link)) {
    if (load<u32>(entry, ROOT) == <u32>root) {
      store<u32>(link, load<u32>(entry));
      free(entry);
      return;
    }
    link = entry;
  }
}

export function nextEntry(entry: usize): usize {
  return entry ? load<u32>(entry) : load<u32>(DIRECTORY);
}

export function entryKind(entry: usize): u32 {
  return load<u32>(entry, KIND);
}

export function entryRoot(entry: usize): usize {
  return load<u32>(entry, ROOT);
}

export function entryName(entry: usize): usize {
  return entry + NAME;
}

export function entryNameBytes(entry: usize): u32 {
  return load<u32>(entry, NAME_BYTES);
}
