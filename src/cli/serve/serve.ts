/** `ashlar serve`: the Redis protocol on one port, HTTP on another, until a signal ends it. */

import { type HttpListener, listenHttp } from '../../adapters/node/http.js';
import { redisModules } from '../../network/redis-modules/index.js';
import { redisScripting } from '../../network/redis-scripting/index.js';
import { type Listener, type RedisModule, RedisServer } from '../../network/resp/index.js';
import { UsageError } from '../usage.js';
import { parseServeFlags, SERVE_USAGE, type ServeFlags } from './flags.js';
import { statusHandler } from './status.js';

export { SERVE_USAGE };

/** How long connections may take to finish what is under way, once a signal came. */
const GRACE_MS = 2000;

export async function serve(args: readonly string[]): Promise<void> {
  const flags = parseServeFlags(args);
  if (flags.help) {
    process.stdout.write(`${SERVE_USAGE}\n`);
    return;
  }
  const scripting = await scriptingIfInstalled();
  const server = new RedisServer({ ...flags, modules: [...redisModules, ...scripting] });
  let http: HttpListener | undefined;
  try {
    const resp = await orUsage('--port', server.listen({ host: flags.host, port: flags.port }), flags.host, flags.port);
    if (flags.unixSocket !== undefined) {
      await orUsage('--unix-socket', server.listen({ path: flags.unixSocket }), flags.unixSocket);
    }
    const httpListening = listenHttp({ host: flags.host, port: flags.httpPort }, statusHandler(server));
    http = await orUsage('--http-port', httpListening, flags.host, flags.httpPort);
    announce(resp, http, flags, scripting.length > 0);
  } catch (error) {
    await http?.close(0);
    await server.close(0);
    throw error;
  }
  await stopSignal();
  process.stdout.write('stopping\n');
  await Promise.all([http.close(GRACE_MS), server.close(GRACE_MS)]);
  process.stdout.write('stopped\n');
  process.exit(0);
}

/** EVAL and its kin, where the interpreter they need is installed. */
async function scriptingIfInstalled(): Promise<readonly RedisModule[]> {
  try {
    const { LuaApi } = await import('wasmoon-lua5.1');
    return [redisScripting(await LuaApi.initialize())];
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_MODULE_NOT_FOUND') return [];
    throw error;
  }
}

function announce(resp: Listener, http: HttpListener, flags: ServeFlags, hasScripts: boolean): void {
  const host = flags.host === '0.0.0.0' || flags.host === '::' ? '127.0.0.1' : flags.host;
  const lines = [
    'ashlar serve is ready',
    `  redis  ${resp.address}`,
    ...(flags.unixSocket === undefined ? [] : [`  redis  unix:${flags.unixSocket}`]),
    `  http   http://${http.address}/`,
    ...(hasScripts ? [] : ['  no EVAL: for Lua scripts, npm install wasmoon-lua5.1']),
    `try:     redis-cli -h ${host} -p ${resp.port} set greeting hello`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** What a failure to listen means, and the flag that helps; `flag` is the one that names the port or path. */
const REASONS: Readonly<Record<string, readonly [reason: string, flag?: string]>> = {
  EADDRINUSE: ['it is in use by another process'],
  /** What stands at a path, and is not the socket of a server that is gone. */
  'EADDRINUSE path': ['it is in use by another process, or a file of another kind'],
  EADDRNOTAVAIL: ['it is not an address of this machine', '--host'],
  ENOTFOUND: ['it is not a known host', '--host'],
  EAI_AGAIN: ['it is not a known host', '--host'],
  EACCES: ['it is not permitted to this user'],
  ENOENT: ['its folder does not exist'],
  ENOTDIR: ['its folder does not exist'],
  EINVAL: ['it is not a valid address'],
};

/** A listening failure as one line that names the flag. */
async function orUsage<T>(flag: string, listening: Promise<T>, host: string, port?: number): Promise<T> {
  try {
    return await listening;
  } catch (error) {
    const address = port === undefined ? host : `${host}:${port}`;
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const [reason, better] = REASONS[port === undefined ? `${code} path` : code] ??
      REASONS[code] ?? [`it failed with ${code}`];
    throw new UsageError(`cannot listen on ${address}: ${reason} (${better ?? flag} chooses another)`, 69);
  }
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
}
