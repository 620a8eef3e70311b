/** The library `bit`: operations on the low 32 bits of numbers, whose results are signed. */

import { type LuaState, LuaType, type State } from './lua-state.js';

/** Of all arguments, from the left. */
const FOLDS: Readonly<Record<string, (a: number, b: number) => number>> = {
  band: (a, b) => a & b,
  bor: (a, b) => a | b,
  bxor: (a, b) => a ^ b,
};

/** Of one argument, or two; shifts count modulo 32. */
const OPERATIONS: Readonly<Record<string, readonly [args: 1 | 2, (a: number, b: number) => number]>> = {
  tobit: [1, (a) => a],
  bnot: [1, (a) => ~a],
  bswap: [1, (a) => (a << 24) | ((a & 0xff00) << 8) | ((a >>> 8) & 0xff00) | (a >>> 24)],
  lshift: [2, (a, n) => a << n],
  rshift: [2, (a, n) => (a >>> n) | 0],
  arshift: [2, (a, n) => a >> n],
  rol: [2, (a, n) => (a << n) | (n & 31 ? a >>> (32 - (n & 31)) : 0)],
  ror: [2, (a, n) => (n & 31 ? a >>> (n & 31) : 0) | (a << (32 - (n & 31)))],
};

/** Pushes a table of the operations. */
export function pushBitLibrary(lua: LuaState): void {
  const { state } = lua;
  lua.lua._lua_createtable(state, 0, 12);
  const add = (name: string, body: (at: State) => number) => {
    lua.pushFunction(state, body);
    lua.setField(state, name);
  };
  for (const [name, fold] of Object.entries(FOLDS)) {
    add(name, (at) => {
      let value = operand(lua, at, 1, name);
      for (let i = 2; i <= lua.lua._lua_gettop(at); i++) value = fold(value, operand(lua, at, i, name));
      return result(lua, at, value);
    });
  }
  for (const [name, [args, operate]] of Object.entries(OPERATIONS)) {
    add(name, (at) => result(lua, at, operate(operand(lua, at, 1, name), args === 2 ? operand(lua, at, 2, name) : 0)));
  }
  add('tohex', (at) => {
    const value = operand(lua, at, 1, 'tohex');
    const digits = lua.lua._lua_gettop(at) > 1 ? operand(lua, at, 2, 'tohex') : 8;
    const text = (value >>> 0)
      .toString(16)
      .padStart(8, '0')
      .slice(-Math.min(8, Math.abs(digits)));
    lua.push(at, digits === 0 ? '' : digits < 0 ? text.toUpperCase() : text);
    return 1;
  });
}

function result(lua: LuaState, state: State, value: number): number {
  lua.lua._lua_pushnumber(state, value | 0);
  return 1;
}

/** An argument's low 32 bits; fractions are rounded to the nearest, halves to the even. */
function operand(lua: LuaState, state: State, index: number, name: string): number {
  const type = lua.lua._lua_type(state, index);
  const isNumber = type === LuaType.number || (type === LuaType.string && lua.lua._lua_isnumber(state, index) !== 0);
  if (!isNumber)
    lua.fail(state, `bad argument #${index} to '${name}' (number expected, got ${lua.typeName(state, index)})`);
  const value = lua.lua._lua_tonumber(state, index);
  const floor = Math.floor(value);
  const rounded = value - floor > 0.5 || (value - floor === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
  return rounded | 0;
}
