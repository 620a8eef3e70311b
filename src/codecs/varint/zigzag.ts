/** Zigzag: signed integers as unsigned ones, small magnitudes first (0, −1, 1, −2 … become 0, 1, 2, 3 …). */

import { checkRoom, checkWords, mapWords, type Words } from '../../../bindings/staging.js';
import { tools, type VarintOptions } from './leb128.js';

/** O(n). @throws TypeError; ArenaFullError */
function encode(values: Int32Array, options: VarintOptions = {}): Uint32Array<ArrayBuffer> {
  checkWords(values, 'values');
  return encodeInto(new Uint32Array(values.length), values, options) as Uint32Array<ArrayBuffer>;
}

/** `encode` to `out`, which may be over the same memory; returns `out`. @throws RangeError when it is too short */
function encodeInto(out: Uint32Array, values: Int32Array, options: VarintOptions = {}): Uint32Array {
  const { arena, kernel } = checked(out, values, options);
  mapWords(arena, values, out, (at, count) => kernel.zigzagEncode(at, count));
  return out;
}

/** O(n). @throws TypeError; ArenaFullError */
function decode(values: Uint32Array, options: VarintOptions = {}): Int32Array<ArrayBuffer> {
  checkWords(values, 'values');
  return decodeInto(new Int32Array(values.length), values, options) as Int32Array<ArrayBuffer>;
}

function decodeInto(out: Int32Array, values: Uint32Array, options: VarintOptions = {}): Int32Array {
  const { arena, kernel } = checked(out, values, options);
  mapWords(arena, values, out, (at, count) => kernel.zigzagDecode(at, count));
  return out;
}

export const zigzag: {
  readonly encode: typeof encode;
  readonly encodeInto: typeof encodeInto;
  readonly decode: typeof decode;
  readonly decodeInto: typeof decodeInto;
} = { encode, encodeInto, decode, decodeInto };

function checked(out: Words, values: Words, options: VarintOptions): ReturnType<typeof tools> {
  checkWords(values, 'values');
  checkWords(out, 'out');
  checkRoom(out, values.length);
  return tools(options);
}
