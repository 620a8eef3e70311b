// Kernel `codecs/run-length`: where equal neighbours end, and equal neighbours again from that; elements of 1, 4 and 8
// bytes, compared bit by bit.
//
// A run is its end (a u32, the position after its last element) and its value.

/**
 * Compares each of the `count` elements at `values` with the one before it (the first with what stands before
 * `values`), and puts down the run that ends between two that differ; returns how many. `base` is the position of the
 * first. May read 15 bytes beyond; `ends` and `out` have room for `count`.
 */
export function runs1(values: usize, count: u32, base: u32, ends: usize, out: usize): u32 {
  let runs: u32 = 0;
  for (let i: u32 = 0; i < count; i += 16) {
    const at = values + i;
    let mask: u32 = i8x16.bitmask(i8x16.ne(v128.load(at), v128.load(at - 1)));
    if (count - i < 16) mask &= ((<u32>1) << (count - i)) - 1;
    for (; mask != 0; mask &= mask - 1) {
      const k = <u32>ctz(mask);
      store<u32>(ends + (<usize>runs << 2), base + i + k);
      store<u8>(out + runs++, load<u8>(at + k - 1));
    }
  }
  return runs;
}

export function runs4(values: usize, count: u32, base: u32, ends: usize, out: usize): u32 {
  let runs: u32 = 0;
  for (let i: u32 = 0; i < count; i += 4) {
    const at = values + (<usize>i << 2);
    let mask: u32 = i32x4.bitmask(i32x4.ne(v128.load(at), v128.load(at - 4)));
    if (count - i < 4) mask &= ((<u32>1) << (count - i)) - 1;
    for (; mask != 0; mask &= mask - 1) {
      const k = <u32>ctz(mask);
      store<u32>(ends + (<usize>runs << 2), base + i + k);
      store<u32>(out + (<usize>(runs++) << 2), load<u32>(at + (<usize>k << 2) - 4));
    }
  }
  return runs;
}

export function runs8(values: usize, count: u32, base: u32, ends: usize, out: usize): u32 {
  let runs: u32 = 0;
  let before = load<u64>(values - 8);
  for (let i: u32 = 0; i < count; i++) {
    const value = load<u64>(values + (<usize>i << 3));
    store<u32>(ends + (<usize>runs << 2), base + i);
    store<u64>(out + (<usize>runs << 3), before);
    runs += <u32>(value != before);
    before = value;
  }
  return runs;
}

/**
 * Writes positions `from` to `limit` − 1 at `to`, the first run being the one that holds `from`. Returns how many runs
 * end at `limit` or before, or u32.MAX_VALUE when ends do not rise. May write 16 bytes beyond.
 */
export function fill1(ends: usize, values: usize, runs: u32, from: u32, limit: u32, to: usize): u32 {
  for (let r: u32 = 0; r < runs; r++) {
    const end = load<u32>(ends + (<usize>r << 2));
    if (end <= from) return u32.MAX_VALUE;
    to = put(to, to + (min(end, limit) - from), i8x16.splat(load<u8>(values + r)));
    if (end > limit) return r;
    from = end;
  }
  return runs;
}

export function fill4(ends: usize, values: usize, runs: u32, from: u32, limit: u32, to: usize): u32 {
  for (let r: u32 = 0; r < runs; r++) {
    const end = load<u32>(ends + (<usize>r << 2));
    if (end <= from) return u32.MAX_VALUE;
    to = put(to, to + (<usize>(min(end, limit) - from) << 2), v128.load_splat<u32>(values + (<usize>r << 2)));
    if (end > limit) return r;
    from = end;
  }
  return runs;
}

export function fill8(ends: usize, values: usize, runs: u32, from: u32, limit: u32, to: usize): u32 {
  for (let r: u32 = 0; r < runs; r++) {
    const end = load<u32>(ends + (<usize>r << 2));
    if (end <= from) return u32.MAX_VALUE;
    to = put(to, to + (<usize>(min(end, limit) - from) << 3), v128.load_splat<u64>(values + (<usize>r << 3)));
    if (end > limit) return r;
    from = end;
  }
  return runs;
}

/** Fills [to, end), and up to 16 bytes more; returns `end`. */
// @ts-ignore: decorator
@inline
function put(to: usize, end: usize, value: v128): usize {
  do {
    v128.store(to, value);
    to += 16;
  } while (to < end);
  return end;
}
