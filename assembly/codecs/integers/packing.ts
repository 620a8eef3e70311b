// Bit packing of blocks of 128 words, four lanes side by side (D. Lemire, L. Boytsov, "Decoding billions of integers per
// second through vectorization", 2015: SIMD-BP128).
//
// Word i of a block stands in lane i mod 4, behind word i − 4. So a block of `width` bits is `width` vectors, and every
// shift serves four words.

const BLOCK_WORDS: u32 = 128;
const BLOCK_BYTES: usize = 512;

/** Bits of the widest of `count` words, of which there is room for `count` rounded up to 4; the rest are zero. */
export function widthOf(values: usize, count: u32): u32 {
  let any = i32x4.splat(0);
  const end = values + (<usize>count << 2);
  for (let at = values; at < end; at += 16) any = v128.or(any, v128.load(at));
  const pair = i64x2.extract_lane(any, 0) | i64x2.extract_lane(any, 1);
  return 32 - <u32>clz<u32>(<u32>pair | <u32>(pair >> 32));
}

/** Packs the 128 words at `from`, less `base`, in `width` bits each; returns the address after them. */
export function packBlock(from: usize, width: u32, base: u32, to: usize): usize {
  if (width == 0) return to;
  const bases = i32x4.splat(base);
  const end = from + BLOCK_BYTES;
  let waiting = i32x4.splat(0);
  let used: u32 = 0;
  while (from < end) {
    const words = i32x4.sub(v128.load(from), bases);
    from += 16;
    waiting = v128.or(waiting, i32x4.shl(words, used));
    used += width;
    if (used >= 32) {
      v128.store(to, waiting);
      to += 16;
      used -= 32;
      waiting = used == 0 ? i32x4.splat(0) : i32x4.shr_u(words, width - used);
    }
  }
  return to;
}

/** The inverse; returns the address after what was read, 16 × width bytes. */
export function unpackBlock(from: usize, width: u32, base: u32, to: usize): usize {
  const bases = i32x4.splat(base);
  const end = to + BLOCK_BYTES;
  if (width == 0 || width == 32) {
    for (; to < end; to += 16) {
      let words = i32x4.splat(0);
      if (width == 32) {
        words = v128.load(from);
        from += 16;
      }
      v128.store(to, i32x4.add(words, bases));
    }
    return from;
  }
  const mask = i32x4.splat(((<u32>1) << width) - 1);
  let packed = v128.load(from);
  from += 16;
  let used: u32 = 0;
  while (to < end) {
    let words = i32x4.shr_u(packed, used);
    used += width;
    if (used >= 32) {
      used -= 32;
      // The last vector of the block ends with its last word: there is none after it to load.
      if (to + 16 < end) {
        packed = v128.load(from);
        from += 16;
        if (used > 0) words = v128.or(words, i32x4.shl(packed, width - used));
      }
    }
    v128.store(to, i32x4.add(v128.and(words, mask), bases));
    to += 16;
  }
  return from;
}

/** Packs `blocks` blocks, each in its own width, a byte each at `widths`; returns the address after them. */
export function packBlocks(from: usize, blocks: u32, widths: usize, to: usize): usize {
  for (let i: u32 = 0; i < blocks; i++) {
    const width = widthOf(from, BLOCK_WORDS);
    store<u8>(widths + i, <u8>width);
    to = packBlock(from, width, 0, to);
    from += BLOCK_BYTES;
  }
  return to;
}

/** Bytes that blocks of these widths take; u32.MAX_VALUE when a width is above 32. */
export function unpackedBytes(widths: usize, blocks: u32): u32 {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < blocks; i++) {
    const width: u32 = load<u8>(widths + i);
    if (width > 32) return u32.MAX_VALUE;
    sum += width << 4;
  }
  return sum;
}

/** The inverse of packBlocks, of widths that `unpackedBytes` accepted. */
export function unpackBlocks(from: usize, blocks: u32, widths: usize, to: usize): usize {
  for (let i: u32 = 0; i < blocks; i++) {
    from = unpackBlock(from, load<u8>(widths + i), 0, to);
    to += BLOCK_BYTES;
  }
  return from;
}
