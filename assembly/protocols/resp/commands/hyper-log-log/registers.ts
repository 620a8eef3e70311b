// A HyperLogLog as Redis keeps one in a string, so that GET, SET and a dump carry it between the two: 16384 registers of
// six bits, behind a header.
//
//   offset  size  meaning
//        0     4  "HYLL"
//        4     1  encoding: 0 dense, 1 sparse
//        5     3  zeros
//        8     8  the count as of the last PFCOUNT; its highest bit says that it is out of date
//       16        dense: register r in bits 6r … 6r+5, lowest bit first, 12288 bytes
//                 sparse: runs of equal registers that cover all of them, each of one or two bytes:
//                   00llllll           zeros, l + 1 of them
//                   01llllll llllllll  zeros, l + 1 of them
//                   1vvvvvll           value v + 1, l + 1 of them
//
// A sparse one turns dense when a register needs more than 32, or when it would be longer than LIMIT.

export const HEADER: u32 = 16;
export const REGISTERS: u32 = 16384;
/** Bits of a hash that number its register; the others decide the register's value. */
const INDEX_BITS: u32 = 14;
/** What is left of a hash, and with it the largest value of a register less one. */
export const VALUE_BITS: u32 = 50;
export const DENSE_BYTES: u32 = HEADER + (REGISTERS * 6) / 8;
/** hll-sparse-max-bytes. */
const LIMIT: u32 = 3000;
/** An empty sparse one: a header and one run. */
export const EMPTY_BYTES: u32 = HEADER + 2;
/** Bytes by which one addition may lengthen a sparse one. */
export const GROWTH: u32 = 3;
/** A u32 for each value a register may have. */
export const HISTOGRAM_BYTES: u32 = 64 << 2;

const MAGIC: u32 = 0x4c4c5948;
const ENCODING: usize = 4;
const COUNT: usize = 8;
const STALE: u64 = 1 << 63;
const DENSE: u32 = 0;
const SPARSE: u32 = 1;

const MAX_SPARSE_VALUE: u32 = 32;
const MAX_VALUE_RUN: u32 = 4;
const MAX_SHORT_RUN: u32 = 64;

/** Whether a string may be one. What a sparse one holds is checked as it is read. */
export function isHyperLogLog(at: usize, length: u32): bool {
  if (length < HEADER || load<u32>(at) != MAGIC) return false;
  const encoding = load<u8>(at, ENCODING);
  return encoding == DENSE ? length == DENSE_BYTES : encoding == SPARSE;
}

// @ts-ignore: decorator
@inline
export function isDense(at: usize): bool {
  return load<u8>(at, ENCODING) == DENSE;
}

/** Writes an empty sparse one of EMPTY_BYTES. */
export function writeEmpty(at: usize): void {
  store<u32>(at, MAGIC);
  store<u32>(at, SPARSE, ENCODING);
  store<u64>(at, 0, COUNT);
  store<u16>(at, 0xff7f, HEADER);
}

/** The count that the header remembers, or −1 when it is out of date. */
export function rememberedCount(at: usize): i64 {
  const count = load<u64>(at, COUNT);
  return count & STALE ? -1 : <i64>count;
}

export function rememberCount(at: usize, count: u64): void {
  store<u64>(at, count, COUNT);
}

/** Marks the remembered count as out of date; what else stands there is left, as Redis does. */
export function forgetCount(at: usize): void {
  store<u64>(at, load<u64>(at, COUNT) | STALE, COUNT);
}

// @ts-ignore: decorator
@inline
export function registerOf(hash: u64): u32 {
  return <u32>hash & (REGISTERS - 1);
}

/** One more than the zeros below the lowest set bit of what the index leaves of a hash. */
// @ts-ignore: decorator
@inline
export function valueOfHash(hash: u64): u32 {
  return <u32>ctz<u64>((hash >> INDEX_BITS) | (<u64>1 << VALUE_BITS)) + 1;
}

// ── Dense ─────────────────────────────────────────────────────────────────────────────────────────

