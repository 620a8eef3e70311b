/** PFADD, PFCOUNT, PFMERGE: replies and the very bytes that Redis would keep. */

import { describe, expect, it } from 'vitest';
import { RedisServer } from '../../../src/network/resp/index.js';
import { describePair } from '../../support/pair.js';
import { type SeededRandom, seededRandom, testSeed } from '../../support/random.js';
import { RawClient } from '../../support/resp.js';

const KEYS = ['a', 'b', 'c', 'd'];

function command(random: SeededRandom): readonly string[] {
  const pick = <T>(items: readonly T[]): T => items[random.below(items.length)] as T;
  const key = () => pick([...KEYS, ...KEYS, ...KEYS, 'string', 'zset']);
  // Sparse ones are what can go wrong: most elements are few, now and then there are many.
  const elements = () => {
    const range = pick([10, 200, 5000, 1e9]);
    return Array.from({ length: pick([0, 1, 1, 3, 10, 150]) }, () => `e${random.below(range)}`);
  };
  const makers: readonly (() => string[])[] = [
    ...Array.from({ length: 6 }, () => () => ['PFADD', key(), ...elements()]),
    () => ['PFCOUNT', key()],
    () => ['PFCOUNT', key(), key(), 'absent'],
    () => ['PFMERGE', key(), key(), key()],
    () => ['PFMERGE', key(), 'absent'],
    ...Array.from({ length: 3 }, () => () => ['GET', pick(KEYS)]),
    () => ['STRLEN', pick(KEYS)],
    () => ['OBJECT', 'ENCODING', pick(KEYS)],
    () => (random.below(3) ? ['EXPIRE', pick(KEYS), '1000'] : ['DEL', pick(KEYS)]),
    () => ['ZADD', 'zset', '1', 'm'],
    () => ['SET', 'string', pick(['', 'HYLL', 'HYLL\0', `HYLL\x02${'\0'.repeat(20)}`, `HYLL${'\0'.repeat(20)}`])],
    // Runs that do not cover the registers, or more than there are.
    () => [
      'SET',
      'string',
      `HYLL\x01${'\0'.repeat(10)}${pick(['\x80', '\0'])}${pick(['\x7f\xfe', '\x7f\xff\x7f\xff', ''])}`,
    ],
    () => ['COPY', pick(KEYS), pick(KEYS), 'REPLACE'],
    () => ['GETRANGE', 'string', '0', '16'],
  ];
  return pick(makers)();
}

describePair('HyperLogLogs, against a real redis-server', (pair) => {
  it.each([2, 3])('answer 8000 random commands alike, over RESP%i', async (protocol) => {
    await pair().compare({ name: 'hyper-log-log', protocol, rounds: 8, commandsPerRound: 1000, command });
  });

  it('forget the count they remember before an element finds them damaged', async () => {
    const [theirs, ours] = await pair().open();
    // One run, which covers registers 0 to 16318 only.
    const short = `HYLL\x01${'\0'.repeat(10)}\0\x7f\xbe`;
    const ask = (...args: string[]) => Promise.all([theirs, ours].map((client) => client.call(...args)));
    for (let first = 0; first < 300; first++) {
      await ask('SET', 'k', short);
      for (const args of [
        ['PFADD', 'k', ...Array.from({ length: 40 }, (_, i) => `${first}:${i}`)],
        ['GET', 'k'],
      ]) {
        const [expected, actual] = await ask(...args);
        expect(actual, `${first}: ${args[0]}`).toEqual(expected);
      }
    }
    theirs.close();
    ours.close();
  });

  it('grow from sparse to dense with the same bytes all the way', async () => {
    const [theirs, ours] = await pair().open();
    for (let i = 0; i < 3000; i++) {
      const [expected, actual] = await Promise.all(
        [theirs, ours].map((client) => client.call('PFADD', 'k', `key:${i}`)),
      );
      expect(actual, `key:${i}`).toEqual(expected);
      if (i % 50 !== 0) continue;
      const [bytes, same] = await Promise.all([theirs, ours].map((client) => client.call('GET', 'k')));
      expect(same, `after ${i}`).toEqual(bytes);
    }
    const [expected, actual] = await Promise.all([theirs, ours].map((client) => client.call('PFCOUNT', 'k')));
    expect(actual).toEqual(expected);
    theirs.close();
    ours.close();
  });
});

describe('strings that only look like one', () => {
  it('are refused or answered, whatever their runs say, and nothing beside them is read or changed', async () => {
    const seed = testSeed('runs');
    const random = seededRandom(seed);
    const server = new RedisServer();
    await server.listen(0);
    const client = await RawClient.open({ port: server.port });
    const header = `HYLL\x01${'\0'.repeat(10)}\x80`;
    for (let i = 0; i < 3000; i++) {
      const runs = Array.from({ length: random.below(6) }, () => random.below(256));
      // A run of two bytes that ends after the first, now and then.
      if (i % 3 === 0) runs.push(0x40 | random.below(64));
      await client.call('SET', 'k', header + String.fromCharCode(...runs));
      const replies = [
        await client.call('PFADD', 'k', `e${i}`, `f${i}`, `g${i}`),
        await client.call('PFCOUNT', 'k'),
        await client.call('PFCOUNT', 'k', 'other'),
        await client.call('PFMERGE', 'other', 'k'),
      ];
      for (const reply of replies) {
        if (reply.type === '-') expect('text' in reply && reply.text, `seed ${seed}`).toMatch(/^INVALIDOBJ/);
      }
      if (i % 100 === 0) server.check();
    }
    server.check();
    client.close();
    await server.close(0);
  });
});
