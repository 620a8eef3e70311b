/** EVAL and its kin: the same scripts on a real redis-server and on ours, and what is ours alone. */

import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { describe, expect, it } from 'vitest';
import { LuaApi } from 'wasmoon-lua5.1';
import { redisModules } from '../../src/network/redis-modules/index.js';
import { type RedisScriptingOptions, redisScripting } from '../../src/network/redis-scripting/index.js';
import { sha1Hex } from '../../src/network/redis-scripting/sha1.js';
import { RedisServer } from '../../src/network/resp/index.js';
import { describePair } from '../support/pair.js';
import { type SeededRandom, seededRandom, testSeed } from '../support/random.js';
import { RawClient, type RawReply } from '../support/resp.js';

const lua = await LuaApi.initialize();

/** Scripts without keys or arguments: what is answered must be alike, to the letter. */
const SCRIPTS = [
  // Values.
  'return 1',
  'return 3.99',
  'return -0.5',
  'return 1e300',
  'return 9007199254740993',
  'return 0/0',
  'return true',
  'return false',
  'return nil',
  'return ""',
  'return "a\\0\\255\\r\\n"',
  'return {1,2,nil,3}',
  'return {{1,{2,{}}},"x",true,false,3.5}',
  'return {1,false,nil}',
  'return function() end',
  'return {ok="fine"}',
  'return {err="hello"}',
  'return {err="MY hello there"}',
  'return {[1]="a",err="x"}',
  'return {ok=1}',
  'return {double=3.5}',
  'return {map={a=1}}',
  'return {set={a=true}}',
  'return {big_number="123"}',
  'return {verbatim_string={format="txt",string="hello"}}',
  'return setmetatable({},{__index={err="x"}})',
  'return tostring(5/1) .. " " .. tostring(2^53) .. " " .. 1/3',
  // Errors.
  'return 1 +',
  'error("boom")',
  'error({err="MY boom"})',
  'return x',
  'x = 1',
  'KEYS = {}',
  'string.foo = 1',
  'local a = {} return a.b.c',
  '\n\n  local function f() return nil + 1 end f()',
  'return ("x"):bad()',
  'rawset(_G, "x", 1) return 1',
  'return print',
  'return os',
  'return loadstring("return x")()',
  'return loadstring("return 5")()',
  'return loadstring("return +")',
  'return coroutine.yield(1)',
  'return coroutine.wrap(function() coroutine.yield(redis.call("PING").ok) end)()',
  'return {pcall(function() error("x") end)}',
  'return {pcall(function() return 1, 2, 3 end)}',
  'return {pcall(redis.call, "NOPE")}',
  'return select(2, xpcall(function() error("x") end, function(e) return "handled " .. e end))',
  'return _VERSION',
  'return type(_G) .. type(redis) .. type(string.format) .. type(math.floor) .. type(bit.band)',
  'return string.rep("ab", 3) .. ("x"):upper() .. string.format("%5.2f|%d|%s|%q", 1.005, 3, "s", "q\\n")',
  'local t = {3,1,2} table.sort(t) return table.concat(t, ",")',
  'return {tostring(tonumber("0x10")), tostring(tonumber("1e3")), tostring(tonumber("x"))}',
  'return {string.find("hello world", "o w"), string.match("key=val", "(%w+)=(%w+)"), ("abc"):byte(1,-1)}',
  'return unpack({1,2,3})',
  'return {math.floor(3.7), math.max(1,5,2), math.abs(-3), tostring(math.huge), tostring(math.pi)}',
  // redis.*
  'return redis.call("PING")',
  'return redis.call()',
  'return redis.pcall()',
  'return redis.call("GET")',
  'return redis.call("NOPE")',
  'return redis.pcall("NOPE")',
  'return redis.call("OBJECT")',
  'return redis.call("OBJECT", "NOPE")',
  'return redis.call("SET", {}, 1)',
  'return redis.call("GET", true)',
  'return redis.pcall("GET", nil)',
  'redis.call("SET", "a", "x") return redis.call("INCR", "a")',
  'redis.call("SET", "a", "x") return redis.pcall("INCR", "a")',
  'redis.call("SET", "a", "x") local r = redis.pcall("INCR", "a") return {type(r), r.err}',
  'local t = {} for k, v in pairs(redis.pcall("NOPE")) do t[#t+1] = k .. "=" .. tostring(v) end table.sort(t) return t',
  'redis.call("SET", "a", 1.5) return redis.call("GET", "a")',
  'redis.call("SET", "a", 10/2) return redis.call("GET", "a")',
  'redis.call("SET", "a", 1e20) return redis.call("GET", "a")',
  'redis.call("SET", "a", -0.1) return redis.call("GET", "a")',
  'redis.call("SET", "a", 2^53 + 2) return redis.call("GET", "a")',
  'redis.call("SET", "a", "\\0\\255\\r\\n") return {redis.call("GET", "a"), redis.call("STRLEN", "a")}',
  'return {tostring(redis.call("GET", "none")), type(redis.call("MGET", "none", "none")[1])}',
  'return redis.call("MGET", "a", "none")',
  'return redis.call("DEL", "a", "none", "z")',
  'redis.call("ZADD", "z", 1.5, "a", 2, "b") return redis.call("ZRANGE", "z", 0, -1, "WITHSCORES")',
  'redis.setresp(3) redis.call("ZADD", "z", 1.5, "a") return redis.call("ZSCORE", "z", "a")',
  'redis.setresp(3) return tostring(redis.call("GET", "none"))',
  'redis.setresp(3) return {true, false}',
  'redis.setresp(3) return true',
  'redis.setresp(3) local r = redis.call("ZRANGE", "z", 0, -1, "WITHSCORES") return type(r[1])',
  'redis.call("DEL", "z") return redis.call("BZMPOP", 0, 1, "z", "MIN")',
  'return redis.call("BZPOPMIN", "z", 0)',
  'return redis.call("AUTH", "x")',
  'return redis.call("CLIENT", "ID")',
  'return redis.call("CONFIG", "GET", "maxmemory")',
  'return redis.call("EVAL", "return 1", 0)',
  'return redis.call("SELECT", 0)',
  'return redis.call("INFO", "server"):sub(1, 8)',
  'return redis.error_reply("x")',
  'return redis.error_reply("MY x")',
  'return redis.error_reply("-MY x")',
  'return redis.error_reply("-x")',
  'return redis.error_reply()',
  'return redis.error_reply(1)',
  'return redis.status_reply("x")',
  'return redis.status_reply(1)',
  'return redis.sha1hex("")',
  'return redis.sha1hex()',
  'return redis.sha1hex(12)',
  'return redis.log()',
  'return redis.log("x", "y")',
  'return redis.log(9, "y")',
  'return redis.log(redis.LOG_DEBUG, "a", 1)',
  'return redis.setresp()',
  'return redis.setresp(4)',
  'return redis.set_repl(redis.REPL_ALL)',
  'return redis.set_repl(9)',
  'return redis.replicate_commands()',
  'return redis.breakpoint()',
  'return redis.acl_check_cmd("set", "a", "b")',
  'return {redis.REDIS_VERSION, redis.REDIS_VERSION_NUM, redis.LOG_WARNING, redis.REPL_REPLICA}',
  // bit.*
  'return {bit.tobit(0xffffffff), bit.tobit(2^40 + 5), bit.bnot(0), bit.band(255, 15, 7), bit.bor(1, 2, 4), bit.bxor(5, 3)}',
  'return {bit.lshift(1, 31), bit.rshift(-1, 28), bit.arshift(-256, 4), bit.rol(0x12345678, 12), bit.ror(0x12345678, 12), bit.lshift(1, 33)}',
  'return {bit.bswap(0x12345678), bit.tohex(255), bit.tohex(255, 4), bit.tohex(-1, -6), bit.tobit(1.5), bit.tobit(2.5), bit.rol(1, 0)}',
  'return bit.band("x")',
  // The first line.
  '#!lua\nreturn 1',
  '#!lua flags=no-writes\nreturn redis.call("GET", "none")',
  '#!lua flags=no-writes\nreturn redis.call("SET", "a", 1)',
  '#!lua flags=no-writes,allow-oom\nreturn x',
  '#!lua flags=bad\nreturn 1',
  '#!lua name=x\nreturn 1',
  '#!py\nreturn 1',
  '#!lua',
] as const;

