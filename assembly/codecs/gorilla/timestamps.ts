// The bit stream of timestamps: deltas of deltas in up to four classes of widths, chosen for each block.
//
// Work space, workBytes(count) long:
//
//   offset  size   meaning
//        0     8   widths of the chosen classes, a byte each
//       64   256   codes: for each bit length 0 … 57, prefix | prefixBits << 8 | width << 16
//      512   256   how often each bit length occurs, u32
//     1024   256   the bit lengths that occur, ascending, u32
//     1280   256   samples of bit lengths up to and including this one, u32
//     1536  4 × 256  least cost of the first i + 1 lengths in j + 1 classes, u32
//     2560  4 × 256  where the last of those classes begins, u32
//     4096  8 × count  zigzags of the deltas of deltas, from the third sample on

import { MAX_SAFE, MAX_WIDTH } from './layout';
import { unzigzag64, zigzag64 } from '../bits';

const CODES: usize = 64;
const COUNTS: usize = 512;
const LENGTHS: usize = 1024;
const SUMS: usize = 1280;
const COSTS: usize = 1536;
const BEGINS: usize = 2560;
const ROW: u32 = 256;
const DELTAS: usize = 4096;
const MAX_CLASSES: u32 = 4;

/** Index of the first of `count` timestamps that is no safe integer, or `count`. */
export function firstUnsafe(timestamps: usize, count: u32): u32 {
  const limit = f64x2.splat(<f64>MAX_SAFE);
  const pairs = count & ~1;
  let good = i64x2.splat(-1);
  for (let i: u32 = 0; i < pairs; i += 2) {
    const pair = v128.load(timestamps + (<usize>i << 3));
    good = v128.and(good, v128.and(f64x2.eq(f64x2.nearest(pair), pair), f64x2.le(f64x2.abs(pair), limit)));
  }
  const from = i64x2.all_true(good) ? pairs : 0;
  for (let i = from; i < count; i++) {
    const t = load<f64>(timestamps + (<usize>i << 3));
    if (!(nearest(t) == t && abs(t) <= <f64>MAX_SAFE)) return i;
  }
  return count;
}

/** True when no timestamp is below the one before it; `previous` is the one before the first. */
export function isOrdered(timestamps: usize, count: u32, previous: f64): bool {
  if (load<f64>(timestamps) < previous) return false;
  if (count == 1) return true;
  const last = timestamps + ((<usize>count - 2) << 3);
  let falling = f64x2.splat(0);
  for (let at = timestamps; at < last; at += 16) {
    falling = v128.or(falling, f64x2.lt(v128.load(at, 8), v128.load(at)));
  }
  // The pairs may leave the last step out.
  return !v128.any_true(falling) && load<f64>(last, 8) >= load<f64>(last);
}

/** Leaves the deltas of deltas in the work space and chooses their classes; returns how many. `count` ≥ 2. */
export function measureDeltas(timestamps: usize, count: u32, work: usize): u32 {
  const end = timestamps + (<usize>count << 3);
  const to = work + DELTAS;
  const any = measurePairs(timestamps, count, to) || measureEach(timestamps, end, to);
  return any == ALL_ZERO ? 0 : chooseClasses(work, to + (<usize>(count - 2) << 3));
}

/** Says that every delta of deltas is zero; 0 is kept for "not measured". */
const ALL_ZERO: u64 = (<u64>1) << 63;
/** 1.5 × 2^52: added to an integer of up to 51 bits, it leaves that integer in the low bits of the double. */
const SHIFTER: f64 = 6755399441055744;

/**
 * Two at a time, in doubles; or 0 where those could not be exact: a timestamp beyond 2^52, or a delta of deltas
 * beyond 2^50. (Sums that round are beyond it, too.) Else the OR of all codes, and ALL_ZERO.
 */
function measurePairs(timestamps: usize, count: u32, to: usize): u64 {
  const shifter = f64x2.splat(SHIFTER);
  const most = f64x2.splat(4503599627370496);
  const farthest = f64x2.splat(1125899906842624);
  let any = i64x2.splat(0);
  let good = f64x2.le(f64x2.abs(v128.load(timestamps)), most);
  // The last pair overlaps the one before it when their number is odd.
  const last = count - 2;
  for (let i: u32 = 0; i < last; i += 2) {
    if (i + 1 == last) {
      if (last == 1) return 0;
      i--;
    }
    const at = timestamps + (<usize>i << 3);
    const now = v128.load(at, 16);
    const middle = v128.load(at, 8);
    const change = f64x2.sub(f64x2.sub(now, middle), f64x2.sub(middle, v128.load(at)));
    good = v128.and(good, v128.and(f64x2.le(f64x2.abs(now), most), f64x2.le(f64x2.abs(change), farthest)));
    const whole = i64x2.sub(f64x2.add(change, shifter), shifter);
    const code = v128.xor(i64x2.shl(whole, 1), i64x2.shr_s(whole, 63));
    any = v128.or(any, code);
    v128.store(to + (<usize>i << 3), code);
  }
  if (!i64x2.all_true(good)) return 0;
  return i64x2.extract_lane(any, 0) | i64x2.extract_lane(any, 1) | ALL_ZERO;
}

