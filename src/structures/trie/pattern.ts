/** Wildcard patterns and queries, as the kernel takes them. */

import { MANY, ONE } from '../../../bindings/kernels/structures/trie.js';
import { type Bytes, roomFor } from '../../../bindings/keys.js';
import { maxBytesOf, readString, writeString } from '../../../bindings/strings.js';

/** Tokens of a pattern at most: the state of a match is a bit for each. */
const MAX_TOKENS = 1023;
/** Characters of a query at most: the table of distances has a row and a column for each. */
const MAX_QUERY = 1024;

const QUESTION = 0x3f;
const STAR = 0x2a;
const ESCAPE = 0x5c;

/**
 * A pattern as tokens: `?` is one character, `*` any number of them, and a backslash makes the character behind it
 * stand for itself.
 *
 * @throws RangeError when it is too long, or ends in a backslash
 */
export function tokensOf(pattern: Bytes): Uint16Array {
  const bytes = bytesOf(pattern, 'pattern');
  const tokens: number[] = [];
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    if (byte === ESCAPE) {
      if (++i === bytes.length) throw new RangeError('A pattern must not end in a backslash that escapes nothing');
      tokens.push(bytes[i] as number);
    } else if (byte === QUESTION) tokens.push(ONE);
    else if (byte !== STAR) tokens.push(byte);
    else if (tokens.at(-1) !== MANY) tokens.push(MANY);
  }
  if (tokens.length > MAX_TOKENS) {
    throw new RangeError(`A pattern must have ${MAX_TOKENS} bytes and wildcards at most, got ${tokens.length}`);
  }
  return Uint16Array.from(tokens);
}

/**
 * A query as the characters of a trie: code points of a string, or bytes.
 *
 * @throws RangeError when it is too long
 */
export function queryOf(query: Bytes, byCodePoint: boolean): Uint32Array {
  let characters: Iterable<number>;
  if (byCodePoint) {
    const text = typeof query === 'string' ? query : readString(query, 0, roomFor(query, 'query'));
    characters = Array.from(text, (character) => character.codePointAt(0) as number);
  } else {
    characters = bytesOf(query, 'query');
  }
  const list = Uint32Array.from(characters);
  if (list.length > MAX_QUERY) {
    throw new RangeError(`A query must have ${MAX_QUERY} characters at most, got ${list.length}`);
  }
  return list;
}

function bytesOf(bytes: Bytes, what: string): Uint8Array {
  roomFor(bytes, what);
  if (typeof bytes !== 'string') return bytes;
  const buffer = new Uint8Array(maxBytesOf(bytes));
  return buffer.subarray(0, writeString(buffer, 0, bytes));
}
