/** What a command handler works with. */

import type { RespClient } from '../client.js';
import type { ServerConfig } from '../config.js';
import type { Args, RespEngine } from '../engine.js';
import type { PubSub } from '../pub-sub.js';
import type { Reply } from '../reply.js';
import type { WaitingRoom } from '../waiting.js';
import type { CommandSpec } from './table.js';

/** The server as its commands see it. */
export interface ServerView {
  readonly engine: RespEngine;
  readonly config: ServerConfig;
  /** The clients that wait for a key. */
  readonly waiting: WaitingRoom;
  readonly pubSub: PubSub;
  readonly clients: ReadonlyMap<number, RespClient>;
  /** What commands there are, by their lower-case names. */
  readonly commands: ReadonlyMap<string, CommandSpec>;
  /** What answers those that modules brought. */
  readonly moduleHandlers: ReadonlyMap<string, Handler>;
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds that no change of the date moves. */
  monotonic(): number;
  /** Figures of INFO, by section. */
  info(): ReadonlyMap<string, ReadonlyMap<string, string | number>>;
  resetStats(): void;
  kill(client: RespClient): void;
}

export interface CommandContext {
  readonly server: ServerView;
  readonly client: RespClient;
  readonly args: Args;
  readonly reply: Reply;
}

export type Handler = (context: CommandContext) => void;

export const OUT_OF_MEMORY = "OOM command not allowed when used memory > 'maxmemory'.";
export const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';
export const SYNTAX_ERROR = 'ERR syntax error';
export const NOT_INTEGER = 'ERR value is not an integer or out of range';

/** A decimal integer of 64 bits as Redis reads it, or `undefined`. Beyond 2^53 it is rounded. */
export function parseInteger(text: string): number | undefined {
  if (!/^(?:0|-?[1-9]\d{0,18})$/.test(text)) return undefined;
  return BigInt.asIntN(64, BigInt(text)) === BigInt(text) ? Number(text) : undefined;
}

/** A double as C reads one, infinities included, or `undefined`. */
export function parseDouble(text: string): number | undefined {
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return Number(text);
  if (/^\+?inf(?:inity)?$/i.test(text)) return Number.POSITIVE_INFINITY;
  return /^-inf(?:inity)?$/i.test(text) ? Number.NEGATIVE_INFINITY : undefined;
}

/** Longer texts are no numbers to any command but those that calculate with them. */
export const MAX_NUMBER_BYTES = 512;

export function unknownSubcommand(context: CommandContext): void {
  const command = context.args.text(0).toUpperCase();
  context.reply.error(`ERR unknown subcommand '${context.args.head(1, 128)}'. Try ${command} HELP.`);
}

/** The lines of a HELP subcommand. */
export function replyHelp(reply: Reply, command: string, lines: readonly string[]): void {
  const all = [
    `${command} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`,
    ...lines,
    'HELP',
    '    Prints this help.',
  ];
  reply.array(all.length);
  for (const line of all) reply.simple(line);
}
