/**
 * The compressed V2 encoding: cookie, length, and the plain encoding in zlib's format; in base64 the text that
 * HdrHistogram's log files hold. The platform's CompressionStream does the compressing, or a function the caller has.
 */

import { DecodeError } from '../../../bindings/decode-error.js';
import type { HandleOptions } from '../../../bindings/handle.js';
import { describe } from '../../../bindings/staging.js';
import { HdrHistogram } from './hdr-histogram.js';

/** Compresses or expands, in zlib's format (RFC 1950): `zlib.deflateSync`, `pako.inflate`, `fflate.zlibSync` … */
export type ZlibFunction = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array;

const COOKIE = 0x1c84_9304;
const HEAD_BYTES = 8;
/** No histogram is larger: five digits over the whole range are five million counts of up to nine bytes. */
const MAX_BYTES = 48 * 1024 * 1024;

/** V2 encoding, plain, as base64. */
export function encodeIntoBase64(histogram: HdrHistogram): string {
  return toBase64(histogram.encode());
}

/** @throws DecodeError when the text is no base64, or no histogram */
export function decodeFromBase64(text: string, options: HandleOptions = {}): HdrHistogram {
  return HdrHistogram.decode(fromBase64(text), options);
}

/** V2 encoding, compressed by the platform, as base64: what `encodeIntoCompressedBase64` of hdr-histogram-js gives. */
export async function encodeIntoCompressedBase64(histogram: HdrHistogram): Promise<string> {
  const plain = histogram.encode();
  return framed(await through(plain, new CompressionStream('deflate'), Number.POSITIVE_INFINITY));
}

/** The same at once, with a function that compresses. */
export function encodeIntoCompressedBase64Sync(histogram: HdrHistogram, deflate: ZlibFunction): string {
  return framed(deflate(histogram.encode()));
}

/**
 * Reads what hdr-histogram-js and the implementations in other languages write.
 *
 * @throws DecodeError when the text is no base64, or no histogram
 * @throws ArenaFullError
 */
export async function decodeFromCompressedBase64(text: string, options: HandleOptions = {}): Promise<HdrHistogram> {
  const body = unframed(text);
  let plain: Uint8Array;
  try {
    plain = await through(body, new DecompressionStream('deflate'), MAX_BYTES);
  } catch (cause) {
    throw Object.assign(bad('the compressed contents are damaged', HEAD_BYTES), { cause });
  }
  return HdrHistogram.decode(plain, options);
}

/** The same at once, with a function that expands. Whatever that throws is the `cause` of a DecodeError. */
export function decodeFromCompressedBase64Sync(
  text: string,
  inflate: ZlibFunction,
  options: HandleOptions = {},
): HdrHistogram {
  const body = unframed(text);
  let plain: Uint8Array;
  try {
    plain = inflate(body);
  } catch (cause) {
    throw Object.assign(bad('the compressed contents are damaged', HEAD_BYTES), { cause });
  }
  // A Buffer, or bytes of another realm, become what `decode` takes.
  return HdrHistogram.decode(new Uint8Array(plain), options);
}

function framed(body: Uint8Array): string {
  const out = new Uint8Array(HEAD_BYTES + body.length);
  const head = new DataView(out.buffer);
  head.setUint32(0, COOKIE | 0x10);
  head.setUint32(4, body.length);
  out.set(body, HEAD_BYTES);
  return toBase64(out);
}

function unframed(text: string): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64(text);
  if (bytes.length < HEAD_BYTES) throw bad(`${bytes.length} bytes are no header`, 0);
  const head = new DataView(bytes.buffer);
  if ((head.getUint32(0) & ~0xf0) >>> 0 !== COOKIE) throw bad('it does not begin with the cookie of compressed V2', 0);
  const length = head.getUint32(4);
  if (length > bytes.length - HEAD_BYTES) throw bad(`${length} compressed bytes are stated, fewer are there`, 4);
  return bytes.slice(HEAD_BYTES, HEAD_BYTES + length);
}

/** Sends bytes through a stream, up to a bound of what comes out. */
async function through(
  bytes: Uint8Array<ArrayBuffer>,
  stream: { readonly readable: ReadableStream; readonly writable: WritableStream },
  most: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const writer = stream.writable.getWriter();
  // What fails here fails at the reading end too, where it is waited for.
  writer.write(bytes).catch(() => {});
  writer.close().catch(() => {});
  const reader = stream.readable.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    parts.push(next.value as Uint8Array);
    length += (next.value as Uint8Array).length;
    if (length > most) {
      await reader.cancel();
      throw new RangeError(`more than ${most} bytes`);
    }
  }
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 4096) text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return btoa(text);
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  if (typeof text !== 'string') throw new TypeError(`Expected base64 text, got ${describe(text)}`);
  try {
    return Uint8Array.from(atob(text.trim()), (character) => character.charCodeAt(0));
  } catch {
    throw bad('the text is no base64', 0);
  }
}

function bad(problem: string, at: number): DecodeError {
  return new DecodeError('compressed HdrHistogram V2', problem, at);
}
