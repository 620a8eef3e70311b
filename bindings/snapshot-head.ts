/**
 * Snapshots as bytes: the head before an arena's contents, written and read. docs/snapshot-format.md describes the whole.
 *
 *     8 magic, u32 version, u32 payload bytes, u32 tail block, u32 zero, u64 checksum, payload
 */

import {
  ARENA_MAGIC_HIGH,
  ARENA_MAGIC_LOW,
  HEADER_BYTES,
  HEAP_END,
  LIMIT,
  MAX_BYTES,
  MIN_BLOCK_BYTES,
  PAGE_BYTES,
} from './arena-layout.js';
import { SnapshotError } from './errors.js';

const MAGIC = [0x41, 0x53, 0x48, 0x4c, 0x53, 0x4e, 0x41, 0x50]; // "ASHLSNAP"
const VERSION = 1;
/** Bytes before the contents. */
export const SNAPSHOT_HEAD_BYTES = 32;

/** Room for a snapshot whose contents have so many bytes, with the head written. */
export function beginSnapshot(payloadBytes: number, tail: number, low: number, high: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(SNAPSHOT_HEAD_BYTES + payloadBytes);
  const head = new DataView(out.buffer);
  out.set(MAGIC);
  head.setUint32(8, VERSION, true);
  head.setUint32(12, payloadBytes, true);
  head.setUint32(16, tail, true);
  head.setUint32(24, low, true);
  head.setUint32(28, high, true);
  return out;
}

/** What a snapshot says of itself, checked as far as that goes without its checksum. */
export interface SnapshotHead {
  readonly payload: Uint8Array;
  readonly heapEnd: number;
  readonly limit: number;
  /** Address of the free block that ends the heap, or 0. */
  readonly tail: number;
  readonly low: number;
  readonly high: number;
}

/** The head of a snapshot, and its contents. @throws TypeError, SnapshotError */
export function checkSnapshotHeader(bytes: Uint8Array): SnapshotHead {
  if (Object.prototype.toString.call(bytes) !== '[object Uint8Array]') {
    throw new TypeError(`A snapshot must be a Uint8Array, got ${Object.prototype.toString.call(bytes)}`);
  }
  if (bytes.length < SNAPSHOT_HEAD_BYTES || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new SnapshotError(`Snapshot refused: ${bytes.length} bytes that do not begin with "ASHLSNAP"`);
  }
  const head = new DataView(bytes.buffer, bytes.byteOffset, SNAPSHOT_HEAD_BYTES);
  const version = head.getUint32(8, true);
  if (version !== VERSION) {
    throw new SnapshotError(`Snapshot refused: format version ${version}, this build reads version ${VERSION}`);
  }
  const payloadBytes = head.getUint32(12, true);
  if (payloadBytes < HEADER_BYTES + 8 || bytes.length !== SNAPSHOT_HEAD_BYTES + payloadBytes) {
    throw new SnapshotError(
      `Snapshot refused: it states ${payloadBytes} bytes of contents and has ${bytes.length - SNAPSHOT_HEAD_BYTES} (truncated or extended)`,
    );
  }
  const payload = bytes.subarray(SNAPSHOT_HEAD_BYTES);
  const words = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  if (
    words.getUint32(8, true) !== ARENA_MAGIC_LOW ||
    words.getUint32(12, true) !== ARENA_MAGIC_HIGH ||
    head.getUint32(20, true) !== 0
  ) {
    throw new SnapshotError('Snapshot refused: its contents are not an arena of this layout');
  }
  const heapEnd = words.getUint32(HEAP_END << 2, true);
  const limit = words.getUint32(LIMIT << 2, true);
  const tail = head.getUint32(16, true);
  const whole = tail === 0 ? payloadBytes === heapEnd : tail % 8 === 4 && payloadBytes === tail + MIN_BLOCK_BYTES;
  if (!whole || heapEnd < payloadBytes || heapEnd > limit || limit > MAX_BYTES || limit < PAGE_BYTES) {
    throw new SnapshotError(
      `Snapshot refused: its heap ends at ${heapEnd}, its budget at ${limit}, its contents at ${payloadBytes}, its free end begins at ${tail}`,
    );
  }
  return { payload, heapEnd, limit, tail, low: head.getUint32(24, true), high: head.getUint32(28, true) };
}
