/**
 * Run-length encoding: equal neighbours as one value and the position where they end. Elements are compared bit by bit:
 * NaN payloads and −0 are kept.
 *
 * A blob, little-endian, of n elements of s bytes in r runs:
 *
 *     offset  size   meaning
 *          0     4   magic "ASHN"
 *          4     1   version, 1
 *          5     1   elements: 1 u8, 2 u32, 3 i32, 4 u64, 5 i64, 6 f64
 *          6     2   zero
 *          8     4   n
 *         12     4   r
 *         16  4 × r  end of each run: the position after its last element. Rising; the last is n
 *          …  s × r  value of each run
 *
 * Ends instead of lengths: the run that holds an index is found by binary search.
 *
 * Four bytes 7, 7, 7, 9: 41 53 48 4e  01 01 00 00  04 00 00 00  02 00 00 00  03 00 00 00  04 00 00 00  07 09
 */

import { Arena } from '../../../bindings/arena.js';
import { DecodeError } from '../../../bindings/decode-error.js';
import {
  bytesOf,
  checkIndex,
  checkRange,
  type ElementArray,
  type ElementKind,
  kindById,
  kindOf,
  u32At,
} from '../../../bindings/elements.js';
import { type RunLengthKernel, runLengthKernel } from '../../../bindings/kernels/codecs/run-length.js';
import { checkBytes, checkRoom, PIECE_WORDS, putBytes, stage } from '../../../bindings/staging.js';

export interface RunLengthOptions {
  /** Where the work is done. Default `Arena.default`. */
  arena?: Arena;
}

export interface RunLengthDecodeOptions extends RunLengthOptions {
  /**
   * The most elements to allocate for: a few bytes can say that four milliards of one value follow. Default 2^26,
   * which are 512 MiB of doubles.
   */
  maxCount?: number;
}

/** The runs of a blob. */
export interface Runs {
  /** The position after the last element of each. */
  readonly ends: Uint32Array<ArrayBuffer>;
  readonly values: ElementArray;
}

const MAGIC = [0x41, 0x53, 0x48, 0x4e];
const VERSION = 1;
const HEADER_BYTES = 16;
const MAX_COUNT = 2 ** 26;
const SLACK_BYTES = 16;
const NAMES: readonly string[] = [
  'Uint8Array',
  'Uint32Array',
  'Int32Array',
  'BigUint64Array',
  'BigInt64Array',
  'Float64Array',
];

/** A self-describing blob of up to 2^32 − 1 elements. O(n). @throws TypeError; ArenaFullError */
function encode(values: ElementArray, options: RunLengthOptions = {}): Uint8Array<ArrayBuffer> {
  const kind = kindOf(values, 'values', NAMES);
  const { arena, kernel, ends, elements, data } = prepare(options, kind, values.length, PIECE_WORDS, values);
  const find = { 1: kernel.runs1, 4: kernel.runs4, 8: kernel.runs8 }[kind.bytes] as RunLengthKernel['runs1'];
  const source = bytesOf(values);
  const pieces: { ends: Uint8Array; values: Uint8Array }[] = [];
  let runs = 0;
  for (let first = 1; first < values.length; first += PIECE_WORDS) {
    const count = Math.min(PIECE_WORDS, values.length - first);
    // With the element before the piece, of which the kernel says whether it ends a run.
    putBytes(arena, data, source.subarray((first - 1) * kind.bytes, (first + count) * kind.bytes));
    const found = find(data + kind.bytes, count, first, ends, elements);
    if (found === 0) continue;
    const u8 = arena.u8Until(elements + found * kind.bytes);
    pieces.push({
      ends: u8.slice(ends, ends + 4 * found),
      values: u8.slice(elements, elements + found * kind.bytes),
    });
    runs += found;
  }
  return assemble(kind, values.length, source, runs, pieces);
}

/** Puts the pieces together, with the run that is still open after them. */
function assemble(
  kind: ElementKind,
  count: number,
  source: Uint8Array,
  closed: number,
  pieces: readonly { ends: Uint8Array; values: Uint8Array }[],
): Uint8Array<ArrayBuffer> {
  const runs = count === 0 ? 0 : closed + 1;
  const out = new Uint8Array(HEADER_BYTES + runs * (4 + kind.bytes));
  const view = new DataView(out.buffer);
  out.set(MAGIC);
  out[4] = VERSION;
  out[5] = kind.id;
  view.setUint32(8, count, true);
  view.setUint32(12, runs, true);
  let end = HEADER_BYTES;
  let value = HEADER_BYTES + 4 * runs;
  for (const piece of pieces) {
    out.set(piece.ends, end);
    out.set(piece.values, value);
    end += piece.ends.length;
    value += piece.values.length;
  }
  if (runs > 0) {
    view.setUint32(end, count, true);
    out.set(source.subarray((count - 1) * kind.bytes, count * kind.bytes), value);
  }
  return out;
}

