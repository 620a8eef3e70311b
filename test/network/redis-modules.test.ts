/** BF.*, CF.*, CMS.*: what node-redis, which knows their replies, makes of them; and their errors, edges and memory. */

import { createClient, RESP_TYPES } from 'redis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { redisModules } from '../../src/network/redis-modules/index.js';
import { RedisServer, type RedisServerOptions } from '../../src/network/resp/index.js';
import { RawClient, type RawReply } from '../support/resp.js';
import { ManualTime } from '../support/time.js';

let server: RedisServer;
let client: RawClient;

async function start(options: RedisServerOptions = {}): Promise<void> {
  server = new RedisServer({ modules: redisModules, ...options });
  await server.listen(0);
  client = await RawClient.open({ port: server.port });
}

/** A reply as plain values; an error as its text after a minus sign. */
function plain(reply: RawReply): unknown {
  if ('items' in reply) return reply.items.map(plain);
  if (reply.type === '-') return `-${'text' in reply ? reply.text : ''}`;
  if ('value' in reply) return typeof reply.value === 'bigint' ? Number(reply.value) : reply.value;
  return 'text' in reply ? reply.text : null;
}

const call = async (...args: string[]): Promise<unknown> => plain(await client.call(...args));

/** The arena's scratch block is there from the first key that is handed over. */
async function warm(): Promise<void> {
  await call('BF.ADD', 'warm', 'x');
  await call('DEL', 'warm');
}

beforeEach(() => start());

afterEach(async () => {
  server.check();
  client.close();
  await server.close(0);
});

