// Short byte runs compared and copied without leaving compiled code: `memory.copy` of a few bytes costs a call
// into the engine, which is more than the copy.

/** True when the `size` bytes at `a` and `b` are the same. */
// @ts-ignore: decorator
@inline
export function equalBytes(a: usize, b: usize, size: u32): bool {
  if (size >= 8) {
    const last = size - 8;
    for (let i: u32 = 0; i < last; i += 8) {
      if (load<u64>(a + i) != load<u64>(b + i)) return false;
    }
    return load<u64>(a + last) == load<u64>(b + last);
  }
  if (size >= 4) {
    const last = size - 4;
    return load<u32>(a) == load<u32>(b) && load<u32>(a + last) == load<u32>(b + last);
  }
  for (let i: u32 = 0; i < size; i++) {
    if (load<u8>(a + i) != load<u8>(b + i)) return false;
  }
  return true;
}

/** Copies `size` bytes; the ranges must not overlap. */
// @ts-ignore: decorator
@inline
export function copyBytes(to: usize, from: usize, size: u32): void {
  if (size > 256) {
    memory.copy(to, from, size);
  } else if (size >= 16) {
    const last = size - 16;
    for (let i: u32 = 0; i < last; i += 16) v128.store(to + i, v128.load(from + i));
    v128.store(to + last, v128.load(from + last));
  } else if (size >= 8) {
    const last = size - 8;
    const tail = load<u64>(from + last);
    store<u64>(to, load<u64>(from));
    store<u64>(to + last, tail);
  } else if (size >= 4) {
    const last = size - 4;
    const tail = load<u32>(from + last);
    store<u32>(to, load<u32>(from));
    store<u32>(to + last, tail);
  } else {
    for (let i: u32 = 0; i < size; i++) store<u8>(to + i, load<u8>(from + i));
  }
}
