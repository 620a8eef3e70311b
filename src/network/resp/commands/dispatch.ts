/** Commands the kernel handed over: looked up, checked for arity and authentication, run. */

import type { RespClient } from '../client.js';
import type { Args } from '../engine.js';
import { Reply } from '../reply.js';
import { CONNECTION_COMMANDS } from './connection.js';
import type { Handler, ServerView } from './context.js';
import { SERVER_COMMANDS } from './server.js';
import { COMMANDS, type CommandSpec } from './table.js';
import { VALUE_COMMANDS } from './values.js';

const HANDLERS: ReadonlyMap<string, Handler> = /* @__PURE__ */ new Map(
  /* @__PURE__ */ Object.entries({ ...CONNECTION_COMMANDS, ...SERVER_COMMANDS, ...VALUE_COMMANDS }),
);

/** Characters of a client's text that an error repeats. */
const QUOTED = 128;

/** Runs one command; the reply as a binary string. */
export function runCommand(server: ServerView, client: RespClient, args: Args): string {
  const reply = new Reply(client.resp3);
  const spec = COMMANDS.get(args.lower(0));
  const problem = spec === undefined ? unknown(args) : arityProblem(spec, args);
  if (problem !== undefined) {
    reply.error(problem);
    return reply.text;
  }
  const name = (spec as CommandSpec).name;
  if (!client.authenticated && !(spec as CommandSpec).flags.includes('no_auth')) {
    reply.error('NOAUTH Authentication required.');
    return reply.text;
  }
  const handler = HANDLERS.get(name);
  if (handler === undefined) reply.error(`ERR wrong number of arguments for '${name}' command`);
  else handler({ server, client, args, reply });
  return reply.text;
}

function unknown(args: Args): string {
  let shown = '';
  for (let i = 1; i < args.length && shown.length < QUOTED; i++) {
    shown += `'${args.text(i).slice(0, QUOTED - shown.length)}' `;
  }
  return `ERR unknown command '${args.text(0).slice(0, QUOTED)}', with args beginning with: ${shown}`;
}

function arityProblem(spec: CommandSpec, args: Args): string | undefined {
  const fits = (arity: number) => (arity < 0 ? args.length >= -arity : args.length === arity);
  if (!fits(spec.arity)) return `ERR wrong number of arguments for '${spec.name}' command`;
  if (spec.subcommands.length === 0 || args.length < 2) return undefined;
  const sub = spec.subcommands.find(({ name }) => name === `${spec.name}|${args.lower(1)}`);
  return sub === undefined || fits(sub.arity) ? undefined : `ERR wrong number of arguments for '${sub.name}' command`;
}