describe.each([2, 3] as const)('node-redis over RESP%i', (RESP) => {
  const open = async () => {
    const redis = createClient({ url: `redis://127.0.0.1:${server.port}`, RESP });
    await redis.connect();
    return redis;
  };

  it('works with Bloom filters', async () => {
    const redis = await open();
    try {
      expect(await redis.bf.reserve('b', 0.01, 1000)).toBe('OK');
      expect(await redis.bf.add('b', 'x')).toBe(true);
      expect(await redis.bf.add('b', 'x')).toBe(false);
      expect(await redis.bf.mAdd('b', ['x', 'y'])).toEqual([false, true]);
      expect(await redis.bf.exists('b', 'y')).toBe(true);
      expect(await redis.bf.mExists('b', ['x', 'z'])).toEqual([true, false]);
      expect(await redis.bf.card('b')).toBe(2);
      expect(await redis.bf.insert('c', ['1', '2'], { CAPACITY: 10, ERROR: 0.001, NONSCALING: true })).toEqual([
        true,
        true,
      ]);
      expect(await redis.bf.info('b')).toMatchObject({
        Capacity: 1000,
        'Number of filters': 1,
        'Number of items inserted': 2,
        'Expansion rate': 2,
      });
      const bytes = redis.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
      let iterator = 0;
      for (;;) {
        const { iterator: next, chunk } = await bytes.bf.scanDump('b', iterator);
        if (next === 0) break;
        iterator = next;
        expect(await bytes.bf.loadChunk('copy', next, chunk)).toBe('OK');
      }
      expect(await redis.bf.mExists('copy', ['x', 'y', 'z'])).toEqual([true, true, false]);
    } finally {
      redis.destroy();
    }
  });

  it('works with cuckoo filters', async () => {
    const redis = await open();
    try {
      expect(await redis.cf.reserve('c', 100, { BUCKETSIZE: 4, MAXITERATIONS: 50, EXPANSION: 2 })).toBe('OK');
      expect(await redis.cf.add('c', 'x')).toBe(true);
      expect(await redis.cf.addNX('c', 'x')).toBe(false);
      expect(await redis.cf.exists('c', 'x')).toBe(true);
      expect(await redis.cf.insert('c', ['x', 'y'])).toEqual([true, true]);
      expect(await redis.cf.insertNX('c', ['x', 'z'])).toEqual([0, 1]);
      expect(await redis.cf.count('c', 'x')).toBe(2);
      expect(await redis.cf.del('c', 'x')).toBe(true);
      expect(await redis.cf.del('c', 'absent')).toBe(false);
      expect(await redis.cf.info('c')).toMatchObject({
        'Number of filters': 1,
        'Number of items inserted': 3,
        'Number of items deleted': 1,
        'Bucket size': 4,
        'Expansion rate': 2,
        'Max iterations': 50,
      });
    } finally {
      redis.destroy();
    }
  });

  it('works with t-digests', async () => {
    const redis = await open();
    try {
      expect(await redis.tDigest.create('t', { COMPRESSION: 200 })).toBe('OK');
      expect(await redis.tDigest.min('t')).toBeNaN();
      expect(await redis.tDigest.rank('t', [1])).toEqual([-2]);
      expect(await redis.tDigest.add('t', [1, 2, 3, 4, 5])).toBe('OK');
      expect(await redis.tDigest.min('t')).toBe(1);
      expect(await redis.tDigest.max('t')).toBe(5);
      expect(await redis.tDigest.quantile('t', [0, 0.5, 1])).toEqual([1, 3, 5]);
      expect(await redis.tDigest.cdf('t', [0, 3, 9])).toEqual([0, 0.5, 1]);
      expect(await redis.tDigest.rank('t', [0, 1, 3, 9])).toEqual([-1, 0, 2, 5]);
      expect(await redis.tDigest.revRank('t', [0, 5, 3, 9])).toEqual([5, 0, 2, -1]);
      expect(await redis.tDigest.byRank('t', [0, 4, 5])).toEqual([1, 5, Number.POSITIVE_INFINITY]);
      expect(await redis.tDigest.byRevRank('t', [0, 4, 5])).toEqual([5, 1, Number.NEGATIVE_INFINITY]);
      expect(await redis.tDigest.trimmedMean('t', 0.2, 0.8)).toBeCloseTo(3);
      await redis.tDigest.create('u');
      await redis.tDigest.add('u', [10, 20.25]);
      expect(await redis.tDigest.merge('t', ['u'])).toBe('OK');
      expect(await redis.tDigest.max('t')).toBe(20.25);
      expect(await redis.tDigest.merge('v', ['t', 'u'])).toBe('OK');
      expect(await redis.tDigest.info('v')).toMatchObject({ Compression: 200, Observations: 9 });
      expect(await redis.tDigest.merge('v', ['u'], { OVERRIDE: true, COMPRESSION: 50 })).toBe('OK');
      expect(await redis.tDigest.info('v')).toMatchObject({ Compression: 50, Observations: 2 });
      expect(await redis.tDigest.reset('v')).toBe('OK');
      expect(await redis.tDigest.max('v')).toBeNaN();
      server.check();
    } finally {
      redis.destroy();
    }
  });

  it('works with the most frequent items', async () => {
    const redis = await open();
    try {
      expect(await redis.topK.reserve('t', 2, { width: 50, depth: 4, decay: 0.9 })).toBe('OK');
      expect(await redis.topK.add('t', ['a', 'a', 'a', 'b', 'b'])).toEqual([null, null, null, null, null]);
      expect(await redis.topK.incrBy('t', { item: 'c', incrementBy: 10 })).toEqual(['b']);
      expect(await redis.topK.query('t', ['a', 'b', 'c'])).toEqual([true, false, true]);
      expect(await redis.topK.count('t', ['a', 'c'])).toEqual([3, 10]);
      expect(await redis.topK.list('t')).toEqual(['c', 'a']);
      expect(await redis.topK.listWithCount('t')).toEqual([
        { item: 'c', count: 10 },
        { item: 'a', count: 3 },
      ]);
      expect(await redis.topK.info('t')).toEqual({ k: 2, width: 50, depth: 4, decay: 0.9 });
    } finally {
      redis.destroy();
    }
  });

  it('works with count-min sketches', async () => {
    const redis = await open();
    try {
      expect(await redis.cms.initByProb('p', 0.001, 0.01)).toBe('OK');
      expect(await redis.cms.info('p')).toEqual({ width: 2000, depth: 7, count: 0 });
      expect(await redis.cms.initByDim('a', 1000, 5)).toBe('OK');
      expect(await redis.cms.initByDim('b', 1000, 5)).toBe('OK');
      expect(
        await redis.cms.incrBy('a', [
          { item: 'x', incrementBy: 3 },
          { item: 'y', incrementBy: 4 },
        ]),
      ).toEqual([3, 4]);
      expect(await redis.cms.incrBy('b', { item: 'x', incrementBy: 10 })).toEqual([10]);
      expect(
        await redis.cms.merge('a', [
          { name: 'a', weight: 2 },
          { name: 'b', weight: 1 },
        ]),
      ).toBe('OK');
      expect(await redis.cms.query('a', ['x', 'y', 'z'])).toEqual([16, 8, 0]);
      expect(await redis.cms.info('a')).toEqual({ width: 1000, depth: 5, count: 24 });
    } finally {
      redis.destroy();
    }
  });
});

