/**
 * SCANDUMP and LOADCHUNK: a value as bytes, in pieces that a client asks for one after the other and gives back in the
 * same order, to this server or another.
 *
 * The first piece, under iterator 1, is sixteen bytes: "ASHLARDP" and the number of bytes to come, a little-endian u64.
 * Every further one stands under the iterator 1 + the bytes up to its end. The value appears when all have come.
 */

import { SnapshotError } from '../../../bindings/errors.js';
import type { Handle } from '../../../bindings/handle.js';
import { joinedBytes } from '../../../bindings/parts.js';
import { type CommandContext, type ServerView, WRONG_TYPE } from '../resp/commands/context.js';
import { readBinary } from '../resp/engine.js';
import { integerAt, isTaken, store, type ValueKind, withPresent } from './module.js';

const MAGIC = 'ASHLARDP';
const HEADER_BYTES = 16;
/** A piece is at most so long. */
const PIECE_BYTES = 1 << 20;
/** Values that may be half loaded at once in one server; the one begun first is given up for another. */
const MAX_LOADS = 64;

export interface Dumped extends Handle {
  toBytes(): Uint8Array<ArrayBuffer>;
}

/** A type of values that can be dumped and loaded. */
export interface DumpKind<T extends Dumped> extends ValueKind<T> {
  readonly fromBytes: (bytes: Uint8Array, context: CommandContext) => T;
}

interface Load {
  readonly bytes: number;
  readonly pieces: Uint8Array[];
  loaded: number;
}

const loads = /* @__PURE__ */ new WeakMap<ServerView, Map<string, Load>>();

/** `key iterator`: the next iterator and a piece; 0 and nothing at the end. */
export function scanDump<T extends Dumped>(context: CommandContext, kind: DumpKind<T>, texts: DumpTexts): void {
  withPresent(context, kind, texts.absent, (value, detail) => {
    const iterator = integerAt(context, 2);
    if (iterator === undefined || iterator < 0) return context.reply.error(texts.badIterator);
    const dump = joinedBytes([new Uint8Array([detail >>> 8]), value.toBytes()]);
    const from = iterator - 1;
    const piece = iterator === 0 ? header(dump.length) : dump.subarray(from, from + PIECE_BYTES);
    const next = iterator === 0 ? 1 : iterator + piece.length;
    context.reply.array(2);
    context.reply.integer(piece.length === 0 ? 0 : next);
    context.reply.bulk(binary(piece));
  });
}

/** `key iterator data`: OK for each piece; the last makes the value. */
export function loadChunk<T extends Dumped>(context: CommandContext, kind: DumpKind<T>, texts: DumpTexts): void {
  const { server, args, reply } = context;
  const iterator = integerAt(context, 2);
  if (iterator === undefined || iterator < 1) return reply.error(texts.badIterator);
  if (isTaken(context, 1)) {
    return withPresent(context, kind, WRONG_TYPE, () => reply.error(texts.taken));
  }
  const key = args.text(1);
  const data = args.copy(3);
  const mine = loads.get(server) ?? new Map<string, Load>();
  loads.set(server, mine);
  if (iterator === 1) {
    const bytes = announced(data);
    if (bytes === undefined) return reply.error(BAD_DATA);
    for (const oldest of mine.keys()) if (mine.size >= MAX_LOADS) mine.delete(oldest);
    mine.set(key, { bytes, pieces: [], loaded: 0 });
    return reply.ok();
  }
  const load = mine.get(key);
  if (load === undefined || data.length === 0 || iterator !== 1 + load.loaded + data.length)
    return reply.error(BAD_DATA);
  load.pieces.push(data);
  load.loaded += data.length;
  if (load.loaded > load.bytes) {
    mine.delete(key);
    return reply.error(BAD_DATA);
  }
  if (load.loaded === load.bytes) {
    mine.delete(key);
    const dump = joinedBytes(load.pieces);
    try {
      store(context, kind, 1, kind.fromBytes(dump.subarray(1), context), (dump[0] as number) << 8);
    } catch (error) {
      if (error instanceof SnapshotError) return reply.error(BAD_DATA);
      throw error;
    }
  }
  reply.ok();
}

/** What the two commands say of a key that is not there, of one that is, and of an iterator that is none. */
export interface DumpTexts {
  readonly absent: string;
  readonly taken: string;
  readonly badIterator: string;
}

const BAD_DATA = 'ERR received bad data';

function header(bytes: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(HEADER_BYTES);
  new TextEncoder().encodeInto(MAGIC, out);
  new DataView(out.buffer).setBigUint64(8, BigInt(bytes), true);
  return out;
}

/** The bytes that a first piece announces. */
function announced(piece: Uint8Array): number | undefined {
  if (piece.length !== HEADER_BYTES || binary(piece.subarray(0, MAGIC.length)) !== MAGIC) return undefined;
  const bytes = new DataView(piece.buffer, piece.byteOffset).getBigUint64(8, true);
  return bytes > 0n && bytes < 2n ** 32n ? Number(bytes) : undefined;
}

function binary(bytes: Uint8Array): string {
  return readBinary(bytes, 0, bytes.length);
}
