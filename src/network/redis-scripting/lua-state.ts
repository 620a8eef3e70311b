/**
 * `LuaState`: a Lua 5.1 interpreter, by the C interface of `wasmoon-lua5.1`. Strings are bytes: they are copied from
 * memory to memory, and seen by JavaScript as binary strings, one character a byte.
 */

import { readBinary, writeBinary } from '../resp/engine.js';

/** Address of a Lua state, or of one of its coroutines. */
export type State = number;

/** What is used of the interpreter's module: `LuaApi.initialize()` of the package `wasmoon-lua5.1` has one as `module`. */
export interface LuaModule {
  readonly HEAPU8: Uint8Array;
  readonly HEAPU32: Uint32Array;
  addFunction(body: (...args: number[]) => number | undefined, signature: string): number;
  removeFunction(pointer: number): void;
  _malloc(bytes: number): number;
  _free(address: number): void;
  _luaL_newstate(): State;
  _luaL_loadbuffer(state: State, code: number, bytes: number, name: number): number;
  _luaL_ref(state: State, table: number): number;
  _luaL_where(state: State, level: number): void;
  _luaL_unref(state: State, table: number, reference: number): void;
  _luaopen_base(state: State): number;
  _luaopen_table(state: State): number;
  _luaopen_string(state: State): number;
  _luaopen_math(state: State): number;
  _luaopen_debug(state: State): number;
  _lua_call(state: State, args: number, results: number): void;
  _lua_checkstack(state: State, slots: number): number;
  _lua_close(state: State): void;
  _lua_createtable(state: State, items: number, fields: number): void;
  _lua_error(state: State): number;
  _lua_gettop(state: State): number;
  _lua_insert(state: State, index: number): void;
  _lua_isnumber(state: State, index: number): number;
  _lua_next(state: State, index: number): number;
  _lua_pcall(state: State, args: number, results: number, handler: number): number;
  _lua_pushboolean(state: State, value: number): void;
  _lua_pushcclosure(state: State, body: number, upvalues: number): void;
  _lua_pushlstring(state: State, from: number, bytes: number): void;
  _lua_pushnil(state: State): void;
  _lua_pushnumber(state: State, value: number): void;
  _lua_pushvalue(state: State, index: number): void;
  _lua_rawget(state: State, index: number): void;
  _lua_rawgeti(state: State, index: number, item: number): void;
  _lua_rawset(state: State, index: number): void;
  _lua_rawseti(state: State, index: number, item: number): void;
  _lua_replace(state: State, index: number): void;
  _lua_sethook(state: State, hook: number, mask: number, count: number): number;
  _lua_settop(state: State, index: number): void;
  _lua_toboolean(state: State, index: number): number;
  _lua_tolstring(state: State, index: number, length: number): number;
  _lua_tonumber(state: State, index: number): number;
  _lua_type(state: State, index: number): number;
}

export const LuaType = { none: -1, nil: 0, boolean: 1, number: 3, string: 4, table: 5 } as const;

const TYPE_NAMES = ['no value', 'nil', 'boolean', 'userdata', 'number', 'string', 'table', 'function'];
const REGISTRY = -10_000;
const GLOBALS = -10_002;
/** Called every so many instructions. */
const HOOK_COUNT = 8;
const STATUS_ERROR = 2;

export class LuaState {
  readonly lua: LuaModule;
  readonly state: State;
  readonly #length: number;
  readonly #names = new Map<string, number>();
  readonly #functions: number[] = [];
  #scratch = 0;
  #scratchBytes = 0;

  /** A state with the libraries that cannot reach the world: base, table, string, math and debug. */
  constructor(lua: LuaModule) {
    this.lua = lua;
    this.#length = lua._malloc(4);
    this.state = lua._luaL_newstate();
    if (this.state === 0) throw new RangeError('Lua has no memory for a state');
    for (const open of ['base', 'table', 'string', 'math', 'debug'] as const) {
      lua[`_luaopen_${open}`](this.state);
      lua._lua_settop(this.state, 0);
    }
  }