/** Commands beside EVAL. */
const COMMANDS: readonly (readonly string[])[] = [
  ['EVAL', 'return {KEYS, ARGV, #KEYS, #ARGV}', '2', 'k1', 'k2', 'a1', 'a\0\xff'],
  ['EVAL', 'KEYS[1] = "x" return KEYS', '1', 'k'],
  ['EVAL', 'return #KEYS', '0'],
  ['EVAL', 'return 1', '-1'],
  ['EVAL', 'return 1', '2', 'a'],
  ['EVAL', 'return 1', 'x'],
  ['EVAL', 'return 1'],
  ['EVALSHA', 'abc', '0'],
  ['EVALSHA', 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db', '0'],
  ['SCRIPT', 'LOAD', 'return 7'],
  ['SCRIPT', 'EXISTS', '4ca238f611c9d0ae4e9a75a5dbac22aedc1e44e8', 'nope', 'b2dd3b1b3b8c3b3b'],
  ['SCRIPT', 'LOAD', 'return'],
  ['SCRIPT', 'LOAD', 'return 1 +'],
  ['SCRIPT', 'LOAD'],
  ['SCRIPT', 'EXISTS'],
  ['SCRIPT', 'KILL'],
  ['SCRIPT', 'NOPE'],
  ['SCRIPT'],
  ['EVAL_RO', 'return redis.call("GET", KEYS[1])', '1', 'none'],
  ['EVAL_RO', 'return redis.call("SET", KEYS[1], 1)', '1', 'none'],
  ['EVAL_RO', 'return redis.pcall("SET", KEYS[1], 1)', '1', 'none'],
  ['SCRIPT', 'FLUSH', 'bad'],
  ['SCRIPT', 'FLUSH', 'ASYNC'],
  ['EVALSHA', 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db', '0'],
];

describePair(
  'scripts, beside a real redis-server',
  (pair) => {
    it.each([2, 3])('are answered alike over RESP%i', async (protocol) => {
      const [theirs, ours] = await pair().open(protocol);
      const ask = async (args: readonly string[]) => {
        const [expected, actual] = await Promise.all([theirs.call(...args), ours.call(...args)]);
        expect.soft(actual, JSON.stringify(args)).toEqual(expected);
      };
      for (const script of SCRIPTS) await ask(['EVAL', script, '0']);
      for (const command of COMMANDS) await ask(command);
      pair().server.check();
      theirs.close();
      ours.close();
    });

    it('leave the same behind, whatever they call', async () => {
      const random = seededRandom(testSeed('scripts of random commands'));
      const [theirs, ours] = await pair().open();
      for (let round = 0; round < 150; round++) {
        const script = randomScript(random);
        const args = ['EVAL', script, '3', 'a', 'b', 'c', 'x', String(random.below(100))];
        const [expected, actual] = await Promise.all([theirs.call(...args), ours.call(...args)]);
        expect(actual, script).toEqual(expected);
      }
      for (const key of ['a', 'b', 'c']) {
        const dump = [
          'EVAL',
          'local t = redis.call("TYPE", KEYS[1]).ok if t == "zset" then return redis.call("ZRANGE", KEYS[1], 0, -1, "WITHSCORES") end return {t, redis.call("GET", KEYS[1])}',
          '1',
          key,
        ];
        expect(await ours.call(...dump)).toEqual(await theirs.call(...dump));
      }
      pair().server.check();
      theirs.close();
      ours.close();
    });
  },
  { modules: [redisScripting(lua)] },
);

/** A few commands on three keys; errors of them are caught or end it. */
function randomScript(random: SeededRandom): string {
  const key = () => `KEYS[${1 + random.below(3)}]`;
  const lines = Array.from({ length: 1 + random.below(6) }, () => {
    const call = random.below(5) === 0 ? 'redis.call' : 'redis.pcall';
    const commands = [
      `'SET', ${key()}, ARGV[${1 + random.below(2)}]`,
      `'INCRBY', ${key()}, ${random.below(1000) - 500}`,
      `'APPEND', ${key()}, string.rep('y', ${random.below(20)})`,
      `'DEL', ${key()}, ${key()}`,
      `'GET', ${key()}`,
      `'ZADD', ${key()}, ${random.below(10)} / 4, 'm${random.below(5)}'`,
      `'ZRANGE', ${key()}, 0, -1, 'WITHSCORES'`,
      `'MGET', ${key()}, ${key()}`,
      `'TYPE', ${key()}`,
      `'RENAME', ${key()}, ${key()}`,
    ];
    return `r[#r + 1] = ${call}(${commands[random.below(commands.length)]})`;
  });
  return `local r = {} ${lines.join(' ')} return r`;
}

describe('scripts', () => {
  let server: RedisServer;
  let client: RawClient;

  const start = async (options: RedisScriptingOptions = {}, maxMemory = 0) => {
    server = new RedisServer({ modules: [redisScripting(lua, options)], maxMemory });
    await server.listen(0);
    client = await RawClient.open({ port: server.port });
  };
  const stop = async () => {
    server.check();
    client.close();
    await server.close(0);
  };
  const text = (reply: RawReply) => ('text' in reply ? reply.text : reply);

  it('run for ioredis and node-redis, which send the SHA-1 first', async () => {
    await start();
    const ioredis = new Redis(server.port, '127.0.0.1');
    ioredis.defineCommand('addAll', {
      numberOfKeys: 1,
      lua: 'local sum = 0 for _, v in ipairs(ARGV) do sum = redis.call("INCRBY", KEYS[1], v) end return sum',
    });
    const withAddAll = ioredis as unknown as { addAll(key: string, ...values: number[]): Promise<number> };
    expect(await withAddAll.addAll('n', 1, 2, 3)).toBe(6);
    expect(await withAddAll.addAll('n', 4)).toBe(10);
    ioredis.disconnect();
    const redis = createClient({ url: `redis://127.0.0.1:${server.port}` });
    await redis.connect();
    const sha = await redis.scriptLoad('return {KEYS[1], ARGV[1]}');
    expect(await redis.evalSha(sha, { keys: ['k'], arguments: ['v'] })).toEqual(['k', 'v']);
    redis.destroy();
    await stop();
  });

  it('answer in order among other commands of a pipeline, however large their replies are', async () => {
    await start();
    const size = 300_000;
    const script = 'redis.call("SET", KEYS[1], string.rep("v", ARGV[1])) return redis.call("GET", KEYS[1])';
    const replies = await Promise.all([
      client.call('ECHO', 'before'),
      client.call('EVAL', script, '1', 'k', String(size)),
      client.call('ECHO', 'between'),
      client.call('EVAL', 'local n = 0 for i = 1, 5 do n = n + #redis.call("GET", KEYS[1]) end return n', '1', 'k'),
      client.call('GET', 'k'),
    ]);
    expect(text(replies[0] as RawReply)).toBe('before');
    expect(text(replies[1] as RawReply)).toBe('v'.repeat(size));
    expect(text(replies[2] as RawReply)).toBe('between');
    expect(replies[3]).toEqual({ type: ':', value: BigInt(5 * size) });
    expect(text(replies[4] as RawReply)).toBe('v'.repeat(size));
    await stop();
  });

  it('serve who waits for what they make, once they have ended', async () => {
    await start();
    const waiting = await RawClient.open({ port: server.port });
    const popped = waiting.call('BZPOPMIN', 'z', '0');
    while (server.stats().commands < 1) await client.call('PING');
    await client.call('EVAL', 'redis.call("ZADD", "z", 2, "b") redis.call("ZADD", "z", 1, "a") return 1', '0');
    expect(await popped).toEqual({
      type: '*',
      items: ['z', 'a', '1'].map((item) => ({ type: '$', text: item })),
    });
    const again = waiting.call('BZPOPMIN', 'y', '0');
    await client.call('EVAL', 'redis.call("ZADD", "y", 2, "b") redis.call("DEL", "y") return 1', '0');
    await client.call('ZADD', 'y', '3', 'c');
    expect(await again).toMatchObject({ items: [{ text: 'y' }, { text: 'c' }, { text: '3' }] });
    waiting.close();
    await stop();
  });

  it('call commands of modules, which call others themselves', async () => {
    server = new RedisServer({ modules: [...redisModules, redisScripting(lua)] });
    await server.listen(0);
    client = await RawClient.open({ port: server.port });
    const script = `redis.setresp(3)
      local before = redis.call('GET', 'none')
      local first = redis.call('CL.THROTTLE', KEYS[1], 4, 1, 1)
      local second = redis.call('CL.THROTTLE', KEYS[1], 4, 1, 1, 9)
      return {first[3], second[1], tostring(before), tostring(redis.call('GET', 'none')), redis.call('ECHO', 'end')}`;
    const replies = await client.pipeline([
      ['ECHO', 'before'],
      ['EVAL', script, '1', 'limit'],
      ['ECHO', 'after'],
    ]);
    expect(
      replies.map((reply) =>
        'items' in reply
          ? reply.items.map((item) => ('text' in item ? item.text : 'value' in item ? Number(item.value) : null))
          : text(reply),
      ),
    ).toEqual(['before', [4, 1, 'nil', 'nil', 'end'], 'after']);
    // What it finds there does not fit into a buffer: all before it is sent first, and nothing of it.
    const [echoed, , refused, echoedToo] = await client.pipeline([
      ['ECHO', 'before'],
      ['SET', 'large', 'x'.repeat(300_000)],
      ['EVAL', 'return redis.pcall("CL.THROTTLE", "large", 1, 1, 1)', '0'],
      ['ECHO', 'after'],
    ]);
    expect([echoed, refused, echoedToo].map((reply) => text(reply as RawReply))).toEqual([
      'before',
      'ERR Cell error: the key holds something that is no moment',
      'after',
    ]);
    await stop();
  });

  it('are ended when they run too long, even if they catch that, and the server goes on', async () => {
    await start({ timeLimitMs: 20 });
    const problem = 'Script ran for more than 20 ms, and was ended';
    for (const script of [
      'while true do end',
      'while true do pcall(function() while true do end end) end',
      'local f = coroutine.wrap(function() while true do end end) f()',
    ]) {
      expect(text(await client.call('EVAL', script, '0')), script).toContain(problem);
      expect(text(await client.call('EVAL', 'return redis.call("PING")', '0'))).toBe('PONG');
    }
    await stop();
  });

  it('see no change of what another has tried to leave', async () => {
    await start();
    const attempts = [
      'redis.call = function() return "mine" end',
      'getmetatable(_G).__index = {}',
      'rawset(string, "upper", function() return "mine" end)',
      'setmetatable(_G, {})',
      'setmetatable(string, {})',
      'getmetatable("").__index = {}',
      'table.insert(redis, 1)',
      'math.floor = nil',
    ];
    for (const script of attempts) expect((await client.call('EVAL', script, '0')).type, script).toBe('-');
    const check = 'return {redis.call("PING").ok, ("x"):upper(), string.upper("y"), math.floor(1.5)}';
    expect(await client.call('EVAL', check, '0')).toEqual({
      type: '*',
      items: [...['PONG', 'X', 'Y'].map((item) => ({ type: '$', text: item })), { type: ':', value: 1n }],
    });
    await stop();
  });

  it('show what is in their libraries', async () => {
    await start();
    const script = 'local t = {} for k in pairs(redis) do t[#t + 1] = k end table.sort(t) return table.concat(t, " ")';
    expect(text(await client.call('EVAL', script, '0'))).toContain('call debug error_reply log pcall');
    await stop();
  });

  it('cannot write where memory is full, and keep what they wrote before', async () => {
    await start({}, 400_000);
    const script = 'for i = 1, 100000 do redis.call("SET", "k" .. i, string.rep("v", 100)) end';
    const reply = text(await client.call('EVAL', script, '0'));
    expect(reply).toMatch(/^OOM command not allowed when used memory > 'maxmemory'\. script: /);
    expect(server.stats().keys).toBeGreaterThan(1000);
    expect(text(await client.call('EVAL', '#!lua\nreturn 1', '0'))).toMatch(/^OOM/);
    expect(await client.call('EVAL', '#!lua flags=no-writes\nreturn 1', '0')).toEqual({ type: ':', value: 1n });
    await stop();
  });

  it('are refused to who has not given the password', async () => {
    await start();
    await client.call('CONFIG', 'SET', 'requirepass', 'secret');
    const stranger = await RawClient.open({ port: server.port });
    expect(text(await stranger.call('EVAL', 'return 1', '0'))).toBe('NOAUTH Authentication required.');
    stranger.close();
    await stop();
  });

  it('cannot answer with a table that is within itself', async () => {
    await start();
    expect(text(await client.call('EVAL', 'local t = {} t[1] = t return t', '0'))).toBe('ERR reached lua stack limit');
    expect(await client.call('EVAL', 'return 1', '0')).toEqual({ type: ':', value: 1n });
    await stop();
  });

  it('give what they log to the owner', async () => {
    const lines: [number, string][] = [];
    await start({ onLog: (level, line) => lines.push([level, line]) });
    await client.call('EVAL', 'redis.log(redis.LOG_WARNING, "low on", 3) redis.log(0, "x")', '0');
    expect(lines).toEqual([
      [3, 'low on 3'],
      [0, 'x'],
    ]);
    await stop();
  });

  it('are refused options that cannot be', () => {
    expect(() => redisScripting(lua, { timeLimitMs: 0 })).toThrow(RangeError);
    expect(() => redisScripting({ module: {} })).toThrow(TypeError);
    expect(() => redisScripting(undefined as never)).toThrow(TypeError);
  });
});

describe('SHA-1', () => {
  it("agrees with the standard's vectors", () => {
    expect(sha1Hex('')).toBe('da39a3ee5e6b4b0d3255bfef95601890afd80709');
    expect(sha1Hex('abc')).toBe('a9993e364706816aba3e25717850c26c9cd0d89d');
    expect(sha1Hex('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq')).toBe(
      '84983e441c3bd26ebaae4aa1f95129e5e54670f1',
    );
    expect(sha1Hex('a'.repeat(1_000_000))).toBe('34aa973cd4c4daa4f61eeb2bdbad27316534016f');
  });
});
