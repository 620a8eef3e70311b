/** Random calls on our cache and on the package `lru-cache`, side by side: everything that can be seen is the same. */

import { LRUCache as TheirCache } from 'lru-cache';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LRUCache } from '../../src/cache/lru-cache/index.js';
import { type SeededRandom, seededRandom, testSeed } from '../support/random.js';

type Key = number | string;
type Ours = LRUCache<Key, number>;
type Theirs = TheirCache<Key, number>;
type Options = ConstructorParameters<typeof LRUCache<Key, number>>[0];
type Log = unknown[][];

const FAKED = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] as const;

beforeEach(() => {
  vi.useFakeTimers({ toFake: [...FAKED] });
  vi.setSystemTime(1_700_000_000_000);
  vi.advanceTimersByTime(5000);
});
afterEach(() => {
  vi.useRealTimers();
});

describe('LRUCache against lru-cache', () => {
  for (const kind of ['numbers', 'sizes', 'times', 'sizes and times', 'automatic purging'] as const) {
    it(`does the same with ${kind}`, () => {
      const random = seededRandom(testSeed(`LRUCache against lru-cache, ${kind}`));
      for (let round = 0; round < 60; round++) run(random, optionsOf(random, kind), round);
    });
  }
});

function optionsOf(random: SeededRandom, kind: string): Options {
  const flip = () => random.below(2) === 0;
  const sized = kind.includes('sizes');
  const timed = kind !== 'numbers' && kind !== 'sizes';
  const max = random.below(12) + (sized && flip() ? 0 : 1);
  const maxSize = sized ? 5 + random.below(30) : 0;
  return {
    max: sized && flip() ? 0 : max || 1,
    ...(sized ? { maxSize, sizeCalculation: (value: number) => 1 + (value % 7) } : {}),
    ...(sized && flip() ? { maxEntrySize: 1 + random.below(maxSize) } : {}),
    ...(timed ? { ttl: flip() ? 1 + random.below(60) : 0 } : {}),
    // With 1, the time may be old within the millisecond: the package's timers may come, find nothing and come again.
    ...(timed ? { ttlResolution: kind === 'automatic purging' ? 0 : random.below(2) } : {}),
    ttlAutopurge: kind === 'automatic purging',
    updateAgeOnGet: timed && flip(),
    updateAgeOnHas: timed && flip(),
    allowStale: timed && flip(),
    noDeleteOnStaleGet: timed && flip(),
    noUpdateTTL: timed && flip(),
    noDisposeOnSet: random.below(4) === 0,
  };
}

interface Pair {
  readonly ours: Ours;
  readonly theirs: Theirs;
  readonly timed: boolean;
  readonly sized: boolean;
  readonly withAfter: boolean;
  value: number;
}

function run(random: SeededRandom, options: Options, round: number): void {
  const logs: [Log, Log] = [[], []];
  const withAfter = !options.noDisposeOnSet && random.below(2) === 0;
  const callbacks = (log: Log) => ({
    dispose: (...args: unknown[]) => void log.push(['dispose', ...args]),
    onInsert: (...args: unknown[]) => void log.push(['insert', ...args]),
    ...(withAfter ? { disposeAfter: (...args: unknown[]) => void log.push(['after', ...args]) } : {}),
    memoMethod: (key: Key, stale: number | undefined) => {
      log.push(['memo', key, stale]);
      return 7 * (stale ?? 3) + 1;
    },
  });
  const quiet = random.below(4) === 0;
  const pair: Pair = {
    ours: new LRUCache<Key, number>({ ...options, ...(quiet ? {} : callbacks(logs[0])) }),
    theirs: new TheirCache<Key, number>({
      ...(options as TheirCache.OptionsMaxLimit<Key, number, unknown>),
      ...(quiet ? {} : callbacks(logs[1])),
      perf: { now: () => performance.now() },
    }),
    timed: options.ttl !== undefined,
    sized: options.maxSize !== undefined,
    withAfter,
    value: 0,
  };
  for (let step = 0; step < 60; step++) {
    const before = logs[0].length;
    const [name, ours, theirs] = call(random, pair, quiet);
    const context = () => `round ${round} step ${step}: ${name}, ${JSON.stringify(options)}`;
    expect(ours, context()).toEqual(theirs);
    // Purging goes by time here, by recency there.
    if (name === 'purgeStale') for (const log of logs) log.push(...log.splice(before).sort(byText));
    expect(logs[0], context()).toEqual(logs[1]);
    expect([pair.ours.size, pair.ours.calculatedSize], context()).toEqual([
      pair.theirs.size,
      pair.theirs.calculatedSize,
    ]);
    expect(portable(pair.ours.dump()), context()).toEqual(portable(pair.theirs.dump()));
  }
  pair.ours.clear();
  pair.theirs.clear();
  expect(logs[0]).toEqual(logs[1]);
}

/** Without the times of entries that have none: the package writes when the process began, or NaN. */
const portable = (dumped: [Key, { value: number; ttl?: number; size?: number; start?: number }][]) =>
  dumped.map(([key, { ttl, start, ...rest }]) => [key, rest, ...(ttl ? [ttl, start] : [])]);

