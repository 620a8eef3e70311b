/** Commands about connections and the server, and how they are refused: alike to the letter in a real redis-server and ours. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { describePair } from '../../support/pair.js';
import type { RawClient } from '../../support/resp.js';

const COMMANDS = `
CLIENT|CLIENT KILL|CLIENT KILL ID|CLIENT KILL ID 0|CLIENT KILL ID abc|CLIENT KILL ID 99999|CLIENT KILL BAD x|CLIENT KILL TYPE bad
CLIENT KILL USER nosuch|CLIENT KILL SKIPME maybe|CLIENT KILL ID 1 ADDR|CLIENT LIST BAD|CLIENT LIST TYPE|CLIENT LIST TYPE bad
CLIENT LIST ID|CLIENT LIST ID x|CLIENT LIST ID 0|CLIENT NO-EVICT|CLIENT NO-EVICT x|CLIENT SETNAME|CLIENT SETNAME a b|CLIENT GETNAME x
CLIENT ID x|CLIENT NOPE|CONFIG|CONFIG GET|CONFIG SET|CONFIG SET a|CONFIG SET a b|CONFIG SET maxmemory abc|CONFIG SET maxmemory -1
CONFIG SET maxclients 0|CONFIG SET maxclients x|CONFIG SET timeout -1|CONFIG SET timeout 1 timeout 2|CONFIG SET databases 3
CONFIG SET timeout 1 maxmemory|CONFIG NOPE|CONFIG RESETSTAT x|CONFIG GET nosuch|CONFIG SET maxmemory 100|CONFIG GET maxmemory
CONFIG SET maxmemory 1kb|CONFIG GET maxmemory|CONFIG SET maxmemory 1k|CONFIG GET MaxMemory|CONFIG SET maxmemory 1.5mb
CONFIG SET maxmemory 0|CONFIG SET maxmemory-policy ALLKEYS-RANDOM|CONFIG GET maxmemory-policy|CONFIG SET maxmemory-policy noeviction
COMMAND NOPE|COMMAND COUNT x|COMMAND DOCS nosuch|OBJECT|OBJECT ENCODING|OBJECT ENCODING a b|OBJECT FREQ none|OBJECT IDLETIME none
OBJECT NOPE x|OBJECT REFCOUNT none|OBJECT HELP x|MEMORY|MEMORY USAGE|MEMORY USAGE k SAMPLES|MEMORY USAGE k SAMPLES -1
MEMORY USAGE k SAMPLES x|MEMORY USAGE k BAD 1|MEMORY NOPE|SELECT|SELECT 16|SELECT -1|SELECT x|AUTH|AUTH x|AUTH a b|AUTH default x
AUTH a b c|FLUSHALL x|FLUSHALL SYNC|FLUSHDB ASYNC|FLUSHDB ASYNC x|TIME x|INFO nosuch|PING a b|ECHO|QUITX|DBSIZE x|RANDOMKEY x
HELLO 3 SETNAME|HELLO 2 AUTH x|HELLO 99|SETEX k 0 v|SETEX k -1 v|PSETEX k x v|SET k v EX 0|SET k v PX -5
SET k v EX 9223372036854775807|GETEX k EX 0|GETEX k PERSIST EX 1|SCAN 0 TYPE|SCAN 0 MATCH|SCAN 0 COUNT -1|SCAN|COPY a|COPY a a
RENAME nosuch x|RENAMENX nosuch x|INCRBYFLOAT k nan|INCRBYFLOAT k inf|DECRBY k -9223372036854775808|SETRANGE k -1 x
SETRANGE k 536870912 x|APPEND k|KEYS|TYPE|EXPIRE k|SUBSTR k 0|GETRANGE k 0 x|MSETNX a`;

describePair('administration, against a real redis-server', (pair) => {
  let theirs: RawClient;
  let ours: RawClient;

  beforeAll(async () => {
    [theirs, ours] = await pair().open();
  });

  afterAll(() => {
    theirs.close();
    ours.close();
  });

  it('answers alike', async () => {
    for (const command of COMMANDS.trim().split(/[|\n]/)) {
      const [expected, actual] = await Promise.all([theirs, ours].map((client) => client.call(...command.split(' '))));
      expect(actual, command).toEqual(expected);
    }
  });

  it.each([
    'SELECT 1',
    'COPY a b DB 1',
    'MULTI',
    'SSUBSCRIBE news',
    'LPUSH l x',
    'EVAL 0 0',
    'RESET',
    'CLIENT REPLY OFF',
    'CONFIG REWRITE',
  ])('says that it cannot do %s, rather than pretend', async (command) => {
    expect(await ours.call(...command.split(' '))).toMatchObject({
      type: '-',
      text: expect.stringMatching(/^ERR (?:unknown|DB index)/),
    });
  });
});
