/** Filters as bytes: the header of assembly/sketches/bloom-filter/layout.ts with its checksum, then the cells. */

import type { Arena } from '../../../bindings/arena.js';
import { ArenaFullError, SnapshotError } from '../../../bindings/errors.js';
import {
  type BloomFilterKernel,
  HEADER_BYTES,
  MAGIC,
  type SERIES,
  VERSION,
} from '../../../bindings/kernels/sketches/bloom-filter.js';
import { checkBytes } from '../../../bindings/staging.js';
import { dataBytesOf, isShape, type Shape, type Variety } from './sizing.js';

const CHECKSUM = 56;

/** The filter at `filter`, header and cells, with its checksum. */
export function filterBytes(
  arena: Arena,
  kernel: BloomFilterKernel,
  filter: number,
  bytes: number,
): Uint8Array<ArrayBuffer> {
  kernel.checksum(filter, bytes);
  const [low, high] = [arena.resultLow, arena.resultHigh];
  const out = arena.u8Until(filter + bytes).slice(filter, filter + bytes);
  putChecksum(out, low, high);
  return out;
}

export function putChecksum(out: Uint8Array<ArrayBuffer>, low: number, high: number): void {
  const head = new DataView(out.buffer, out.byteOffset, HEADER_BYTES);
  head.setUint32(CHECKSUM, low, true);
  head.setUint32(CHECKSUM + 4, high, true);
}

/** What the header of some bytes says, as far as every kind of filter has it. */
export function headOf(what: string, variety: Variety | typeof SERIES, bytes: Uint8Array): DataView {
  checkBytes(bytes, `What ${what}.fromBytes takes`);
  if (bytes.length < HEADER_BYTES) throw refused(what, `${bytes.length} bytes, fewer than a header`);
  const head = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (head.getUint32(0, true) !== MAGIC) throw refused(what, 'they do not begin with "ABLM"');
  const version = head.getUint16(4, true);
  if (version !== VERSION) throw refused(what, `format version ${version}, this build reads version ${VERSION}`);
  const found = head.getUint16(6, true);
  if (found !== variety) throw refused(what, `they hold a filter of variety ${found}, not ${variety}`);
  return head;
}

/** The shape of the filter whose bytes begin at `from`, and their length; refuses what no filter can say. */
export function shapeAt(what: string, variety: Variety, head: DataView, from: number): Shape & { bytes: number } {
  const cells = head.getUint32(from + 8, true);
  const k = head.getUint32(from + 12, true);
  const bytes = HEADER_BYTES + dataBytesOf(variety, cells);
  if (!isShape(variety, { cells, k })) throw refused(what, `no such filter has ${cells} cells and ${k} a key`);
  const capacity = head.getFloat64(from + 24, true);
  const rate = head.getFloat64(from + 32, true);
  const additions = head.getFloat64(from + 40, true);
  const plausible = capacity >= 1 && capacity <= 2 ** 53 && rate > 0 && rate <= 1 && Number.isSafeInteger(additions);
  if (!plausible || head.getUint32(from + 48, true) !== 0 || head.getUint32(from + 52, true) !== 0) {
    throw refused(what, 'a field of the header is out of range');
  }
  return { cells, k, bytes };
}

/**
 * Makes a filter of checked shape from bytes and proves their checksum; returns its address.
 *
 * @throws SnapshotError when they were altered; nothing is left behind
 */
export function loadFilter(
  arena: Arena,
  kernel: BloomFilterKernel,
  what: string,
  variety: Variety,
  bytes: Uint8Array,
  shape: Shape,
): number {
  const { length } = bytes;
  const filter = kernel.create(variety, shape.cells, shape.k, 0, 0, 1, 1) >>> 0;
  if (filter === 0) throw new ArenaFullError(arena, `a ${what}`, length);
  if (bytes.length !== length) {
    kernel.destroy(filter);
    throw new TypeError('The bytes are a view of the arena itself, which grew and detached it: pass a copy');
  }
  const head = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  const [low, high] = [head.getUint32(CHECKSUM, true), head.getUint32(CHECKSUM + 4, true)];
  const u8 = arena.u8Until(filter + length);
  u8.set(bytes, filter);
  u8.fill(0, filter + CHECKSUM, filter + HEADER_BYTES);
  kernel.checksum(filter, length);
  if (arena.resultLow !== low || arena.resultHigh !== high) {
    kernel.destroy(filter);
    throw refused(what, 'the checksum does not match (they were altered or damaged)');
  }
  return filter;
}

export function refused(what: string, why: string): SnapshotError {
  return new SnapshotError(`Bytes of a ${what} refused: ${why}`);
}
