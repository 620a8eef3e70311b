/** The same random commands to a real redis-server and to ours; every reply compared. */

import { expect, it } from 'vitest';
import { describePair } from '../../support/pair.js';
import { type SeededRandom, seededRandom, testSeed } from '../../support/random.js';
import { encodeRequest, type RawReply } from '../../support/resp.js';

const ROUNDS = 40;
const COMMANDS_PER_ROUND = 1500;

const KEYS = Array.from({ length: 40 }, (_, i) => (i % 7 === 0 ? `key:\x00\r\n\xff${i}` : `key:${i}`));
const INTEGERS = [
  '0',
  '1',
  '-1',
  '7',
  '10',
  '100',
  '-5',
  '9223372036854775807',
  '-9223372036854775808',
  '9223372036854775808',
  '3.5',
  'abc',
  '',
  '007',
  '+1',
  ' 1',
  '-0',
];
const FLOATS = [
  '0.1',
  '0.2',
  '1e3',
  '-2.5',
  '3.0e-2',
  '1e400',
  'inf',
  '-inf',
  'nan',
  'abc',
  '',
  '10000000000000000000',
  '.5',
  '5.',
  '1e-20',
  '0.30000000000000004',
  '123456789.987654321',
  '-0',
  '0x10',
  '-0x.8p3',
  '0x',
  '1e-5000',
  '1e4931',
  '1e',
  '0x1p99999',
];

