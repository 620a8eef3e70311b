/** The flags of `ashlar serve`. */

import { parseArgs } from 'node:util';
import { POLICIES } from '../../../bindings/kernels/protocols/resp.js';
import { MAX_MEMORY_BYTES, parseMemory } from '../../network/resp/config.js';
import type { EvictionPolicy } from '../../network/resp/index.js';
import { UsageError } from '../usage.js';

export interface ServeFlags {
  readonly host: string;
  readonly port: number;
  readonly httpPort: number;
  readonly unixSocket: string | undefined;
  readonly maxMemory: number;
  readonly maxMemoryPolicy: EvictionPolicy;
  readonly maxClients: number;
  readonly timeoutSeconds: number;
  readonly requirePass: string;
  readonly help: boolean;
}

export const SERVE_USAGE = `ashlar serve:
  --port N                 Redis protocol, default 7379; 0 for any free port
  --http-port N            health, metrics and status page, default 7380; 0 for any free port
  --host H                 address to listen on, default 127.0.0.1
  --unix-socket PATH       listen on a unix socket as well
  --max-memory BYTES       most bytes of data, as 100mb or 1gb too; default 0, no limit below 4 GiB
  --max-memory-policy P    what is evicted: ${POLICIES.slice(1, 5).join(', ')},
                           ${POLICIES.slice(5).join(', ')}; default noeviction
  --max-clients N          connections at once, default 10000
  --timeout SECONDS        close connections idle for so long, default 0, never
  --requirepass PASSWORD   ask for a password
  --help                   show this`;

const OPTIONS = {
  port: { type: 'string', default: '7379' },
  'http-port': { type: 'string', default: '7380' },
  host: { type: 'string', default: '127.0.0.1' },
  'unix-socket': { type: 'string' },
  'max-memory': { type: 'string', default: '0' },
  'max-memory-policy': { type: 'string', default: 'noeviction' },
  'max-clients': { type: 'string', default: '10000' },
  timeout: { type: 'string', default: '0' },
  requirepass: { type: 'string', default: '' },
  help: { type: 'boolean', default: false },
} as const;

/** @throws UsageError naming the flag, what it takes and what was given */
export function parseServeFlags(args: readonly string[]): ServeFlags {
  const values = read(args);
  const maxMemory = parseMemory(values['max-memory']);
  if (maxMemory === undefined || maxMemory > MAX_MEMORY_BYTES)
    throw bad('--max-memory', `bytes below 4 GiB, for example 268435456 or 256mb`, values['max-memory']);
  const policy = POLICIES.find((name) => name === values['max-memory-policy']);
  if (policy === undefined)
    throw bad('--max-memory-policy', `one of ${POLICIES.join(', ')}`, values['max-memory-policy']);
  return {
    host: values.host,
    port: integer('--port', values.port, 0, 65_535),
    httpPort: integer('--http-port', values['http-port'], 0, 65_535),
    unixSocket: values['unix-socket'],
    maxMemory,
    maxMemoryPolicy: policy,
    maxClients: integer('--max-clients', values['max-clients'], 1, 1_000_000),
    timeoutSeconds: integer('--timeout', values.timeout, 0, 2_147_483_647),
    requirePass: values.requirepass,
    help: values.help,
  };
}

function read(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false }).values;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split(/\.\s/)[0] : String(error);
    throw new UsageError(`${reason}; see ashlar serve --help`);
  }
}

function integer(flag: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) throw bad(flag, `an integer from ${min} to ${max}`, text);
  return value;
}

function bad(flag: string, expected: string, given: string): UsageError {
  return new UsageError(`${flag} takes ${expected}, got "${given}"`);
}
