// Which function answers which command. Names are compared as numbers: upper-cased and zero-padded to sixteen bytes.
// A command that is not here, or comes with a wrong number of arguments, goes to the TypeScript side.

import { bitField } from './commands/bit-fields';
import { bitCount, bitOperation, bitPosition, getBit, setBit } from './commands/bits';
import { hllAdd, hllCount, hllMerge } from './commands/hyper-log-log/commands';
import { dispatchSortedSet } from './commands/sorted-sets/dispatch';
import { argAt, argLength, Engine, FALLBACK, HANDLED } from './engine';
import {
  copy,
  countPresent,
  del,
  expire,
  keys,
  persist,
  randomKey,
  rename,
  scan,
  timeToLive,
  type,
} from './commands/keys';
import { nameWord } from './options';
import { FITS, replyBulk, replyInteger, reserveOut } from './output';
import {
  append,
  get,
  getDel,
  getEx,
  getRange,
  getSet,
  incrementBy,
  incrementByArgument,
  mget,
  mset,
  msetNx,
  set,
  setNx,
  setRange,
  setWithMoment,
  strlen,
} from './commands/strings';

/** The first letter of every command on sorted sets. */
const LETTER_Z: u32 = 0x5a;
const GET: u64 = 0x544547;
const SET: u64 = 0x544553;
const MGET: u64 = 0x5445474d;
const MSET: u64 = 0x5445534d;
const MSETNX: u64 = 0x584e5445534d;
const SETNX: u64 = 0x584e544553;
const SETEX: u64 = 0x5845544553;
const PSETEX: u64 = 0x584554455350;
const GETSET: u64 = 0x544553544547;
const GETDEL: u64 = 0x4c4544544547;
const GETEX: u64 = 0x5845544547;
const APPEND: u64 = 0x444e45505041;
const STRLEN: u64 = 0x4e454c525453;
const GETRANGE: u64 = 0x45474e4152544547;
const SUBSTR: u64 = 0x525453425553;
const SETRANGE: u64 = 0x45474e4152544553;
const INCR: u64 = 0x52434e49;
const DECR: u64 = 0x52434544;
const INCRBY: u64 = 0x594252434e49;
const DECRBY: u64 = 0x594252434544;
const DEL: u64 = 0x4c4544;
const UNLINK: u64 = 0x4b4e494c4e55;
const EXISTS: u64 = 0x535453495845;
const TOUCH: u64 = 0x4843554f54;
const TYPE: u64 = 0x45505954;
const RENAME: u64 = 0x454d414e4552;
const RENAMENX: u64 = 0x584e454d414e4552;
const COPY: u64 = 0x59504f43;
const EXPIRE: u64 = 0x455249505845;
const PEXPIRE: u64 = 0x45524950584550;
const EXPIREAT: u64 = 0x5441455249505845;
const PEXPIREAT: u64 = 0x4145524950584550;
const TTL: u64 = 0x4c5454;
const PTTL: u64 = 0x4c545450;
const EXPIRETIME: u64 = 0x4954455249505845;
const PEXPIRETIME: u64 = 0x5445524950584550;
const PERSIST: u64 = 0x54534953524550;
const RANDOMKEY: u64 = 0x454b4d4f444e4152;
const KEYS: u64 = 0x5359454b;
const SCAN: u64 = 0x4e414353;
const PING: u64 = 0x474e4950;
const ECHO: u64 = 0x4f484345;
const DBSIZE: u64 = 0x455a49534244;
const SETBIT: u64 = 0x544942544553;
const GETBIT: u64 = 0x544942544547;
const BITCOUNT: u64 = 0x544e554f43544942;
const BITPOS: u64 = 0x534f50544942;
const BITOP: u64 = 0x504f544942;
const BITFIELD: u64 = 0x444c454946544942;
const PFADD: u64 = 0x4444414650;
const PFCOUNT: u64 = 0x544e554f434650;
const PFMERGE: u64 = 0x454752454d4650;
/** The ninth byte and on of RANDOMKEY, EXPIRETIME, PEXPIREAT and PEXPIRETIME. */
const PEXPIREAT_REST: u64 = 0x54;
const EXPIRETIME_REST: u64 = 0x454d;
const PEXPIRETIME_REST: u64 = 0x454d49;
const RANDOMKEY_REST: u64 = 0x59;
/** The ninth byte and on of BITFIELD_RO. */
const BITFIELD_RO_REST: u64 = 0x4f525f;

