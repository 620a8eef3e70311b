/** Commands the kernel handed over: looked up, checked for arity and authentication, run. */

import { ArenaFullError } from '../../../../bindings/errors.js';
import type { RespClient } from '../client.js';
import { type Args, ArgumentError } from '../engine.js';
import { Reply } from '../reply.js';
import { BLOCKING_COMMANDS } from './blocking.js';
import { CONNECTION_COMMANDS } from './connection.js';
import { type CommandContext, type Handler, OUT_OF_MEMORY, type ServerView } from './context.js';
import { listeningProblem, PUB_SUB_COMMANDS } from './pub-sub.js';
import { SERVER_COMMANDS } from './server.js';
import type { CommandSpec } from './table.js';
import { VALUE_COMMANDS } from './values.js';

const HANDLERS: ReadonlyMap<string, Handler> = /* @__PURE__ */ new Map(
  /* @__PURE__ */ Object.entries({
    ...CONNECTION_COMMANDS,
    ...SERVER_COMMANDS,
    ...VALUE_COMMANDS,
    ...BLOCKING_COMMANDS,
    ...PUB_SUB_COMMANDS,
  }),
);

/** Characters of a client's text that an error repeats. */
const QUOTED = 128;

/** Runs one command; the reply as a binary string. A command that fails answers an error and leaves no half a reply. */
export function runCommand(server: ServerView, client: RespClient, args: Args): string {
  const reply = new Reply(client.resp3);
  try {
    answer({ server, client, args, reply });
    return reply.text;
  } catch (error) {
    const failed = new Reply(client.resp3);
    failed.error(problemOf(error));
    return failed.text;
  }
}

function problemOf(error: unknown): string {
  if (error instanceof ArgumentError) return `ERR ${error.message}`;
  if (error instanceof ArenaFullError) return OUT_OF_MEMORY;
  return `ERR internal error: ${error instanceof Error ? error.message : String(error)}`;
}

function answer(context: CommandContext): void {
  const { server, client, args, reply } = context;
  const spec = args.bytes(0) > QUOTED ? undefined : server.commands.get(args.lower(0));
  if (spec === undefined) return reply.error(unknown(args));
  const problem = arityProblem(spec, args);
  if (problem !== undefined) return reply.error(problem);
  if (!client.authenticated && !spec.flags.includes('no_auth')) return reply.error('NOAUTH Authentication required.');
  const listening = listeningProblem(context, spec.name);
  if (listening !== undefined) return reply.error(listening);
  client.lastCommand = subcommandOf(spec, args)?.name ?? spec.name;
  const fromModule = server.moduleHandlers.get(spec.name);
  if (fromModule !== undefined) {
    const grows = spec.flags.includes('denyoom');
    if (grows && server.engine.kernel.hasBudget(server.engine.handle) === 0) return reply.error(OUT_OF_MEMORY);
    return fromModule(context);
  }
  const handler = HANDLERS.get(spec.name);
  if (handler === undefined) reply.error(`ERR wrong number of arguments for '${spec.name}' command`);
  else handler(context);
}

function unknown(args: Args): string {
  let shown = '';
  for (let i = 1; i < args.length && shown.length < QUOTED; i++) {
    shown += `'${args.head(i, QUOTED - shown.length)}' `;
  }
  return `ERR unknown command '${args.head(0, QUOTED)}', with args beginning with: ${shown}`;
}

function subcommandOf(spec: CommandSpec, args: Args): CommandSpec | undefined {
  if (spec.subcommands.length === 0 || args.length < 2) return undefined;
  return findSubcommand(spec, args.head(1, QUOTED));
}

/** A container's subcommand by its name, in any case. */
export function findSubcommand(spec: CommandSpec, name: string): CommandSpec | undefined {
  const wanted = `${spec.name}|${name.toLowerCase()}`;
  return spec.subcommands.find((subcommand) => subcommand.name === wanted);
}

function arityProblem(spec: CommandSpec, args: Args): string | undefined {
  const fits = (arity: number) => (arity < 0 ? args.length >= -arity : args.length === arity);
  if (!fits(spec.arity)) return `ERR wrong number of arguments for '${spec.name}' command`;
  const sub = subcommandOf(spec, args);
  return sub === undefined || fits(sub.arity) ? undefined : `ERR wrong number of arguments for '${sub.name}' command`;
}
