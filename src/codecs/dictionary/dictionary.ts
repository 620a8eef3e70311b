/**
 * Dictionary encoding: each distinct value once, and for each occurrence a code of as many bits as that takes. Numbers
 * are told apart by their bits (NaN payloads and −0 are kept), strings by their characters. See format.ts for the bytes.
 */

import type { Arena } from '../../../bindings/arena.js';
import {
  bytesOf,
  checkIndex,
  checkRange,
  type ElementArray,
  kindById,
  kindOf,
  type WideArray,
  type WordArray,
} from '../../../bindings/elements.js';
import { integersKernel } from '../../../bindings/kernels/codecs/integers.js';
import { checkBytes, describe, PIECE_WORDS, putBytes, putWords, stage } from '../../../bindings/staging.js';
import { readString } from '../../../bindings/strings.js';
import { arenaOf, type Built, buildNumbers, buildStrings, compare, compareBytes, orderKeys, utf8Of } from './build.js';
import {
  BLOCK,
  BYTES_ID,
  codeAt,
  codeBytes,
  damaged,
  HEADER_BYTES,
  type Header,
  headerOf,
  MAGIC,
  STRINGS_ID,
  stringAt,
  VERSION,
  widthFor,
} from './format.js';

export { CardinalityError } from './build.js';

export type DictionaryValue = string | Uint8Array | number | bigint;
export type DictionaryValues = readonly string[] | readonly Uint8Array[] | WordArray | WideArray | Float64Array;
/** What a blob holds. */
export type DictionaryKind =
  | 'string'
  | 'bytes'
  | 'Uint32Array'
  | 'Int32Array'
  | 'BigUint64Array'
  | 'BigInt64Array'
  | 'Float64Array';

export interface DictionaryOptions {
  /** Where the work is done. Default `Arena.default`. */
  arena?: Arena;
}

export interface DictionaryEncodeOptions extends DictionaryOptions {
  /**
   * The order of codes. `'sorted'` costs a sort of the distinct values, and makes a comparison of values one of codes,
   * and `codeOf` a binary search. Default `'first'`: in order of first appearance.
   */
  order?: 'first' | 'sorted';
  /** With more distinct values than this `encode` refuses: they are not for a dictionary. Default 65 536, at most 2^24. */
  maxCardinality?: number;
}

const NAMES: readonly string[] = ['Uint32Array', 'Int32Array', 'BigUint64Array', 'BigInt64Array', 'Float64Array'];
const MAX_CARDINALITY = 65_536;
const CARDINALITY_LIMIT = 2 ** 24;
const SLACK_BYTES = 16;

type Numbers = Exclude<ElementArray, Uint8Array>;

/**
 * A self-describing blob of up to 2^32 − 1 values: an array of strings, an array of Uint8Array, or a typed array. O(n),
 * and O(d log d) when sorted. An array without elements counts as one of strings.
 *
 * @throws CardinalityError when more than `maxCardinality` are distinct; TypeError; RangeError; ArenaFullError
 */
function encode(values: DictionaryValues, options: DictionaryEncodeOptions = {}): Uint8Array<ArrayBuffer> {
  const { order = 'first', maxCardinality = MAX_CARDINALITY } = options;
  if (order !== 'first' && order !== 'sorted') throw new RangeError(`order must be 'first' or 'sorted', got ${order}`);
  if (!Number.isInteger(maxCardinality) || maxCardinality < 1 || maxCardinality > CARDINALITY_LIMIT) {
    throw new RangeError(`maxCardinality must be an integer from 1 to ${CARDINALITY_LIMIT}, got ${maxCardinality}`);
  }
  const sorted = order === 'sorted';
  if (Array.isArray(values)) {
    const text = values.length === 0 || typeof values[0] === 'string';
    return assemble(text ? STRINGS_ID : BYTES_ID, sorted, buildStrings(values, text, sorted, maxCardinality), options);
  }
  const kind = kindOf(values, 'values', ['an array of strings', 'an array of Uint8Array', ...NAMES]);
  const built = buildNumbers(values as Numbers, kind, sorted, maxCardinality, arenaOf(options));
  return assemble(kind.id, sorted, built, options);
}

function assemble(id: number, sorted: boolean, built: Built, options: DictionaryOptions): Uint8Array<ArrayBuffer> {
  const { codes, cardinality, entries } = built;
  const width = widthFor(cardinality);
  const head = HEADER_BYTES + entries.length;
  const out = new Uint8Array(head + codeBytes(codes.length, width));
  const view = new DataView(out.buffer);
  out.set(MAGIC);
  out.set([VERSION, id, sorted ? 1 : 0, width], 4);
  view.setUint32(8, codes.length, true);
  view.setUint32(12, cardinality, true);
  out.set(entries, HEADER_BYTES);
  const { arena, kernel, words, packed } = places(options, codes.length, codes);
  for (let first = 0; first < codes.length; first += PIECE_WORDS) {
    const piece = codes.subarray(first, first + PIECE_WORDS);
    putWords(arena, words, piece);
    const blocks = Math.ceil(piece.length / BLOCK);
    arena.u32.fill(0, (words >>> 2) + piece.length, (words >>> 2) + blocks * BLOCK);
    let to = packed;
    for (let block = 0; block < blocks; block++) to = kernel.packBlock(words + 512 * block, width, 0, to) >>> 0;
    out.set(arena.u8Until(to).subarray(packed, to), head + (first / 8) * width);
  }
  return out;
}