  close(): void {
    const { lua } = this;
    lua._lua_close(this.state);
    for (const pointer of this.#functions) lua.removeFunction(pointer);
    for (const address of [...this.#names.values(), this.#length]) lua._free(address);
    if (this.#scratch !== 0) lua._free(this.#scratch);
  }

  // ── Strings ─────────────────────────────────────────────────────────────────────────────────────

  /** Pushes a copy of bytes. */
  pushBytes(state: State, u8: Uint8Array, from: number, end: number): void {
    const at = this.#room(end - from);
    this.lua.HEAPU8.set(u8.subarray(from, end), at);
    this.lua._lua_pushlstring(state, at, end - from);
  }

  /** Pushes a binary string. */
  push(state: State, text: string): void {
    const at = this.#room(text.length);
    writeBinary(this.lua.HEAPU8, at, text);
    this.lua._lua_pushlstring(state, at, text.length);
  }

  #room(bytes: number): number {
    if (bytes <= this.#scratchBytes) return this.#scratch;
    const capacity = Math.max(1024, 2 * bytes);
    const room = this.lua._malloc(capacity);
    if (room === 0) throw new RangeError(`Lua has no memory for a string of ${bytes} bytes`);
    if (this.#scratch !== 0) this.lua._free(this.#scratch);
    this.#scratch = room;
    this.#scratchBytes = capacity;
    return room;
  }

  /** Where the bytes of the string at an index stand; a number there becomes a string. `bytesLength` has their count. */
  bytesAt(state: State, index: number): number {
    return this.lua._lua_tolstring(state, index, this.#length);
  }

  /** Bytes of the string that `bytesAt` found last. */
  get bytesLength(): number {
    return this.lua.HEAPU32[this.#length >>> 2] as number;
  }

  /** The string at an index, as a binary string; '' for what is none. */
  text(state: State, index: number): string {
    const at = this.bytesAt(state, index);
    return at === 0 ? '' : readBinary(this.lua.HEAPU8, at, at + this.bytesLength);
  }

  /** Address of a name, for the calls that take one; kept for good, so names must be few. */
  name(text: string): number {
    let at = this.#names.get(text);
    if (at === undefined) {
      at = this.lua._malloc(text.length + 1);
      writeBinary(this.lua.HEAPU8, at, `${text}\0`);
      this.#names.set(text, at);
    }
    return at;
  }

  // ── Tables and functions ────────────────────────────────────────────────────────────────────────

  /** Pushes the field of the table at an index, without its metatable; returns its type. */
  rawField(state: State, index: number, field: string): number {
    const { lua } = this;
    lua._lua_pushvalue(state, index);
    this.push(state, field);
    lua._lua_rawget(state, -2);
    lua._lua_replace(state, -2);
    return lua._lua_type(state, -1);
  }

  /** Sets a field of the table below the value on top to that value. */
  setField(state: State, field: string): void {
    const { lua } = this;
    this.push(state, field);
    lua._lua_pushvalue(state, -2);
    lua._lua_rawset(state, -4);
    lua._lua_settop(state, -2);
  }

  /** Pushes a function that is answered here: `body` gets the state it is called on, and returns its results' count. */
  pushFunction(state: State, body: (state: State) => number): void {
    const pointer = this.lua.addFunction((at) => body(at as State), 'ii');
    this.#functions.push(pointer);
    this.lua._lua_pushcclosure(state, pointer, 0);
  }

  /** Compiles; the function is pushed, or else what is wrong. */
  load(code: string, name: string): boolean {
    const { lua, state } = this;
    const at = lua._malloc(code.length + 1);
    if (at === 0) throw new RangeError(`Lua has no memory for a script of ${code.length} bytes`);
    writeBinary(lua.HEAPU8, at, code);
    const status = lua._luaL_loadbuffer(state, at, code.length, this.name(name));
    lua._free(at);
    return status === 0;
  }

  /** Takes the value on top away, to be pushed again by its number. */
  keep(): number {
    return this.lua._luaL_ref(this.state, REGISTRY);
  }

  pushKept(reference: number, state = this.state): void {
    this.lua._lua_rawgeti(state, REGISTRY, reference);
  }

  drop(reference: number): void {
    this.lua._luaL_unref(this.state, REGISTRY, reference);
  }

  // ── Ending what runs too long ───────────────────────────────────────────────────────────────────

  /**
   * A hook for `watch`.
   *
   * @param problem asked every so often; what it says ends the script, whatever the script does to catch it
   */
  hook(problem: () => string | undefined): number {
    const { lua } = this;
    const pointer = lua.addFunction((state) => {
      const text = problem();
      if (text === undefined) return undefined;
      // From now on at every instruction: no pcall outlasts that.
      lua._lua_sethook(state as State, pointer, HOOK_COUNT, 1);
      if (state !== this.state) lua._lua_sethook(this.state, pointer, HOOK_COUNT, 1);
      this.push(state as State, text);
      lua._lua_error(state as State);
      return undefined;
    }, 'vii');
    this.#functions.push(pointer);
    return pointer;
  }

  /** Asks a hook every `instructions`. */
  watch(hook: number, instructions: number): void {
    this.lua._lua_sethook(this.state, hook, HOOK_COUNT, instructions);
  }

  unwatch(): void {
    this.lua._lua_sethook(this.state, 0, 0, 0);
  }

  // ── Calls ───────────────────────────────────────────────────────────────────────────────────────

  /** Raises an error from within a function of `pushFunction`. Does not return. */
  fail(state: State, problem: string): void {
    this.lua._luaL_where(state, 1);
    this.push(state, this.text(state, -1) + problem);
    this.lua._lua_error(state);
  }

  /**
   * Pushes a function that calls the one on top, which it takes away. Where Lua looks for who called, it is there: a
   * function of Lua's own has no caller left after `return f()`.
   */
  wrap(): void {
    const kept = this.keep();
    this.pushFunction(this.state, (state) => {
      const { lua } = this;
      const args = lua._lua_gettop(state);
      this.pushKept(kept, state);
      lua._lua_insert(state, 1);
      lua._lua_call(state, args, -1);
      return lua._lua_gettop(state);
    });
  }

  /** The type of the value at an index, as Lua calls it. */
  typeName(state: State, index: number): string {
    return TYPE_NAMES[this.lua._lua_type(state, index) + 1] ?? 'userdata';
  }

  /** The table on top is what globals are from now on. */
  replaceGlobals(): void {
    this.lua._lua_replace(this.state, GLOBALS);
  }

  /** Calls the function below `args` values: 0, or the status of what went wrong, with the error pushed. */
  call(args: number, results: number): number {
    try {
      return this.lua._lua_pcall(this.state, args, results, 0);
    } catch (error) {
      // Deep recursion in C ends in an error of JavaScript's own.
      this.lua._lua_settop(this.state, 0);
      this.push(this.state, `ERR ${error instanceof Error ? error.message : String(error)}`);
      return STATUS_ERROR;
    }
  }
}
