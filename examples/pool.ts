/** Connections that are opened when they are wanted, lent to one at a time, asked before they are lent again, and replaced. */

import { ConnectionPool, ObjectPool } from 'ashlar/concurrency/pool';

/** Stands for a client of a database. */
class Connection {
  static opened = 0;
  readonly number = ++Connection.opened;
  alive = true;

  async query(text: string): Promise<string> {
    if (!this.alive) throw new Error('connection reset');
    return `${text} by connection ${this.number}`;
  }
}

await using pool = new ConnectionPool({
  connect: async () => new Connection(),
  ping: (connection) => connection.query('select 1'),
  disconnect: () => {},
  validateAfterIdleMs: 0,
  max: 2,
});
pool.on('destroyed', ({ value, why }) => console.log(`connection ${value.number} is destroyed: ${why}`));

// Six at once have two connections, each for one at a time.
const answers = await Promise.all(
  [1, 2, 3, 4, 5, 6].map((i) => pool.use((connection) => connection.query(`task ${i}`))),
);
console.log(answers.length, 'answers over', pool.stats().created, 'connections');

// One dies while it is idle: it is asked, found dead, and the other is lent.
{
  using lease = await pool.acquire();
  lease.value.alive = false;
}
console.log((await pool.use((connection) => connection.query('select 2'))).startsWith('select 2 by connection'));

// Whoever waits may stop: by a signal, or after a time.
const leases = [await pool.acquire(), await pool.acquire()];
await pool.acquire({ timeoutMs: 10 }).catch((error: Error) => console.log(error.message));
for (const each of leases) each.release();
await pool.close();

// Objects that take no time to make, and are cleaned for the next.
const lists = new ObjectPool({ create: (): number[] => [], reset: (list) => list.splice(0), max: 100 });
const lease = lists.tryAcquire();
lease?.value.push(1, 2, 3);
lease?.release();
console.log(lists.tryAcquire()?.value.length, lists.stats().created);

// Prints:
// 6 answers over 2 connections
// connection 2 is destroyed: invalid
// true
// The connection pool: acquire timed out after 10 ms
// connection 1 is destroyed: closed
// connection 3 is destroyed: closed
// 0 1
