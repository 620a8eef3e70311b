/** Commands about the connection: HELLO, AUTH, SELECT, QUIT, CLIENT. */

import type { RespClient } from '../client.js';
import { Reply } from '../reply.js';
import {
  type CommandContext,
  type Handler,
  NOT_INTEGER,
  parseInteger,
  replyHelp,
  SYNTAX_ERROR,
  unknownSubcommand,
} from './context.js';

/** The version whose behaviour the server has. */
export const REDIS_VERSION = '7.0.15';

const WRONG_PASS = 'WRONGPASS invalid username-password pair or user is disabled.';

function hello(context: CommandContext): void {
  const { client, args, reply } = context;
  let version = client.resp3 ? 3 : 2;
  let at = 1;
  if (args.length > 1) {
    const wanted = parseInteger(args.text(1));
    if (wanted === undefined) return reply.error('ERR Protocol version is not an integer or out of range');
    if (wanted !== 2 && wanted !== 3) return reply.error('NOPROTO unsupported protocol version');
    version = wanted;
    at = 2;
  }
  let name: string | undefined;
  let authenticated = client.authenticated;
  for (; at < args.length; at++) {
    const option = args.lower(at);
    const left = args.length - 1 - at;
    if (option === 'auth' && left >= 2) {
      if (!passes(context, args.text(at + 1), args.text(at + 2))) return reply.error(WRONG_PASS);
      authenticated = true;
      at += 2;
    } else if (option === 'setname' && left >= 1) {
      name = args.text(at + 1);
      if (!isName(name)) return reply.error(BAD_NAME);
      at++;
    } else {
      return reply.error(`ERR Syntax error in HELLO option '${args.text(at).slice(0, 128)}'`);
    }
  }
  if (!authenticated) {
    return reply.error(
      'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time',
    );
  }
  client.authenticated = true;
  if (name !== undefined) client.name = name;
  client.resp3 = version === 3;
  const form = new Reply(client.resp3);
  form.map(7);
  for (const [key, value] of [
    ['server', 'redis'],
    ['version', REDIS_VERSION],
    ['proto', version],
    ['id', client.id],
    ['mode', 'standalone'],
    ['role', 'master'],
  ] as const) {
    form.bulk(key);
    if (typeof value === 'number') form.integer(value);
    else form.bulk(value);
  }
  form.bulk('modules');
  form.array(0);
  reply.text += form.text;
}

function passes({ server }: CommandContext, user: string, password: string): boolean {
  const wanted = server.config.settings.requirePass;
  return user === 'default' && (wanted === '' || password === wanted);
}

function auth(context: CommandContext): void {
  const { server, client, args, reply } = context;
  if (args.length > 3) return reply.error(SYNTAX_ERROR);
  if (args.length === 2 && server.config.settings.requirePass === '') {
    return reply.error(
      'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
    );
  }
  const [user, password] = args.length === 2 ? ['default', args.text(1)] : [args.text(1), args.text(2)];
  if (!passes(context, user, password)) return reply.error(WRONG_PASS);
  client.authenticated = true;
  reply.ok();
}

function select({ args, reply }: CommandContext): void {
  const index = parseInteger(args.text(1));
  if (index === undefined) reply.error(NOT_INTEGER);
  else if (index !== 0) reply.error('ERR DB index is out of range');
  else reply.ok();
}

function quit({ client, reply }: CommandContext): void {
  client.closing = true;
  reply.ok();
}

// ── CLIENT ────────────────────────────────────────────────────────────────────────────────────────

const BAD_NAME = 'ERR Client names cannot contain spaces, newlines or special characters.';

/** Printable ASCII without spaces. */
function isName(text: string): boolean {
  return /^[!-~]*$/.test(text);
}

function client(context: CommandContext): void {
  const { server, client: self, args, reply } = context;
  switch (args.lower(1)) {
    case 'id':
      return reply.integer(self.id);
    case 'getname':
      return self.name === '' ? reply.null() : reply.bulk(self.name);
    case 'setname':
      if (!isName(args.text(2))) return reply.error(BAD_NAME);
      self.name = args.text(2);
      return reply.ok();
    case 'setinfo':
      return setInfo(context);
    case 'info':
      return reply.verbatim(`${describe(self, server.now())}\n`);
    case 'list':
      return list(context);
    case 'kill':
      return kill(context);
    case 'unblock':
      return unblock(context);
    case 'no-evict':
      return noEvict(context);
    case 'help':
      return replyHelp(reply, 'CLIENT', CLIENT_HELP);
    default:
      return unknownSubcommand(context);
  }
}

const CLIENT_HELP = [
  'GETNAME',
  '    The name of this connection.',
  'ID',
  '    The number of this connection.',
  'INFO',
  '    What is known about this connection.',
  'KILL <ip:port> | <option> <value> ...',
  '    Closes connections. Options: ADDR, LADDR, ID, TYPE, USER, SKIPME.',
  'LIST [TYPE <type>] [ID <id> ...]',
  '    What is known about the connections.',
  'NO-EVICT (ON|OFF)',
  '    Protects this connection from being closed for memory.',
  'SETINFO (LIB-NAME|LIB-VER) <text>',
  '    Notes which client library this connection uses.',
  'SETNAME <name>',
  '    Names this connection.',
  'UNBLOCK <id> [TIMEOUT|ERROR]',
  '    Ends the wait of a connection.',
];

