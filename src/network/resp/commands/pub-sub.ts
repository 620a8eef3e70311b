/** SUBSCRIBE and its kin, PUBLISH, PUBSUB. */

import { matchesGlob } from '../glob.js';
import type { Listening } from '../pub-sub.js';
import { type CommandContext, type Handler, replyHelp, unknownSubcommand } from './context.js';

/** What it has done for one name; how much the client listens to now. */
function confirm({ client, reply }: CommandContext, kind: string, name: string | undefined): void {
  reply.push(3);
  reply.bulk(kind);
  if (name === undefined) reply.null();
  else reply.bulk(name);
  reply.integer(client.channels.size + client.patterns.size);
}

function subscribe(context: CommandContext, what: Listening, kind: string): void {
  for (const name of context.args.rest(1)) {
    context.server.pubSub.subscribe(context.client, what, name);
    confirm(context, kind, name);
  }
}

function unsubscribe(context: CommandContext, what: Listening, kind: string): void {
  const { args, client, server } = context;
  const names = args.length > 1 ? args.rest(1) : [...client[what]];
  if (names.length === 0) return confirm(context, kind, undefined);
  for (const name of names) {
    server.pubSub.unsubscribe(client, what, name);
    confirm(context, kind, name);
  }
}

function publish({ server, args, reply }: CommandContext): void {
  reply.integer(server.pubSub.publish(args.text(1), args.head(2, Number.POSITIVE_INFINITY)));
}

function pubSub(context: CommandContext): void {
  const { server, args, reply } = context;
  switch (args.lower(1)) {
    case 'channels': {
      if (args.length > 3) {
        const given = args.head(1, 128);
        return reply.error(`ERR unknown subcommand or wrong number of arguments for '${given}'. Try PUBSUB HELP.`);
      }
      const pattern = args.length === 3 ? args.text(2) : '*';
      const channels = [...server.pubSub.channels].filter((channel) => matchesGlob(pattern, channel));
      reply.array(channels.length);
      for (const channel of channels) reply.bulk(channel);
      return;
    }
    case 'numsub': {
      const channels = args.rest(2);
      reply.array(2 * channels.length);
      for (const channel of channels) {
        reply.bulk(channel);
        reply.integer(server.pubSub.listeners(channel));
      }
      return;
    }
    case 'numpat':
      return reply.integer(server.pubSub.patterns);
    case 'help':
      return replyHelp(reply, 'PUBSUB', [
        'CHANNELS [<pattern>]',
        '    The channels that somebody listens to.',
        'NUMPAT',
        '    How many patterns somebody listens to.',
        'NUMSUB [<channel> ...]',
        '    How many listen to each channel.',
      ]);
    default:
      return unknownSubcommand(context);
  }
}

/** What a client that listens may ask in RESP2, where replies and messages cannot be told apart. */
const WHILE_LISTENING: ReadonlySet<string> = new Set([
  'subscribe',
  'unsubscribe',
  'psubscribe',
  'punsubscribe',
  'ping',
  'quit',
  'reset',
]);

/** Why a client that listens may not ask this, or nothing. */
export function listeningProblem({ client }: CommandContext, name: string): string | undefined {
  if (!client.listens || client.resp3 || WHILE_LISTENING.has(name)) return undefined;
  return `ERR Can't execute '${name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`;
}

/** PING, which the kernel answers otherwise. */
function ping({ client, args, reply }: CommandContext): void {
  if (args.length > 2) return reply.error("ERR wrong number of arguments for 'ping' command");
  const text = args.length > 1 ? args.text(1) : undefined;
  if (client.listens && !client.resp3) {
    reply.array(2);
    reply.bulk('pong');
    reply.bulk(text ?? '');
  } else if (text === undefined) reply.simple('PONG');
  else reply.bulk(text);
}

export const PUB_SUB_COMMANDS: Readonly<Record<string, Handler>> = {
  subscribe: (context) => subscribe(context, 'channels', 'subscribe'),
  unsubscribe: (context) => unsubscribe(context, 'channels', 'unsubscribe'),
  psubscribe: (context) => subscribe(context, 'patterns', 'psubscribe'),
  punsubscribe: (context) => unsubscribe(context, 'patterns', 'punsubscribe'),
  publish,
  pubsub: pubSub,
  ping,
};
