// Differences and running sums, modulo 2^32, and zigzag; in place, four words a step. Arrays have room for `count`
// rounded up to 4 words.

/** values[i] −= values[i − 1], the one before the first being `previous`. Returns the last value as it was. */
export function deltaEncode(values: usize, count: u32, previous: u32): u32 {
  if (count == 0) return previous;
  const last = load<u32>(values + ((<usize>count - 1) << 2));
  const end = values + (<usize>count << 2);
  let before = i32x4.splat(previous);
  for (let at = values; at < end; at += 16) {
    const now = v128.load(at);
    v128.store(at, i32x4.sub(now, v128.shuffle<i32>(before, now, 3, 4, 5, 6)));
    before = now;
  }
  return last;
}

/** The inverse: running sums. Returns the last one. */
export function deltaDecode(values: usize, count: u32, previous: u32): u32 {
  if (count == 0) return previous;
  const end = values + (<usize>count << 2);
  const zero = i32x4.splat(0);
  let before = i32x4.splat(previous);
  for (let at = values; at < end; at += 16) {
    let sum = v128.load(at);
    sum = i32x4.add(sum, v128.shuffle<i32>(zero, sum, 3, 4, 5, 6));
    sum = i32x4.add(sum, v128.shuffle<i32>(zero, sum, 2, 3, 4, 5));
    sum = i32x4.add(sum, before);
    v128.store(at, sum);
    before = v128.shuffle<i32>(sum, sum, 3, 3, 3, 3);
  }
  return load<u32>(end - 4);
}

/** Signed to unsigned, small magnitudes first. */
export function zigzagEncode(values: usize, count: u32): void {
  const end = values + (<usize>count << 2);
  for (let at = values; at < end; at += 16) {
    const x = v128.load(at);
    v128.store(at, v128.xor(i32x4.shl(x, 1), i32x4.shr_s(x, 31)));
  }
}

export function zigzagDecode(values: usize, count: u32): void {
  const end = values + (<usize>count << 2);
  const one = i32x4.splat(1);
  for (let at = values; at < end; at += 16) {
    const x = v128.load(at);
    v128.store(at, v128.xor(i32x4.shr_u(x, 1), i32x4.neg(v128.and(x, one))));
  }
}
