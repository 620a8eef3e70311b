/** Commands on values that the kernel leaves to TypeScript: INCRBYFLOAT, OBJECT, MEMORY. */

import { COUNTING_POLICIES, ENCODINGS, ValueType } from '../../../../bindings/kernels/protocols/resp.js';
import { readBinary, writeBinary } from '../engine.js';
import {
  type CommandContext,
  type Handler,
  NOT_INTEGER,
  OUT_OF_MEMORY,
  parseInteger,
  replyHelp,
  SYNTAX_ERROR,
  unknownSubcommand,
  WRONG_TYPE,
} from './context.js';
import { addLongDoubles, formatLongDouble, parseLongDouble } from './long-double.js';

const NOT_FLOAT = 'ERR value is not a valid float';
const NOT_FINITE = 'ERR increment would produce NaN or Infinity';

function incrByFloat({ server, args, reply }: CommandContext): void {
  const { engine } = server;
  const { kernel, handle, arena } = engine;
  if (kernel.hasBudget(handle) === 0) return reply.error(OUT_OF_MEMORY);
  const entry = kernel.entryOf(handle, 1) >>> 0;
  let present = '0';
  if (entry !== 0) {
    if (kernel.entryType(entry) !== ValueType.string) return reply.error(WRONG_TYPE);
    const from = kernel.entryValue(entry) >>> 0;
    const end = from + (kernel.entryValueBytes(entry) >>> 0);
    if (end - from > MAX_NUMBER_BYTES) return reply.error(NOT_FLOAT);
    present = readBinary(arena.u8Until(end), from, end);
  }
  const value = parseLongDouble(present);
  const step = args.bytes(2) > MAX_NUMBER_BYTES ? undefined : parseLongDouble(args.text(2));
  if (value === undefined || step === undefined) return reply.error(NOT_FLOAT);
  if (value === 'infinite' || step === 'infinite') return reply.error(NOT_FINITE);
  const sum = addLongDoubles(value, step);
  if (sum === 'infinite') return reply.error(NOT_FINITE);
  const text = formatLongDouble(sum);
  const at = arena.scratch(text.length);
  writeBinary(arena.u8Until(at + text.length), at, text);
  if (kernel.storeText(handle, 1, at, text.length) === 0) return reply.error(OUT_OF_MEMORY);
  reply.bulk(text);
}

/** Longest decimal that is read as a number; the largest of the format prints in fewer. */
const MAX_NUMBER_BYTES = 5120;

const SWITCHING =
  'Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.';

function object(context: CommandContext): void {
  const { server, args, reply } = context;
  const { kernel, handle } = server.engine;
  const subcommand = args.lower(1);
  if (subcommand === 'help') {
    return replyHelp(reply, 'OBJECT', [
      'ENCODING <key>',
      '    How the value is stored.',
      'FREQ <key>',
      '    How often the value is used, under a policy that counts it.',
      'IDLETIME <key>',
      '    Seconds since the value was used, under a policy that does not count uses.',
      'REFCOUNT <key>',
      '    Always 1: values are not shared.',
    ]);
  }
  if (!['encoding', 'freq', 'idletime', 'refcount'].includes(subcommand)) return unknownSubcommand(context);
  const entry = kernel.entryOf(handle, 2) >>> 0;
  if (entry === 0) return reply.null();
  if (subcommand === 'encoding') return reply.bulk(ENCODINGS[kernel.entryEncoding(entry)] ?? 'raw');
  if (subcommand === 'refcount') return reply.integer(1);
  const counts = COUNTING_POLICIES.has(server.config.settings.maxMemoryPolicy);
  if (subcommand === 'freq') {
    if (counts) return reply.integer(kernel.entryFrequency(handle, entry));
    return reply.error(`ERR An LFU maxmemory policy is not selected, access frequency not tracked. ${SWITCHING}`);
  }
  if (counts) return reply.error(`ERR An LFU maxmemory policy is selected, idle time not tracked. ${SWITCHING}`);
  reply.integer(Math.max(0, Math.floor(server.now() / 1000) - (kernel.entryAccess(entry) >>> 0)));
}

function memory(context: CommandContext): void {
  const { server, args, reply } = context;
  const { kernel, handle } = server.engine;
  if (args.lower(1) === 'help') {
    return replyHelp(reply, 'MEMORY', ['USAGE <key> [SAMPLES <count>]', '    Bytes that the key and its value take.']);
  }
  if (args.lower(1) !== 'usage') return unknownSubcommand(context);
  if (args.length > 3) {
    if (args.length !== 5 || args.lower(3) !== 'samples') return reply.error(SYNTAX_ERROR);
    const samples = parseInteger(args.text(4));
    if (samples === undefined) return reply.error(NOT_INTEGER);
    if (samples < 0) return reply.error(SYNTAX_ERROR);
  }
  const entry = kernel.entryOf(handle, 2) >>> 0;
  if (entry === 0) return reply.null();
  reply.integer(kernel.entryCost(entry));
}

export const VALUE_COMMANDS: Readonly<Record<string, Handler>> = { incrbyfloat: incrByFloat, object, memory };
