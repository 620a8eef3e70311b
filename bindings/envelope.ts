/**
 * The envelope in which a structure travels as bytes: what it is, how long, and a checksum.
 *
 * | offset | size | meaning |
 * |---|---|---|
 * | 0 | 4 | magic, the ASCII letters "ASHR" |
 * | 4 | 2 | kind of structure, its number in the directory of an arena |
 * | 6 | 2 | version of that kind's payload |
 * | 8 | 8 | payload bytes, u64 |
 * | 16 | 8 | XXH64, seed 0, of bytes 0 to 15 and the payload |
 * | 24 | | payload |
 *
 * Integers are little-endian. A fresh copy of the payload begins at a multiple of 8.
 */

import type { Arena } from './arena.js';
import { SnapshotError } from './errors.js';
import type { StructureKind } from './handle.js';
import { hashKernel } from './kernels/codecs/hash.js';
import { checkBytes, putBytes, stage } from './staging.js';

export const ENVELOPE_BYTES = 24;

const MAGIC = 0x5248_5341;
const HASHED_HEAD_BYTES = 16;
/** Bytes hashed in one crossing. */
const PIECE_BYTES = 64 * 1024;

/**
 * An envelope with room for `payloadBytes`, to be filled from `ENVELOPE_BYTES` on and closed by `seal`.
 *
 * @param version of the payload's format, from 1
 */
export function envelope(kind: StructureKind, version: number, payloadBytes: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(ENVELOPE_BYTES + payloadBytes);
  const head = new DataView(bytes.buffer);
  head.setUint32(0, MAGIC, true);
  head.setUint16(4, kind.number, true);
  head.setUint16(6, version, true);
  head.setBigUint64(8, BigInt(payloadBytes), true);
  return bytes;
}

/** Writes the checksum of an envelope whose payload is complete; returns it. */
export function seal(arena: Arena, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const [low, high] = checksum(arena, bytes);
  const head = new DataView(bytes.buffer, bytes.byteOffset, ENVELOPE_BYTES);
  head.setUint32(16, low, true);
  head.setUint32(20, high, true);
  return bytes;
}

/**
 * The payload of an envelope, a view of `bytes`, once everything about it was checked but its own contents: they are
 * what was sealed, which is not yet to say that whoever sealed them meant well.
 *
 * @throws TypeError when `bytes` are no Uint8Array
 * @throws SnapshotError when they are no envelope, of another kind or version, truncated, extended or altered
 */
export function unseal(arena: Arena, kind: StructureKind, version: number, bytes: Uint8Array): Uint8Array {
  checkBytes(bytes, `What ${kind.name}.fromBytes takes`);
  if (bytes.length < ENVELOPE_BYTES) throw refused(kind, `${bytes.length} bytes, fewer than an envelope`);
  const head = new DataView(bytes.buffer, bytes.byteOffset, ENVELOPE_BYTES);
  if (head.getUint32(0, true) !== MAGIC) throw refused(kind, 'they do not begin with "ASHR"');
  const found = head.getUint16(4, true);
  if (found !== kind.number) throw refused(kind, `they hold a structure of kind ${found}, not ${kind.number}`);
  const foundVersion = head.getUint16(6, true);
  if (foundVersion !== version) {
    throw refused(kind, `format version ${foundVersion}, this build reads version ${version}`);
  }
  const stated = head.getBigUint64(8, true);
  if (stated !== BigInt(bytes.length - ENVELOPE_BYTES)) {
    throw refused(kind, `they state ${stated} bytes and have ${bytes.length - ENVELOPE_BYTES} (truncated or extended)`);
  }
  const [low, high] = checksum(arena, bytes);
  if (head.getUint32(16, true) !== low || head.getUint32(20, true) !== high) {
    throw refused(kind, 'the checksum does not match (they were altered or damaged)');
  }
  return bytes.subarray(ENVELOPE_BYTES);
}

/** What `fromBytes` throws for a payload that no structure of this kind has. */
export function refused(kind: StructureKind, why: string): SnapshotError {
  return new SnapshotError(`Bytes of a ${kind.name} refused: ${why}`);
}

function checksum(arena: Arena, bytes: Uint8Array): [low: number, high: number] {
  const kernel = arena.kernel(hashKernel);
  const stateBytes = kernel.xxh64StateBytes();
  const state = stage(arena, stateBytes + PIECE_BYTES, bytes);
  const piece = state + stateBytes;
  const update = (from: number, end: number) => {
    putBytes(arena, piece, bytes.subarray(from, end));
    kernel.xxh64Update(state, piece, end - from);
  };
  kernel.xxh64Init(state, 0, 0);
  update(0, HASHED_HEAD_BYTES);
  for (let from = ENVELOPE_BYTES; from < bytes.length; from += PIECE_BYTES) {
    update(from, Math.min(from + PIECE_BYTES, bytes.length));
  }
  kernel.xxh64Finish(state);
  return [arena.resultLow, arena.resultHigh];
}