/** Raises a register; false when it was as high already. */
export function raiseDense(at: usize, register: u32, value: u32): bool {
  const byte = at + HEADER + (register * 6) / 8;
  const shift = (register * 6) & 7;
  const isSplit = shift > 2;
  const word: u32 = isSplit ? load<u16>(byte) : load<u8>(byte);
  if (((word >> shift) & 63) >= value) return false;
  const fresh = (word & ~(63 << shift)) | (value << shift);
  if (isSplit) store<u16>(byte, <u16>fresh);
  else store<u8>(byte, <u8>fresh);
  return true;
}

/** Three bytes hold four registers. */
// @ts-ignore: decorator
@inline
function fourOf(at: usize): u32 {
  return <u32>load<u16>(at) | (<u32>load<u8>(at, 2) << 16);
}

// ── Sparse ────────────────────────────────────────────────────────────────────────────────────────

// @ts-ignore: decorator
@inline
function isValueRun(byte: u32): bool {
  return (byte & 0x80) != 0;
}

// @ts-ignore: decorator
@inline
function runBytes(byte: u32): u32 {
  return (byte & 0xc0) == 0x40 ? 2 : 1;
}

/** Registers that the run at `at` covers. */
// @ts-ignore: decorator
@inline
function runLength(at: usize): u32 {
  const byte = <u32>load<u8>(at);
  if (isValueRun(byte)) return (byte & 3) + 1;
  return byte & 0x40 ? (((byte & 63) << 8) | load<u8>(at, 1)) + 1 : byte + 1;
}

/** What each register of the run has. */
// @ts-ignore: decorator
@inline
function runValue(at: usize): u32 {
  const byte = <u32>load<u8>(at);
  return isValueRun(byte) ? ((byte >> 2) & 31) + 1 : 0;
}

/** Writes a run, none when `length` is 0; returns where the next goes. */
function putRun(to: usize, value: u32, length: u32): usize {
  if (length == 0) return to;
  if (value) {
    store<u8>(to, <u8>(0x80 | ((value - 1) << 2) | (length - 1)));
    return to + 1;
  }
  if (length <= MAX_SHORT_RUN) {
    store<u8>(to, <u8>(length - 1));
    return to + 1;
  }
  store<u8>(to, <u8>(0x40 | ((length - 1) >> 8)));
  store<u8>(to, <u8>(length - 1), 1);
  return to + 2;
}

// What raising a register of a sparse one came to; otherwise its new length.
export const UNCHANGED: u32 = 0;
/** It must be made dense first. */
export const TOO_SPARSE: u32 = 1;
export const CORRUPT: u32 = 2;

/** Raises a register of a sparse one of `length` bytes, behind which GROWTH more are free. */
export function raiseSparse(at: usize, length: u32, register: u32, value: u32): u32 {
  if (value > MAX_SPARSE_VALUE) return TOO_SPARSE;
  const start = at + HEADER;
  let end = at + length;
  let run = start;
  let before = start;
  let first: u32 = 0;
  let span: u32 = 0;
  while (run < end) {
    // A run of two bytes of which one is there: what follows the value is not its own.
    if (run + runBytes(load<u8>(run)) > end) return CORRUPT;
    span = runLength(run);
    if (register < first + span) break;
    before = run;
    run += runBytes(load<u8>(run));
    first += span;
  }
  if (span == 0 || run >= end) return CORRUPT;
  const old = runValue(run);
  if (old >= value) return UNCHANGED;
  if (span == 1) {
    putRun(run, value, 1);
    return length - joinRuns(before, end);
  }
  // The run falls into up to three: what was before the register, the register, what was after it.
  const head = register - first;
  const tail = span - head - 1;
  const oldBytes: u32 = runBytes(load<u8>(run));
  const newBytes: u32 = 1 + partBytes(old, head) + partBytes(old, tail);
  if (newBytes > oldBytes && length + newBytes - oldBytes > LIMIT) return TOO_SPARSE;
  memory.copy(run + newBytes, run + oldBytes, end - (run + oldBytes));
  putRun(putRun(putRun(run, old, head), value, 1), old, tail);
  end += newBytes - oldBytes;
  return <u32>(end - at) - joinRuns(before, end);
}

function partBytes(value: u32, length: u32): u32 {
  if (length == 0) return 0;
  return value == 0 && length > MAX_SHORT_RUN ? 2 : 1;
}

