import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import { DecodeError } from '../../bindings/decode-error.js';
import { DISCORD, Snowflake, SnowflakeError, SONYFLAKE, TWITTER } from '../../src/ids/index.js';
import type { Clock } from '../../src/ports/clock.js';
import { seededRandom } from '../../src/ports/random.js';
import { testSeed } from '../support/random.js';

const seed = testSeed('snowflake');
const clockAt = (times: () => number): Clock => ({ now: times, monotonic: times });
const EPOCH = TWITTER.epochMs;

describe('Snowflake', () => {
  it('reads what others made', () => {
    // A post of 2022 on Twitter, as its documentation of the format has it.
    expect(Snowflake.parse('1541815603606036480')).toEqual({ timeMs: 1656432460105, machineId: 378, sequence: 0 });
    // The example of Discord's reference: worker 1, process 0, increment 7.
    expect(Snowflake.parse(175928847299117063n, DISCORD)).toEqual({
      timeMs: 1462015105796,
      machineId: 32,
      sequence: 7,
    });
  });

  it('has the parts it was made of, in every layout', () => {
    const random = seededRandom(seed);
    for (const layout of [
      TWITTER,
      DISCORD,
      SONYFLAKE,
      { timeBits: 30, machineBits: 11, sequenceBits: 22 },
      { timeBits: 42, machineBits: 0, sequenceBits: 21 },
      { timeBits: 19, machineBits: 22, sequenceBits: 22, sequenceFirst: true },
    ]) {
      const full = { ...TWITTER, ...layout };
      const machineId = random.u32() % 2 ** full.machineBits;
      let ms = full.epochMs + full.unitMs * (random.u32() % 2 ** (full.timeBits - 1));
      const made = new Snowflake({ layout: full, machineId, clock: clockAt(() => ms) });
      let before = -1n;
      for (let i = 0; i < 500; i++) {
        const sequence = i % 5;
        if (sequence === 0) ms += full.unitMs;
        const id = made.next();
        expect(id > before).toBe(true);
        expect(id >> 63n).toBe(0n);
        expect(made.parse(id)).toEqual({ timeMs: ms - ((ms - full.epochMs) % full.unitMs), machineId, sequence });
        expect(Snowflake.parse(String(id), full)).toEqual(made.parse(id));
        expect(made.parsePair(Number(id >> 32n), Number(id & 0xffff_ffffn))).toEqual(made.parse(id));
        expect(made.firstAt(ms) <= id && made.firstAt(ms + full.unitMs) > id).toBe(true);
        before = id;
      }
    }
  });

  it('puts the bits where Twitter and Sonyflake have them', () => {
    const clock = clockAt(() => EPOCH + 5);
    const made = new Snowflake({ machineId: 3, clock });
    expect([made.next(), made.next()]).toEqual([(5n << 22n) | (3n << 12n), (5n << 22n) | (3n << 12n) | 1n]);
    expect(made.nextString()).toBe(String((5n << 22n) | (3n << 12n) | 2n));
    const sony = new Snowflake({ layout: SONYFLAKE, machineId: 3, clock: clockAt(() => SONYFLAKE.epochMs + 57) });
    expect([sony.next(), sony.next()]).toEqual([(5n << 24n) | 3n, (5n << 24n) | (1n << 16n) | 3n]);
  });

  it('pairs, digits and bigints are one sequence', () => {
    const make = () => new Snowflake({ machineId: 1023, clock: clockAt(() => EPOCH + 2 ** 40), clockPolicy: 'borrow' });
    const [whole, pairs, into] = [make(), make(), make()];
    const out = new Uint32Array(3);
    for (let i = 0; i < 10_000; i++) {
      const id = whole.next();
      const [high, low] = pairs.nextPair();
      into.nextPairInto(out, 1);
      if (((BigInt(high) << 32n) | BigInt(low)) !== id || out[1] !== high || out[2] !== low) expect.fail(`${id}`);
    }
    expect(() => into.nextPairInto(out, 2)).toThrow(RangeError);
  });

  it('a million in a row are different and in order', () => {
    for (const clockPolicy of ['wait', 'borrow'] as const) {
      const made = new Snowflake({
        machineId: 1,
        clockPolicy,
        sequenceBits: 20,
        timeBits: 33,
        epochMs: Date.now() - 1000,
      });
      let before = -1n;
      let wrong = 0;
      for (let i = 0; i < 500_000; i++) {
        const id = made.next();
        if (id <= before) wrong++;
        before = id;
      }
      expect(wrong).toBe(0);
    }
    const first = Snowflake.next();
    expect(first < Snowflake.next()).toBe(true);
  });

  it('waits for the next millisecond when all of one were made', () => {
    let looks = 0;
    const clock = clockAt(() => EPOCH + 100 + Math.floor(looks++ / 10));
    const made = new Snowflake({ machineId: 0, sequenceBits: 2, clock });
    const times = Array.from({ length: 40 }, () => made.parse(made.next()).timeMs - EPOCH);
    expect(times.filter((time) => time === 100).length).toBe(4);
    expect(new Set(times).size).toBe(10);
  });

  it('a clock that goes back is waited for, borrowed from, or refused', () => {
    let ms = EPOCH + 1000;
    let step = 0;
    const clock = clockAt(() => (ms += step));
    const [waiting, borrowing, refusing] = (['wait', 'borrow', 'error'] as const).map(
      (clockPolicy) =>
        new Snowflake({ machineId: 0, sequenceBits: 3, clock, clockPolicy, maxBorrowMs: 50, maxWaitMs: 20 }),
    ) as [Snowflake, Snowflake, Snowflake];
    const time = (from: Snowflake) => from.parse(from.next()).timeMs - EPOCH;
    expect([time(waiting), time(borrowing), time(refusing)]).toEqual([1000, 1000, 1000]);
    ms -= 15;
    expect(() => refusing.next()).toThrow(/went back from \d+ to \d+ ms/);
    expect(time(borrowing)).toBe(1000);
    step = 1;
    expect(time(waiting)).toBe(1000);
    step = 0;
    ms = EPOCH + 900;
    for (const one of [waiting, borrowing, refusing]) {
      try {
        one.next();
        expect.fail('made one');
      } catch (error) {
        expect(error).toBeInstanceOf(SnowflakeError);
        expect(error).toMatchObject({ code: 'SNOWFLAKE_CLOCK_BACK', problem: 'clock-back', clockMs: EPOCH + 900 });
      }
    }
    ms = EPOCH + 1001;
    expect([time(waiting), time(borrowing), time(refusing)]).toEqual([1001, 1001, 1001]);
  });

  it('borrows milliseconds up to its bound, and is as it was where it refuses', () => {
    const made = new Snowflake({
      machineId: 0,
      sequenceBits: 1,
      clock: clockAt(() => EPOCH),
      clockPolicy: 'borrow',
      maxBorrowMs: 10,
    });
    const ids = Array.from({ length: 22 }, () => made.next());
    expect(new Set(ids).size).toBe(22);
    expect(made.parse(ids.at(-1) as bigint).timeMs).toBe(EPOCH + 10);
    for (let i = 0; i < 3; i++) expect(() => made.next()).toThrow(SnowflakeError);
    const refusing = new Snowflake({
      machineId: 0,
      sequenceBits: 1,
      clock: clockAt(() => EPOCH),
      clockPolicy: 'error',
    });
    refusing.next();
    refusing.next();
    expect(() => refusing.next()).toThrow(/All 2 snowflakes of \d+ ms were made/);
  });

  it('jumps of the clock by chance leave the order as it is', () => {
    const random = seededRandom(seed + 1);
    let ms = EPOCH + 10_000;
    const made = new Snowflake({
      machineId: 9,
      sequenceBits: 4,
      clock: clockAt(() => ms),
      clockPolicy: 'borrow',
      maxBorrowMs: 1e6,
    });
    let before = -1n;
    for (let i = 0; i < 20_000; i++) {
      ms += (random.u32() % 9) - 4;
      const id = made.next();
      if (id <= before) expect.fail(`${id} after ${before}`);
      before = id;
    }
  });

  it('refuses times, machines and layouts that there cannot be', () => {
    const at = (ms: number) => new Snowflake({ machineId: 0, clock: clockAt(() => ms) });
    expect(at(EPOCH).maxTimeMs).toBe(EPOCH + 2 ** 41 - 1);
    expect(at(EPOCH).next()).toBe(0n);
    expect(at(EPOCH + 2 ** 41 - 1).next()).toBe((2n ** 41n - 1n) << 22n);
    for (const ms of [EPOCH - 1, EPOCH + 2 ** 41, Number.NaN]) {
      expect(() => at(ms).next()).toThrow(SnowflakeError);
      expect(() => at(ms).firstAt(ms)).toThrow(RangeError);
    }
    for (const options of [
      { machineId: 1024 },
      { machineId: -1 },
      { machineId: 0.5 },
      { machineId: 0, timeBits: 42 },
      { machineId: 0, sequenceBits: 0 },
      { machineId: 0, unitMs: 0 },
      { machineId: 0, epochMs: 0.5 },
      { machineId: 0, clockPolicy: 'guess' as never },
      { machineId: 0, maxWaitMs: -1 },
    ]) {
      expect(() => new Snowflake(options)).toThrow(RangeError);
    }
    expect(() => new Snowflake({} as never)).toThrow(TypeError);
    expect(() => new Snowflake(undefined as never)).toThrow(TypeError);
    for (const id of ['', 'x', '1'.repeat(20), '-1', -1n, 1n << 63n, '9223372036854775808']) {
      expect(() => Snowflake.parse(id)).toThrow(DecodeError);
    }
    expect(() => Snowflake.parse(5 as never)).toThrow(TypeError);
    expect(() => Snowflake.parsePair(2 ** 31, 0)).toThrow(RangeError);
  });
});

