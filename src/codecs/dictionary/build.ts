/** From values to distinct values and codes. */

import { Arena } from '../../../bindings/arena.js';
import { bytesOf, type ElementArray, type ElementKind, type WideArray } from '../../../bindings/elements.js';
import { AshlarError } from '../../../bindings/errors.js';
import { dictionaryKernel } from '../../../bindings/kernels/codecs/dictionary.js';
import { describe, PIECE_WORDS, putBytes, stage } from '../../../bindings/staging.js';
import { maxBytesOf, writeString } from '../../../bindings/strings.js';

/** More distinct values than a dictionary was to have: store them in another way. */
export class CardinalityError extends AshlarError {
  readonly maxCardinality: number;

  constructor(maxCardinality: number) {
    super('CARDINALITY_EXCEEDED', `There are more than ${maxCardinality} distinct values`);
    this.maxCardinality = maxCardinality;
  }
}

export interface Built {
  readonly codes: Uint32Array;
  readonly cardinality: number;
  /** The distinct values as they stand in a blob. */
  readonly entries: Uint8Array;
}

/** Codes of numbers, which the kernel tells apart by their bits. */
export function buildNumbers(
  values: Exclude<ElementArray, Uint8Array>,
  kind: ElementKind,
  sorted: boolean,
  limit: number,
  arena: Arena,
): Built {
  const kernel = arena.kernel(dictionaryKernel);
  const room = Math.min(limit, values.length);
  const slots = 2 ** Math.ceil(Math.log2(2 * Math.max(1, room)));
  const piece = Math.min(PIECE_WORDS, values.length);
  const table = stage(arena, 4 * slots + room * kind.bytes + piece * (4 + kind.bytes), values);
  const entries = table + 4 * slots;
  const codes = entries + room * kind.bytes;
  const staged = codes + 4 * piece;
  const run = kind.bytes === 4 ? kernel.codes4 : kernel.codes8;
  const [seed0, seed1] = arena.seed;
  const source = bytesOf(values);
  const out = new Uint32Array(values.length);
  const outBytes = bytesOf(out);
  let known = 0;
  kernel.clear(table, slots);
  for (let first = 0; first < values.length; first += PIECE_WORDS) {
    const count = Math.min(PIECE_WORDS, values.length - first);
    putBytes(arena, staged, source.subarray(first * kind.bytes, (first + count) * kind.bytes));
    known = run(staged, count, codes, entries, known, room, table, slots - 1, seed0, seed1);
    if (known > room) throw new CardinalityError(limit);
    outBytes.set(arena.u8Until(codes + 4 * count).subarray(codes, codes + 4 * count), 4 * first);
  }
  const distinct = kind.make(known) as Exclude<ElementArray, Uint8Array>;
  bytesOf(distinct).set(arena.u8Until(entries + known * kind.bytes).subarray(entries, entries + known * kind.bytes));
  if (!sorted) return { codes: out, cardinality: known, entries: bytesOf(distinct) };
  const keys = orderKeys(distinct);
  const order = rank(out, known, (a, b) => compare(keys[a] as number | bigint, keys[b] as number | bigint));
  const words = new Uint32Array(distinct.buffer);
  const wordsEach = kind.bytes / 4;
  const arranged = new Uint32Array(words.length);
  order.forEach((from, to) => {
    for (let w = 0; w < wordsEach; w++) arranged[to * wordsEach + w] = words[from * wordsEach + w] as number;
  });
  return { codes: out, cardinality: known, entries: bytesOf(arranged) };
}

/** Codes of strings or byte strings. A `Map` tells them apart: strings have their hash already. */
export function buildStrings(
  values: readonly (string | Uint8Array)[],
  text: boolean,
  sorted: boolean,
  limit: number,
): Built {
  const known = new Map<string, number>();
  let distinct: Uint8Array[] = [];
  const codes = new Uint32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const key = text ? textOf(value, i) : latin1Of(value, i);
    let code = known.get(key);
    if (code === undefined) {
      code = known.size;
      if (code === limit) throw new CardinalityError(limit);
      known.set(key, code);
      distinct.push(typeof value === 'string' ? utf8Of(value) : (value as Uint8Array));
    }
    codes[i] = code;
  }
  if (sorted) {
    const all = distinct;
    distinct = rank(codes, all.length, (a, b) => compareBytes(all[a] as Uint8Array, all[b] as Uint8Array)).map(
      (from) => all[from] as Uint8Array,
    );
  }
  return { codes, cardinality: distinct.length, entries: joined(distinct) };
}

/** Gives codes the order of `before`; returns the old code of each new one. */
function rank(codes: Uint32Array, cardinality: number, before: (a: number, b: number) => number): number[] {
  const order = Array.from({ length: cardinality }, (_, i) => i).sort(before);
  const ranks = new Uint32Array(cardinality);
  order.forEach((from, to) => {
    ranks[from] = to;
  });
  for (let i = 0; i < codes.length; i++) codes[i] = ranks[codes[i] as number] as number;
  return order;
}

/** Numbers that stand in the order of the values. Of doubles: their bits, as signed integers, negative ones turned round. */
export function orderKeys(values: Exclude<ElementArray, Uint8Array>): Uint32Array | Int32Array | WideArray {
  if (Object.prototype.toString.call(values) !== '[object Float64Array]') return values as WideArray;
  const bits = new BigInt64Array(values.buffer, values.byteOffset, values.length);
  return bits.map((each) => (each < 0n ? each ^ 0x7fff_ffff_ffff_ffffn : each));
}

export function compare(a: number | bigint, b: number | bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function utf8Of(text: string): Uint8Array {
  const room = new Uint8Array(maxBytesOf(text));
  return room.slice(0, writeString(room, 0, text));
}

function textOf(value: unknown, index: number): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`values[${index}] must be a string as the first is, got ${describe(value)}`);
}

/** Bytes as characters of the same numbers, which no other bytes share. */
function latin1Of(value: unknown, index: number): string {
  if (Object.prototype.toString.call(value) !== '[object Uint8Array]') {
    throw new TypeError(`values[${index}] must be a Uint8Array as the first is, got ${describe(value)}`);
  }
  const bytes = value as Uint8Array;
  let text = '';
  for (let from = 0; from < bytes.length; from += 1024) {
    text += String.fromCharCode(...bytes.subarray(from, from + 1024));
  }
  return text;
}

function joined(strings: readonly Uint8Array[]): Uint8Array {
  const total = strings.reduce((sum, each) => sum + each.length, 0);
  if (total >= 2 ** 32) throw new RangeError(`Distinct values must have less than 4 GiB, got ${total} bytes`);
  const out = new Uint8Array(4 * strings.length + total);
  const view = new DataView(out.buffer);
  let end = 0;
  strings.forEach((each, i) => {
    out.set(each, 4 * strings.length + end);
    end += each.length;
    view.setUint32(4 * i, end, true);
  });
  return out;
}

export function arenaOf(options: { arena?: Arena }): Arena {
  return options.arena ?? Arena.default;
}