/** Runs the command whose arguments the engine holds. */
export function dispatch(engine: Engine): i32 {
  const at = argAt(engine, 0);
  const length = argLength(engine, 0);
  if (length == 0 || length > 16) return FALLBACK;
  const name = nameWord(at, min<u32>(length, 8));
  const rest: u64 = length > 8 ? nameWord(at + 8, length - 8) : 0;
  engine.name0 = name;
  engine.name1 = rest;
  const argc = engine.argc;
  if ((<u32>name & 0xff) == LETTER_Z) return dispatchSortedSet(engine, name, rest, argc);
  if (rest) return dispatchLong(engine, name, rest);
  if (name == GET) return argc == 2 ? get(engine) : FALLBACK;
  if (name == SET) return argc >= 3 ? set(engine) : FALLBACK;
  if (length <= 4) return dispatchShort(engine, name, argc);
  return length <= 6 ? dispatchMiddle(engine, name, argc) : dispatchOther(engine, name, argc);
}

function dispatchShort(engine: Engine, name: u64, argc: u32): i32 {
  if (name == MGET) return argc >= 2 ? mget(engine) : FALLBACK;
  if (name == MSET) return argc >= 3 && argc & 1 ? mset(engine) : FALLBACK;
  if (name == INCR) return argc == 2 ? incrementBy(engine, 1) : FALLBACK;
  if (name == DECR) return argc == 2 ? incrementBy(engine, -1) : FALLBACK;
  if (name == DEL) return argc >= 2 ? del(engine) : FALLBACK;
  if (name == TYPE) return argc == 2 ? type(engine) : FALLBACK;
  if (name == COPY) return argc >= 3 ? copy(engine) : FALLBACK;
  if (name == TTL) return argc == 2 ? timeToLive(engine, true, false) : FALLBACK;
  if (name == PTTL) return argc == 2 ? timeToLive(engine, false, false) : FALLBACK;
  if (name == KEYS) return argc == 2 ? keys(engine) : FALLBACK;
  if (name == SCAN) return argc >= 2 ? scan(engine) : FALLBACK;
  if (name == PING) return argc >= 1 && argc <= 2 ? ping(engine) : FALLBACK;
  if (name == ECHO) return argc == 2 ? echo(engine) : FALLBACK;
  return FALLBACK;
}

