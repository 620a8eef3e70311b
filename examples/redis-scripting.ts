/** A lock with a fencing token, as one atomic script, run by ioredis on a server within the process. */

import { redisScripting } from 'ashlar/network/redis-scripting';
import { RedisServer } from 'ashlar/network/resp';
import { Redis } from 'ioredis';
import { LuaApi } from 'wasmoon-lua5.1';

const server = new RedisServer({ modules: [redisScripting(await LuaApi.initialize())] });
await server.listen(0);
const redis = new Redis(server.port, '127.0.0.1');

// Takes the lock if it is free, and says the number of this holding; 0 if somebody else has it.
const ACQUIRE = `
  if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return redis.call('INCR', KEYS[2]) end
  return 0`;
// Gives it back, but only one's own.
const RELEASE = `
  if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
  return 0`;

const acquire = (owner: string) => redis.eval(ACQUIRE, 2, 'lock', 'lock:fence', owner, 5000);
const release = (owner: string) => redis.eval(RELEASE, 1, 'lock', owner);

console.log('ada gets', await acquire('ada'));
console.log('bob gets', await acquire('bob'));
console.log('bob gives back', await release('bob'));
console.log('ada gives back', await release('ada'));
console.log('bob gets', await acquire('bob'));

redis.disconnect();
await server.close(0);

// Prints:
// ada gets 1
// bob gets 0
// bob gives back 0
// ada gives back 1
// bob gets 2