/**
 * The elements of a blob, in an array of the kind that was encoded. O(n).
 *
 * @throws DecodeError when the bytes are truncated, of another format or of a later version, or hold more than
 *   `maxCount` elements. There is no checksum
 */
function decode(bytes: Uint8Array, options: RunLengthDecodeOptions = {}): ElementArray {
  const { maxCount = MAX_COUNT } = options;
  if (!Number.isInteger(maxCount) || maxCount < 0) {
    throw new RangeError(`maxCount must be a non-negative integer, got ${maxCount}`);
  }
  const { kind, count } = headerOf(bytes);
  if (count > maxCount) throw damaged(`${count} elements, more than maxCount, ${maxCount}`, 8);
  return decodeInto(kind.make(count), bytes, options);
}

/**
 * `decode` to `out`, an array of the blob's kind with at least `countOf(bytes)` elements; returns `out`. When the bytes
 * turn out to be damaged, `out` may have been written to.
 *
 * @throws DecodeError; TypeError when `out` is of another kind; RangeError when it is shorter
 */
function decodeInto<Values extends ElementArray>(
  out: Values,
  bytes: Uint8Array,
  options: RunLengthOptions = {},
): Values {
  const header = headerOf(bytes);
  const run = fillRange(out, bytes, header, 0, header.count, options);
  if (run !== header.runs) throw damaged('ends that do not rise', HEADER_BYTES + 4 * run);
  return out;
}

/** Elements `from` to `to` − 1. O(log r + to − from): what is not in them is not looked at. @throws also RangeError */
function decodeRange(bytes: Uint8Array, from: number, to: number, options: RunLengthOptions = {}): ElementArray {
  const header = headerOf(bytes);
  checkRange(from, to, header.count);
  const out = header.kind.make(to - from);
  fillRange(out, bytes, header, from, to, options);
  return out;
}

/** `decodeRange` to `out`; returns `out`. */
function decodeRangeInto<Values extends ElementArray>(
  out: Values,
  bytes: Uint8Array,
  from: number,
  to: number,
  options: RunLengthOptions = {},
): Values {
  const header = headerOf(bytes);
  checkRange(from, to, header.count);
  fillRange(out, bytes, header, from, to, options);
  return out;
}

/** Element `index`, a bigint when the elements are 64-bit integers. O(log r). @throws also RangeError */
function at(bytes: Uint8Array, index: number): number | bigint {
  const header = headerOf(bytes);
  checkIndex(index, header.count);
  const run = runAt(bytes, header, index);
  const value = HEADER_BYTES + 4 * header.runs + run * header.kind.bytes;
  const element = header.kind.make(1);
  bytesOf(element).set(bytes.subarray(value, value + header.kind.bytes));
  return element[0] as number | bigint;
}

/** The runs themselves, to count or to sum without decoding. O(r). @throws DecodeError */
function runsOf(bytes: Uint8Array): Runs {
  const { kind, runs } = headerOf(bytes);
  const ends = new Uint32Array(runs);
  const values = kind.make(runs);
  bytesOf(ends).set(bytes.subarray(HEADER_BYTES, HEADER_BYTES + 4 * runs));
  bytesOf(values).set(bytes.subarray(HEADER_BYTES + 4 * runs));
  for (let i = 0, last = 0; i < runs; i++) {
    const end = ends[i] as number;
    if (end <= last) throw damaged('ends that do not rise', HEADER_BYTES + 4 * i);
    last = end;
  }
  return { ends, values };
}

/** How many elements a blob holds. O(1). @throws DecodeError */
function countOf(bytes: Uint8Array): number {
  return headerOf(bytes).count;
}

/** How many runs a blob holds. O(1). @throws DecodeError */
function runCountOf(bytes: Uint8Array): number {
  return headerOf(bytes).runs;
}

export const runLength: {
  readonly encode: typeof encode;
  readonly decode: typeof decode;
  readonly decodeInto: typeof decodeInto;
  readonly decodeRange: typeof decodeRange;
  readonly decodeRangeInto: typeof decodeRangeInto;
  readonly at: typeof at;
  readonly runsOf: typeof runsOf;
  readonly countOf: typeof countOf;
  readonly runCountOf: typeof runCountOf;
} = { encode, decode, decodeInto, decodeRange, decodeRangeInto, at, runsOf, countOf, runCountOf };

