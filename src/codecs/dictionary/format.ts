/**
 * The bytes of a dictionary blob, little-endian, of n values of which d are distinct:
 *
 *     offset  size  meaning
 *          0     4  magic "ASHD"
 *          4     1  version, 1
 *          5     1  values: 2 u32, 3 i32, 4 u64, 5 i64, 6 f64, 16 byte strings, 17 strings as UTF-8
 *          6     1  order of the codes: 0 of first appearance, 1 sorted
 *          7     1  width w of a code, 1 to 32: the bits of d − 1, and at least 1
 *          8     4  n
 *         12     4  d
 *         16     …  the distinct values, that of code 0 first. Numbers: as they are. Strings: a u32 each, where its
 *                   bytes end, then the bytes, one behind the other
 *          …     …  the codes, 16 × w bytes for each 128 begun, as `bit-packing` has them; filled up with zeros
 *
 * Sorted are numbers by value (doubles in the total order of IEEE 754), strings by their bytes. A string's lone
 * surrogate is the three bytes of its code point.
 *
 * Three strings "b", "a", "b": 41 53 48 44  01 11 00 01  03 00 00 00  02 00 00 00  01 00 00 00  02 00 00 00  62 61, then
 * 16 bytes 00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00
 */

import { DecodeError } from '../../../bindings/decode-error.js';
import { type ElementKind, kindById, u32At } from '../../../bindings/elements.js';
import { checkBytes } from '../../../bindings/staging.js';

export const MAGIC: readonly number[] = [0x41, 0x53, 0x48, 0x44];
export const VERSION = 1;
export const HEADER_BYTES = 16;
export const BLOCK = 128;
export const BYTES_ID = 16;
export const STRINGS_ID = 17;

export interface Header {
  readonly id: number;
  /** Of numbers. */
  readonly kind: ElementKind | undefined;
  readonly sorted: boolean;
  readonly width: number;
  readonly count: number;
  readonly cardinality: number;
  /** Where the bytes of strings begin. */
  readonly blob: number;
  /** Where the codes begin. */
  readonly codes: number;
}

/** Bits of a code when so many values are distinct. */
export function widthFor(cardinality: number): number {
  return cardinality < 2 ? 1 : 32 - Math.clz32(cardinality - 1);
}

/** Bytes that so many codes take. */
export function codeBytes(count: number, width: number): number {
  return 16 * width * Math.ceil(count / BLOCK);
}

/** The header, once it was seen that what it speaks of is there. @throws DecodeError */
export function headerOf(bytes: Uint8Array): Header {
  checkBytes(bytes, 'A dictionary blob');
  for (let i = 0; i < MAGIC.length; i++) if (bytes[i] !== MAGIC[i]) throw damaged('it does not begin with "ASHD"', i);
  if (bytes[4] !== VERSION) throw damaged(`version ${bytes[4] ?? 'missing'}, this reads version ${VERSION}`, 4);
  const id = bytes[5] ?? 0;
  const kind = id >= BYTES_ID ? undefined : kindById(id);
  if ((kind === undefined || kind.bytes === 1) && id !== BYTES_ID && id !== STRINGS_ID) {
    throw damaged('an unknown kind of values', 5);
  }
  if (bytes.length < HEADER_BYTES || (bytes[6] as number) > 1) throw damaged('a bad header', 6);
  const width = bytes[7] as number;
  const count = u32At(bytes, 8);
  const cardinality = u32At(bytes, 12);
  if (width !== widthFor(cardinality)) throw damaged(`${cardinality} values do not have codes of ${width} bits`, 7);
  if (cardinality > count || (cardinality === 0) !== (count === 0)) {
    throw damaged(`${cardinality} distinct of ${count} values`, 12);
  }
  const blob = HEADER_BYTES + cardinality * (kind?.bytes ?? 4);
  if (blob > bytes.length) throw damaged(`${cardinality} distinct values are not there`, 12);
  const blobBytes = kind === undefined && cardinality > 0 ? u32At(bytes, blob - 4) : 0;
  const codes = blob + blobBytes;
  if (codes + codeBytes(count, width) !== bytes.length) throw damaged(`${count} codes are not there`, 8);
  return { id, kind, sorted: bytes[6] === 1, width, count, cardinality, blob, codes };
}

/** Code `index`, of those that are there. @throws DecodeError when there is no such value */
export function codeAt(bytes: Uint8Array, { codes, width, cardinality }: Header, index: number): number {
  const within = index % BLOCK;
  const bit = (within >> 2) * width;
  const block = codes + 16 * width * ((index - within) / BLOCK);
  const word = block + 16 * (bit >> 5) + 4 * (within & 3);
  const shift = bit & 31;
  let code = u32At(bytes, word) >>> shift;
  if (shift + width > 32) code |= u32At(bytes, word + 16) << (32 - shift);
  code = width === 32 ? code >>> 0 : code & (2 ** width - 1);
  if (code >= cardinality) throw damaged(`code ${code} of ${cardinality} values`, word);
  return code;
}

/** The bytes of string `code`, in place. @throws DecodeError */
export function stringAt(bytes: Uint8Array, { blob, codes }: Header, code: number): Uint8Array {
  const at = HEADER_BYTES + 4 * code;
  const from = code === 0 ? 0 : u32At(bytes, at - 4);
  const to = u32At(bytes, at);
  if (to < from || blob + to > codes) throw damaged('ends of strings that do not rise', at);
  return bytes.subarray(blob + from, blob + to);
}

export function damaged(problem: string, offset: number): DecodeError {
  return new DecodeError('dictionary', problem, offset);
}
