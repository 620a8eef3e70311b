/**
 * The one bridge between JavaScript strings and bytes in an arena.
 *
 * Strings cross as UTF-8. A lone surrogate, which UTF-8 cannot say, crosses as the three bytes its code point
 * would have (the encoding known as WTF-8) and comes back as it was, so that no two different strings share a key.
 * Other bytes that are not UTF-8 decode to U+FFFD, as with TextDecoder.
 */

const encoder = /* @__PURE__ */ new TextEncoder();
const decoder = /* @__PURE__ */ new TextDecoder('utf-8', { ignoreBOM: true });
const strictDecoder = /* @__PURE__ */ new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });

/** Up to this many characters a loop over `charCodeAt` beats the fixed cost of `encodeInto` (measured, see bench/bindings). */
const LOOP_CHARS = 96;
/** Up to this many bytes a loop over `fromCharCode` beats the fixed cost of `TextDecoder`. */
const LOOP_BYTES = 24;

/** Upper bound of the bytes `text` takes. */
export function maxBytesOf(text: string): number {
  return text.length * 3;
}

/** Writes `text` at `at`, where `maxBytesOf(text)` bytes must be free. Returns the byte count. */
export function writeString(u8: Uint8Array, at: number, text: string): number {
  const length = text.length;
  if (length > LOOP_CHARS) return writeLong(u8, at, text);
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return i + writeWtf8(u8, at + i, text, i);
    u8[at + i] = code;
  }
  return length;
}

function writeLong(u8: Uint8Array, at: number, text: string): number {
  if (!isWellFormed(text)) return writeWtf8(u8, at, text, 0);
  if (!isShared(u8)) return encoder.encodeInto(text, u8.subarray(at, at + text.length * 3)).written;
  const bytes = encoder.encode(text);
  u8.set(bytes, at);
  return bytes.length;
}

function isWellFormed(text: string): boolean {
  const native = (text as { isWellFormed?: () => boolean }).isWellFormed;
  if (native !== undefined) return native.call(text);
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i) as number;
    if (code >= 0xd800 && code <= 0xdfff) return false;
    if (code > 0xffff) i++;
  }
  return true;
}

function writeWtf8(u8: Uint8Array, at: number, text: string, from: number): number {
  const start = at;
  for (let i = from; i < text.length; i++) {
    const code = text.codePointAt(i) as number;
    if (code < 0x80) {
      u8[at++] = code;
    } else if (code < 0x800) {
      u8[at++] = 0xc0 | (code >> 6);
      u8[at++] = 0x80 | (code & 63);
    } else if (code < 0x10000) {
      u8[at++] = 0xe0 | (code >> 12);
      u8[at++] = 0x80 | ((code >> 6) & 63);
      u8[at++] = 0x80 | (code & 63);
    } else {
      u8[at++] = 0xf0 | (code >> 18);
      u8[at++] = 0x80 | ((code >> 12) & 63);
      u8[at++] = 0x80 | ((code >> 6) & 63);
      u8[at++] = 0x80 | (code & 63);
      i++;
    }
  }
  return at - start;
}

/** The string whose bytes stand at [from, end). */
export function readString(u8: Uint8Array, from: number, end: number): string {
  if (end - from <= LOOP_BYTES) {
    let text = '';
    for (let i = from; i < end; i++) {
      const byte = u8[i] as number;
      if (byte > 127) return readEncoded(u8, from, end);
      text += String.fromCharCode(byte);
    }
    return text;
  }
  return readEncoded(u8, from, end);
}

function readEncoded(u8: Uint8Array, from: number, end: number): string {
  const bytes = isShared(u8) ? u8.slice(from, end) : u8.subarray(from, end);
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return readWtf8(bytes);
  }
}

/** Decodes lone surrogates to themselves and everything else that is malformed to U+FFFD. */
function readWtf8(bytes: Uint8Array): string {
  let text = '';
  let from = 0;
  for (let i = 0; i + 2 < bytes.length; i++) {
    const second = bytes[i + 1] as number;
    const third = bytes[i + 2] as number;
    if (bytes[i] === 0xed && second >= 0xa0 && second <= 0xbf && third >= 0x80 && third <= 0xbf) {
      text += decoder.decode(bytes.subarray(from, i));
      text += String.fromCharCode(0xd000 | ((second & 63) << 6) | (third & 63));
      i += 2;
      from = i + 1;
    }
  }
  return text + decoder.decode(bytes.subarray(from));
}

/** Platforms neither encode into memory that threads share nor decode from it: it goes through a copy. */
function isShared(u8: Uint8Array): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && (u8.buffer as ArrayBufferLike) instanceof SharedArrayBuffer;
}