describe('eight workers at once', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ashlar-ids-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('make a million of each kind without a duplicate', async () => {
    compile(resolve('src/ids/index.ts'), new Set());
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'worker.js'), WORKER);
    const each = 125_000;
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, machineId) => {
        const worker = new Worker(pathToFileURL(join(folder, 'worker.js')), { workerData: { machineId, each } });
        return new Promise<BigUint64Array[]>((done, fail) => {
          worker.once('message', done);
          worker.once('error', fail);
        });
      }),
    );
    for (let kind = 0; kind < 3; kind++) {
      const all = new BigUint64Array(8 * each);
      results.forEach((made, i) => {
        all.set(made[kind] as BigUint64Array, i * each);
      });
      all.sort();
      let twice = 0;
      for (let i = 1; i < all.length; i++) if (all[i] === all[i - 1]) twice++;
      // Of UUIDs and ULIDs the 64 bits that are neither time nor version stand for all: two that differ there, differ.
      expect(twice).toBe(0);
    }
  });

  /** Writes a file and what it imports as JavaScript under the folder. */
  function compile(file: string, done: Set<string>): void {
    if (done.has(file)) return;
    done.add(file);
    const source = readFileSync(file, 'utf8');
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true },
    });
    const out = join(folder, relative(resolve('.'), file).replace(/\.ts$/, '.js'));
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, outputText);
    for (const [, path] of outputText.matchAll(/from '(\.[^']+)\.js'/g))
      compile(resolve(dirname(file), `${path}.ts`), done);
  }
});

const WORKER = `
import { parentPort, workerData } from 'node:worker_threads';
import { Snowflake, ulid, parseUlidInto, uuidv7Into } from './src/ids/index.js';
const { machineId, each } = workerData;
const snowflakes = new Snowflake({ machineId, clockPolicy: 'borrow' });
const made = [0, 1, 2].map(() => new BigUint64Array(each));
const bytes = new Uint8Array(16);
const view = new DataView(bytes.buffer);
for (let i = 0; i < each; i++) {
  made[0][i] = snowflakes.next();
  uuidv7Into(bytes);
  made[1][i] = view.getBigUint64(8);
  parseUlidInto(bytes, ulid());
  made[2][i] = view.getBigUint64(8);
}
parentPort.postMessage(made);
`;
