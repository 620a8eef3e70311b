/** BZPOPMIN, BZPOPMAX, BZMPOP: pop from the first sorted set that is there, or wait until one is. */

import { type Pop, readBinary } from '../engine.js';
import { Reply } from '../reply.js';
import {
  type CommandContext,
  type Handler,
  MAX_NUMBER_BYTES,
  parseDouble,
  parseInteger,
  SYNTAX_ERROR,
  WRONG_TYPE,
} from './context.js';

/** Seconds, with a fraction, as milliseconds; what is wrong with them otherwise. */
function timeoutOf(text: string): number | string {
  const seconds = parseDouble(text);
  if (seconds === undefined) return 'ERR timeout is not a float or out of range';
  const timeoutMs = seconds * 1000;
  // What 64 bits do not hold has become negative in Redis.
  return timeoutMs < 0 || timeoutMs >= 2 ** 63 ? 'ERR timeout is negative' : Math.ceil(timeoutMs);
}

function popOrWait(context: CommandContext, from: number, count: number, pop: Pop, timeout: string): void {
  const { server, client, args, reply } = context;
  const timeoutMs = timeoutOf(timeout);
  if (typeof timeoutMs === 'string') return reply.error(timeoutMs);
  for (let i = 0; i < count; i++) {
    const status = server.engine.pop(client, from + i, pop);
    if (status === 0) return;
    if (status === HOLDS_OTHER) return reply.error(WRONG_TYPE);
  }
  if (client.neverWaits) return reply.nullArray();
  const keys = new Set<string>();
  for (let i = 0; i < count; i++) {
    const bytes = args.copy(from + i);
    keys.add(readBinary(bytes, 0, bytes.length));
  }
  const nothing = new Reply(client.resp3);
  nothing.nullArray();
  server.waiting.enter(client, [...keys], pop, timeoutMs, nothing.text);
}

const HOLDS_OTHER = -2;

function popOne(context: CommandContext, greatest: boolean): void {
  const { args } = context;
  const last = args.length - 1;
  popOrWait(context, 1, last - 1, { greatest, count: 1, nested: false }, args.head(last, MAX_NUMBER_BYTES));
}

const MAX_COUNT = 2 ** 31 - 1;

/** BZMPOP timeout numkeys key … MIN|MAX [COUNT n] */
function popSeveral(context: CommandContext): void {
  const { args, reply } = context;
  const keys = parseInteger(args.head(2, MAX_NUMBER_BYTES));
  if (keys === undefined || keys < 1) return reply.error('ERR numkeys should be greater than 0');
  const at = 3 + keys;
  const where = at < args.length && args.bytes(at) === 3 ? args.lower(at) : '';
  if (where !== 'min' && where !== 'max') return reply.error(SYNTAX_ERROR);
  let count = 1;
  if (args.length > at + 1) {
    if (args.bytes(at + 1) !== 5 || args.lower(at + 1) !== 'count' || args.length < at + 3)
      return reply.error(SYNTAX_ERROR);
    const wanted = parseInteger(args.head(at + 2, MAX_NUMBER_BYTES));
    if (wanted === undefined || wanted < 1) return reply.error('ERR count should be greater than 0');
    if (args.length > at + 3) return reply.error(SYNTAX_ERROR);
    count = Math.min(wanted, MAX_COUNT);
  }
  const pop = { greatest: where === 'max', count, nested: true };
  popOrWait(context, 3, keys, pop, args.head(1, MAX_NUMBER_BYTES));
}

export const BLOCKING_COMMANDS: Readonly<Record<string, Handler>> = {
  bzpopmin: (context) => popOne(context, false),
  bzpopmax: (context) => popOne(context, true),
  bzmpop: popSeveral,
};
