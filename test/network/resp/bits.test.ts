/** Commands on the bits of strings: random ones against a real redis-server, and the edges of their ranges. */

import { expect, it } from 'vitest';
import { describePair } from '../../support/pair.js';
import type { SeededRandom } from '../../support/random.js';

const KEYS = ['a', 'b', 'c', 'd'];
const INDEXES = ['0', '1', '-1', '2', '-2', '5', '-7', '100', '-100', '9', '63', '64', 'x', '1.5', ''];
const TYPES = ['u1', 'i1', 'u8', 'i8', 'u5', 'i13', 'u31', 'i32', 'u63', 'i64', 'u64', 'i65', 'u0', 'x8', 'i', ''];
const OFFSETS = ['0', '1', '7', '8', '13', '100', '#0', '#1', '#3', '-1', '#-1', 'x', '#', '4294967295', '4294967296'];
const VALUES = ['0', '1', '-1', '2', '127', '128', '255', '-128', '9223372036854775807', '-9223372036854775808', 'x'];

function command(random: SeededRandom): readonly string[] {
  const pick = <T>(items: readonly T[]): T => items[random.below(items.length)] as T;
  const maybe = (percent: number, ...words: string[]): string[] => (random.below(100) < percent ? words : []);
  const key = () => (random.below(30) === 0 ? 'zset' : pick(KEYS));
  // Offsets of four gigabits make strings of half a gigabyte: only readers take them.
  const written = () => pick(OFFSETS.slice(0, -2));
  const offset = () => (random.below(20) === 0 ? written() : String(random.below(300)));
  const unit = () => maybe(50, pick(['BIT', 'BYTE', 'bit', 'BAD']));
  const operation = () => {
    if (random.below(5) === 0) return ['OVERFLOW', pick(['WRAP', 'SAT', 'fail', 'SAT', 'FAIL', 'BAD'])];
    if (random.below(3) === 0) return ['GET', pick(TYPES), pick(OFFSETS)];
    return [pick(['SET', 'INCRBY', 'incrby']), pick(TYPES.slice(0, 10)), written(), pick(VALUES)];
  };
  const operations = () => Array.from({ length: random.below(5) }, operation).flat();
  const makers: readonly (() => string[])[] = [
    ...Array.from({ length: 4 }, () => () => ['SETBIT', key(), offset(), pick(['0', '1', '1', '1'])]),
    () => ['SETBIT', key(), written(), pick(['2', '-1', 'x', '1'])],
    () => ['SETBIT', key(), pick(['4294967296', '-1', 'x']), '1'],
    () => ['GETBIT', key(), pick(OFFSETS)],
    () => ['GETBIT', key(), offset()],
    () => ['BITCOUNT', key(), ...maybe(70, pick(INDEXES), ...maybe(95, pick(INDEXES), ...unit()))],
    () => ['BITCOUNT', key(), '0', '-1', 'BIT', 'more'],
    ...Array.from({ length: 2 }, () => () => [
      'BITPOS',
      key(),
      pick(['0', '1', '0', '1', '2', 'x']),
      ...maybe(70, pick(INDEXES), ...maybe(70, pick(INDEXES), ...unit())),
    ]),
    () => [
      'BITOP',
      pick(['AND', 'OR', 'XOR', 'and', 'BAD']),
      key(),
      ...Array.from({ length: 1 + random.below(3) }, key),
      ...maybe(20, 'absent'),
    ],
    () => ['BITOP', 'NOT', key(), key(), ...maybe(10, key())],
    ...Array.from({ length: 4 }, () => () => ['BITFIELD', key(), ...operations()]),
    () => ['BITFIELD_RO', key(), ...maybe(90, 'GET', pick(TYPES), pick(OFFSETS)), ...maybe(10, 'SET', 'u8', '0', '1')],
    () => ['BITFIELD', key(), pick(['GET', 'SET', 'OVERFLOW', 'BAD']), ...maybe(50, 'u8')],
    () => ['SET', pick(KEYS), pick(['foobar', '', '12345', '\0\0\0', 'ÿÿÿ', '\xff'.repeat(40), '\0'.repeat(40)])],
    () => ['GET', pick(KEYS)],
    () => ['OBJECT', 'ENCODING', pick(KEYS)],
    () => ['STRLEN', pick(KEYS)],
    () => ['DEL', pick(KEYS)],
    () => ['APPEND', pick(KEYS), '\x0f'],
    () => ['ZADD', 'zset', '1', 'm'],
    () => ['EXPIRE', pick(KEYS), '1000'],
    () => ['PERSIST', pick(KEYS)],
  ];
  return pick(makers)();
}

describePair('bits of strings, against a real redis-server', (pair) => {
  it.each([2, 3])('answer 15 000 random commands alike, over RESP%i', async (protocol) => {
    await pair().compare({ name: 'bits', protocol, rounds: 10, commandsPerRound: 1500, command });
  });

  it('count and find over long strings and every edge of a range', async () => {
    const [theirs, ours] = await pair().open();
    const long = Buffer.alloc(1003, 0xff);
    long[500] = 0xfb;
    for (const client of [theirs, ours]) {
      await client.call('SET', 'ones', long.toString('latin1'));
      await client.call('SETRANGE', 'zeros', '999', '\x01');
    }
    for (const key of ['ones', 'zeros']) {
      for (const bit of ['0', '1']) {
        for (const [from, to] of [
          [0, -1],
          [3, 4000],
          [4001, 4005],
          [4002, 4010],
          [4006, -1],
          [7990, 7999],
          [-9, -1],
        ]) {
          const range = [String(from), String(to), 'BIT'];
          const answers = await Promise.all(
            [theirs, ours].map(async (client) => [
              await client.call('BITPOS', key, bit, ...range),
              await client.call('BITCOUNT', key, ...range),
            ]),
          );
          expect(answers[1], `${key} ${bit} ${range}`).toEqual(answers[0]);
        }
      }
    }
    theirs.close();
    ours.close();
  });
});
