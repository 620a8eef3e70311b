import { describe, expect, it } from 'vitest';
import { SingleFlight } from '../../../src/cache/patterns/index.js';
import { deferred } from '../../support/deferred.js';
import { CountingSignal, reasonOf } from '../../support/signals.js';
import { settled } from '../../support/time.js';

describe('SingleFlight', () => {
  it('does once what 1000 ask for at once, and again for who asks later', async () => {
    const flights = new SingleFlight<string, number>();
    let done = 0;
    const work = async () => ++done;
    const answers = await Promise.all(Array.from({ length: 1000 }, () => flights.run('key', work)));
    expect(new Set(answers)).toEqual(new Set([1]));
    expect(flights.stats).toEqual({ flown: 1, joined: 999 });
    expect(flights.size).toBe(0);
    expect(await flights.run('key', work)).toBe(2);
  });

  it('keeps keys apart', async () => {
    const flights = new SingleFlight<object, number>();
    const [a, b] = [{}, {}];
    expect(await Promise.all([flights.run(a, async () => 1), flights.run(b, async () => 2)])).toEqual([1, 2]);
    expect(flights.stats.flown).toBe(2);
  });

  it('gives an error to all who wait, thrown or rejected, and begins anew', async () => {
    const flights = new SingleFlight<string, number>();
    const error = new Error('no');
    const thrower = () => {
      throw error;
    };
    const reasons = await Promise.all([1, 2].map(() => reasonOf(flights.run('key', () => Promise.reject(error)))));
    expect(reasons).toEqual([error, error]);
    expect(await reasonOf(flights.run('key', thrower))).toBe(error);
    expect(flights.size).toBe(0);
    expect(await flights.run('key', () => 7)).toBe(7);
  });

  it('lets one go by its signal, and the others wait on', async () => {
    const flights = new SingleFlight<string, string>();
    const { call, fn } = deferred<[AbortSignal]>();
    const signals = [new CountingSignal(), new CountingSignal()];
    const waits = signals.map(({ signal }) => flights.run('key', fn, { signal }));
    const first = reasonOf(waits[0] as Promise<string>);
    signals[0]?.abort('gone');
    expect(await first).toBe('gone');
    expect(call(0).args[0].aborted).toBe(false);
    call(0).resolve('value');
    expect(await waits[1]).toBe('value');
    expect(signals.map(({ listeners }) => listeners)).toEqual([0, 0]);
  });

  it('aborts the work when all have gone, and begins anew for the next', async () => {
    const flights = new SingleFlight<string, string>();
    const { call, calls, fn } = deferred<[AbortSignal]>();
    const signals = [new AbortController(), new AbortController()];
    const reasons = signals.map(({ signal }) => reasonOf(flights.run('key', fn, { signal })));
    for (const [at, controller] of signals.entries()) controller.abort(at);
    expect(await Promise.all(reasons)).toEqual([0, 1]);
    expect([call(0).args[0].aborted, call(0).args[0].reason, flights.size]).toEqual([true, 1, 0]);
    const next = flights.run('key', fn);
    call(0).resolve('old');
    await settled();
    expect(flights.size).toBe(1);
    call(1).resolve('new');
    expect([await next, calls.length]).toEqual(['new', 2]);
  });

  it('goes on as long as one waits who has no signal', async () => {
    const flights = new SingleFlight<string, string>();
    const { call, fn } = deferred<[AbortSignal]>();
    const controller = new AbortController();
    const gone = reasonOf(flights.run('key', fn, { signal: controller.signal }));
    const stays = flights.run('key', fn);
    controller.abort('gone');
    expect(await gone).toBe('gone');
    expect(call(0).args[0].aborted).toBe(false);
    call(0).resolve('value');
    expect(await stays).toBe('value');
  });

  it('leaves no listener behind after many waits with one signal', async () => {
    const flights = new SingleFlight<number, number>();
    const counting = new CountingSignal();
    for (let i = 0; i < 10_000; i++) await flights.run(i, () => i, { signal: counting.signal });
    expect(counting.listeners).toBe(0);
    counting.abort('late');
    expect(await reasonOf(flights.run(1, () => 1, { signal: counting.signal }))).toBe('late');
  });

  it('forgets: the next call begins anew, who waits gets what it came for', async () => {
    const flights = new SingleFlight<string, string>();
    const { call, fn } = deferred<[AbortSignal]>();
    const first = flights.run('key', fn);
    expect([flights.forget('key'), flights.forget('key'), flights.has('key')]).toEqual([true, false, false]);
    const second = flights.run('key', fn);
    call(1).resolve('second');
    call(0).resolve('first');
    expect(await Promise.all([first, second])).toEqual(['first', 'second']);
  });

  it('refuses what is no work and no signal', () => {
    const flights = new SingleFlight<string, string>();
    expect(() => flights.run('key', 5 as never)).toThrow('work must be a function, got number');
    expect(() => flights.run('key', () => '', { signal: {} as never })).toThrow('signal must be an AbortSignal');
    expect(flights.stats.flown).toBe(0);
  });
});
