#!/usr/bin/env node
/** The command line: `ashlar <command> [flags]`. */

import { SERVE_USAGE, serve } from './serve/serve.js';
import { SIM_USAGE, sim } from './sim/sim.js';
import { UsageError } from './usage.js';

const USAGE = `usage: ashlar <command> [flags]

commands:
  serve    a Redis-compatible server, with health, metrics and a status page over HTTP
  sim      what eviction policies of caches would hit on a trace

${SERVE_USAGE}

${SIM_USAGE}`;

async function main(args: readonly string[]): Promise<void> {
  const [command, ...rest] = args;
  if (command === 'serve') return serve(rest);
  if (command === 'sim') return sim(rest);
  if (command === undefined || command === 'help' || command === '--help' || command === '-h') {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  throw new UsageError(`unknown command "${command}"; the commands are: serve, sim`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  // One line says what is wrong; a stack is for faults of ours.
  if (error instanceof UsageError) process.stderr.write(`ashlar: ${error.message}\n`);
  else process.stderr.write(`ashlar: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(error instanceof UsageError ? error.exitCode : 70);
}
