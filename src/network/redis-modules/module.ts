/** What the modules share: their commands, their values in the keyspace, and how arguments are read. */

import { ArenaFullError } from '../../../bindings/errors.js';
import { type Handle, surrender } from '../../../bindings/handle.js';
import { ValueType } from '../../../bindings/kernels/protocols/resp.js';
import { Made } from '../../../bindings/sketch.js';
import {
  type CommandContext,
  type Handler,
  MAX_NUMBER_BYTES,
  parseDouble,
  parseInteger,
  WRONG_TYPE,
} from '../resp/commands/context.js';
import type { ModuleCommand } from '../resp/commands/table.js';
import { readBinary, writeBinary } from '../resp/engine.js';

/** One command of a module. `keys`: first, last and step, where there are other keys than the first argument. */
export interface Row {
  readonly name: string;
  readonly arity: number;
  readonly flags: string;
  readonly keys?: readonly [first: number, last: number, step: number];
  readonly complexity: string;
  readonly summary: string;
  readonly run: Handler;
}

/** Commands of one group, as a server takes them. */
export function commandsOf(group: string, since: string, rows: readonly Row[]): readonly ModuleCommand[] {
  return rows.map(({ name, arity, flags, keys = [1, 1, 1], complexity, summary, run }) => ({
    spec: {
      name,
      arity,
      flags: flags.split(' '),
      firstKey: keys[0],
      lastKey: keys[1],
      keyStep: keys[2],
      categories: [group],
      since,
      group,
      complexity,
      summary,
      subcommands: [],
    },
    run,
  }));
}

/** A type of values: its number in the keyspace, and the class that works on one. */
export interface ValueKind<T extends Handle> {
  readonly type: number;
  readonly Structure: new (made: Made) => T;
}

/** A value in the keyspace, or why there is none. */
export type Found<T> =
  | { readonly value: T; readonly detail: number; readonly problem?: undefined }
  | { readonly value?: undefined; readonly detail?: undefined; readonly problem: 'absent' | 'wrong type' };

/**
 * Finds the value of a key and lets `use` work on it; what `use` was given is void when it returns. The entry owns the
 * structure all the while.
 */
export function withValue<T extends Handle, R>(
  context: CommandContext,
  kind: ValueKind<T>,
  argument: number,
  use: (found: Found<T>) => R,
): R {
  const { kernel, handle, arena } = context.server.engine;
  const entry = kernel.entryOf(handle, argument) >>> 0;
  if (entry === 0) return use({ problem: 'absent' });
  const detail = kernel.entryType(entry) === ValueType.module ? kernel.entryDetail(entry) >>> 0 : -1;
  if ((detail & 0xff) !== kind.type) return use({ problem: 'wrong type' });
  kernel.touchEntry(handle, entry);
  const value = new kind.Structure(new Made(arena, kernel.entryStructure(entry) >>> 0, undefined));
  try {
    return use({ value, detail });
  } finally {
    surrender(value);
  }
}

/** `withValue`, the usual way: an error for a key that is not there or holds something else. */
export function withPresent<T extends Handle>(
  context: CommandContext,
  kind: ValueKind<T>,
  absent: string,
  use: (value: T, detail: number) => void,
): void {
  withValue(context, kind, 1, ({ value, detail, problem }) => {
    if (problem === 'absent') context.reply.error(absent);
    else if (problem !== undefined) context.reply.error(WRONG_TYPE);
    else use(value, detail);
  });
}

/** Whether the key of an argument is there, whatever it holds. */
export function isTaken({ server }: CommandContext, argument: number): boolean {
  return server.engine.kernel.entryOf(server.engine.handle, argument) !== 0;
}

/**
 * Puts a structure under a key, whose old value is freed. The entry owns it then.
 *
 * @throws ArenaFullError with the structure freed
 */
export function store<T extends Handle>(
  { server }: CommandContext,
  kind: ValueKind<T>,
  argument: number,
  structure: T,
  flags = 0,
): void {
  const { kernel, handle, arena } = server.engine;
  const root = surrender(structure);
  if (kernel.storeModule(handle, argument, root, kind.type | flags) !== 0) return;
  new kind.Structure(new Made(arena, root, undefined)).dispose();
  throw new ArenaFullError(arena, 'an entry');
}

/** The seed that values of this server are hashed by: secret, so that nobody can choose keys that collide. */
export function seedOf({ server }: CommandContext): bigint {
  const [low, high] = server.engine.arena.seed;
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

/** An argument as a whole number of 64 bits, or `undefined`. */
export function integerAt({ args }: CommandContext, argument: number): number | undefined {
  return argument < args.length ? parseInteger(args.head(argument, MAX_NUMBER_BYTES)) : undefined;
}

/** An argument as a double, or `undefined`. */
export function doubleAt({ args }: CommandContext, argument: number): number | undefined {
  if (argument >= args.length || args.bytes(argument) > MAX_NUMBER_BYTES) return undefined;
  return parseDouble(args.text(argument));
}

/** Copies of all arguments from `from` on, every `step`th. */
export function itemsFrom({ args }: CommandContext, from: number, step = 1): Uint8Array<ArrayBuffer>[] {
  const items: Uint8Array<ArrayBuffer>[] = [];
  for (let i = from; i < args.length; i += step) items.push(args.copy(i));
  return items;
}

/** Where an option stands among the arguments from `from` on, or −1. */
export function optionAt({ args }: CommandContext, name: string, from: number): number {
  for (let i = from; i < args.length; i++) {
    if (args.bytes(i) === name.length && args.lower(i) === name) return i;
  }
  return -1;
}

/**
 * Executes another command from within one, whose arguments can no longer be read then.
 *
 * @param command binary strings
 * @returns the reply, as RESP2
 */
export function execute({ server }: CommandContext, command: readonly string[]): string {
  const { engine } = server;
  const request = `*${command.length}\r\n${command.map((text) => `$${text.length}\r\n${text}\r\n`).join('')}`;
  const room = engine.requestRoom(request.length);
  writeBinary(engine.arena.u8Until(room + request.length), room, request);
  const { inner } = engine;
  // Within a script, which may speak RESP3.
  const { resp3 } = inner;
  inner.resp3 = false;
  const reply = engine.perform(request.length, server.now());
  inner.resp3 = resp3;
  const text = readBinary(reply, 0, reply.length);
  engine.trimRequestRoom();
  return text;
}

/** Answers as for a wrong number of arguments. */
export function wrongArity({ args, reply }: CommandContext): void {
  reply.error(`ERR wrong number of arguments for '${args.lower(0)}' command`);
}

/** Names and numbers in turn: a map in RESP3, a list in RESP2. */
export function replyFields({ reply }: CommandContext, fields: readonly (readonly [string, number | null])[]): void {
  reply.map(fields.length);
  for (const [name, value] of fields) {
    reply.simple(name);
    if (value === null) reply.null();
    else reply.integer(value);
  }
}

/** A filter as EXISTS and MEXISTS see it. */
interface Holds extends Handle {
  hasMany(keys: readonly Uint8Array[]): Uint8Array;
}

/** EXISTS and MEXISTS: an absent key, and one of another type, hold nothing. */
export function replyExists<T extends Holds>(context: CommandContext, kind: ValueKind<T>, isList: boolean): void {
  const { reply } = context;
  const items = itemsFrom(context, 2);
  withValue(context, kind, 1, ({ value }) => {
    if (isList) reply.array(items.length);
    for (const found of value?.hasMany(items) ?? items.map(() => 0)) reply.boolean(found !== 0);
  });
}
