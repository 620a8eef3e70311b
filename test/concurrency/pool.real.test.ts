import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ConnectionPool, PoolUnavailableError } from '../../src/concurrency/pool/index.js';
import { type RealPostgres, startPostgres } from '../support/postgres.js';
import { describeReal, requireJudge } from '../support/real.js';
import { startRedis } from '../support/redis.js';
import { until } from '../support/server.js';
import { reasonOf } from '../support/signals.js';

/** What is used of `pg`. */
interface PgClient {
  connect(): Promise<void>;
  query(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
  end(): Promise<void>;
  on(event: 'error' | 'end', listener: (error: Error) => void): void;
}
type Pg = { readonly Client: new (options: Record<string, unknown>) => PgClient };

const pg = requireJudge<Pg>('pg');

if ('skip' in pg) it.skip(`PostgreSQL: ${pg.skip}`, () => {});
else {
  describeReal('postgres', 'ConnectionPool of PostgreSQL connections', (path) => {
    let server: RealPostgres;
    beforeAll(async () => {
      server = await startPostgres(path);
    });
    afterAll(() => server?.dispose());

    const poolOf = (options: Record<string, unknown> = {}) =>
      new ConnectionPool<PgClient>({
        connect: async ({ broken }) => {
          const client = new pg.judge.Client({
            host: '127.0.0.1',
            port: server.port,
            user: 'ashlar',
            database: 'postgres',
          });
          client.on('error', broken);
          client.on('end', broken);
          await client.connect();
          return client;
        },
        ping: (client) => client.query('SELECT 1'),
        reset: async (client) => {
          await client.query('ROLLBACK');
          await client.query('DISCARD ALL');
        },
        disconnect: (client) => client.end(),
        max: 4,
        retryDelayMs: 20,
        maxRetryDelayMs: 200,
        ...options,
      });
    const pidOf = async (client: PgClient) =>
      (await client.query('SELECT pg_backend_pid() AS pid')).rows[0]?.pid as number;

    it('runs a hundred queries over four connections, none of them shared at a time', async () => {
      await using pool = poolOf({ reset: undefined });
      const busy = new Set<number>();
      const pids = await Promise.all(
        Array.from({ length: 100 }, () =>
          pool.use(async (client) => {
            const pid = await pidOf(client);
            expect(busy.has(pid)).toBe(false);
            busy.add(pid);
            await client.query('SELECT pg_sleep(0.001)');
            busy.delete(pid);
            return pid;
          }),
        ),
      );
      expect(new Set(pids).size).toBe(4);
      expect(pool.stats()).toMatchObject({ created: 4, acquired: 100, lent: 0 });
    });

    it('gives the next borrower nothing of the one before: transactions, settings', async () => {
      await using pool = poolOf({ max: 1 });
      await pool.use(async (client) => {
        await client.query("SET application_name = 'mine'");
        await client.query('BEGIN');
      });
      await pool.use(async (client) => {
        const { rows } = await client.query(
          "SELECT current_setting('application_name') AS name, now() = statement_timestamp() AS alone",
        );
        expect(rows[0]).toEqual({ name: '', alone: true });
      });
    });

    it('replaces connections that are killed: idle, and lent', async () => {
      await using pool = poolOf({ max: 3 });
      const held = await pool.acquire();
      const [heldPid, idlePid] = [await pidOf(held.value), await pool.use(pidOf)];
      expect(heldPid).not.toBe(idlePid);
      await using killer = poolOf({ max: 1 });
      await killer.use((client) =>
        client.query('SELECT pg_terminate_backend($1), pg_terminate_backend($2)', [heldPid, idlePid]),
      );
      await until('the idle one has gone', () => pool.stats().idle === 0);
      await expect(held.value.query('SELECT 1')).rejects.toThrow();
      held.release();
      const pids = await Promise.all([pool.use(pidOf), pool.use(pidOf), pool.use(pidOf)]);
      expect(pids).not.toContain(heldPid);
      expect(pids).not.toContain(idlePid);
    });

    it('fails fast while the server is down, and is well again when the server is', async () => {
      await using pool = poolOf({ maxCreateFailures: 2 });
      await pool.use(pidOf);
      await server.stop();
      await until('nothing is left', () => pool.size === 0);
      const error = (await reasonOf(pool.acquire())) as PoolUnavailableError;
      expect(error).toBeInstanceOf(PoolUnavailableError);
      expect((error.cause as { code?: string }).code).toBe('ECONNREFUSED');
      const { createFailures } = pool.stats();
      const again = (await reasonOf(pool.acquire())) as PoolUnavailableError;
      expect(again.code).toBe('POOL_UNAVAILABLE');
      // It was told so at once, unless it was time to try again.
      if (again === error) expect(pool.stats().createFailures).toBe(createFailures);
      await server.start();
      let pid: unknown;
      await until('it is well', () => {
        void pool.use(pidOf).then(
          (found) => {
            pid = found;
          },
          () => {},
        );
        return pid !== undefined;
      });
      await pool.onIdle();
    });

    it('stops waiting for a connection by a signal while all are busy', async () => {
      await using pool = poolOf({ max: 1 });
      const sleeping = pool.use((client) => client.query('SELECT pg_sleep(0.2)'));
      expect(await reasonOf(pool.acquire({ signal: AbortSignal.timeout(20) }))).toMatchObject({ name: 'TimeoutError' });
      await sleeping;
      expect(pool.stats()).toMatchObject({ givenUp: 1, created: 1 });
    });
  });
}

describeReal('redis-server', 'ConnectionPool of Redis connections', (path) => {
  const poolOf = (port: number, options: Record<string, unknown> = {}) =>
    new ConnectionPool<Redis>({
      connect: async ({ broken }) => {
        const redis = new Redis({
          port,
          lazyConnect: true,
          retryStrategy: () => null,
          maxRetriesPerRequest: 0,
          enableOfflineQueue: false,
        });
        redis.on('error', () => {});
        redis.on('close', broken);
        await redis.connect();
        return redis;
      },
      ping: (redis) => redis.ping(),
      disconnect: (redis) => redis.disconnect(),
      max: 3,
      retryDelayMs: 20,
      ...options,
    });

  it('replaces connections that the server kills, and loses no place', async () => {
    const server = await startRedis(path);
    try {
      await using pool = poolOf(server.port);
      const leases = [await pool.acquire(), await pool.acquire(), await pool.acquire()];
      leases[0]?.release();
      const killer = new Redis(server.port);
      await killer.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      killer.disconnect();
      await until('the idle one has gone', () => pool.stats().idle === 0);
      for (const lease of leases.slice(1)) {
        await expect(lease.value.ping()).rejects.toThrow();
        // The client says that it has closed after its commands have failed: who saw one fail knows already.
        lease.destroy();
      }
      const answers = await Promise.all([1, 2, 3].map((i) => pool.use((redis) => redis.incrby('count', i))));
      expect(Math.max(...answers)).toBe(6);
      expect(pool.stats()).toMatchObject({ lent: 0, waiting: 0 });
      expect(pool.size).toBeLessThanOrEqual(3);
    } finally {
      await server.stop();
    }
  });

  it('finds by asking that a connection is dead that nobody has said is', async () => {
    const server = await startRedis(path);
    try {
      // Deaf to its own end.
      await using pool = poolOf(server.port, {
        connect: async () => {
          const redis = new Redis({
            port: server.port,
            lazyConnect: true,
            retryStrategy: () => null,
            maxRetriesPerRequest: 0,
            enableOfflineQueue: false,
          });
          redis.on('error', () => {});
          await redis.connect();
          return redis;
        },
        validateAfterIdleMs: 0,
      });
      const id = await pool.use((redis) => redis.client('ID'));
      const killer = new Redis(server.port);
      await killer.client('KILL', 'ID', id);
      killer.disconnect();
      await new Promise((done) => setTimeout(done, 20));
      expect(await pool.use((redis) => redis.ping())).toBe('PONG');
      expect(pool.stats()).toMatchObject({ invalid: 1, created: 2 });
    } finally {
      await server.stop();
    }
  });
});