/**
 * The values of a blob, as they were encoded: strings, byte strings (equal ones are one object), or a typed array. O(n).
 * Allocates at most 64 bytes for each byte of codes that is there.
 *
 * @throws DecodeError when the bytes are truncated, of another format or of a later version. There is no checksum
 */
function decode(bytes: Uint8Array, options: DictionaryOptions = {}): DictionaryValues {
  const header = headerOf(bytes);
  return valuesOf(bytes, header, 0, header.count, options);
}

/** Values `from` to `to` − 1. O(d + to − from). @throws also RangeError */
function decodeRange(bytes: Uint8Array, from: number, to: number, options: DictionaryOptions = {}): DictionaryValues {
  const header = headerOf(bytes);
  checkRange(from, to, header.count);
  return valuesOf(bytes, header, from, to, options);
}

/** Value `index`. O(1). @throws also RangeError */
function at(bytes: Uint8Array, index: number): DictionaryValue {
  const header = headerOf(bytes);
  checkIndex(index, header.count);
  return entryAt(bytes, header, codeAt(bytes, header, index));
}

/** The code of each value, or of values `from` to `to` − 1: to compare and to count without the values. O(n) */
function codesOf(
  bytes: Uint8Array,
  options: DictionaryOptions & { from?: number; to?: number } = {},
): Uint32Array<ArrayBuffer> {
  const header = headerOf(bytes);
  const { from = 0, to = header.count } = options;
  checkRange(from, to, header.count);
  return unpack(bytes, header, from, to, options);
}

/** The distinct values, that of code 0 first. O(d). @throws DecodeError */
function entriesOf(bytes: Uint8Array): DictionaryValues {
  return entriesIn(bytes, headerOf(bytes));
}

/**
 * The code of a value, `undefined` when the dictionary does not have it. O(log d) when sorted, otherwise O(d).
 *
 * @throws TypeError when the value is of another kind than the blob's; DecodeError
 */
function codeOf(bytes: Uint8Array, value: DictionaryValue): number | undefined {
  const header = headerOf(bytes);
  const compareWith = comparer(bytes, header, value);
  if (!header.sorted) {
    for (let code = 0; code < header.cardinality; code++) if (compareWith(code) === 0) return code;
    return undefined;
  }
  let low = 0;
  let high = header.cardinality;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareWith(middle) < 0) low = middle + 1;
    else high = middle;
  }
  return low < header.cardinality && compareWith(low) === 0 ? low : undefined;
}

/** How many values a blob holds. O(1). @throws DecodeError */
function countOf(bytes: Uint8Array): number {
  return headerOf(bytes).count;
}

/** How many of them are distinct. O(1). @throws DecodeError */
function cardinalityOf(bytes: Uint8Array): number {
  return headerOf(bytes).cardinality;
}

/** What a blob holds. O(1). @throws DecodeError */
function typeOf(bytes: Uint8Array): DictionaryKind {
  const { id, kind } = headerOf(bytes);
  return (kind?.name ?? (id === STRINGS_ID ? 'string' : 'bytes')) as DictionaryKind;
}

export const dictionary: {
  readonly encode: typeof encode;
  readonly decode: typeof decode;
  readonly decodeRange: typeof decodeRange;
  readonly at: typeof at;
  readonly codesOf: typeof codesOf;
  readonly codeOf: typeof codeOf;
  readonly entriesOf: typeof entriesOf;
  readonly countOf: typeof countOf;
  readonly cardinalityOf: typeof cardinalityOf;
  readonly typeOf: typeof typeOf;
} = { encode, decode, decodeRange, at, codesOf, codeOf, entriesOf, countOf, cardinalityOf, typeOf };

