/** Identifiers one after the other, against the packages of npm, and in plain steps. */

import { nanoid } from 'nanoid';
import { monotonicFactory, ulid as npmUlid } from 'ulid';
import { v4 as npmV4, v7 as npmV7 } from 'uuid';
import { Snowflake, UlidGenerator, Uuidv7Generator, ulid, uuidv4, uuidv7 } from '../../src/ids/index.js';
import { snowflakeTwin, ulidTwin, uuidv4Twin, uuidv7Twin } from '../baselines/ids/ids.js';
import { type Contender, type ContenderKind, defineSuite, ownCopy } from '../harness/suite.js';

/** Makes many, and looks at the last character of each, so that none is left as pieces. */
function make(next: () => string, count: number): number {
  let wrong = 0;
  for (let i = 0; i < count; i++) {
    const id = next();
    if (id.charCodeAt(id.length - 1) < 33) wrong++;
  }
  return count - wrong;
}

function contender(name: string, kind: ContenderKind, next: () => () => string, count: number): Contender {
  return {
    name,
    kind,
    prepare: () => {
      const own = ownCopy(make);
      const fresh = next();
      return { run: () => own(fresh, count) };
    },
  };
}

function contenderPairs(count: number): Contender {
  return {
    name: 'Snowflake.nextPairInto',
    kind: 'ours',
    prepare: () => {
      const made = new Snowflake({ machineId: 1, clockPolicy: 'borrow', maxBorrowMs: 2 ** 31 });
      const out = new Uint32Array(2);
      return {
        run: () => {
          for (let i = 0; i < count; i++) made.nextPairInto(out);
          return count;
        },
      };
    },
  };
}

function contenderWhole(name: string, kind: ContenderKind, next: () => () => bigint, count: number): Contender {
  return {
    name,
    kind,
    prepare: () => {
      const fresh = next();
      return {
        run: () => {
          let made = 0;
          for (let i = 0; i < count; i++) if (fresh() > 0n) made++;
          return made;
        },
      };
    },
  };
}

export const suite = defineSuite('ids', (bench) => {
  const size = bench.smoke ? 100 : 1e5;
  const of = (name: string, kind: ContenderKind, next: () => () => string) => contender(name, kind, next, size);
  bench.compare({
    operation: 'uuidv7',
    size,
    distribution: 'in a row',
    contenders: [
      of('uuidv7', 'ours', () => () => uuidv7()),
      of('Uuidv7Generator', 'ours', () => {
        const generator = new Uuidv7Generator();
        return () => generator.next();
      }),
      of('bytes, then text', 'twin', () => uuidv7Twin()),
      of('uuid', 'rival', () => () => npmV7()),
    ],
  });
  bench.compare({
    operation: 'uuidv4',
    size,
    distribution: 'in a row',
    contenders: [
      of('uuidv4', 'ours', () => () => uuidv4()),
      of('bytes, then text', 'twin', () => uuidv4Twin()),
      of('crypto.randomUUID', 'native', () => () => crypto.randomUUID()),
      of('uuid', 'rival', () => () => npmV4()),
      of('nanoid', 'rival', () => () => nanoid()),
    ],
  });
  bench.compare({
    operation: 'ulid',
    size,
    distribution: 'in a row',
    contenders: [
      of('ulid', 'ours', () => () => ulid()),
      of('UlidGenerator', 'ours', () => {
        const generator = new UlidGenerator();
        return () => generator.next();
      }),
      of('digits, counted up', 'twin', () => ulidTwin()),
      of('ulid, monotonicFactory', 'rival', () => {
        const next = monotonicFactory();
        return () => next();
      }),
      ...(bench.smoke ? [] : [of('ulid, not monotonic', 'rival', () => () => npmUlid())]),
    ],
  });
  bench.compare({
    operation: 'snowflake',
    size,
    distribution: 'in a row',
    contenders: [
      contenderWhole(
        'Snowflake.next',
        'ours',
        () => {
          const made = new Snowflake({ machineId: 1, clockPolicy: 'borrow', maxBorrowMs: 2 ** 31 });
          return () => made.next();
        },
        size,
      ),
      contenderPairs(size),
      contenderWhole('BigInt arithmetic', 'twin', () => snowflakeTwin(1), size),
    ],
  });
});