function setInfo({ client: self, args, reply }: CommandContext): void {
  const attribute = args.lower(2);
  const value = args.text(3);
  if (attribute !== 'lib-name' && attribute !== 'lib-ver')
    return reply.error(`ERR Unrecognized option '${args.text(2)}'`);
  if (!isName(value)) return reply.error(`ERR ${attribute} cannot contain spaces, newlines or special characters.`);
  if (attribute === 'lib-name') self.libraryName = value;
  else self.libraryVersion = value;
  reply.ok();
}

function noEvict({ client: self, args, reply }: CommandContext): void {
  const choice = args.lower(2);
  if (choice !== 'on' && choice !== 'off') return reply.error(SYNTAX_ERROR);
  self.noEvict = choice === 'on';
  reply.ok();
}

const TYPES = ['normal', 'master', 'replica', 'slave', 'pubsub'];

function typeOf(client: RespClient): string {
  return client.listens ? 'pubsub' : 'normal';
}

function list({ server, args, reply }: CommandContext): void {
  let chosen = [...server.clients.values()];
  if (args.length > 2) {
    const option = args.lower(2);
    if (option === 'type' && args.length === 4) {
      const type = args.lower(3);
      if (!TYPES.includes(type)) return reply.error(`ERR Unknown client type '${args.text(3)}'`);
      chosen = chosen.filter((each) => typeOf(each) === type);
    } else if (option === 'id' && args.length > 3) {
      const ids: number[] = [];
      for (const text of args.rest(3)) {
        const id = parseInteger(text);
        if (id === undefined) return reply.error('ERR Invalid client ID');
        ids.push(id);
      }
      chosen = chosen.filter(({ id }) => ids.includes(id));
    } else {
      return reply.error(SYNTAX_ERROR);
    }
  }
  reply.verbatim(chosen.map((each) => `${describe(each, server.now())}\n`).join(''));
}

/** One line of CLIENT LIST. */
function describe(each: RespClient, nowMs: number): string {
  const fields: Record<string, string | number> = {
    id: each.id,
    addr: each.connection.peer,
    laddr: each.connection.local,
    fd: each.id,
    name: each.name,
    age: Math.floor((nowMs - each.connectedMs) / 1000),
    idle: Math.floor((nowMs - each.lastActiveMs) / 1000),
    flags: `${each.listens ? 'P' : ''}${each.blocked ? 'b' : ''}${each.noEvict ? 'e' : ''}` || 'N',
    db: 0,
    sub: each.channels.size,
    psub: each.patterns.size,
    ssub: 0,
    multi: -1,
    qbuf: each.heldBytes,
    'qbuf-free': each.heldCapacity - each.heldBytes,
    'argv-mem': 0,
    'multi-mem': 0,
    rbs: 0,
    rbp: 0,
    obl: 0,
    oll: 0,
    omem: each.connection.pendingBytes,
    'tot-mem': each.heldCapacity + each.connection.pendingBytes,
    events: 'r',
    cmd: each.lastCommandName || 'NULL',
    user: 'default',
    redir: -1,
    resp: each.resp3 ? 3 : 2,
    'lib-name': each.libraryName,
    'lib-ver': each.libraryVersion,
  };
  return Object.entries(fields)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
}

function kill(context: CommandContext): void {
  const { server, client: self, args, reply } = context;
  if (args.length === 3) {
    const target = [...server.clients.values()].find(({ connection }) => connection.peer === args.text(2));
    if (target === undefined) return reply.error('ERR No such client');
    end(context, target);
    return reply.ok();
  }
  if (args.length % 2 !== 0) return reply.error(SYNTAX_ERROR);
  let skipMe = true;
  let chosen = [...server.clients.values()];
  for (let i = 2; i < args.length; i += 2) {
    const option = args.lower(i);
    const value = args.text(i + 1);
    if (option === 'id') {
      const id = parseInteger(value);
      if (id === undefined || id < 1) return reply.error('ERR client-id should be greater than 0');
      chosen = chosen.filter((each) => each.id === id);
    } else if (option === 'addr') {
      chosen = chosen.filter(({ connection }) => connection.peer === value);
    } else if (option === 'laddr') {
      chosen = chosen.filter(({ connection }) => connection.local === value);
    } else if (option === 'type') {
      if (!TYPES.includes(value.toLowerCase())) return reply.error(`ERR Unknown client type '${value}'`);
      chosen = chosen.filter((each) => typeOf(each) === value.toLowerCase());
    } else if (option === 'user') {
      if (value !== 'default') return reply.error(`ERR No such user '${value}'`);
    } else if (option === 'skipme' && /^(?:yes|no)$/i.test(value)) {
      skipMe = value.toLowerCase() === 'yes';
    } else {
      return reply.error(SYNTAX_ERROR);
    }
  }
  if (skipMe) chosen = chosen.filter((each) => each !== self);
  for (const target of chosen) end(context, target);
  reply.integer(chosen.length);
}

function unblock({ server, args, reply }: CommandContext): void {
  if (args.length > 4) return reply.error(SYNTAX_ERROR);
  const how = args.length === 4 ? args.lower(3) : 'timeout';
  if (how !== 'timeout' && how !== 'error') {
    return reply.error('ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR');
  }
  const id = parseInteger(args.text(2));
  if (id === undefined) return reply.error(NOT_INTEGER);
  const target = server.clients.get(id);
  const answer = how === 'error' ? '-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n' : undefined;
  reply.integer(target !== undefined && server.waiting.release(target, answer) ? 1 : 0);
}

/** A connection that kills itself still gets its reply. */
function end({ server, client: self }: CommandContext, target: RespClient): void {
  if (target === self) self.closing = true;
  else server.kill(target);
}

export const CONNECTION_COMMANDS: Readonly<Record<string, Handler>> = { hello, auth, select, quit, client };