function measureEach(timestamps: usize, end: usize, to: usize): u64 {
  let previous = <i64>load<f64>(timestamps, 8);
  let delta = previous - <i64>load<f64>(timestamps);
  let any = ALL_ZERO;
  for (let from = timestamps + 16; from < end; from += 8) {
    const t = <i64>load<f64>(from);
    const next = t - previous;
    const code = zigzag64(next - delta);
    any |= code;
    store<u64>(to, code);
    to += 8;
    previous = t;
    delta = next;
  }
  return any;
}

/** The widths, up to four, that need the fewest bits for the deltas of [work + DELTAS, end). */
function chooseClasses(work: usize, end: usize): u32 {
  // Two tables in turn: the same cell again would wait for its last store.
  memory.fill(work + COUNTS, 0, 256);
  memory.fill(work + COSTS, 0, 256);
  let at = work + DELTAS;
  for (; at + 8 < end; at += 16) {
    const even = work + COUNTS + (<usize>(64 - clz(load<u64>(at))) << 2);
    const odd = work + COSTS + (<usize>(64 - clz(load<u64>(at, 8))) << 2);
    store<u32>(even, load<u32>(even) + 1);
    store<u32>(odd, load<u32>(odd) + 1);
  }
  if (at < end) {
    const cell = work + COUNTS + (<usize>(64 - clz(load<u64>(at))) << 2);
    store<u32>(cell, load<u32>(cell) + 1);
  }
  let kinds: u32 = 0;
  let sum: u32 = 0;
  for (let length: u32 = 0; length <= MAX_WIDTH; length++) {
    const samples = load<u32>(work + COUNTS + (length << 2)) + load<u32>(work + COSTS + (length << 2));
    if (samples == 0) continue;
    sum += samples;
    store<u32>(work + LENGTHS + (kinds << 2), length);
    store<u32>(work + SUMS + (kinds << 2), sum);
    kinds++;
  }
  let best: u32 = u32.MAX_VALUE;
  let classes: u32 = 1;
  // Codes of one width decode twice as fast: they may be a tenth longer.
  for (let tried: u32 = 1; tried <= min(kinds, MAX_CLASSES); tried++) {
    const cost = partition(work, kinds, tried);
    if (cost >= best || (classes == 1 && tried > 1 && cost + cost / 10 >= best)) continue;
    best = cost;
    classes = tried;
    let last = kinds;
    for (let j = tried; j > 0; j--) {
      store<u8>(work + j - 1, load<u32>(work + LENGTHS + ((last - 1) << 2)));
      last = load<u32>(work + BEGINS + (j - 1) * ROW + ((last - 1) << 2));
    }
  }
  return classes;
}

/** Bits of the prefix of class j of `classes`: truncated unary. */
// @ts-ignore: decorator
@inline
function prefixBits(j: u32, classes: u32): u32 {
  return min(j + 1, classes - 1);
}

/** Least bits for all samples in exactly `classes` classes; leaves where each begins. */
function partition(work: usize, kinds: u32, classes: u32): u32 {
  for (let j: u32 = 0; j < classes; j++) {
    const prefix = prefixBits(j, classes);
    const row = work + COSTS + j * ROW;
    const begins = work + BEGINS + j * ROW;
    for (let i: u32 = j; i < kinds; i++) {
      const bits = prefix + load<u32>(work + LENGTHS + (i << 2));
      const samples = load<u32>(work + SUMS + (i << 2));
      if (j == 0) {
        store<u32>(row + (i << 2), bits * samples);
        store<u32>(begins + (i << 2), 0);
        continue;
      }
      let least: u32 = u32.MAX_VALUE;
      let begin: u32 = j;
      for (let from = j; from <= i; from++) {
        const before = load<u32>(row - ROW + ((from - 1) << 2));
        const cost = before + bits * (samples - load<u32>(work + SUMS + ((from - 1) << 2)));
        if (cost < least) {
          least = cost;
          begin = from;
        }
      }
      store<u32>(row + (i << 2), least);
      store<u32>(begins + (i << 2), begin);
    }
  }
  return load<u32>(work + COSTS + (classes - 1) * ROW + ((kinds - 1) << 2));
}