interface Header {
  readonly kind: ElementKind;
  readonly count: number;
  readonly runs: number;
}

function headerOf(bytes: Uint8Array): Header {
  checkBytes(bytes, 'A run-length blob');
  for (let i = 0; i < MAGIC.length; i++) if (bytes[i] !== MAGIC[i]) throw damaged('it does not begin with "ASHN"', i);
  if (bytes[4] !== VERSION) throw damaged(`version ${bytes[4] ?? 'missing'}, this reads version ${VERSION}`, 4);
  const kind = kindById(bytes[5]);
  if (kind === undefined) throw damaged('an unknown kind of elements', 5);
  if (bytes.length < HEADER_BYTES || bytes[6] !== 0 || bytes[7] !== 0) throw damaged('a bad header', 6);
  const count = u32At(bytes, 8);
  const runs = u32At(bytes, 12);
  if (HEADER_BYTES + runs * (4 + kind.bytes) !== bytes.length) throw damaged(`${runs} runs are not there`, 12);
  const last = runs === 0 ? 0 : u32At(bytes, HEADER_BYTES + 4 * (runs - 1));
  if (last !== count) throw damaged(`the last run ends at ${last}, not at ${count}`, 8);
  return { kind, count, runs };
}

/** The run that holds `index`, below the count: the first that ends after it. */
function runAt(bytes: Uint8Array, { runs }: Header, index: number): number {
  let low = 0;
  let high = runs - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (u32At(bytes, HEADER_BYTES + 4 * middle) <= index) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Fills `out` with [from, to); returns the first run that does not end at `to` or before. */
function fillRange(
  out: ElementArray,
  bytes: Uint8Array,
  header: Header,
  from: number,
  to: number,
  options: RunLengthOptions,
): number {
  const { kind, count, runs } = header;
  kindOf(out, 'out', [kind.name]);
  checkRoom(out, to - from);
  if (from === to) return 0;
  // About as many runs as a piece has, so that little is staged twice.
  const some = Math.min(PIECE_WORDS, 16 + Math.ceil((2 * PIECE_WORDS * runs) / count));
  const { arena, kernel, ends, elements, data } = prepare(options, kind, to - from, some, bytes, out);
  const fill = { 1: kernel.fill1, 4: kernel.fill4, 8: kernel.fill8 }[kind.bytes] as RunLengthKernel['fill1'];
  const target = bytesOf(out);
  let run = runAt(bytes, header, from);
  for (let position = from; position < to; ) {
    const staged = Math.min(some, runs - run);
    const endsAt = HEADER_BYTES + 4 * run;
    const valuesAt = HEADER_BYTES + 4 * runs + run * kind.bytes;
    putBytes(arena, ends, bytes.subarray(endsAt, endsAt + 4 * staged));
    putBytes(arena, elements, bytes.subarray(valuesAt, valuesAt + staged * kind.bytes));
    const limit = Math.min(position + PIECE_WORDS, to);
    const through = fill(ends, elements, staged, position, limit, data);
    if (through === -1 || staged === 0) throw damaged('ends that do not rise', endsAt);
    const reached = through === staged ? u32At(bytes, endsAt + 4 * (staged - 1)) : limit;
    const decoded = arena.u8Until(data + (reached - position) * kind.bytes).subarray(data);
    target.set(decoded.subarray(0, (reached - position) * kind.bytes), (position - from) * kind.bytes);
    position = reached;
    run += through;
  }
  return run;
}

interface Places {
  readonly arena: Arena;
  readonly kernel: RunLengthKernel;
  readonly ends: number;
  readonly elements: number;
  readonly data: number;
}

/** Room for a piece of elements, and for `runs` runs. */
function prepare(
  options: RunLengthOptions,
  kind: ElementKind,
  count: number,
  runs: number,
  ...views: readonly ArrayBufferView[]
): Places {
  const arena = options.arena ?? Arena.default;
  const kernel = arena.kernel(runLengthKernel);
  const room = Math.min(count, PIECE_WORDS) + 1;
  const ends = stage(arena, (runs + 1) * (4 + kind.bytes) + room * kind.bytes + 2 * SLACK_BYTES, ...views);
  const elements = ends + 4 * (runs + 1);
  return { arena, kernel, ends, elements, data: elements + (runs + 1) * kind.bytes };
}

function damaged(problem: string, offset: number): DecodeError {
  return new DecodeError('run-length', problem, offset);
}
