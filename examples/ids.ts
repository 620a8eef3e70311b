/** Identifiers that sort by when they were made, here by a clock and chance that can be repeated. */

import {
  createUlid,
  createUuidv7,
  decodeTime,
  isUuid,
  SequenceRange,
  Snowflake,
  ulidToUuid,
  uuidTime,
  uuidv7,
} from 'ashlar/ids';

// What a program mostly needs: no options, the platform's clock and chance.
const [first, second] = [uuidv7(), uuidv7()];
console.log(isUuid(first), first < second);

// In a test or a simulation time and chance are given.
const clock = { now: () => 1_700_000_000_000, monotonic: () => 0 };
const random = { u32: () => 0x01234567, float: () => 0, fill: () => undefined };
const next = createUuidv7({ clock, random });
console.log(next(), next());
console.log(new Date(uuidTime(next()) as number).toISOString());

const nextUlid = createUlid({ clock, random });
const ulid = nextUlid();
console.log(ulid, nextUlid(), decodeTime(ulid), ulidToUuid(ulid));

// Sixty-three bits, for a column of a database: time, machine, sequence.
const snowflakes = new Snowflake({ machineId: 7, clock, clockPolicy: 'borrow' });
console.log(snowflakes.nextString(), snowflakes.parse(snowflakes.next()));

// Dense numbers of a shared counter, a hundred at a time.
let counter = 1;
const source = {
  async allocate(count: number) {
    const start = counter;
    counter += count;
    return start;
  },
};
const numbers = new SequenceRange(source, { blockSize: 100 });
console.log(await numbers.next(), await numbers.next(), numbers.close());

// Prints:
// true true
// 018bcfe5-6800-7009-8048-d15901234567 018bcfe5-6800-7009-8048-d15a01234567
// 2023-11-14T22:13:20.000Z
// 01HF7YAT0004HM04HM04HM04HM 01HF7YAT0004HM04HM04HM04HN 1700000000000 018bcfe5-6800-0123-4012-340123401234
// 1724551110456274944 { timeMs: 1700000000000, machineId: 7, sequence: 1 }
// 1 2 [ { start: 3, count: 98 } ]
