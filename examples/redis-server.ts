/** A Redis-compatible server within the process: for a test, or as a cache beside the program. */

import { duplexPair, RedisServer } from 'ashlar/network/resp';
import { Redis } from 'ioredis';

// At most a hundred megabytes of data; what is too much pushes out keys at random.
const server = new RedisServer({ maxMemory: 100_000_000, maxMemoryPolicy: 'allkeys-random' });
await server.listen(0);

// Any client will do.
const redis = new Redis({ port: server.port });
await redis.set('session:17', JSON.stringify({ user: 'ada' }), 'EX', 3600);
console.log(await redis.get('session:17'), await redis.ttl('session:17'));
console.log(await redis.pipeline().incr('visits').incr('visits').incrby('visits', 40).exec());
console.log((await redis.keys('*')).sort());
redis.disconnect();

// No sockets needed: a pair of web streams is a connection too.
const { connection, readable, writable } = duplexPair();
server.accept(connection);
const writer = writable.getWriter();
await writer.write(new TextEncoder().encode('GET visits\r\nDEL visits\r\nQUIT\r\n'));
console.log((await new Response(readable).text()).split('\r\n'));

// Everything the server knows about itself, without asking over the wire.
const { keys, hits, misses } = server.stats();
console.log({ keys, hits, misses });
await server.close();

// Prints:
// {"user":"ada"} 3600
// [ [ null, 1 ], [ null, 2 ], [ null, 42 ] ]
// [ 'session:17', 'visits' ]
// [ '$2', '42', ':1', '+OK', '' ]
// { keys: 1, hits: 2, misses: 0 }
