/** Lua scripts for `RedisServer`: EVAL and its kin, on the interpreter of the package `wasmoon-lua5.1`. */

import type { CommandContext, ServerView } from '../resp/commands/context.js';
import type { RedisModule } from '../resp/commands/table.js';
import { scriptCommands } from './commands.js';
import type { LuaModule } from './lua-state.js';
import { ScriptEngine } from './script-engine.js';

export type { LuaModule } from './lua-state.js';

export interface RedisScriptingOptions {
  /** A script that runs for longer is ended with an error; what it has written stays. Default 5000. */
  timeLimitMs?: number;
  /** Gets what scripts give to `redis.log`, with its level from 0 (debug) to 3 (warning). Default: it is dropped. */
  onLog?: (level: number, text: string) => void;
}

/**
 * The commands EVAL, EVALSHA, EVAL_RO, EVALSHA_RO and SCRIPT, as a module for servers. Each server has an interpreter
 * of its own, made when the first script comes.
 *
 * @param lua `await LuaApi.initialize()` of `wasmoon-lua5.1`
 * @throws TypeError when it is something else, RangeError for a time limit that is no positive number
 */
export function redisScripting(lua: { readonly module: unknown }, options: RedisScriptingOptions = {}): RedisModule {
  const { timeLimitMs = 5000, onLog = () => {} } = options;
  if (!(timeLimitMs > 0))
    throw new RangeError(`timeLimitMs must be a positive number of milliseconds, got ${timeLimitMs}`);
  const module = luaModule(lua);
  const engines = new WeakMap<ServerView, ScriptEngine>();
  const engineOf = ({ server }: CommandContext): ScriptEngine => {
    let engine = engines.get(server);
    if (engine === undefined) {
      engine = new ScriptEngine(server, { lua: module, timeLimitMs, onLog });
      engines.set(server, engine);
    }
    return engine;
  };
  return {
    name: 'scripting',
    version: 1,
    commands: scriptCommands(engineOf),
    close: (server) => engines.get(server)?.close(),
  };
}

function luaModule(lua: { readonly module: unknown }): LuaModule {
  const module = (lua as { readonly module?: Partial<LuaModule> } | undefined)?.module;
  if (typeof module?._luaL_newstate !== 'function' || typeof module.addFunction !== 'function')
    throw new TypeError('lua must be what LuaApi.initialize() of wasmoon-lua5.1 resolves to');
  return module as LuaModule;
}
