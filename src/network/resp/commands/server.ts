/** Commands about the server: COMMAND, CONFIG, INFO, FLUSHALL, FLUSHDB, TIME. */

import type { Reply } from '../reply.js';
import { type CommandContext, type Handler, replyHelp, SYNTAX_ERROR, unknownSubcommand } from './context.js';
import type { CommandSpec } from './table.js';

function info({ server, args, reply }: CommandContext): void {
  const wanted = args.rest(1).map((name) => name.toLowerCase());
  const everything = wanted.length === 0 || wanted.some((name) => ['all', 'default', 'everything'].includes(name));
  const sections: string[] = [];
  for (const [section, figures] of server.info()) {
    if (!everything && !wanted.includes(section.toLowerCase())) continue;
    sections.push([`# ${section}`, ...[...figures].map(([name, value]) => `${name}:${value}`), ''].join('\r\n'));
  }
  reply.verbatim(sections.join('\r\n'));
}

function flush({ server, args, reply }: CommandContext): void {
  if (args.length > 2 || (args.length === 2 && !/^a?sync$/i.test(args.text(1)))) return reply.error(SYNTAX_ERROR);
  server.engine.kernel.clear(server.engine.handle);
  reply.ok();
}

function time({ server, reply }: CommandContext): void {
  const nowMs = server.now();
  reply.array(2);
  reply.bulk(String(Math.floor(nowMs / 1000)));
  reply.bulk(String(Math.floor((nowMs % 1000) * 1000)));
}

function config(context: CommandContext): void {
  const { server, args, reply } = context;
  switch (args.lower(1)) {
    case 'get': {
      const found = server.config.matching(args.rest(2));
      reply.map(found.length);
      for (const [name, value] of found) {
        reply.bulk(name);
        reply.bulk(value);
      }
      return;
    }
    case 'set': {
      const words = args.rest(2);
      if (words.length % 2 !== 0) return reply.error(SYNTAX_ERROR);
      const pairs = words.flatMap((name, i) => (i % 2 === 0 ? [[name, words[i + 1] ?? ''] as const] : []));
      const problem = server.config.apply(pairs);
      return problem === undefined ? reply.ok() : reply.error(problem);
    }
    case 'resetstat':
      server.resetStats();
      return reply.ok();
    case 'help':
      return replyHelp(reply, 'CONFIG', [
        'GET <pattern> ...',
        '    The parameters that match, with their values.',
        'SET <parameter> <value> ...',
        '    Changes parameters: all of them or none.',
        'RESETSTAT',
        '    Sets the counters of INFO to zero.',
      ]);
    default:
      return unknownSubcommand(context);
  }
}

// ── COMMAND ───────────────────────────────────────────────────────────────────────────────────────

function command(context: CommandContext): void {
  const { args, reply } = context;
  const { commands } = context.server;
  if (args.length === 1) return replyInfos(reply, [...commands.values()]);
  const named = () => args.rest(2).map((name) => find(commands, name.toLowerCase()));
  switch (args.lower(1)) {
    case 'count':
      return reply.integer(commands.size);
    case 'info':
      return replyInfos(reply, args.length === 2 ? [...commands.values()] : named());
    case 'docs':
      return replyDocs(reply, args.length === 2 ? [...commands.values()] : named());
    case 'list':
      if (args.length > 2) return reply.error(SYNTAX_ERROR);
      reply.array(commands.size);
      for (const name of commands.keys()) reply.bulk(name);
      return;
    case 'help':
      return replyHelp(reply, 'COMMAND', [
        '(no subcommand)',
        '    Describes all commands.',
        'COUNT',
        '    How many commands there are.',
        'DOCS [<name> ...]',
        '    What commands are for.',
        'INFO [<name> ...]',
        '    Arity, flags and keys of commands.',
        'LIST',
        '    Names of all commands.',
      ]);
    default:
      return unknownSubcommand(context);
  }
}

function find(commands: ReadonlyMap<string, CommandSpec>, name: string): CommandSpec | undefined {
  const [container = '', sub] = name.split('|');
  const spec = commands.get(container);
  return sub === undefined ? spec : spec?.subcommands.find((each) => each.name === name);
}

function replyInfos(reply: Reply, specs: readonly (CommandSpec | undefined)[]): void {
  reply.array(specs.length);
  for (const spec of specs) {
    if (spec === undefined) reply.nullArray();
    else replyInfo(reply, spec);
  }
}

function replyInfo(reply: Reply, spec: CommandSpec): void {
  reply.array(10);
  reply.bulk(spec.name);
  reply.integer(spec.arity);
  reply.set(spec.flags.length);
  for (const flag of spec.flags) reply.simple(flag);
  reply.integer(spec.firstKey);
  reply.integer(spec.lastKey);
  reply.integer(spec.keyStep);
  reply.set(spec.categories.length);
  for (const category of spec.categories) reply.simple(`@${category}`);
  // Tips and key specifications: none beyond the key positions above.
  reply.set(0);
  reply.set(0);
  replyInfos(reply, spec.subcommands);
}

function replyDocs(reply: Reply, specs: readonly (CommandSpec | undefined)[]): void {
  const known = specs.filter((spec) => spec !== undefined);
  reply.map(known.length);
  for (const spec of known) {
    reply.bulk(spec.name);
    const fields = [
      ['summary', spec.summary],
      ['since', spec.since],
      ['group', spec.group],
      ['complexity', spec.complexity],
    ] as const;
    reply.map(fields.length + (spec.subcommands.length > 0 ? 1 : 0));
    for (const [name, value] of fields) {
      reply.bulk(name);
      reply.bulk(value);
    }
    if (spec.subcommands.length > 0) {
      reply.bulk('subcommands');
      replyDocs(reply, spec.subcommands);
    }
  }
}

export const SERVER_COMMANDS: Readonly<Record<string, Handler>> = {
  info,
  flushall: flush,
  flushdb: flush,
  time,
  config,
  command,
};