class Generator {
  readonly #random: SeededRandom;
  #moments = 0;

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
    return this.pick(KEYS);
  }

  keys(): string[] {
    return Array.from({ length: 1 + this.#random.below(5) }, () => this.key());
  }

  value(): string {
    const kind = this.#random.below(10);
    if (kind < 3) return this.pick(INTEGERS);
    if (kind < 5) return this.pick(FLOATS);
    if (kind === 5) return 'x'.repeat(this.#random.below(70_000));
    if (kind === 6) return 'y'.repeat(40 + this.#random.below(10));
    return Array.from({ length: this.#random.below(30) }, () => String.fromCharCode(this.#random.below(256))).join('');
  }

  /** Seconds that end far from now, or have ended, or make no sense. */
  moment(unitMs: number, absolute: boolean): string {
    const kind = this.#random.below(12);
    // A moment some seconds away, or past, is left out: what DBSIZE counts then is a matter of timing.
    if (kind === 0) return this.pick(INTEGERS.filter((text) => !(Number(text) > 0 && Number(text) < 1e6)));
    if (kind === 1) return '0';
    if (kind === 2) return '-10';
    // Never the same twice in a while, nor almost: which of two is the later (GT, LT) must not hang on a millisecond.
    const seconds = 1000 + 30 * ((this.#moments++ * 137) % 300);
    const span = Math.floor((seconds * 1000) / unitMs);
    return String(absolute ? Math.floor(Date.now() / unitMs) + span : span);
  }

  expiryOption(): string[] {
    const name = this.pick(['EX', 'PX', 'EXAT', 'PXAT', 'ex', 'pXaT']);
    return [name, this.moment(/^p/i.test(name) ? 1 : 1000, /at$/i.test(name))];
  }

  setOptions(): string[] {
    const out: string[] = [];
    if (this.chance(20)) out.push(this.pick(['NX', 'XX', 'nx']));
    if (this.chance(20)) out.push('GET');
    if (this.chance(15)) out.push('KEEPTTL');
    if (this.chance(25)) out.push(...this.expiryOption());
    if (this.chance(4)) out.push(this.pick(['EX', 'BOGUS', 'NX', 'XX', 'PERSIST', '']));
    return out;
  }

  expireFlags(): string[] {
    return this.chance(40)
      ? Array.from({ length: 1 + this.#random.below(2) }, () => this.pick(['NX', 'XX', 'GT', 'LT', 'nx', 'BAD']))
      : [];
  }

  command(): string[] {
    const makers: readonly (() => string[])[] = [
      () => ['SET', this.key(), this.value(), ...this.setOptions()],
      () => ['SET', this.key(), this.value()],
      () => ['GET', this.key()],
      () => ['get', this.key()],
      () => ['GETSET', this.key(), this.value()],
      () => ['GETDEL', this.key()],
      () => [
        'GETEX',
        this.key(),
        ...(this.chance(50) ? this.expiryOption() : this.chance(50) ? ['PERSIST'] : this.chance(20) ? ['EX'] : []),
      ],
      () => ['SETNX', this.key(), this.value()],
      () => ['SETEX', this.key(), this.moment(1000, false), this.value()],
      () => ['PSETEX', this.key(), this.moment(1, false), this.value()],
      () => ['MGET', ...this.keys()],
      () => ['MSET', ...this.keys().flatMap((key) => [key, this.value()]), ...(this.chance(5) ? ['odd'] : [])],
      () => ['MSETNX', ...this.keys().flatMap((key) => [key, this.value()])],
      () => ['APPEND', this.key(), this.value()],
      () => ['STRLEN', this.key()],
      () => [this.pick(['GETRANGE', 'SUBSTR']), this.key(), this.pick(INTEGERS), this.pick(INTEGERS)],
      () => [
        'SETRANGE',
        this.key(),
        this.pick(['0', '1', '5', '100', '-1', 'x', '70000', '536870912', '9223372036854775807']),
        this.value(),
      ],
      () => [this.pick(['INCR', 'DECR']), this.key()],
      () => [this.pick(['INCRBY', 'DECRBY']), this.key(), this.pick(INTEGERS)],
      () => ['INCRBYFLOAT', this.key(), this.pick(FLOATS)],
      () => [this.pick(['DEL', 'UNLINK', 'EXISTS', 'TOUCH']), ...this.keys()],
      () => ['TYPE', this.key()],
      () => ['RENAME', this.key(), this.key()],
      () => ['RENAMENX', this.key(), this.key()],
      () => [
        'COPY',
        this.key(),
        this.key(),
        ...this.pick([[], ['REPLACE'], ['DB', '0'], ['DB', 'x'], ['BAD'], ['DB', '0', 'REPLACE']]),
      ],
      () => ['EXPIRE', this.key(), this.moment(1000, false), ...this.expireFlags()],
      () => ['PEXPIRE', this.key(), this.moment(1, false), ...this.expireFlags()],
      () => ['EXPIREAT', this.key(), this.moment(1000, true), ...this.expireFlags()],
      () => ['PEXPIREAT', this.key(), this.moment(1, true), ...this.expireFlags()],
      () => [this.pick(['TTL', 'PTTL', 'EXPIRETIME', 'PEXPIRETIME']), this.key()],
      () => ['PERSIST', this.key()],
      () => ['OBJECT', 'ENCODING', this.key()],
      () => ['KEYS', this.pick(['*', 'key:*', 'key:?', 'key:[1-3]*', 'key:[^1]', '*\\*', 'k[e', 'key:1*2', ''])],
      () => [
        'SCAN',
        '0',
        'COUNT',
        '1000',
        ...this.pick([[], ['MATCH', 'key:1*'], ['TYPE', 'string'], ['TYPE', 'list']]),
      ],
      () => [
        'SCAN',
        this.pick(['x', '-1', '0']),
        ...this.pick([['COUNT', '0'], ['COUNT', 'x'], ['BAD', '1'], ['COUNT']]),
      ],
      () => ['DBSIZE'],
      () => ['PING', ...this.pick([[], ['hello'], ['a', 'b']])],
      () => ['ECHO', this.value()],
      () => ['SELECT', this.pick(['0', 'x'])],
      () =>
        this.pick([
          ['NOSUCH', 'a', 'b'],
          ['GET'],
          ['SET', 'k'],
          ['incr'],
          ['FLUSHALL', 'BAD'],
          ['OBJECT'],
          ['OBJECT', 'NOPE', 'k'],
          ['CLIENT', 'NOPE'],
          ['CONFIG', 'GET'],
          ['EXPIRE', 'k'],
          ['TIME', 'x'],
          ['GETEX'],
        ]),
      () => (this.chance(3) ? ['FLUSHALL'] : ['RANDOMKEY']),
    ];
    return this.pick(makers)();
  }
}

/** Replies that need not be equal to the letter: orders nobody promises, and clocks read twice. */
function comparable(args: readonly string[], reply: RawReply): unknown {
  const name = (args[0] ?? '').toUpperCase();
  if (reply.type === ':' && /TTL|EXPIRETIME/.test(name) && reply.value > 0n) {
    // The two servers read the clock some milliseconds apart; ours below rounds that away.
    return 'a positive time';
  }
  if (name === 'KEYS' && reply.type === '*') return new Set(reply.items.map((item) => JSON.stringify(item)));
  if (name === 'SCAN' && reply.type === '*') {
    const [cursor, keys] = reply.items;
    if (keys?.type === '*') return [cursor, new Set(keys.items.map((item) => JSON.stringify(item)))];
  }
  if (name === 'RANDOMKEY') return reply.type;
  return reply;
}

function shown(args: readonly string[]): string {
  return JSON.stringify(args).slice(0, 300);
}

/** The last commands that had to do with the keys of this one. */
function lately(history: readonly string[][], args: readonly string[]): string {
  const keys = args.filter((arg) => arg.startsWith('key:'));
  const related = history.filter((each) => each.some((arg) => keys.includes(arg)));
  return related
    .slice(-12)
    .map((each) => `\n  after ${shown(each)}`)
    .join('');
}

/** Positive times differ by what passes between two servers' clocks, and no more. */
function expectCloseTimes(theirs: RawReply, ours: RawReply, seconds: boolean, context: string): void {
  if (theirs.type !== ':' || ours.type !== ':') return;
  const difference = Number(theirs.value - ours.value);
  expect(Math.abs(difference), context).toBeLessThanOrEqual(seconds ? 1 : 1000);
}

describePair('against a real redis-server', (pair) => {
  it.each([
    [
      [
        ['SET', 'k', 'v'],
        ['PEXPIREAT', 'k', '9223372036854775807'],
        ['EXPIRETIME', 'k'],
      ],
    ],
  ])('answers alike where a random run once found a difference: %j', async (commands) => {
    const [theirs, ours] = await pair().open();
    for (const command of [['FLUSHALL'], ...commands]) {
      expect(await ours.call(...command)).toEqual(await theirs.call(...command));
    }
    theirs.close();
    ours.close();
  });

  it(`answers ${ROUNDS * COMMANDS_PER_ROUND} random commands alike`, async () => {
    const seed = testSeed('random commands');
    const [theirs, ours] = await pair().open();
    const random = seededRandom(seed);
    for (let round = 0; round < ROUNDS; round++) {
      const generator = new Generator(random);
      for (const client of [theirs, ours]) await client.call('FLUSHALL');
      const history: string[][] = [];
      for (let done = 0; done < COMMANDS_PER_ROUND; ) {
        // Pipelines of any length, cut into packets at any byte.
        const batch = Array.from({ length: 1 + random.below(40) }, () => generator.command());
        const bytes = Buffer.concat(batch.map(encodeRequest));
        const cut = random.below(bytes.length);
        for (const client of [theirs, ours]) {
          client.write(bytes.subarray(0, cut));
          client.write(bytes.subarray(cut));
        }
        for (const [index, args] of batch.entries()) {
          const [expected, actual] = await Promise.all([theirs.reply(), ours.reply()]);
          const context = `seed ${seed} round ${round} command ${done + index}: ${shown(args)}${lately(history, args)}`;
          history.push(args);
          expect(comparable(args, actual), context).toEqual(comparable(args, expected));
          if (/TTL|EXPIRETIME/i.test(args[0] ?? '')) {
            expectCloseTimes(expected, actual, !/^p/i.test(args[0] ?? ''), context);
          }
        }
        done += batch.length;
      }
    }
    theirs.close();
    ours.close();
  });
});