const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

/** One call, the same on both: its name, and what each gave. */
function call(random: SeededRandom, pair: Pair, quiet: boolean): [string, unknown, unknown] {
  const { ours, theirs } = pair;
  const flip = (odds = 3) => random.below(odds) === 0;
  const key = random.below(3) === 0 ? `k${random.below(10)}` : random.below(10);
  const both = (name: string, options: object | undefined, use: (cache: Ours, options?: object) => unknown) => {
    const withStatus = flip();
    const given = options === undefined && !withStatus ? [undefined, undefined] : [{ ...options }, { ...options }];
    if (withStatus) for (const each of given) Object.assign(each as object, { status: {} });
    const results = [use(ours, given[0]), use(theirs as unknown as Ours, given[1])];
    const seen = given.map((each) => {
      const { cache: _cache, ...status } = (each as { status?: { cache?: unknown } } | undefined)?.status ?? {};
      return status;
    });
    return [
      name,
      [results[0] === ours ? 'itself' : results[0], seen[0]],
      [results[1] === (theirs as unknown) ? 'itself' : results[1], seen[1]],
    ] as [string, unknown, unknown];
  };
  const choose = (flags: Record<string, () => unknown>) => {
    if (flip(2)) return undefined;
    return Object.fromEntries(Object.entries(flags).flatMap(([name, make]) => (flip() ? [[name, make()]] : [])));
  };
  const readOptions = () =>
    choose({ allowStale: () => flip(2), updateAgeOnGet: () => flip(2), noDeleteOnStaleGet: () => flip(2) });
  const writeOptions = () =>
    choose({
      ...(pair.timed ? { ttl: () => random.below(50), noUpdateTTL: () => flip(2) } : {}),
      ...(pair.timed && !ours.ttlAutopurge ? { start: () => performance.now() - random.below(20) } : {}),
      ...(pair.sized ? { size: () => random.below(9) } : {}),
      ...(pair.withAfter ? {} : { noDisposeOnSet: () => flip(2) }),
    });
  const choice = random.below(40);
  if (choice < 12) {
    const value = flip(8) ? pair.value : ++pair.value;
    return both('set', writeOptions(), (cache, options) => cache.set(key, value, options));
  }
  if (choice < 20) return both('get', readOptions(), (cache, options) => cache.get(key, options));
  if (choice < 22) return both('has', choose({ updateAgeOnHas: () => flip(2) }), (cache, o) => cache.has(key, o));
  if (choice < 24) return both('peek', choose({ allowStale: () => flip(2) }), (cache, o) => cache.peek(key, o));
  if (choice < 26) return both('delete', undefined, (cache) => cache.delete(key));
  if (choice === 26) return both('pop', undefined, (cache) => cache.pop());
  if (choice === 27) return both('purgeStale', undefined, (cache) => cache.purgeStale());
  if (choice === 28) return both('info', undefined, (cache) => cache.info(key));
  if (choice === 29) return both('getRemainingTTL', undefined, (cache) => cache.getRemainingTTL(key));
  if (choice === 30) return both('lists', undefined, (cache) => lists(cache));
  if (choice === 31)
    return both('find', readOptions(), (cache, options) => cache.find((value) => value % 3 === 0, options));
  if (choice === 32 && flip()) return both('clear', undefined, (cache) => cache.clear());
  // The package begins its timers anew at `load`, and so is late.
  if (choice === 33 && flip() && !ours.ttlAutopurge)
    return both('load', undefined, (cache) => cache.load(cache.dump()));
  if (choice === 34 && !quiet)
    return both('memo', choose({ forceRefresh: () => flip(2), allowStale: () => flip(2) }), (cache, options) =>
      cache.memo(key, options),
    );
  if (choice === 35) return both('set undefined', undefined, (cache, options) => cache.set(key, undefined, options));
  if (choice === 36) return both('deletes meanwhile', undefined, (cache) => deleteMeanwhile(cache));
  const ms = 1 + random.below(25);
  vi.advanceTimersByTime(ms);
  return [`advance ${ms}`, 0, 0];
}

function lists(cache: Ours): unknown {
  const each: unknown[] = [];
  cache.forEach((value, key, self) => void each.push(value, key, self === cache));
  cache.rforEach((value, key) => void each.push(value, key));
  return [
    [...cache],
    [...cache.rentries()],
    [...cache.keys()],
    [...cache.rkeys()],
    [...cache.values()],
    [...cache.rvalues()],
    each,
    Object.prototype.toString.call(cache),
  ];
}

/** Every second entry goes while it is visited; not the oldest, after which the package begins anew at the newest. */
function deleteMeanwhile(cache: Ours): Key[] {
  const seen: Key[] = [];
  const [oldest] = cache.dump()[0] ?? [];
  for (const key of cache.keys()) {
    seen.push(key);
    if (seen.length % 2 === 0 && key !== oldest) cache.delete(key);
  }
  return seen;
}
