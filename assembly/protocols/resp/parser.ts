// RESP requests: arrays of bulk strings, and inline commands. Limits and error texts are Redis's.
//
// A request is executed whole or not at all. A partial one leaves a lower bound of the bytes it needs and how far its
// arguments are whole, so that one which arrives in many pieces is scanned twice at most, however many they are.

import { alloc, costOf, free } from '../../memory/arena/allocator';
import { Engine, MODE_ALL_FALLBACK } from './engine';
import { parsed, parseInteger } from './numbers';
import { replyText, replyTextAround } from './output';
import {
  TEXT_BAD_BULK,
  TEXT_BAD_MULTIBULK,
  TEXT_BIG_BULK_COUNT,
  TEXT_BIG_COUNT,
  TEXT_BIG_INLINE,
  TEXT_EXPECTED_DOLLAR,
  TEXT_NO_MEMORY_REPLY,
  TEXT_QUOTE_END,
  TEXT_QUOTES,
  TEXT_UNAUTH_BULK,
  TEXT_UNAUTH_MULTIBULK,
} from './texts';

export const PARTIAL: i32 = -1;
export const MALFORMED: i32 = -2;

const MAX_LINE: u32 = 64 * 1024;
const MAX_ARGS: i64 = 0x7fff_ffff;
const MAX_BULK: i64 = 512 << 20;
const UNAUTH_MAX_ARGS: i64 = 10;
const UNAUTH_MAX_BULK: i64 = 16384;
/** The shortest bulk string, "$0\r\n\r\n". */
const MIN_BULK: u32 = 6;

/** Bytes of the request at [from, end), with its arguments noted in the engine; or PARTIAL, or MALFORMED (answered). */
export function parseRequest(engine: Engine, from: usize, end: usize): i32 {
  if (from >= end) return partial(engine, 1);
  return load<u8>(from) == 0x2a ? parseArray(engine, from, end) : parseInline(engine, from, end);
}

function partial(engine: Engine, needed: u64): i32 {
  engine.needed = <u32>min<u64>(needed, 0xffff_ffff);
  return PARTIAL;
}

/** Partial within an array: its arguments are whole up to the offset `at`, where `left` more begin. */
function partialAt(engine: Engine, at: usize, left: u32, needed: u64): i32 {
  engine.partialAt = <u32>at;
  engine.partialLeft = left;
  return partial(engine, needed);
}

function malformed(engine: Engine, text: u32): i32 {
  replyText(engine, text);
  return MALFORMED;
}

/** Address of the "\r" that ends the line at `from`, or 0. Redis looks for it without regard to what follows. */
// @ts-ignore: decorator
@inline
function findReturn(from: usize, end: usize): usize {
  while (from < end) {
    if (load<u8>(from) == 0x0d) return from;
    from++;
  }
  return 0;
}

function parseArray(engine: Engine, start: usize, end: usize): i32 {
  let at = start + 1;
  let count: i64;
  if (at + 2 < end && load<u8>(at + 1) == 0x0d && load<u8>(at) - 0x31 < 9) {
    // One digit: nearly every request.
    count = load<u8>(at) - 0x30;
    at += 3;
  } else {
    const lineEnd = findReturn(at, min(end, at + MAX_LINE));
    if (!lineEnd) return end - start > MAX_LINE ? malformed(engine, TEXT_BIG_COUNT) : partial(engine, end - start + 1);
    if (lineEnd + 1 >= end) return partial(engine, end - start + 1);
    if (!parseInteger(at, <u32>(lineEnd - at)) || parsed() > MAX_ARGS) return malformed(engine, TEXT_BAD_MULTIBULK);
    count = parsed();
    at = lineEnd + 2;
  }
  const unauthenticated = (engine.mode & MODE_ALL_FALLBACK) != 0;
  if (unauthenticated && count > UNAUTH_MAX_ARGS) return malformed(engine, TEXT_UNAUTH_MULTIBULK);
  engine.argc = 0;
  if (count <= 0) return <i32>(at - start);
  return parseBulks(engine, start, at, end, <u32>count, true);
}

/** Looks on from where a partial request at `start` ended: 0 when it is whole now, else PARTIAL or MALFORMED. */
export function continuePartial(engine: Engine, start: usize, end: usize, from: u32): i32 {
  return min(parseBulks(engine, start, start + from, end, engine.partialLeft, false), 0);
}

