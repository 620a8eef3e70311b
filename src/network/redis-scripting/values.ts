/** Values between Redis and Lua: replies as scripts see them, and what scripts return as replies. */

import { readBinary } from '../resp/engine.js';
import type { Reply } from '../resp/reply.js';
import { type LuaState, LuaType, type State } from './lua-state.js';

/** Nesting that replies and results may have, both ways. */
const MAX_DEPTH = 1000;

/** A reply nested too deeply, or a result that refers to itself. */
export class TooDeepError extends Error {
  constructor() {
    super('reached lua stack limit');
  }
}

// ── Replies to Lua ────────────────────────────────────────────────────────────────────────────────

/** Pushes the reply in `u8`. Returns whether it is an error; that is a table with `err`. */
export function pushReply(lua: LuaState, state: State, u8: Uint8Array): boolean {
  new ReplyReader(lua, state, u8).push(0);
  return u8[0] === 0x2d;
}

class ReplyReader {
  readonly #lua: LuaState;
  readonly #state: State;
  readonly #u8: Uint8Array;
  #at = 0;

  constructor(lua: LuaState, state: State, u8: Uint8Array) {
    this.#lua = lua;
    this.#state = state;
    this.#u8 = u8;
  }

  push(depth: number): void {
    const { lua } = this.#lua;
    const state = this.#state;
    if (depth > MAX_DEPTH || lua._lua_checkstack(state, 8) === 0) throw new TooDeepError();
    const type = String.fromCharCode(this.#u8[this.#at++] as number);
    switch (type) {
      case ':':
        return lua._lua_pushnumber(state, this.#integer());
      case '$':
        return this.#bulk();
      case '+':
        return this.#single('ok', this.#line());
      case '-':
        this.#single('err', this.#line());
        lua._lua_pushboolean(state, 1);
        return this.#lua.setField(state, 'ignore_error_stats_update');
      case '*':
        return this.#array(this.#integer(), depth);
      case '%':
        return this.#keyed('map', this.#integer(), depth);
      case '~':
        return this.#keyed('set', this.#integer(), depth);
      case '_':
        this.#line();
        return lua._lua_pushnil(state);
      case '#':
        return lua._lua_pushboolean(state, this.#line() === 't' ? 1 : 0);
      case ',':
        lua._lua_createtable(state, 0, 1);
        lua._lua_pushnumber(state, doubleOf(this.#line()));
        return this.#lua.setField(state, 'double');
      case '(':
        return this.#single('big_number', this.#line());
      case '=':
        return this.#verbatim();
      default:
        throw new Error(`A reply begins with ${JSON.stringify(type)}`);
    }
  }

  #line(): string {
    const from = this.#at;
    const end = this.#u8.indexOf(0x0d, from);
    this.#at = end + 2;
    return readBinary(this.#u8, from, end);
  }

  #integer(): number {
    const u8 = this.#u8;
    let at = this.#at;
    const negative = u8[at] === 0x2d;
    if (negative) at++;
    let value = 0;
    for (; u8[at] !== 0x0d; at++) value = 10 * value + (u8[at] as number) - 0x30;
    this.#at = at + 2;
    return negative ? -value : value;
  }

  #bulk(): void {
    const length = this.#integer();
    if (length < 0) return this.#lua.lua._lua_pushboolean(this.#state, 0);
    this.#lua.pushBytes(this.#state, this.#u8, this.#at, this.#at + length);
    this.#at += length + 2;
  }

  #single(field: string, text: string): void {
    this.#lua.lua._lua_createtable(this.#state, 0, 1);
    this.#lua.push(this.#state, text);
    this.#lua.setField(this.#state, field);
  }

  #array(length: number, depth: number): void {
    const { lua } = this.#lua;
    if (length < 0) return lua._lua_pushboolean(this.#state, 0);
    lua._lua_createtable(this.#state, length, 0);
    for (let i = 1; i <= length; i++) {
      this.push(depth + 1);
      lua._lua_rawseti(this.#state, -2, i);
    }
  }

  /** A map or a set: a table within a table, with its members for keys. */
  #keyed(field: 'map' | 'set', length: number, depth: number): void {
    const { lua } = this.#lua;
    const state = this.#state;
    lua._lua_createtable(state, 0, 1);
    lua._lua_createtable(state, 0, length);
    for (let i = 0; i < length; i++) {
      this.push(depth + 1);
      if (field === 'map') this.push(depth + 1);
      else lua._lua_pushboolean(state, 1);
      lua._lua_rawset(state, -3);
    }
    this.#lua.setField(state, field);
  }

  #verbatim(): void {
    const { lua } = this.#lua;
    const state = this.#state;
    const length = this.#integer();
    const text = readBinary(this.#u8, this.#at, this.#at + length);
    this.#at += length + 2;
    lua._lua_createtable(state, 0, 1);
    lua._lua_createtable(state, 0, 2);
    this.#lua.push(state, text.slice(0, 3));
    this.#lua.setField(state, 'format');
    this.#lua.push(state, text.slice(4));
    this.#lua.setField(state, 'string');
    this.#lua.setField(state, 'verbatim_string');
  }
}

function doubleOf(text: string): number {
  if (text === 'inf') return Number.POSITIVE_INFINITY;
  return text === '-inf' ? Number.NEGATIVE_INFINITY : Number(text);
}

// ── Results of scripts to replies ─────────────────────────────────────────────────────────────────

/** Writes the value on top of the stack as a reply. `resp`: the version the script speaks. @throws TooDeepError */
export function writeResult(lua: LuaState, reply: Reply, resp: number): void {
  new ResultWriter(lua, reply, resp).write(0);
}

class ResultWriter {
  readonly #lua: LuaState;
  readonly #reply: Reply;
  readonly #resp: number;

  constructor(lua: LuaState, reply: Reply, resp: number) {
    this.#lua = lua;
    this.#reply = reply;
    this.#resp = resp;
  }

  /** Writes the value on top, and takes it away. */
  write(depth: number): void {
    const { lua, state } = this.#lua;
    if (depth > MAX_DEPTH || lua._lua_checkstack(state, 8) === 0) throw new TooDeepError();
    const type = lua._lua_type(state, -1);
    if (type === LuaType.string) this.#reply.bulk(this.#lua.text(state, -1));
    else if (type === LuaType.number) this.#reply.integer(truncated(lua._lua_tonumber(state, -1)));
    else if (type === LuaType.boolean) this.#boolean(lua._lua_toboolean(state, -1) !== 0);
    else if (type === LuaType.table) this.#table(depth);
    else this.#reply.null();
    lua._lua_settop(state, -2);
  }

  #boolean(value: boolean): void {
    if (this.#resp === 3) this.#reply.boolean(value);
    else if (value) this.#reply.integer(1);
    else this.#reply.null();
  }

  #table(depth: number): void {
    if (this.#textField('err', (text) => this.#reply.error(text))) return;
    if (this.#textField('ok', (text) => this.#reply.simple(text.replace(/[\r\n]/g, ' ')))) return;
    if (this.#number()) return;
    if (this.#keyed('map', depth) || this.#keyed('set', depth)) return;
    if (this.#textField('big_number', (text) => this.#reply.bigNumber(text.replace(/[\r\n]/g, ' ')))) return;
    if (this.#verbatim()) return;
    this.#array(depth);
  }

  #textField(field: string, write: (text: string) => void): boolean {
    const { lua, state } = this.#lua;
    const found = this.#lua.rawField(state, -1, field) === LuaType.string;
    if (found) write(this.#lua.text(state, -1));
    lua._lua_settop(state, -2);
    return found;
  }

  #number(): boolean {
    const { lua, state } = this.#lua;
    const found = this.#lua.rawField(state, -1, 'double') === LuaType.number;
    if (found) this.#reply.double(lua._lua_tonumber(state, -1));
    lua._lua_settop(state, -2);
    return found;
  }

  #keyed(field: 'map' | 'set', depth: number): boolean {
    const { lua, state } = this.#lua;
    const found = this.#lua.rawField(state, -1, field) === LuaType.table;
    if (found) {
      const count = this.#count();
      if (field === 'map') this.#reply.map(count);
      else this.#reply.set(count);
      lua._lua_pushnil(state);
      while (lua._lua_next(state, -2) !== 0) {
        // The key is needed again to go on from.
        lua._lua_pushvalue(state, -2);
        this.write(depth + 1);
        if (field === 'map') this.write(depth + 1);
        else lua._lua_settop(state, -2);
      }
    }
    lua._lua_settop(state, -2);
    return found;
  }

  #count(): number {
    const { lua, state } = this.#lua;
    let count = 0;
    lua._lua_pushnil(state);
    while (lua._lua_next(state, -2) !== 0) {
      lua._lua_settop(state, -2);
      count++;
    }
    return count;
  }

  #verbatim(): boolean {
    const { lua, state } = this.#lua;
    let found = this.#lua.rawField(state, -1, 'verbatim_string') === LuaType.table;
    if (found) {
      const hasFormat = this.#lua.rawField(state, -1, 'format') === LuaType.string;
      const hasText = this.#lua.rawField(state, -2, 'string') === LuaType.string;
      found = hasFormat && hasText;
      if (found) this.#reply.verbatim(this.#lua.text(state, -1), this.#lua.text(state, -2));
      lua._lua_settop(state, -3);
    }
    lua._lua_settop(state, -2);
    return found;
  }

  /** The items before the first that is nil. */
  #array(depth: number): void {
    const { lua, state } = this.#lua;
    let length = 0;
    const before = this.#reply.text;
    this.#reply.text = '';
    for (;;) {
      lua._lua_rawgeti(state, -1, length + 1);
      if (lua._lua_type(state, -1) === LuaType.nil) break;
      this.write(depth + 1);
      length++;
    }
    lua._lua_settop(state, -2);
    const items = this.#reply.text;
    this.#reply.text = before;
    this.#reply.array(length);
    this.#reply.text += items;
  }
}

/** As C turns a double into 64 bits, where it has a meaning; else the least of them all, as processors do. */
function truncated(value: number): number | bigint {
  if (Number.isSafeInteger(value)) return value + 0;
  const whole = Math.trunc(value);
  if (Math.abs(whole) <= Number.MAX_SAFE_INTEGER) return whole + 0;
  return Math.abs(whole) < 2 ** 63 ? BigInt(whole) : -(2n ** 63n);
}
