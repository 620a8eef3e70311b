/** `ScriptEngine`: the scripts of one server, and the interpreter that runs them. */

import { ArenaFullError } from '../../../bindings/errors.js';
import { REDIS_VERSION } from '../resp/commands/connection.js';
import { type CommandContext, OUT_OF_MEMORY, type ServerView } from '../resp/commands/context.js';
import { findSubcommand } from '../resp/commands/dispatch.js';
import type { CommandSpec } from '../resp/commands/table.js';
import { writeBinary } from '../resp/engine.js';
import { formatDouble } from '../resp/reply.js';
import { pushBitLibrary } from './bits.js';
import { type LuaModule, LuaState, LuaType, type State } from './lua-state.js';
import { SANDBOX } from './sandbox.js';
import { type Script, ScriptError, scriptOf } from './script.js';
import { sha1Hex } from './sha1.js';
import { pushReply, TooDeepError, writeResult } from './values.js';

/** What the engine is given. */
export interface ScriptEngineOptions {
  readonly lua: LuaModule;
  readonly timeLimitMs: number;
  readonly onLog: (level: number, text: string) => void;
}

/** How a script is called. */
export interface Invocation {
  /** The argument with the first key. */
  readonly from: number;
  readonly keys: number;
  readonly readOnly: boolean;
}

/** Instructions of Lua between two looks at the clock: some hundred microseconds. */
const INSTRUCTIONS = 10_000;
/** Bytes of a request beside its arguments: a count, and a length for each. */
const HEADER_BYTES = 16;

export class ScriptEngine {
  readonly #server: ServerView;
  readonly #timeLimitMs: number;
  readonly #lua: LuaState;
  readonly #hook: number;
  /** Numbers by which Lua keeps the table behind the globals, and the function that runs a script. */
  readonly #globals: number;
  readonly #runner: number;
  readonly #bySha = new Map<string, Script>();
  readonly #byText = new Map<string, Script>();
  /** Of the script that runs: it must not write, the time it sees, and when it is ended. */
  #readOnly = false;
  #nowMs = 0;
  #endMs = 0;