/** Runs looked at for joining after a change, as many as Redis looks at: the bytes must come out alike. */
const JOIN_STEPS: u32 = 5;

/** Joins neighbouring runs of one value where both fit into one; returns the bytes saved. */
function joinRuns(run: usize, end: usize): u32 {
  let saved: u32 = 0;
  for (let steps = JOIN_STEPS; steps && run < end; steps--) {
    const byte = <u32>load<u8>(run);
    if (isValueRun(byte) && run + 1 < end) {
      const value = runValue(run);
      const both = runLength(run) + runLength(run + 1);
      if (runValue(run + 1) == value && both <= MAX_VALUE_RUN) {
        putRun(run, value, both);
        memory.copy(run + 1, run + 2, end - run - 2);
        end--;
        saved++;
        continue;
      }
    }
    run += runBytes(byte);
  }
  return saved;
}

// ── Both ──────────────────────────────────────────────────────────────────────────────────────────

/** Adds how many registers have each value to a zeroed histogram; false when the runs do not cover them exactly. */
export function countValues(at: usize, length: u32, histogram: usize): bool {
  if (isDense(at)) {
    for (let from = at + HEADER, end = at + DENSE_BYTES; from < end; from += 3) {
      const four = fourOf(from);
      bump(histogram, four & 63, 1);
      bump(histogram, (four >> 6) & 63, 1);
      bump(histogram, (four >> 12) & 63, 1);
      bump(histogram, four >> 18, 1);
    }
    return true;
  }
  let covered: u32 = 0;
  for (let run = at + HEADER, end = at + length; run < end; run += runBytes(load<u8>(run))) {
    if (run + runBytes(load<u8>(run)) > end) return false;
    bump(histogram, runValue(run), runLength(run));
    covered += runLength(run);
  }
  return covered == REGISTERS;
}

// @ts-ignore: decorator
@inline
function bump(histogram: usize, value: u32, by: u32): void {
  const at = histogram + (<usize>value << 2);
  store<u32>(at, load<u32>(at) + by);
}

/** Adds how many of the registers at `raw`, a byte each, have each value. */
export function countRaw(raw: usize, histogram: usize): void {
  for (let i: u32 = 0; i < REGISTERS; i++) bump(histogram, load<u8>(raw + i), 1);
}

/** Raises each register of `raw`, a byte each, to that of a HyperLogLog; false when its runs do not cover them exactly. */
export function raiseRaw(raw: usize, at: usize, length: u32): bool {
  if (isDense(at)) {
    let to = raw;
    for (let from = at + HEADER, end = at + DENSE_BYTES; from < end; from += 3, to += 4) {
      const four = fourOf(from);
      const bytes = (four & 63) | ((four & 0xfc0) << 2) | ((four & 0x3f000) << 4) | ((four >> 18) << 24);
      v128.store32_lane(to, v128.max<u8>(v128.load32_zero(to), i32x4.splat(bytes)), 0);
    }
    return true;
  }
  let register: u32 = 0;
  for (let run = at + HEADER, end = at + length; run < end; run += runBytes(load<u8>(run))) {
    if (run + runBytes(load<u8>(run)) > end) return false;
    const span = runLength(run);
    if (register + span > REGISTERS) return false;
    const value = runValue(run);
    if (value) {
      for (let i: u32 = 0; i < span; i++) {
        const to = raw + register + i;
        if (load<u8>(to) < value) store<u8>(to, <u8>value);
      }
    }
    register += span;
  }
  return register == REGISTERS;
}

/** Writes a dense one of DENSE_BYTES from registers of a byte each, its header but for the encoding from `header`. */
export function writeDense(to: usize, header: usize, raw: usize): void {
  memory.copy(to, header, HEADER);
  store<u8>(to, DENSE, ENCODING);
  for (let at = to + HEADER, end = to + DENSE_BYTES; at < end; at += 3, raw += 4) {
    const four = <u32>load<u8>(raw) | (<u32>load<u8>(raw, 1) << 6) | (<u32>load<u8>(raw, 2) << 12) | (<u32>load<u8>(raw, 3) << 18);
    store<u16>(at, <u16>four);
    store<u8>(at, <u8>(four >> 16), 2);
  }
}