function dispatchMiddle(engine: Engine, name: u64, argc: u32): i32 {
  if (name == MSETNX) return argc >= 3 && argc & 1 ? msetNx(engine) : FALLBACK;
  if (name == SETNX) return argc == 3 ? setNx(engine) : FALLBACK;
  if (name == SETEX) return argc == 4 ? setWithMoment(engine, true) : FALLBACK;
  if (name == PSETEX) return argc == 4 ? setWithMoment(engine, false) : FALLBACK;
  if (name == GETSET) return argc == 3 ? getSet(engine) : FALLBACK;
  if (name == GETDEL) return argc == 2 ? getDel(engine) : FALLBACK;
  if (name == GETEX) return argc >= 2 ? getEx(engine) : FALLBACK;
  if (name == APPEND) return argc == 3 ? append(engine) : FALLBACK;
  if (name == STRLEN) return argc == 2 ? strlen(engine) : FALLBACK;
  if (name == SUBSTR) return argc == 4 ? getRange(engine) : FALLBACK;
  if (name == INCRBY) return argc == 3 ? incrementByArgument(engine, false) : FALLBACK;
  if (name == DECRBY) return argc == 3 ? incrementByArgument(engine, true) : FALLBACK;
  if (name == UNLINK) return argc >= 2 ? del(engine) : FALLBACK;
  if (name == EXISTS) return argc >= 2 ? countPresent(engine, false) : FALLBACK;
  if (name == TOUCH) return argc >= 2 ? countPresent(engine, true) : FALLBACK;
  if (name == RENAME) return argc == 3 ? rename(engine, false) : FALLBACK;
  if (name == EXPIRE) return argc >= 3 ? expire(engine, engine.now, true) : FALLBACK;
  if (name == DBSIZE) return argc == 1 ? dbSize(engine) : FALLBACK;
  if (name == SETBIT) return argc == 4 ? setBit(engine) : FALLBACK;
  if (name == GETBIT) return argc == 3 ? getBit(engine) : FALLBACK;
  if (name == BITPOS) return argc >= 3 ? bitPosition(engine) : FALLBACK;
  if (name == BITOP) return argc >= 4 ? bitOperation(engine) : FALLBACK;
  if (name == PFADD) return argc >= 2 ? hllAdd(engine) : FALLBACK;
  return FALLBACK;
}

function dispatchOther(engine: Engine, name: u64, argc: u32): i32 {
  if (name == GETRANGE) return argc == 4 ? getRange(engine) : FALLBACK;
  if (name == SETRANGE) return argc == 4 ? setRange(engine) : FALLBACK;
  if (name == RENAMENX) return argc == 3 ? rename(engine, true) : FALLBACK;
  if (name == PEXPIRE) return argc >= 3 ? expire(engine, engine.now, false) : FALLBACK;
  if (name == EXPIREAT) return argc >= 3 ? expire(engine, 0, true) : FALLBACK;
  if (name == PERSIST) return argc == 2 ? persist(engine) : FALLBACK;
  if (name == BITCOUNT) return argc >= 2 ? bitCount(engine) : FALLBACK;
  if (name == BITFIELD) return argc >= 2 ? bitField(engine, false) : FALLBACK;
  if (name == PFCOUNT) return argc >= 2 ? hllCount(engine) : FALLBACK;
  if (name == PFMERGE) return argc >= 2 ? hllMerge(engine) : FALLBACK;
  return FALLBACK;
}

function dispatchLong(engine: Engine, name: u64, rest: u64): i32 {
  const argc = engine.argc;
  if (name == PEXPIREAT && rest == PEXPIREAT_REST) return argc >= 3 ? expire(engine, 0, false) : FALLBACK;
  if (name == EXPIRETIME && rest == EXPIRETIME_REST) return argc == 2 ? timeToLive(engine, true, true) : FALLBACK;
  if (name == PEXPIRETIME && rest == PEXPIRETIME_REST) return argc == 2 ? timeToLive(engine, false, true) : FALLBACK;
  if (name == BITFIELD && rest == BITFIELD_RO_REST) return argc >= 2 ? bitField(engine, true) : FALLBACK;
  if (name == RANDOMKEY && rest == RANDOMKEY_REST) return argc == 1 ? randomKey(engine) : FALLBACK;
  return FALLBACK;
}

function ping(engine: Engine): i32 {
  if (engine.argc == 2) return echo(engine);
  const at = <usize>engine.out + engine.outLength;
  store<u32>(at, 0x4e4f502b); // "+PON"
  store<u32>(at, 0x000a0d47, 4); // "G\r\n"
  engine.outLength += 7;
  return HANDLED;
}

function echo(engine: Engine): i32 {
  const length = argLength(engine, 1);
  const room = reserveOut(engine, <u64>length + 32);
  if (room != FITS) return room;
  replyBulk(engine, argAt(engine, 1), length);
  return HANDLED;
}

function dbSize(engine: Engine): i32 {
  replyInteger(engine, engine.table.count);
  return HANDLED;
}