  constructor(server: ServerView, options: ScriptEngineOptions) {
    this.#server = server;
    this.#timeLimitMs = options.timeLimitMs;
    this.#lua = new LuaState(options.lua);
    this.#hook = this.#lua.hook(() =>
      server.monotonic() > this.#endMs ? `Script ran for more than ${this.#timeLimitMs} ms, and was ended` : undefined,
    );
    if (!this.#lua.load(SANDBOX, '=ashlar')) throw new Error(this.#lua.text(this.#lua.state, -1));
    this.#pushHost(options.onLog);
    if (this.#lua.call(1, 3) !== 0) throw new Error(this.#lua.text(this.#lua.state, -1));
    this.#runner = this.#lua.keep();
    this.#globals = this.#lua.keep();
    this.#lua.replaceGlobals();
  }

  close(): void {
    this.#lua.close();
  }

  // ── What there is ───────────────────────────────────────────────────────────────────────────────

  /** The script with this text, compiled when it is new. @throws ScriptError */
  load(text: string): Script {
    let script = this.#byText.get(text);
    if (script === undefined) {
      script = scriptOf(text, (code) => this.#compile(code));
      this.#byText.set(text, script);
      this.#bySha.set(script.sha, script);
    }
    return script;
  }

  #compile(code: string): number {
    const { state, lua } = this.#lua;
    if (this.#lua.load(code, '@user_script')) return this.#lua.keep();
    const problem = this.#lua.text(state, -1);
    lua._lua_settop(state, 0);
    throw new ScriptError(`Error compiling script (new function): ${problem}`);
  }

  /** A script by its SHA-1, in any case. */
  find(sha: string): Script | undefined {
    return this.#bySha.get(sha.toLowerCase());
  }

  flush(): void {
    for (const { reference } of this.#bySha.values()) this.#lua.drop(reference);
    this.#bySha.clear();
    this.#byText.clear();
  }

  // ── Running ─────────────────────────────────────────────────────────────────────────────────────

  /** Runs a script; its result, or its error, is the reply. */
  run(context: CommandContext, script: Script, { from, keys, readOnly }: Invocation): void {
    const { engine } = this.#server;
    if (script.needsMemory && engine.kernel.hasBudget(engine.handle) === 0) return context.reply.error(OUT_OF_MEMORY);
    const { state, lua } = this.#lua;
    this.#lua.pushKept(this.#globals);
    this.#pushArguments(context, 'KEYS', from, from + keys);
    this.#pushArguments(context, 'ARGV', from + keys, context.args.length);
    lua._lua_settop(state, 0);

    engine.inner.resp3 = false;
    this.#readOnly = readOnly || script.readOnly;
    this.#nowMs = this.#server.now();
    this.#endMs = this.#server.monotonic() + this.#timeLimitMs;
    this.#lua.pushKept(this.#runner);
    this.#lua.pushKept(script.reference);
    this.#lua.watch(this.#hook, INSTRUCTIONS);
    const status = this.#lua.call(1, 2);
    this.#lua.unwatch();
    this.#answer(context, script, status);
    lua._lua_settop(state, 0);
    engine.trimRequestRoom();
  }

  #pushArguments({ args }: CommandContext, name: string, from: number, end: number): void {
    const { state, lua } = this.#lua;
    const { arena } = this.#server.engine;
    lua._lua_createtable(state, end - from, 0);
    for (let i = from; i < end; i++) {
      const at = args.address(i);
      const until = at + args.bytes(i);
      this.#lua.pushBytes(state, arena.u8Until(until), at, until);
      lua._lua_rawseti(state, -2, i - from + 1);
    }
    this.#lua.setField(state, name);
  }

  #answer({ reply }: CommandContext, script: Script, status: number): void {
    const { state, lua } = this.#lua;
    if (status !== 0) return reply.error(`ERR ${this.#lua.text(state, -1)} script: ${script.sha}`);
    if (lua._lua_toboolean(state, -2) === 0)
      return reply.error(`${this.#problem()} script: ${script.sha}${this.#place()}`);
    try {
      writeResult(this.#lua, reply, this.#server.engine.inner.resp3 ? 3 : 2);
    } catch (error) {
      if (!(error instanceof TooDeepError)) throw error;
      reply.text = '';
      reply.error(`ERR ${error.message}`);
    }
  }

  #problem(): string {
    this.#lua.rawField(this.#lua.state, 2, 'err');
    return this.#lua.text(this.#lua.state, -1);
  }

  #place(): string {
    const { state } = this.#lua;
    if (this.#lua.rawField(state, 2, 'source') !== LuaType.string) return '';
    const source = this.#lua.text(state, -1);
    this.#lua.rawField(state, 2, 'line');
    return `, on ${source}:${this.#lua.text(state, -1)}.`;
  }

  // ── What scripts call ───────────────────────────────────────────────────────────────────────────

  /** Pushes the table that the sandbox is built from. */
  #pushHost(onLog: (level: number, text: string) => void): void {
    const lua = this.#lua;
    const { state } = lua;
    lua.lua._lua_createtable(state, 0, 10);
    const setFunction = (name: string, body: (at: State) => number) => {
      lua.pushFunction(state, body);
      lua.setField(state, name);
    };
    const setNumber = (name: string, value: number) => {
      lua.lua._lua_pushnumber(state, value);
      lua.setField(state, name);
    };
    setFunction('pcall', (at) => {
      this.#call(at);
      return 1;
    });
    setFunction('call', (at) => (this.#call(at) ? 1 : lua.lua._lua_error(at)));
    setFunction('wrap', () => {
      lua.wrap();
      return 1;
    });
    setFunction('sha1hex', (at) => {
      lua.push(at, sha1Hex(lua.text(at, 1)));
      return 1;
    });
    setFunction('log', (at) => {
      onLog(lua.lua._lua_tonumber(at, 1), lua.text(at, 2));
      return 0;
    });
    setFunction('setresp', (at) => {
      this.#server.engine.inner.resp3 = lua.lua._lua_tonumber(at, 1) === 3;
      return 0;
    });
    setFunction('known', (at) => {
      lua.lua._lua_pushboolean(at, this.#server.commands.has(lua.text(at, 1).toLowerCase()) ? 1 : 0);
      return 1;
    });
    pushBitLibrary(lua);
    lua.setField(state, 'bit');
    lua.push(state, REDIS_VERSION);
    lua.setField(state, 'version');
    const [major = 0, minor = 0, patch = 0] = REDIS_VERSION.split('.').map(Number);
    setNumber('version_number', (major << 16) | (minor << 8) | patch);
    setNumber('seed', this.#server.engine.arena.seed[0] >>> 1);
  }

  /** Pushes the reply to a command, or the error; returns whether all is well. Nothing may be thrown through Lua. */
  #call(state: State): boolean {
    try {
      return !this.#perform(state);
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      this.#pushError(state, error instanceof ArenaFullError ? OUT_OF_MEMORY : `ERR ${problem}`);
      return false;
    }
  }

  #pushError(state: State, problem: string): void {
    const { lua } = this.#lua;
    lua._lua_createtable(state, 0, 2);
    this.#lua.push(state, problem);
    this.#lua.setField(state, 'err');
    lua._lua_pushboolean(state, 1);
    this.#lua.setField(state, 'ignore_error_stats_update');
  }

  #perform(state: State): boolean {
    const { lua } = this.#lua;
    const count = lua._lua_gettop(state);
    let bytes = HEADER_BYTES;
    for (let i = 1; i <= count; i++) bytes += HEADER_BYTES + this.#bytesOf(state, i);
    const problem = this.#problemOf(state, count);
    if (problem !== undefined) throw new CallError(problem);
    const { engine } = this.#server;
    const room = engine.requestRoom(bytes);
    const end = this.#writeRequest(state, count, room, bytes);
    const reply = engine.perform(end - room, this.#nowMs);
    if (reply.length === 0) throw new CallError('the arena has no room for the reply');
    return pushReply(this.#lua, state, reply);
  }

  /** Bytes of an argument, which is a string afterwards. */
  #bytesOf(state: State, index: number): number {
    const { lua } = this.#lua;
    const type = lua._lua_type(state, index);
    if (type === LuaType.number) {
      this.#lua.push(state, numberText(lua._lua_tonumber(state, index)));
      lua._lua_replace(state, index);
    } else if (type !== LuaType.string) {
      throw new CallError('Lua redis lib command arguments must be strings or integers');
    }
    this.#lua.bytesAt(state, index);
    return this.#lua.bytesLength;
  }

  /** Why a script may not call this, or nothing. */
  #problemOf(state: State, count: number): string | undefined {
    if (count === 0) return 'Please specify at least one argument for this redis lib call';
    const found = this.#server.commands.get(this.#lua.text(state, 1).toLowerCase());
    const hasSubcommand = found !== undefined && found.subcommands.length > 0 && count > 1;
    const spec = hasSubcommand ? findSubcommand(found, this.#lua.text(state, 2)) : found;
    if (spec === undefined) return 'Unknown Redis command called from script';
    if (!fits(spec, count)) return 'Wrong number of args calling Redis command from script';
    if (spec.flags.includes('noscript')) return 'This Redis command is not allowed from script';
    if (this.#readOnly && spec.flags.includes('write')) return 'Write commands are not allowed from read-only scripts.';
    return undefined;
  }

  /** Writes the arguments as a request; returns its end. */
  #writeRequest(state: State, count: number, room: number, bytes: number): number {
    const u8 = this.#server.engine.arena.u8Until(room + bytes);
    let at = writeText(u8, room, `*${count}\r\n`);
    for (let i = 1; i <= count; i++) {
      const from = this.#lua.bytesAt(state, i);
      const length = this.#lua.bytesLength;
      at = writeText(u8, at, `$${length}\r\n`);
      u8.set(this.#lua.lua.HEAPU8.subarray(from, from + length), at);
      at = writeText(u8, at + length, '\r\n');
    }
    return at;
  }
}

/** A command that a script cannot call so. */
class CallError extends Error {}

function fits({ arity }: CommandSpec, count: number): boolean {
  return arity < 0 ? count >= -arity : count === arity;
}

function writeText(u8: Uint8Array, at: number, text: string): number {
  writeBinary(u8, at, text);
  return at + text.length;
}

/** A number as an argument, as C's `%.17g`. */
function numberText(value: number): string {
  return Number.isSafeInteger(value) && value !== 0 ? String(value) : formatDouble(value);
}
