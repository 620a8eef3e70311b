/** Sorted sets: random commands against a real redis-server, and what a random run cannot reach. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RedisServer } from '../../../src/network/resp/index.js';
import { describePair } from '../../support/pair.js';
import { type SeededRandom, seededRandom, testSeed } from '../../support/random.js';
import { encodeRequest, RawClient, type RawReply } from '../../support/resp.js';

const KEYS = ['a', 'b', 'c', 'd', 'e', 'string'];
const SCORES = [
  '0',
  '1',
  '2',
  '-1',
  '10',
  '1.5',
  '-0',
  '0.1',
  '3.3333333333333335',
  '1e5',
  '1e300',
  '-1e300',
  '1e-7',
  'inf',
  '-inf',
  '+inf',
  'Infinity',
  '0x1p-3',
  '12345678901234567890',
  '1.7976931348623157e308',
  '5e-324',
  '0.30000000000000004',
  '123456.789',
];
const BAD_SCORES = ['nan', 'abc', '', ' 1', '1 ', '1e400', '1e-400', '0x', '1e', '.', '(1'];
const BOUNDS = ['-inf', '+inf', '0', '(0', '1', '(1', '2.5', '(10', '-1', '100', '(-inf', '(', '', ' 3', 'x', 'nan'];
const LEX = ['-', '+', '[', '(', '[m1', '(m1', '[m2', '(m25', '[x', '-x', 'x', ''];
const RANKS = ['0', '1', '-1', '2', '5', '-3', '100', '-100', '130', 'x'];

class Generator {
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.#random.below(items.length)] as T;
  }

  chance(percent: number): boolean {
    return this.#random.below(100) < percent;
  }

  key(): string {
    return this.chance(5) ? 'string' : this.pick(KEYS);
  }

  member(): string {
    if (this.chance(2)) return 'long '.repeat(13 + this.#random.below(3));
    return this.chance(5) ? this.pick(['', '\0\r\n', 'ÿ']) : `m${this.#random.below(180)}`;
  }

  score(): string {
    if (this.chance(1)) return this.pick(BAD_SCORES);
    return this.chance(60) ? String(this.#random.below(30)) : this.pick(SCORES);
  }

  maybe(percent: number, ...words: string[]): string[] {
    return this.chance(percent) ? words : [];
  }

  limit(): string[] {
    return this.maybe(30, 'LIMIT', this.pick(['0', '1', '5', '-1', 'x']), this.pick(['0', '3', '-1', '100']));
  }

  several(): string[] {
    const keys = Array.from({ length: 1 + this.#random.below(3) }, () => this.key());
    const wrong = this.chance(3);
    return [wrong ? this.pick(['0', '-1', 'x', '9']) : String(keys.length), ...keys];
  }

  weights(count: number): string[] {
    const out: string[] = [];
    if (this.chance(30))
      out.push('WEIGHTS', ...Array.from({ length: count }, () => this.pick(['1', '2', '0', '-1', '0.5', 'inf'])));
    if (this.chance(30)) out.push('aggregate', this.pick(['SUM', 'min', 'MAX', 'BAD']));
    return out;
  }

  command(): string[] {
    const makers: readonly (() => string[])[] = [
      ...Array.from({ length: 6 }, () => () => [
        'ZADD',
        this.key(),
        ...this.maybe(10, this.pick(['NX', 'XX'])),
        ...this.maybe(10, this.pick(['GT', 'LT'])),
        ...this.maybe(10, 'CH'),
        ...this.maybe(5, 'INCR'),
        ...Array.from({ length: 1 + this.#random.below(4) }, () => [this.score(), this.member()]).flat(),
        ...this.maybe(1, 'odd'),
      ]),
      () => ['ZINCRBY', this.key(), this.score(), this.member()],
      () => ['ZREM', this.key(), this.member(), this.member()],
      () => ['ZSCORE', this.key(), this.member()],
      () => ['ZMSCORE', this.key(), this.member(), this.member()],
      () => [this.pick(['ZRANK', 'ZREVRANK']), this.key(), this.member()],
      () => ['ZCARD', this.key()],
      () => ['ZCOUNT', this.key(), this.pick(BOUNDS), this.pick(BOUNDS)],
      () => [
        'ZRANGE',
        this.key(),
        this.pick(RANKS),
        this.pick(RANKS),
        ...this.maybe(30, 'REV'),
        ...this.maybe(50, 'WITHSCORES'),
      ],
      () => ['ZREVRANGE', this.key(), this.pick(RANKS), this.pick(RANKS), ...this.maybe(50, 'WITHSCORES')],
      () => [
        'ZRANGE',
        this.key(),
        this.pick(BOUNDS),
        this.pick(BOUNDS),
        'BYSCORE',
        ...this.maybe(30, 'REV'),
        ...this.limit(),
        ...this.maybe(30, 'withscores'),
        ...this.maybe(3, 'BYLEX'),
      ],
      () => [
        this.pick(['ZRANGEBYSCORE', 'ZREVRANGEBYSCORE']),
        this.key(),
        this.pick(BOUNDS),
        this.pick(BOUNDS),
        ...this.maybe(30, 'WITHSCORES'),
        ...this.limit(),
      ],
      () => ['ZREMRANGEBYRANK', this.key(), this.pick(['0', '5', '-2', 'x']), this.pick(['0', '6', '-2', '3'])],
      () => ['ZREMRANGEBYSCORE', this.key(), this.pick(['5', '(3', 'x']), this.pick(['6', '(4', '3'])],
      () => [this.pick(['ZPOPMIN', 'ZPOPMAX']), this.key(), ...this.maybe(50, this.pick(['0', '1', '3', '-1', 'x']))],
      () => [
        'ZMPOP',
        ...this.several(),
        this.pick(['MIN', 'max', 'BAD']),
        ...this.maybe(30, 'COUNT', this.pick(['1', '2', '0', 'x'])),
      ],
      () => {
        const sets = this.several();
        return [
          this.pick(['ZUNION', 'ZINTER']),
          ...sets,
          ...this.weights(sets.length - 1),
          ...this.maybe(30, 'WITHSCORES'),
        ];
      },
      () => {
        const sets = this.several();
        return [this.pick(['ZUNIONSTORE', 'ZINTERSTORE']), this.key(), ...sets, ...this.weights(sets.length - 1)];
      },
      () => ['ZDIFF', ...this.several(), ...this.maybe(30, 'WITHSCORES')],
      () => ['ZDIFFSTORE', this.key(), ...this.several()],
      () => ['ZINTERCARD', ...this.several(), ...this.maybe(30, 'LIMIT', this.pick(['0', '1', '5', '-1', 'x']))],
      () => ['ZRANGESTORE', this.key(), this.key(), this.pick(RANKS), this.pick(RANKS), ...this.maybe(20, 'REV')],
      () => ['ZRANGESTORE', this.key(), this.key(), this.pick(BOUNDS), this.pick(BOUNDS), 'BYSCORE', ...this.limit()],
      () => [
        'ZRANDMEMBER',
        this.key(),
        ...this.maybe(50, this.pick(['0', 'x', '1000', '-9223372036854775808']), ...this.maybe(50, 'WITHSCORES')),
      ],
      // The order of small lexical sets of one score only is defined.
      () => ['ZADD', 'lex', ...Array.from({ length: 3 }, () => ['0', this.member()]).flat()],
      () => [this.pick(['ZRANGEBYLEX', 'ZREVRANGEBYLEX']), 'lex', this.pick(LEX), this.pick(LEX), ...this.limit()],
      () => [
        'ZRANGE',
        'lex',
        this.pick(LEX),
        this.pick(LEX),
        'BYLEX',
        ...this.maybe(30, 'REV'),
        ...this.maybe(5, 'WITHSCORES'),
      ],
      () => ['ZLEXCOUNT', 'lex', this.pick(LEX), this.pick(LEX)],
      () => ['ZREMRANGEBYLEX', 'lex', this.pick(['[m1', '(m10', 'x']), this.pick(['[m2', '(m11', '[m12'])],
      () => ['ZSCAN', this.key(), '0', 'COUNT', '1000', ...this.maybe(30, 'MATCH', 'm1*'), ...this.maybe(5, 'BAD')],
      () =>
        [this.pick(['TYPE', 'EXISTS', 'OBJECT ENCODING']), this.key()].flatMap((part, i) =>
          i === 0 ? part.split(' ') : [part],
        ),
      () => ['DEL', this.key()],
      () => ['RENAME', this.key(), this.pick(['a', 'b', 'other'])],
      () => ['COPY', this.key(), this.pick(['a', 'c', 'other']), ...this.maybe(50, 'REPLACE')],
      () => ['SET', 'string', 'value'],
      () => [this.pick(['GET', 'STRLEN', 'INCR', 'GETDEL', 'GETEX']), this.pick(['a', 'b', 'c'])],
      () => [this.pick(['APPEND', 'GETSET']), this.pick(['a', 'b', 'c']), 'x'],
      () => [this.pick(['SETRANGE']), this.pick(['a', 'b', 'c']), '1', 'x'],
      () => ['MGET', 'a', 'string', 'b'],
      () => ['INCRBYFLOAT', this.pick(['a', 'b']), '1.5'],
      () => (this.chance(5) ? ['SET', this.pick(['a', 'b']), 'v'] : ['PERSIST', 'a']),
      () => ['EXPIRE', this.pick(['a', 'b']), '1000'],
      () => ['ZADD', this.key(), 'NX', 'XX', '1', 'a'],
      () => ['ZADD', this.key(), ...this.pick([['GT', 'LT'], ['NX', 'GT'], ['INCR', '1', 'x'], []]), '1', 'a'],
      () => ['SCAN', '0', 'COUNT', '1000', 'TYPE', this.pick(['zset', 'string', 'list'])],
    ];
    return this.pick(makers)();
  }
}

/** Replies whose order nobody promises, as sets. */
function comparable(args: readonly string[], reply: RawReply): unknown {
  const name = args[0] ?? '';
  const items = 'items' in reply ? reply.items : [];
  if (name === 'SCAN' || name === 'ZSCAN') {
    const listed = items[1] !== undefined && 'items' in items[1] ? items[1].items : [];
    if (items.length === 0) return reply;
    if (name === 'SCAN') return new Set(listed.map((item) => JSON.stringify(item)));
    return new Map(
      Array.from({ length: listed.length / 2 }, (_, i) => [JSON.stringify(listed[2 * i]), listed[2 * i + 1]]),
    );
  }
  if (name === 'ZRANDMEMBER' && args.length === 2) return reply.type;
  if (name === 'ZRANDMEMBER') return new Set(items.map((item) => JSON.stringify(item, bigints)));
  return reply;
}

function bigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

describePair('sorted sets, against a real redis-server', (pair) => {
  it.each([2, 3])('answer 18 000 random commands alike, over RESP%i', async (protocol) => {
    await pair().compare({
      name: 'sorted sets',
      protocol,
      rounds: 12,
      commandsPerRound: 1500,
      command: (random) => new Generator(random).command(),
      comparable,
    });
  });

  it('print and read doubles as C does', async () => {
    const seed = testSeed('doubles');
    const random = seededRandom(seed);
    const [theirs, ours] = await pair().open();
    for (const client of [theirs, ours]) await client.call('FLUSHALL');
    const view = new DataView(new ArrayBuffer(8));
    const texts = Array.from({ length: 4000 }, (_, i) => {
      view.setUint32(0, random.below(2 ** 32));
      view.setUint32(4, random.below(2 ** 32));
      const value = view.getFloat64(0);
      if (i % 4 === 0) return String(random.next() * 1000);
      if (i % 4 === 1)
        return `${random.below(2 ** 32)}${random.below(2 ** 32)}${random.below(2 ** 32)}e${random.below(640) - 340}`;
      if (i % 4 === 2) return (random.below(2 ** 20) / 2 ** random.below(40)).toFixed(25);
      return Number.isFinite(value) ? String(value) : '1125899906842624.25';
    });
    // Ties: halfway between two doubles, and halfway between two texts of 17 digits.
    texts.push('9007199254740993', '9007199254740993.0000001', '1125899906842624.125', '1125899906842624.375');
    texts.push(
      '4.9406564584124654e-324',
      '2.4703282292062328e-324',
      '2.2250738585072011e-308',
      '1.7976931348623159e308',
    );
    texts.push(`0.${'0'.repeat(400)}1e400`, `1${'0'.repeat(900)}e-900`, `${'9'.repeat(1000)}e-990`);
    for (const text of texts) {
      const [expected, actual] = await Promise.all(
        [theirs, ours].map(async (client) => [
          await client.call('ZADD', 'z', text, 'm'),
          await client.call('ZSCORE', 'z', 'm'),
        ]),
      );
      expect(actual, `seed ${seed}: ${text}`).toEqual(expected);
    }
    theirs.close();
    ours.close();
  });
});

