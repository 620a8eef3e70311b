// Where everything of a rate limiter is. Nothing below is repeated elsewhere.
//
// A limiter is one block of the arena, as large as its budget, at a multiple of 128: a root of 256 bytes, then segments of
// equal size. A key belongs to the segment, and within it to one of the two buckets, that its fingerprint says.
//
// Root:
//
//     offset  size  meaning
//          0     4  algorithm, see below
//          4     4  log2 of the number of segments
//          8     4  bytes of a segment, a multiple of 128
//         12     4  bytes of a record, a multiple of 8
//         16    16  u64 each: the two halves of the key of the hash
//         32     8  f64: limit, units that are there at most
//         40     8  f64: units a millisecond (buckets)
//         48     8  f64: milliseconds of the window, or between two units (buckets and GCRA)
//         56     4  buckets in a segment
//         60     4  1 when newcomers are refused where there is no room, 0 when others are forgotten for them
//         64     8  f64: milliseconds by which a reading of the clock may be late
//         72     8  f64: milliseconds for which a key is blocked that was refused; 0 for none
//         80    32  the last answer, see below; where the memory is shared it is in the staging block of who asked
//        112    16  zero: the state of a key that nobody asked for
//        128   128  a short key that is asked for, where the memory is not shared
//
// Answer:
//
//          0     8  f64: units that could be taken now
//          8     8  f64: milliseconds until what was refused would be let through, 0 when it was
//         16     8  f64: milliseconds until the key is as if nobody had asked for it
//         24     8  u64: fingerprint of the key
//
// Segment:
//
//     offset  size  meaning
//          0    16  a lock, where the memory is shared: see sync/lock.ts
//         16     8  f64: the last reading of the clock
//         24     8  f64: milliseconds that have passed since the limiter was made
//         32     4  keys
//         36     4  bucket to look for idle keys next
//         40    40  f64 each: let through, refused, evicted, turned away, forgotten
//         80    48  zero
//        128        buckets
//
// Bucket: five records, at a multiple of 128: mostly one cache line, or two that the processor fetches together. Record: a
// fingerprint of 8 bytes, 0 in a free place, then the state. The lowest bit of a fingerprint says that the key is blocked: its
// state then begins with the f64 of when that ends, which of a log is at offset 8. Otherwise, times
// being f64 by the segment's time:
//
//     token bucket, leaky bucket   0 the moment the next was written   8 f64: units in use then
//     fixed window                 0 the moment the window began       8 f64: units in use
//     sliding window counter       0 the moment the window began       8 u32: units of the window before   12 u32: of this
//     sliding window log           0 u32: first   4 u32: how many      8 zero   16 a ring of `limit` moments
//     GCRA                         0 the theoretical arrival time      8 zero
//
// Zero bytes are the state of a key that nobody asked for, in each.

export const TOKEN_BUCKET: u32 = 0;
export const LEAKY_BUCKET: u32 = 1;
export const LEAKY_QUEUE: u32 = 2;
export const FIXED_WINDOW: u32 = 3;
export const SLIDING_LOG: u32 = 4;
export const SLIDING_COUNTER: u32 = 5;
export const GCRA: u32 = 6;

export const ALGORITHM: usize = 0;
export const SEGMENT_LOG: usize = 4;
export const SEGMENT_BYTES: usize = 8;
export const RECORD_BYTES: usize = 12;
export const KEY_LOW: usize = 16;
export const KEY_HIGH: usize = 24;
export const LIMIT: usize = 32;
export const RATE: usize = 40;
export const PERIOD: usize = 48;
export const BUCKETS: usize = 56;
export const REFUSES: usize = 60;
export const TOLERANCE: usize = 64;
export const BLOCK_MS: usize = 72;
export const ANSWER: usize = 80;
export const UNTOUCHED: usize = 112;
export const ROOT_BYTES: u32 = 256;

export const REMAINING: usize = 0;
export const RETRY_AFTER: usize = 8;
export const RESET: usize = 16;
export const FINGERPRINT: usize = 24;

export const READING: usize = 16;
export const TIME: usize = 24;
export const COUNT: usize = 32;
export const SWEEPER: usize = 36;
export const ALLOWED: usize = 40;
export const REFUSED: usize = 48;
export const EVICTED: usize = 56;
export const TURNED_AWAY: usize = 64;
export const FORGOTTEN: usize = 72;
export const SEGMENT_HEAD: u32 = 128;

export const WAYS: u32 = 5;
/** Buckets, segments and the root stand at multiples of this. */
export const ALIGNMENT: u32 = 128;
/** Of a record: the fingerprint, and a state without the ring of a log. */
export const RECORD_HEAD: u32 = 24;
/** Of a state, without the ring of a log. */
export const STATE_HEAD: u32 = 16;

// @ts-ignore: decorator
@inline
export function segmentAt(root: usize, index: u32): usize {
  return root + ROOT_BYTES + <usize>index * <usize>load<u32>(root, SEGMENT_BYTES);
}

/** Bytes of a bucket whose records have so many. */
// @ts-ignore: decorator
@inline
export function bucketBytes(recordBytes: u32): u32 {
  return (WAYS * recordBytes + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
}

// @ts-ignore: decorator
@inline
export function bucketAt(root: usize, segment: usize, index: u32): usize {
  return segment + SEGMENT_HEAD + <usize>index * <usize>bucketBytes(load<u32>(root, RECORD_BYTES));
}

/** The state of the record at an address. */
// @ts-ignore: decorator
@inline
export function stateOf(cell: usize): usize {
  return cell + 8;
}

/** Where the state of a blocked key says when that ends. The eight bytes beside it are zero. */
// @ts-ignore: decorator
@inline
export function untilIn(root: usize, state: usize): usize {
  return load<u32>(root, ALGORITHM) == SLIDING_LOG ? state + 8 : state;
}

// @ts-ignore: decorator
@inline
export function isBlocked(cell: usize): bool {
  return (load<u64>(cell) & 1) != 0;
}

// @ts-ignore: decorator
@inline
export function add(segment: usize, counter: usize): void {
  store<f64>(segment + counter, load<f64>(segment + counter) + 1);
}