/** The `count` bulk strings from `at` on, noted as arguments if `note`. Bytes of the whole request, PARTIAL or MALFORMED. */
function parseBulks(engine: Engine, start: usize, at: usize, end: usize, count: u32, note: bool): i32 {
  const unauthenticated = (engine.mode & MODE_ALL_FALLBACK) != 0;
  const maxBulk = unauthenticated ? UNAUTH_MAX_BULK : MAX_BULK;
  for (let left = count; left; left--) {
    if (at >= end) return partialAt(engine, at - start, left, <u64>(at - start) + <u64>left * MIN_BULK);
    if (load<u8>(at) != 0x24) {
      replyTextAround(engine, TEXT_EXPECTED_DOLLAR, at, 1, TEXT_QUOTE_END, false);
      return MALFORMED;
    }
    const header = at;
    let length: u32;
    if (at + 3 < end && load<u8>(at + 2) == 0x0d && load<u8>(at + 1) - 0x30 < 10) {
      length = load<u8>(at + 1) - 0x30;
      at += 4;
    } else if (at + 4 < end && load<u8>(at + 3) == 0x0d && load<u8>(at + 1) - 0x31 < 9 && load<u8>(at + 2) - 0x30 < 10) {
      length = <u32>(load<u8>(at + 1) - 0x30) * 10 + (load<u8>(at + 2) - 0x30);
      at += 5;
    } else {
      const lineEnd = findReturn(at + 1, min(end, at + 1 + MAX_LINE));
      if (!lineEnd && end - at > MAX_LINE) return malformed(engine, TEXT_BIG_BULK_COUNT);
      if (!lineEnd || lineEnd + 1 >= end) return partialAt(engine, at - start, left, <u64>(end - start) + <u64>(left - 1) * MIN_BULK + 1);
      if (!parseInteger(at + 1, <u32>(lineEnd - at - 1)) || parsed() < 0 || parsed() > maxBulk) {
        return malformed(engine, unauthenticated && parsed() > maxBulk && parsed() <= MAX_BULK ? TEXT_UNAUTH_BULK : TEXT_BAD_BULK);
      }
      length = <u32>parsed();
      at = lineEnd + 2;
    }
    // The two bytes after the bulk are its line end, whatever they are.
    if (<u64>at + length + 2 > <u64>end) {
      return partialAt(engine, header - start, left, <u64>(at - start) + length + 2 + <u64>(left - 1) * MIN_BULK);
    }
    if (note && !addArgument(engine, at, length)) return malformed(engine, TEXT_NO_MEMORY_REPLY);
    at += <usize>length + 2;
  }
  return <i32>(at - start);
}

function addArgument(engine: Engine, at: usize, length: u32): bool {
  const index = engine.argc;
  if (index == engine.argsCapacity && !growArguments(engine)) return false;
  const record = <usize>engine.args + (<usize>index << 3);
  store<u32>(record, <u32>at);
  store<u32>(record, length, 4);
  engine.argc = index + 1;
  return true;
}

function growArguments(engine: Engine): bool {
  const capacity = engine.argsCapacity << 1;
  const fresh = alloc(capacity << 3);
  if (!fresh) return false;
  memory.copy(fresh, engine.args, <usize>engine.argc << 3);
  engine.ioBytes += costOf(fresh) - costOf(engine.args);
  free(engine.args);
  engine.args = <u32>fresh;
  engine.argsCapacity = capacity;
  return true;
}

/** More argument records than this are given back once their request is done. */
const KEPT_ARGS: u32 = 4096;

/** Gives back the argument records of a very long request. */
// @ts-ignore: decorator
@inline
export function trimArguments(engine: Engine): void {
  if (engine.argsCapacity <= KEPT_ARGS) return;
  const fresh = alloc(KEPT_ARGS << 3);
  if (!fresh) return;
  engine.ioBytes += costOf(fresh) - costOf(engine.args);
  free(engine.args);
  engine.args = <u32>fresh;
  engine.argsCapacity = KEPT_ARGS;
}

// ── Inline commands ───────────────────────────────────────────────────────────────────────────────

function parseInline(engine: Engine, start: usize, end: usize): i32 {
  let newline = start;
  const stop = min(end, start + MAX_LINE);
  while (newline < stop && load<u8>(newline) != 0x0a) newline++;
  if (newline == stop) return end - start > MAX_LINE ? malformed(engine, TEXT_BIG_INLINE) : partial(engine, end - start + 1);
  let lineEnd = newline;
  if (lineEnd > start && load<u8>(lineEnd - 1) == 0x0d) lineEnd--;
  engine.argc = 0;
  let at = start;
  while (true) {
    while (at < lineEnd && isSpace(load<u8>(at))) at++;
    if (at >= lineEnd) return <i32>(newline + 1 - start);
    // Escapes only ever shorten: an argument is rewritten in place.
    at = splitArgument(engine, at, lineEnd);
    if (!at) return malformed(engine, TEXT_QUOTES);
  }
}

function isSpace(byte: u8): bool {
  return byte == 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte == 0;
}

/** One argument with Redis's quoting; returns where it ended, or 0 when its quotes do not close. */
function splitArgument(engine: Engine, from: usize, end: usize): usize {
  let to = from;
  const start = from;
  let quote: u8 = 0;
  while (true) {
    if (from >= end) {
      if (quote) return 0;
      break;
    }
    let byte = load<u8>(from);
    if (!quote) {
      if (isSpace(byte)) break;
      if (byte == 0x22 || byte == 0x27) {
        quote = byte;
        from++;
        continue;
      }
    } else if (byte == quote) {
      // A closing quote must be followed by a space or nothing.
      if (from + 1 < end && !isSpace(load<u8>(from + 1))) return 0;
      from++;
      break;
    } else if (byte == 0x5c && from + 1 < end) {
      if (quote == 0x27) {
        if (load<u8>(from + 1) == 0x27) {
          byte = 0x27;
          from++;
        }
      } else if (load<u8>(from + 1) == 0x78 && from + 3 < end && hexValue(load<u8>(from + 2)) >= 0 && hexValue(load<u8>(from + 3)) >= 0) {
        byte = <u8>((hexValue(load<u8>(from + 2)) << 4) | hexValue(load<u8>(from + 3)));
        from += 3;
      } else {
        byte = unescape(load<u8>(from + 1));
        from++;
      }
    }
    store<u8>(to++, byte);
    from++;
  }
  return addArgument(engine, start, <u32>(to - start)) ? from : 0;
}

function hexValue(byte: u8): i32 {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function unescape(byte: u8): u8 {
  if (byte == 0x6e) return 0x0a;
  if (byte == 0x72) return 0x0d;
  if (byte == 0x74) return 0x09;
  if (byte == 0x62) return 0x08;
  if (byte == 0x61) return 0x07;
  return byte;
}