describe('values of modules among other keys', () => {
  const TYPES = [
    ['BF.ADD', ['k', 'x'], 'MBbloom--', 'BF.EXISTS'],
    ['CF.ADD', ['k', 'x'], 'MBbloomCF', 'CF.EXISTS'],
    ['CMS.INITBYDIM', ['k', '10', '3'], 'CMSk-TYPE', 'CMS.QUERY'],
    ['TOPK.RESERVE', ['k', '10'], 'TopK-TYPE', 'TOPK.QUERY'],
    ['TDIGEST.CREATE', ['k'], 'TDIS-TYPE', 'TDIGEST.CDF'],
  ] as const;

  it.each(TYPES)(
    '%s: typed, listed by type, renamed, expired, refused by other commands',
    async (make, args, type, read) => {
      await warm();
      const before = server.stats().dataBytes;
      await call(make, ...args);
      expect(await call('TYPE', 'k')).toBe(type);
      expect(await call('OBJECT', 'ENCODING', 'k')).toBe('raw');
      await call('SET', 'other', 'v');
      expect(await call('SCAN', '0', 'TYPE', type.toLowerCase())).toEqual(['0', ['k']]);
      expect(await call('GET', 'k')).toMatch(/^-WRONGTYPE/);
      expect(await call('ZADD', 'k', '1', 'm')).toMatch(/^-WRONGTYPE/);
      expect(await call('COPY', 'k', 'k2')).toBe('-ERR not supported for this module key');
      expect(await call('MEMORY', 'USAGE', 'k')).toBeGreaterThan(100);
      expect(await call('RENAME', 'k', 'other')).toBe('OK');
      expect(await call(read, 'k', 'x')).not.toEqual(1);
      expect(await call('TYPE', 'other')).toBe(type);
      server.check();
      expect(await call('PEXPIRE', 'other', '0')).toBe(1);
      expect(await call('EXISTS', 'other')).toBe(0);
      expect(server.stats().dataBytes).toBe(before);
    },
  );

  it('are freed however their key goes', async () => {
    await warm();
    const before = server.stats().dataBytes;
    const fill = async () => {
      await call('BF.INSERT', 'b', 'CAPACITY', '4', 'ITEMS', ...Array.from({ length: 200 }, (_, i) => `${i}`));
      await call('CF.INSERT', 'c', 'CAPACITY', '8', 'ITEMS', ...Array.from({ length: 200 }, (_, i) => `${i}`));
      await call('CMS.INITBYDIM', 's', '2000', '5');
      await call('TOPK.RESERVE', 't', '3');
      await call('TOPK.ADD', 't', ...Array.from({ length: 200 }, (_, i) => `item ${i % 17}`));
      server.check();
    };
    await fill();
    expect((await call('BF.INFO', 'b', 'FILTERS')) as number[]).not.toEqual([1]);
    await call('DEL', 'b', 'c', 's', 't');
    expect(server.stats().dataBytes).toBe(before);
    await fill();
    for (const key of ['b', 'c', 's', 't']) await call('SET', key, 'v');
    await call('DEL', 'b', 'c', 's', 't');
    expect(server.stats().dataBytes).toBe(before);
    await fill();
    await call('FLUSHALL');
    expect(server.stats().dataBytes).toBeLessThanOrEqual(before);
  });

  it('make way, whole, when memory is short, and are refused without eviction', async () => {
    client.close();
    await server.close(0);
    await start({ maxMemory: 400_000, maxMemoryPolicy: 'allkeys-random' });
    for (let i = 0; i < 300; i++) {
      expect(await call('CMS.INITBYDIM', `s${i}`, '1000', '5')).toBe('OK');
      await call('BF.ADD', `b${i}`, 'x');
    }
    server.check();
    expect(server.stats().evictedKeys).toBeGreaterThan(100);
    expect(server.stats().dataBytes).toBeLessThan(500_000);
    await call('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    await call('CONFIG', 'SET', 'maxmemory', '10000');
    expect(await call('BF.ADD', 'new', 'x')).toMatch(/^-OOM/);
  });
});

describe('refusals', () => {
  it.each([
    [['BF.RESERVE', 'k', 'x', '10'], '-ERR bad error rate'],
    [['BF.RESERVE', 'k', '1', '10'], '-ERR error rate must be in the range (0.000000, 1.000000)'],
    [['BF.RESERVE', 'k', '0.1', 'x'], '-ERR bad capacity'],
    [['BF.RESERVE', 'k', '0.1', '0'], '-ERR capacity must be in the range [1, 1073741824]'],
    [['BF.RESERVE', 'k', '0.1', '10', 'EXPANSION'], '-ERR no expansion'],
    [['BF.RESERVE', 'k', '0.1', '10', 'EXPANSION', 'x'], '-ERR bad expansion'],
    [['BF.RESERVE', 'k', '0.1', '10', 'NONSCALING', 'EXPANSION', '2'], '-Nonscaling filters cannot expand'],
    [['BF.RESERVE', 'k', '0.1'], "-ERR wrong number of arguments for 'bf.reserve' command"],
    [['BF.INSERT', 'k', 'NOCREATE', 'ITEMS', 'x'], '-ERR not found'],
    [['BF.INSERT', 'k', 'ERROR', '2', 'ITEMS', 'x'], '-Bad error rate'],
    [['BF.INSERT', 'k', 'WHAT', 'x', 'y'], '-Unknown argument received'],
    [['BF.INSERT', 'k', 'CAPACITY', '10'], "-ERR wrong number of arguments for 'bf.insert' command"],
    [['BF.INFO', 'k'], '-ERR not found'],
    [['BF.CARD', 'k'], 0],
    [['BF.EXISTS', 'k', 'x'], 0],
    [
      ['BF.MEXISTS', 'string', 'x', 'y'],
      [0, 0],
    ],
    [['BF.ADD', 'string', 'x'], '-WRONGTYPE Operation against a key holding the wrong kind of value'],
    [['BF.SCANDUMP', 'k', '0'], '-ERR not found'],
    [['BF.LOADCHUNK', 'k', '1', 'rubbish'], '-ERR received bad data'],
    [['BF.LOADCHUNK', 'k', '20', 'rubbish'], '-ERR received bad data'],
    [['CF.RESERVE', 'k', 'x'], '-Bad capacity'],
    [['CF.RESERVE', 'k', '3'], '-Capacity must be in the range [2 * BUCKETSIZE, 1073741824]'],
    [['CF.RESERVE', 'k', '100', 'BUCKETSIZE', '9'], '-BUCKETSIZE: value must be in the range [1, 8]'],
    [['CF.RESERVE', 'k', '100', 'MAXITERATIONS', 'x'], "-Couldn't parse MAXITERATIONS"],
    [['CF.INSERT', 'k', 'NOCREATE', 'ITEMS', 'x'], '-ERR not found'],
    [['CF.DEL', 'k', 'x'], '-Not found'],
    [['CF.COUNT', 'k', 'x'], 0],
    [
      ['CF.MEXISTS', 'k', 'x', 'y'],
      [0, 0],
    ],
    [['CMS.INITBYDIM', 'k', '0', '5'], '-CMS: invalid width'],
    [['CMS.INITBYDIM', 'k', '5', 'x'], '-CMS: invalid depth'],
    [['CMS.INITBYPROB', 'k', '1', '0.1'], '-CMS: invalid overestimation value'],
    [['CMS.INITBYPROB', 'k', '0.1', '0'], '-CMS: invalid prob value'],
    [['CMS.INITBYDIM', 'k', '4294967295', '60'], '-CMS: Insufficient memory to create the key'],
    [['CMS.QUERY', 'k', 'x'], '-CMS: key does not exist'],
    [['TDIGEST.CREATE', 'k', 'WHAT', '5'], '-ERR T-Digest: wrong keyword'],
    [
      ['TDIGEST.CREATE', 'k', 'COMPRESSION', '0'],
      '-ERR T-Digest: compression parameter needs to be a positive integer',
    ],
    [['TDIGEST.CREATE', 'string'], '-WRONGTYPE Operation against a key holding the wrong kind of value'],
    [['TDIGEST.ADD', 'k', '1'], '-ERR T-Digest: key does not exist'],
    [['TDIGEST.MERGE', 'k', '1', 'k'], '-ERR T-Digest: key does not exist'],
    [['TDIGEST.MERGE', 'k', '0', 'k'], '-ERR T-Digest: numkeys needs to be a positive integer'],
    [['TDIGEST.MERGE', 'k', '1', 'string'], '-WRONGTYPE Operation against a key holding the wrong kind of value'],
    [['TOPK.RESERVE', 'k', '0'], '-TopK: invalid k'],
    [['TOPK.RESERVE', 'k', '5', '8', '7', '2'], "-TopK: invalid decay value. must be '<= 1' & '> 0'"],
    [['TOPK.RESERVE', 'k', '5', '8'], "-ERR wrong number of arguments for 'topk.reserve' command"],
    [['TOPK.RESERVE', 'string', '5'], '-TopK: key already exists'],
    [['TOPK.ADD', 'k', 'x'], '-TopK: key does not exist'],
    [['TOPK.LIST', 'k', 'what'], '-WITHCOUNT keyword expected'],
    [['CMS.INCRBY', 'string', 'x', '1'], '-WRONGTYPE Operation against a key holding the wrong kind of value'],
  ] as const)('%j', async (args, answer) => {
    await call('SET', 'string', 'v');
    expect(await call(...args)).toEqual(answer);
    expect(await call('EXISTS', 'k')).toBe(0);
  });

  it('keep filters that are there, and those that may not grow, as they are', async () => {
    await call('BF.RESERVE', 'k', '0.01', '2', 'NONSCALING');
    expect(await call('BF.RESERVE', 'k', '0.01', '2')).toBe('-ERR item exists');
    expect(await call('BF.MADD', 'k', 'a', 'b', 'a', 'c', 'd')).toEqual([1, 1, 0, '-ERR non scaling filter is full']);
    expect(await call('BF.INFO', 'k', 'EXPANSION')).toEqual([null]);
    await call('CF.RESERVE', 'c', '4', 'EXPANSION', '0');
    const answers = (await call(
      'CF.INSERT',
      'c',
      'ITEMS',
      ...Array.from({ length: 60 }, (_, i) => `${i}`),
    )) as number[];
    expect(answers.at(-1)).toBe(-1);
    expect(await call('CF.ADD', 'c', 'more')).toBe('-Filter is full');
  });

  it('t-digests take numbers, finite ones to keep, and shares from 0 to 1', async () => {
    await call('TDIGEST.CREATE', 't');
    await call('TDIGEST.ADD', 't', '1', '2');
    for (const [args, answer] of [
      [['ADD', 't', '3', 'x'], '-ERR T-Digest: error parsing val parameter'],
      [['ADD', 't', '3', 'inf'], '-ERR T-Digest: val parameter needs to be a finite number'],
      [['QUANTILE', 't', '1.5'], '-ERR T-Digest: quantile should be in [0,1]'],
      [['BYRANK', 't', '-1'], '-ERR T-Digest: rank needs to be non negative'],
      [['BYRANK', 't', '1.5'], '-ERR T-Digest: error parsing rank'],
      [['RANK', 't', 'nan'], '-ERR T-Digest: error parsing value'],
      [
        ['TRIMMED_MEAN', 't', '0.5', '0.5'],
        '-ERR T-Digest: low_cut_percentile should be lower than high_cut_percentile',
      ],
      [['MERGE', 't', '1', 't', 'WHAT'], '-ERR T-Digest: wrong keyword'],
      [['MERGE', 't', '2', 't'], "-ERR wrong number of arguments for 'tdigest.merge' command"],
    ] as const) {
      const [name, ...rest] = args;
      expect(await call(`TDIGEST.${name}`, ...rest)).toBe(answer);
    }
    expect(await call('TDIGEST.RANK', 't', '9')).toEqual([2]);
    expect(await call('TDIGEST.MERGE', 't', '1', 't')).toBe('OK');
    expect(await call('TDIGEST.RANK', 't', '9')).toEqual([4]);
  });

  it('count-min sketches of other shapes are not merged, nor counts that are none', async () => {
    await call('CMS.INITBYDIM', 'a', '10', '3');
    await call('CMS.INITBYDIM', 'b', '11', '3');
    expect(await call('CMS.INITBYDIM', 'b', '11', '3')).toBe('-CMS: key already exists');
    expect(await call('CMS.MERGE', 'a', '1', 'b')).toBe('-CMS: width/depth is not equal');
    expect(await call('CMS.MERGE', 'a', '2', 'a')).toBe('-CMS: wrong number of keys');
    expect(await call('CMS.MERGE', 'a', '1', 'a', 'WEIGHTS', 'x')).toBe('-CMS: invalid weight value');
    expect(await call('CMS.MERGE', 'a', '1', 'nosuch')).toBe('-CMS: key does not exist');
    expect(await call('CMS.INCRBY', 'a', 'x', '-1')).toBe('-CMS: Number cannot be negative');
    expect(await call('CMS.INCRBY', 'a', 'x', '1', 'y', 'z')).toBe('-CMS: Cannot parse number');
    expect(await call('CMS.QUERY', 'a', 'x')).toEqual([0]);
    expect(await call('CMS.INCRBY', 'a', 'x', '4294967295')).toEqual(['-CMS: INCRBY overflow']);
  });

  it('a dump that was altered, or is given back out of order, makes no filter', async () => {
    await call('BF.MADD', 'b', 'x', 'y');
    const pieces: [string, string][] = [];
    for (let iterator = '0'; ; ) {
      const [next, data] = (await call('BF.SCANDUMP', 'b', iterator)) as [number, string];
      if (next === 0) break;
      pieces.push([String(next), data]);
      iterator = String(next);
    }
    expect(pieces.length).toBe(2);
    const [[first, header], [second, body]] = pieces as [[string, string], [string, string]];
    expect(await call('BF.LOADCHUNK', 'c', second, body)).toBe('-ERR received bad data');
    expect(await call('BF.LOADCHUNK', 'c', first, header)).toBe('OK');
    expect(await call('BF.LOADCHUNK', 'c', second, `${body.slice(0, -1)}?`)).toBe('-ERR received bad data');
    expect(await call('EXISTS', 'c')).toBe(0);
    expect(await call('BF.LOADCHUNK', 'b', first, header)).toBe('-ERR item exists');
  });
});

describe('CL.THROTTLE', () => {
  let time: ManualTime;

  beforeEach(async () => {
    await server.close(0);
    client.close();
    time = new ManualTime();
    await start({ clock: time, timer: time });
  });

  it("answers redis-cell's documented example, and its table of cases", async () => {
    expect(await call('CL.THROTTLE', 'user123', '15', '30', '60', '1')).toEqual([0, 16, 15, -1, 2]);
    // Milliseconds that pass, quantity; limited, remaining, seconds to wait, seconds until all is there.
    const cases: [number, string, number[]][] = [
      [0, '6', [1, 5, 5, -1, 0]],
      [0, '1', [0, 5, 4, -1, 1]],
      [0, '1', [0, 5, 3, -1, 2]],
      [0, '1', [0, 5, 2, -1, 3]],
      [0, '1', [0, 5, 1, -1, 4]],
      [0, '1', [0, 5, 0, -1, 5]],
      [0, '1', [1, 5, 0, 1, 5]],
      [3000, '1', [0, 5, 2, -1, 3]],
      [100, '1', [0, 5, 1, -1, 4]],
      [900, '1', [0, 5, 1, -1, 4]],
      [4000, '1', [0, 5, 4, -1, 1]],
      [1500, '1', [0, 5, 4, -1, 1]],
      [0, '0', [0, 5, 4, -1, 1]],
      [0, '2', [0, 5, 2, -1, 3]],
      [0, '5', [1, 5, 2, 3, 3]],
    ];
    for (const [passed, quantity, answer] of cases) {
      time.advance(passed);
      expect(await call('CL.THROTTLE', 'k', '4', '1', '1', quantity)).toEqual(answer);
    }
  });

  it('keeps a moment that expires once all is there again', async () => {
    await call('CL.THROTTLE', 'k', '4', '1', '1', '3');
    expect(await call('PTTL', 'k')).toBe(3000);
    expect(await call('TYPE', 'k')).toBe('string');
    time.advance(3001);
    expect(await call('EXISTS', 'k')).toBe(0);
    expect(await call('CL.THROTTLE', 'k', '4', '1', '1', '0')).toEqual([0, 5, 5, -1, 0]);
    expect(await call('EXISTS', 'k')).toBe(0);
  });

  it('refuses what cannot be, and changes nothing then', async () => {
    await call('SET', 'text', 'x');
    await call('ZADD', 'z', '1', 'a');
    expect(await call('CL.THROTTLE', 'text', '1', '1', '1')).toMatch(/^-ERR Cell error: the key holds/);
    expect(await call('CL.THROTTLE', 'z', '1', '1', '1')).toMatch(/^-WRONGTYPE/);
    expect(await call('CL.THROTTLE', 'k', 'x', '1', '1')).toBe("-ERR Cell error: invalid integer 'x'");
    expect(await call('CL.THROTTLE', 'k', '1', '0', '1')).toMatch(/^-ERR Cell error/);
    expect(await call('CL.THROTTLE', 'k', '1', '1', '9223372036854775807')).toMatch(/^-ERR Cell error: the quota/);
    expect(await call('CL.THROTTLE', 'k', '1', '1', '1', '1', '1')).toMatch(/^-ERR Usage/);
    expect(await call('CL.THROTTLE', 'k', '1', '1')).toBe("-ERR wrong number of arguments for 'cl.throttle' command");
    expect(await call('EXISTS', 'k')).toBe(0);
  });

  it('is refused where memory is full', async () => {
    await call('SET', 'fill', 'x'.repeat(100_000));
    await call('CONFIG', 'SET', 'maxmemory', '50000');
    expect(await call('CL.THROTTLE', 'k', '1', '1', '1')).toMatch(/^-OOM/);
    await call('CONFIG', 'SET', 'maxmemory', '0');
    expect(await call('CL.THROTTLE', 'k', '1', '1', '1')).toEqual([0, 2, 1, -1, 1]);
  });
});

it('a module cannot take the name of a command that is there', () => {
  expect(() => new RedisServer({ modules: [...redisModules, ...redisModules] })).toThrow(
    new RangeError("Module bf: there is a command 'bf.reserve' already"),
  );
});

it('COMMAND knows what modules bring', async () => {
  const [info] = (await call('COMMAND', 'INFO', 'bf.add')) as unknown[][];
  expect(info?.slice(0, 6)).toEqual(['bf.add', 3, ['write', 'denyoom', 'module', 'fast'], 1, 1, 1]);
  const [name, docs] = (await call('COMMAND', 'DOCS', 'cms.merge')) as [string, string[]];
  expect(name).toBe('cms.merge');
  expect(docs).toContain('cms');
});