function valuesOf(bytes: Uint8Array, header: Header, from: number, to: number, options: DictionaryOptions) {
  const entries = entriesIn(bytes, header);
  const codes = unpack(bytes, header, from, to, options);
  if (Array.isArray(entries)) {
    const out: unknown[] = new Array(codes.length);
    for (let i = 0; i < codes.length; i++) out[i] = entries[codes[i] as number];
    return out as string[] | Uint8Array[];
  }
  const { kind } = header as { kind: NonNullable<Header['kind']> };
  const out = kind.make(to - from) as Numbers;
  const source = new Uint32Array((entries as Numbers).buffer);
  const target = new Uint32Array(out.buffer);
  // As words, so that no double passes through a register that might change the bits of a NaN.
  if (kind.bytes === 4) for (let i = 0; i < codes.length; i++) target[i] = source[codes[i] as number] as number;
  else {
    for (let i = 0; i < codes.length; i++) {
      const code = 2 * (codes[i] as number);
      target[2 * i] = source[code] as number;
      target[2 * i + 1] = source[code + 1] as number;
    }
  }
  return out;
}

function entriesIn(bytes: Uint8Array, header: Header): DictionaryValues {
  const { kind, cardinality } = header;
  if (kind === undefined) {
    return Array.from({ length: cardinality }, (_, code) => entryAt(bytes, header, code)) as string[] | Uint8Array[];
  }
  const out = kind.make(cardinality) as Numbers;
  bytesOf(out).set(bytes.subarray(HEADER_BYTES, HEADER_BYTES + cardinality * kind.bytes));
  return out;
}

function entryAt(bytes: Uint8Array, header: Header, code: number): DictionaryValue {
  const { kind, id } = header;
  if (kind !== undefined) {
    const one = kind.make(1);
    const from = HEADER_BYTES + code * kind.bytes;
    bytesOf(one).set(bytes.subarray(from, from + kind.bytes));
    return one[0] as number | bigint;
  }
  const string = stringAt(bytes, header, code);
  return id === STRINGS_ID ? readString(string, 0, string.length) : string.slice();
}

/** How the value of a code compares with `value`. */
function comparer(bytes: Uint8Array, header: Header, value: DictionaryValue): (code: number) => number {
  const { id, kind } = header;
  if (kind === undefined) {
    if (id === STRINGS_ID && typeof value !== 'string') {
      throw new TypeError(`A blob of strings has no ${describe(value)}`);
    }
    if (id === BYTES_ID) checkBytes(value, 'A value of a blob of byte strings');
    const wanted = typeof value === 'string' ? utf8Of(value) : (value as Uint8Array);
    return (code) => compareBytes(stringAt(bytes, header, code), wanted);
  }
  const wide = kind.name.startsWith('Big');
  if (typeof value !== (wide ? 'bigint' : 'number')) {
    throw new TypeError(`A blob of a ${kind.name} has no ${describe(value)}`);
  }
  const wanted = kind.make(1) as Numbers;
  wanted[0] = value as never;
  // A number that the array cannot hold is in no dictionary: compare with nothing.
  if (!Object.is(wanted[0], value)) return () => 1;
  const key = orderKeys(wanted)[0] as number | bigint;
  const one = kindById(id)?.make(1) as Numbers;
  return (code) => {
    const from = HEADER_BYTES + code * kind.bytes;
    bytesOf(one).set(bytes.subarray(from, from + kind.bytes));
    return compare(orderKeys(one)[0] as number | bigint, key);
  };
}

/** Codes [from, to), each of which has a value. */
function unpack(bytes: Uint8Array, header: Header, from: number, to: number, options: DictionaryOptions) {
  const { width, cardinality, codes } = header;
  const out = new Uint32Array(to - from);
  const { arena, kernel, words, packed } = places(options, to - from + BLOCK, bytes);
  const begin = from - (from % BLOCK);
  for (let first = begin; first < to; first += PIECE_WORDS) {
    const blocks = Math.ceil(Math.min(PIECE_WORDS, to - first) / BLOCK);
    const start = codes + (first / 8) * width;
    putBytes(arena, packed, bytes.subarray(start, start + blocks * 16 * width));
    let at = packed;
    for (let block = 0; block < blocks; block++) at = kernel.unpackBlock(at, width, 0, words + 512 * block) >>> 0;
    const skipped = Math.max(0, from - first);
    const wanted = Math.min(blocks * BLOCK, to - first);
    out.set(arena.u32.subarray((words >>> 2) + skipped, (words >>> 2) + wanted), Math.max(0, first - from));
  }
  let greatest = 0;
  for (let i = 0; i < out.length; i++) {
    const code = out[i] as number;
    if (code > greatest) greatest = code;
  }
  if (out.length > 0 && greatest >= cardinality) throw damaged(`code ${greatest} of ${cardinality} values`, codes);
  return out;
}

/** Room for a piece of codes and for what it packs to. */
function places(options: DictionaryOptions, count: number, ...views: readonly ArrayBufferView[]) {
  const arena = arenaOf(options);
  const kernel = arena.kernel(integersKernel);
  const room = Math.ceil(Math.min(count, PIECE_WORDS) / BLOCK) * 4 * BLOCK;
  const words = stage(arena, 2 * room + 2 * SLACK_BYTES, ...views);
  return { arena, kernel, words, packed: words + room };
}