/** Writes the codes of timestamps 2 … count − 1; returns the address after them. May store 8 bytes beyond it. */
export function encodeTimestamps(to: usize, count: u32, work: usize, classes: u32): usize {
  if (classes == 1 && load<u8>(work) <= 56) return encodeEqual(to, count, work + DELTAS, load<u8>(work));
  let length: u32 = 0;
  for (let j: u32 = 0; j < classes; j++) {
    const prefix = ((<u32>1 << j) - 1) | (prefixBits(j, classes) << 8) | (<u32>load<u8>(work + j) << 16);
    for (; length <= load<u8>(work + j); length++) store<u32>(work + CODES + (length << 2), prefix);
  }
  const end = work + DELTAS + ((<usize>count - 2) << 3);
  let bits: u64 = 0;
  let used: u64 = 0;
  for (let at = work + DELTAS; at < end; at += 8) {
    const code = load<u64>(at);
    const entry = load<u32>(work + CODES + (<usize>(64 - clz(code)) << 2));
    const prefix: u64 = (entry >> 8) & 255;
    const field = (entry & 255) | (code << prefix);
    bits |= field << used;
    store<u64>(to, bits);
    const filled = used + prefix + (entry >> 16);
    if (filled >= 64) {
      to += 8;
      bits = (field >> (63 - used)) >> 1;
      used = filled - 64;
    } else {
      to += <usize>(filled >> 3);
      bits >>= filled & 56;
      used = filled & 7;
    }
  }
  store<u64>(to, bits);
  return to + <usize>((used + 7) >> 3);
}

/** Codes of one width, without prefixes. */
function encodeEqual(to: usize, count: u32, deltas: usize, width: u64): usize {
  const end = deltas + ((<usize>count - 2) << 3);
  let bits: u64 = 0;
  let used: u64 = 0;
  for (let at = deltas; at < end; at += 8) {
    bits |= load<u64>(at) << used;
    used += width;
    store<u64>(to, bits);
    to += <usize>(used >> 3);
    bits >>= used & 56;
    used &= 7;
  }
  store<u64>(to, bits);
  return to + <usize>((used + 7) >> 3);
}

/** Reads timestamps 0 … count − 1 as f64. False when the codes do not end at `end`, or a timestamp is not safe. */
export function decodeTimestamps(
  from: usize,
  end: usize,
  count: u32,
  first: i64,
  delta: i64,
  widths: usize,
  classes: u32,
  to: usize,
  work: usize,
): bool {
  const last = to + (<usize>count << 3);
  let t = first;
  let unsafe = isUnsafe(t);
  store<f64>(to, <f64>t);
  to += 8;
  if (count > 1) {
    t += delta;
    unsafe |= isUnsafe(t);
    store<f64>(to, <f64>t);
    to += 8;
  }
  if (classes == 0 || count <= 2) {
    for (; to < last; to += 8) {
      t += delta;
      unsafe |= isUnsafe(t);
      store<f64>(to, <f64>t);
    }
    return !unsafe && from == end;
  }
  const endBits = <u32>(end - from) << 3;
  // For each three bits that a code can begin with: its width and the length of its prefix.
  for (let j: u32 = 0; j < classes; j++) if (load<u8>(widths + j) > MAX_WIDTH) return false;
  for (let head: u32 = 0; head < 8; head++) {
    const j = min(<u32>ctz(~head), classes - 1);
    store<u32>(work + (head << 2), (<u32>load<u8>(widths + j) << 8) | prefixBits(j, classes));
  }
  const prefix0 = prefixBits(0, classes);
  const width0: u32 = load<u8>(widths);
  const mask0: u64 = ((<u64>1) << width0) - 1;
  let at: u32 = 0;
  if (classes == 1 && width0 <= 56) {
    if ((<u64>(count - 2) * width0 + 7) >> 3 != <u64>(end - from)) return false;
    for (; to < last; to += 8, at += width0) {
      delta += unzigzag64((load<u64>(from + (at >> 3)) >> (at & 7)) & mask0);
      t += delta;
      unsafe |= isUnsafe(t);
      store<f64>(to, <f64>t);
    }
    return !unsafe;
  }
  const one = classes == 1;
  for (; to < last; to += 8) {
    const field = from + (at >> 3);
    const bits = load<u64>(field) >> (at & 7);
    let code: u64;
    if (one || !(bits & 1)) {
      code = (bits >> prefix0) & mask0;
      if (width0 > 55) code = wide(from, at + prefix0, mask0);
      at += prefix0 + width0;
    } else {
      const entry = load<u32>(work + ((<usize>bits & 7) << 2));
      const width = entry >> 8;
      at += entry & 255;
      const mask = ((<u64>1) << width) - 1;
      code = width > 54 ? wide(from, at, mask) : (bits >> (entry & 255)) & mask;
      at += width;
    }
    if (at > endBits) return false;
    delta += unzigzag64(code);
    t += delta;
    unsafe |= isUnsafe(t);
    store<f64>(to, <f64>t);
  }
  return !unsafe && endBits - at < 8;
}

/** A field that one load may not hold. */
function wide(from: usize, at: u32, mask: u64): u64 {
  const field = from + (at >> 3);
  return ((load<u64>(field) >> (at & 7)) | ((<u64>load<u8>(field, 8) << 1) << (63 - (at & 7)))) & mask;
}

// @ts-ignore: decorator
@inline
function isUnsafe(t: i64): bool {
  return <u64>(t + MAX_SAFE) > <u64>(2 * MAX_SAFE);
}
