/** EVAL, EVALSHA, their read-only forms, and SCRIPT. */

import {
  type CommandContext,
  type Handler,
  MAX_NUMBER_BYTES,
  NOT_INTEGER,
  parseInteger,
  replyHelp,
  unknownSubcommand,
} from '../resp/commands/context.js';
import type { CommandSpec, ModuleCommand } from '../resp/commands/table.js';
import type { Script } from './script.js';
import { ScriptError } from './script.js';
import type { ScriptEngine } from './script-engine.js';

type EngineOf = (context: CommandContext) => ScriptEngine;

/** The commands, on the engine that a server has. */
export function scriptCommands(engineOf: EngineOf): readonly ModuleCommand[] {
  const evaluate = (context: CommandContext, readOnly: boolean, find: (engine: ScriptEngine) => Script | undefined) =>
    guarded(context, () => {
      const keys = keyCount(context);
      if (keys === undefined) return;
      const engine = engineOf(context);
      const script = find(engine);
      if (script === undefined) return context.reply.error('NOSCRIPT No matching script. Please use EVAL.');
      engine.run(context, script, { from: 3, keys, readOnly });
    });
  const byText =
    (readOnly: boolean): Handler =>
    (context) =>
      evaluate(context, readOnly, (engine) => engine.load(context.args.text(1)));
  const bySha =
    (readOnly: boolean): Handler =>
    (context) =>
      evaluate(context, readOnly, (engine) => engine.find(context.args.head(1, 64)));
  return [
    command('eval', '', '2.6.0', 'Runs a script, by its text.', byText(false)),
    command('evalsha', '', '2.6.0', 'Runs a script, by its SHA-1.', bySha(false)),
    command('eval_ro', 'readonly', '7.0.0', 'Runs a script that does not write, by its text.', byText(true)),
    command('evalsha_ro', 'readonly', '7.0.0', 'Runs a script that does not write, by its SHA-1.', bySha(true)),
    { spec: SCRIPT, run: (context) => guarded(context, () => script(context, engineOf)) },
  ];
}

function guarded({ reply }: CommandContext, body: () => void): void {
  try {
    body();
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    reply.error(`ERR ${error.message}`);
  }
}

/** The number of keys, or nothing when an error was answered. */
function keyCount({ args, reply }: CommandContext): number | undefined {
  const keys = parseInteger(args.head(2, MAX_NUMBER_BYTES));
  if (keys === undefined) reply.error(NOT_INTEGER);
  else if (keys > args.length - 3) reply.error("ERR Number of keys can't be greater than number of args");
  else if (keys < 0) reply.error("ERR Number of keys can't be negative");
  else return keys;
  return undefined;
}

function script(context: CommandContext, engineOf: EngineOf): void {
  const { args, reply } = context;
  switch (args.lower(1)) {
    case 'load':
      return reply.bulk(engineOf(context).load(args.text(2)).sha);
    case 'exists': {
      const engine = engineOf(context);
      reply.array(args.length - 2);
      for (let i = 2; i < args.length; i++) reply.integer(engine.find(args.head(i, 64)) === undefined ? 0 : 1);
      return;
    }
    case 'flush': {
      const mode = args.length === 3 ? args.lower(2) : 'sync';
      if (args.length > 3 || (mode !== 'sync' && mode !== 'async'))
        return reply.error('ERR SCRIPT FLUSH only support SYNC|ASYNC option');
      engineOf(context).flush();
      return reply.ok();
    }
    case 'kill':
      return reply.error('NOTBUSY No scripts in execution right now.');
    case 'help':
      return replyHelp(reply, 'SCRIPT', HELP);
    default:
      return unknownSubcommand(context);
  }
}

const HELP = [
  'EXISTS <sha1> [<sha1> ...]',
  '    Whether scripts are there.',
  'FLUSH [ASYNC|SYNC]',
  '    Forgets all scripts.',
  'KILL',
  '    Nothing: a script that runs lets no command in.',
  'LOAD <script>',
  '    Compiles a script without running it.',
];

const ABOUT = { group: 'scripting', subcommands: [] } as const;
const NO_KEYS = { firstKey: 0, lastKey: 0, keyStep: 0 } as const;
const DEPENDS = 'Depends on the script that is executed.';

function command(name: string, flags: string, since: string, summary: string, run: Handler): ModuleCommand {
  const all = `${flags} noscript stale skip_monitor no_mandatory_keys movablekeys`.trim().split(' ');
  const categories = ['slow', 'scripting'];
  return {
    spec: { ...ABOUT, ...NO_KEYS, name, arity: -3, flags: all, categories, since, complexity: DEPENDS, summary },
    run,
  };
}

function subcommand(name: string, arity: number, since: string, complexity: string, summary: string): CommandSpec {
  const categories = ['slow', 'scripting'];
  return {
    ...ABOUT,
    ...NO_KEYS,
    name: `script|${name}`,
    arity,
    flags: ['noscript'],
    categories,
    since,
    complexity,
    summary,
  };
}

const SCRIPT: CommandSpec = {
  ...NO_KEYS,
  name: 'script',
  arity: -2,
  flags: [],
  categories: ['slow'],
  since: '2.6.0',
  group: 'scripting',
  complexity: 'Depends on subcommand',
  summary: 'The scripts that are kept.',
  subcommands: [
    subcommand('load', 3, '2.6.0', 'O(N) with N being the length in bytes of the script body.', 'Compiles a script.'),
    subcommand('exists', -3, '2.6.0', 'O(N) with N being the number of scripts to check', 'Whether scripts are kept.'),
    subcommand('flush', -2, '2.6.0', 'O(N) with N being the number of scripts in cache', 'Forgets all scripts.'),
    subcommand('kill', 2, '2.6.0', 'O(1)', 'Ends a script: there is none.'),
    subcommand('help', 2, '5.0.0', 'O(1)', 'Tells the subcommands.'),
  ],
};
