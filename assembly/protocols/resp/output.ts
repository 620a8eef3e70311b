// Replies. Every command runs with at least SMALL_REPLY free bytes in the buffer; one that may answer more asks first.

import { alloc, costOf, free } from '../../memory/arena/allocator';
import { copyBytes } from '../../memory/bytes';
import { Engine, HANDLED, MODE_RESP3, RETRY } from './engine';
import { decimalDigits, writeInteger } from './numbers';
import { TEXT_NO_MEMORY_REPLY } from './texts';

export const SMALL_REPLY: u32 = 512;
/** `reserveOut` says: there is room. */
export const FITS: i32 = -1;

const CRLF: u16 = 0x0a0d;
const MIN_OUT: u32 = 64 * 1024;

// @ts-ignore: decorator
@inline
function end(engine: Engine): usize {
  return <usize>engine.out + engine.outLength;
}

/**
 * Makes room for a reply of `bytes`: FITS, or what the command must return at once: RETRY (after the buffer was sent
 * there will be room), or HANDLED (there never will be; an error was answered).
 */
export function reserveOut(engine: Engine, bytes: u64): i32 {
  if (bytes + engine.outLength <= engine.outCapacity) return FITS;
  if (engine.outLength) return RETRY;
  if (bytes < 0xfff0_0000 && resizeOut(engine, <u32>bytes)) return FITS;
  replyText(engine, TEXT_NO_MEMORY_REPLY);
  return HANDLED;
}

/** Replaces the empty reply buffer by one of at least `bytes`. */
export function resizeOut(engine: Engine, bytes: u32): bool {
  const capacity = max(bytes + SMALL_REPLY, MIN_OUT);
  const fresh = alloc(capacity);
  if (!fresh) return false;
  engine.ioBytes += costOf(fresh);
  if (engine.out) {
    engine.ioBytes -= costOf(engine.out);
    free(engine.out);
  }
  engine.out = <u32>fresh;
  engine.outCapacity = capacity;
  engine.outLength = 0;
  return true;
}

export function replyOk(engine: Engine): void {
  const at = end(engine);
  store<u32>(at, 0x0d4b4f2b); // "+OK\r"
  store<u8>(at, 0x0a, 4);
  engine.outLength += 5;
}

export function replyNull(engine: Engine): void {
  const at = end(engine);
  if (engine.mode & MODE_RESP3) {
    store<u32>(at, 0x000a0d5f); // "_\r\n"
    engine.outLength += 3;
  } else {
    store<u32>(at, 0x0d312d24); // "$-1\r"
    store<u8>(at, 0x0a, 4);
    engine.outLength += 5;
  }
}

/** As `replyNull`, where an array was asked for. */
export function replyNullArray(engine: Engine): void {
  if (engine.mode & MODE_RESP3) return replyNull(engine);
  const at = end(engine);
  store<u32>(at, 0x0d312d2a); // "*-1\r"
  store<u8>(at, 0x0a, 4);
  engine.outLength += 5;
}

export function replyInteger(engine: Engine, value: i64): void {
  const at = end(engine);
  store<u8>(at, 0x3a);
  if (<u64>value < 10) {
    store<u32>(at, 0x000a0d30 + <u32>value, 1);
    engine.outLength += 4;
    return;
  }
  const digits = writeInteger(at + 1, value);
  store<u16>(at + 1 + digits, CRLF);
  engine.outLength += digits + 3;
}

/** "$<length>\r\n"; returns where the bytes go. */
// @ts-ignore: decorator
@inline
function bulkHeader(at: usize, length: u32): usize {
  store<u8>(at, 0x24);
  if (length < 100 && length >= 10) {
    store<u8>(at, <u8>(0x30 + length / 10), 1);
    store<u8>(at, <u8>(0x30 + length % 10), 2);
    store<u16>(at, CRLF, 3);
    return at + 5;
  }
  const digits = writeInteger(at + 1, length);
  store<u16>(at + 1 + digits, CRLF);
  return at + 3 + digits;
}

/** A bulk string; the caller made room for length + 32 bytes. */
export function replyBulk(engine: Engine, from: usize, length: u32): void {
  const at = end(engine);
  const body = bulkHeader(at, length);
  copyBytes(body, from, length);
  store<u16>(body + length, CRLF);
  engine.outLength += <u32>(body - at) + length + 2;
}

/** Bytes that `replyBulk` will write. */
export function bulkSize(length: u32): u64 {
  return <u64>5 + decimalDigits(length) + length;
}

export function replyArray(engine: Engine, count: u32): void {
  const at = end(engine);
  store<u8>(at, 0x2a);
  const digits = writeInteger(at + 1, count);
  store<u16>(at + 1 + digits, CRLF);
  engine.outLength += digits + 3;
}

/** One of the numbered texts, as it stands (it has its type byte and its line end). */
export function replyText(engine: Engine, text: u32): void {
  const record = <usize>engine.texts + (<usize>text << 3);
  append(engine, load<u32>(record), load<u32>(record, 4));
}

/** Answers with a text; the command is then over. */
// @ts-ignore: decorator
@inline
export function fail(engine: Engine, text: u32): i32 {
  replyText(engine, text);
  return HANDLED;
}

/** A numbered text, then up to 128 bytes that came from the client, then another text. */
export function replyTextAround(engine: Engine, text: u32, from: usize, length: u32, closing: u32, lowerCase: bool): void {
  replyText(engine, text);
  const shown = min<u32>(length, 128);
  const at = end(engine);
  for (let i: u32 = 0; i < shown; i++) {
    let byte = load<u8>(from + i);
    if (lowerCase && byte >= 0x41 && byte <= 0x5a) byte |= 0x20;
    // A line end would end the reply.
    if (byte == 0x0d || byte == 0x0a) byte = 0x20;
    store<u8>(at + i, byte);
  }
  engine.outLength += shown;
  replyText(engine, closing);
}

function append(engine: Engine, from: usize, length: u32): void {
  memory.copy(end(engine), from, length);
  engine.outLength += length;
}