describe('a large sorted set', () => {
  let server: RedisServer;
  let client: RawClient;

  beforeEach(async () => {
    server = new RedisServer();
    await server.listen(0);
    client = await RawClient.open({ port: server.port });
  });

  afterEach(async () => {
    server.check();
    client.close();
    await server.close(0);
  });

  it('returns by ZSCAN whatever is there throughout, and once, while others come and go', async () => {
    const seed = testSeed('zscan');
    const random = seededRandom(seed);
    const stays = 2000;
    for (let i = 0; i < stays; i++) client.write(encodeRequest(['ZADD', 'z', String(i), `stays:${i}`]));
    for (let i = 0; i < stays; i++) await client.reply();
    const seen = new Map<string, number>();
    let cursor = '0';
    let guests = 0;
    do {
      const reply = await client.call('ZSCAN', 'z', cursor, 'COUNT', '7');
      if (!('items' in reply)) throw new Error(JSON.stringify(reply));
      const [next, listed] = reply.items;
      cursor = next !== undefined && 'text' in next ? next.text : '';
      const items = listed !== undefined && 'items' in listed ? listed.items : [];
      for (let i = 0; i < items.length; i += 2) {
        const member = items[i];
        if (member !== undefined && 'text' in member) seen.set(member.text, (seen.get(member.text) ?? 0) + 1);
      }
      // The index splits and joins its buckets under the cursor.
      const pairs = Array.from({ length: random.below(40) }, () => [String(random.below(100)), `guest:${guests++}`]);
      if (pairs.length > 0) await client.call('ZADD', 'z', ...pairs.flat());
      if (random.below(30) === 0 && guests > 0) {
        await client.call('ZREM', 'z', ...Array.from({ length: guests }, (_, i) => `guest:${i}`));
      }
    } while (cursor !== '0');
    for (let i = 0; i < stays; i++) expect(seen.get(`stays:${i}`), `seed ${seed}`).toBe(1);
  });

  it('gives all its memory back, however its key goes', async () => {
    await client.call('SET', 'other', 'x');
    const before = server.stats().dataBytes;
    const members = Array.from({ length: 1000 }, (_, i) => [String(i), `member ${i}`]).flat();
    for (const end of [
      ['DEL', 'z'],
      ['SET', 'z', 'v'],
      ['GETSET', 'z', 'v'],
      ['ZREMRANGEBYRANK', 'z', '0', '-1'],
      ['RENAME', 'other', 'z'],
      ['EXPIRE', 'z', '-1'],
      ['FLUSHALL'],
      ['ZPOPMIN', 'z', '1000'],
      ['ZINTERSTORE', 'z', '2', 'z', 'none'],
    ]) {
      await client.call('ZADD', 'z', ...members);
      expect(await client.call('ZCARD', 'z')).toEqual({ type: ':', value: 1000n });
      await client.call(...end);
      server.check();
      await client.call('DEL', 'z');
      await client.call('SET', 'other', 'x');
      expect(server.stats().dataBytes, end.join(' ')).toBeLessThanOrEqual(before);
    }
  });

  it('moves by RENAME without being copied, and is copied by COPY', async () => {
    await client.call('ZADD', 'z', ...Array.from({ length: 500 }, (_, i) => [String(i), `m${i}`]).flat());
    await client.call('RENAME', 'z', 'y');
    await client.call('COPY', 'y', 'x');
    await client.call('ZREM', 'x', 'm0');
    expect(await client.call('ZCARD', 'y')).toEqual({ type: ':', value: 500n });
    expect(await client.call('ZCARD', 'x')).toEqual({ type: ':', value: 499n });
    expect(await client.call('TYPE', 'z')).toEqual({ type: '+', text: 'none' });
  });

  it('draws distinct members at random, each about as often as another', async () => {
    await client.call('ZADD', 'z', ...Array.from({ length: 200 }, (_, i) => [String(i), `m${i}`]).flat());
    const counts = new Map<string, number>();
    for (let round = 0; round < 400; round++) {
      for (const count of ['10', '100']) {
        const reply = await client.call('ZRANDMEMBER', 'z', count);
        const items = 'items' in reply ? reply.items : [];
        expect(new Set(items.map((item) => ('text' in item ? item.text : ''))).size).toBe(Number(count));
        for (const item of items) if ('text' in item) counts.set(item.text, (counts.get(item.text) ?? 0) + 1);
      }
    }
    expect(counts.size).toBe(200);
    // Mean 220, standard deviation below 12.
    for (const [member, count] of counts) expect(Math.abs(count - 220), member).toBeLessThan(96);
  });
});
