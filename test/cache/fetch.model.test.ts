/** Fetches that end in any order, on our cache and on the package `lru-cache`, side by side. */

import { LRUCache as TheirCache } from 'lru-cache';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LRUCache } from '../../src/cache/lru-cache/index.js';
import { type SeededRandom, seededRandom, testSeed } from '../support/random.js';
import { settled } from '../support/time.js';

type Ours = LRUCache<number, string>;
type Options = ConstructorParameters<typeof LRUCache<number, string>>[0];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] });
  vi.setSystemTime(1_700_000_000_000);
  vi.advanceTimersByTime(5000);
});
afterEach(() => {
  vi.useRealTimers();
});

describe('LRUCache.fetch against lru-cache', () => {
  it('gives, keeps and disposes of the same, in whatever order fetches end', async () => {
    const random = seededRandom(testSeed('LRUCache.fetch against lru-cache'));
    for (let round = 0; round < 120; round++) await run(random, round);
  });
});

interface Fetched {
  readonly key: number;
  readonly signal: AbortSignal;
  readonly resolve: (value: string | undefined) => void;
  readonly reject: (error: unknown) => void;
  readonly late: boolean;
}

/** One of the two caches, with all that was seen of it. */
class Side {
  readonly cache: Ours;
  readonly outcomes: unknown[] = [];
  readonly ended: unknown[][] = [];
  readonly inserted: unknown[][] = [];
  readonly fetches: Fetched[] = [];
  readonly statuses: Record<string, unknown>[] = [];
  readonly aborts: AbortController[] = [];

  constructor(make: (options: Options) => Ours, options: Options) {
    this.cache = make({
      ...options,
      dispose: (...args) => void this.ended.push(args),
      onInsert: (...args) => void this.inserted.push(args),
      fetchMethod: (key, stale, { signal, options: given }) => {
        this.outcomes.push(['asked', key, stale]);
        return new Promise<string | undefined>((resolve, reject) => {
          this.fetches.push({ key, signal, resolve, reject, late: !!given.allowStaleOnFetchAbort });
        });
      },
    });
  }

  fetch(key: number, options: object, withSignal: boolean): void {
    const status: Record<string, unknown> = {};
    const controller = new AbortController();
    const number = this.statuses.push(status);
    this.aborts.push(controller);
    const given = { ...options, status, ...(withSignal ? { signal: controller.signal } : {}) };
    this.cache.fetch(key, given).then(
      (value) => this.outcomes.push([number, value]),
      (error: Error) => this.outcomes.push([number, 'failed', error.message]),
    );
  }
}

async function run(random: SeededRandom, round: number): Promise<void> {
  const flip = (odds = 2) => random.below(odds) === 0;
  const ignoreFetchAbort = flip();
  const allowStaleOnFetchAbort = flip();
  const both = ignoreFetchAbort && allowStaleOnFetchAbort;
  const options: Options = {
    // A fetch that goes on may find its slot taken by another key: there the two differ.
    max: both ? 20 : 1 + random.below(6),
    ...(flip() ? { ttl: 10 + random.below(30) } : {}),
    ...(flip(3) ? { maxSize: 12, sizeCalculation: (value: string) => 1 + (value.length % 3) } : {}),
    ...(both ? { maxSize: 0, sizeCalculation: undefined } : {}),
    ttlResolution: 0,
    allowStale: flip(3),
    updateAgeOnGet: flip(3),
    noDeleteOnStaleGet: flip(3),
    noDeleteOnFetchRejection: flip(),
    allowStaleOnFetchRejection: flip(),
    ignoreFetchAbort,
    allowStaleOnFetchAbort,
  };
  const ours = new Side((given) => new LRUCache<number, string>(given), options);
  const theirs = new Side((given) => {
    const perf = { now: () => performance.now() };
    return new TheirCache<number, string>({ ...given, perf } as never) as never as Ours;
  }, options);
  const sides = [ours, theirs];
  for (let step = 0; step < 40; step++) {
    const before = ours.outcomes.length;
    act(random, sides, both, step);
    await settled();
    // A caller with a signal, who joined another's fetch, is told some microtasks later than without.
    for (const { outcomes } of sides) outcomes.push(...outcomes.splice(before).sort(byText));
    const context = `round ${round} step ${step} ${JSON.stringify(options)}`;
    expect(ours.outcomes, context).toEqual(theirs.outcomes);
    expect(ours.inserted, context).toEqual(theirs.inserted);
    expect(ours.statuses.map(comparable), context).toEqual(theirs.statuses.map(comparable));
    expect([ours.cache.size, ours.cache.calculatedSize], context).toEqual([
      theirs.cache.size,
      theirs.cache.calculatedSize,
    ]);
    expect([...ours.cache], context).toEqual([...theirs.cache]);
    expect(
      ours.cache.dump().map(([key, { value }]) => [key, value]),
      context,
    ).toEqual(theirs.cache.dump().map(([key, { value }]) => [key, value]));
  }
  for (const { cache } of sides) cache.clear();
  await settled();
  // Of values that were replaced by a fetch that failed, or went with it, the package says nothing.
  const told = new Set(theirs.ended.map(([value]) => value));
  expect(ours.ended.filter(([value]) => told.has(value))).toEqual(theirs.ended);
  const stored = new Set(ours.inserted.map(([value]) => value));
  expect(new Set(ours.ended.map(([value]) => value))).toEqual(stored);
  expect(ours.ended.length).toBe(stored.size);
}

const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

let made = 0;

function act(random: SeededRandom, sides: readonly Side[], both: boolean, step: number): void {
  const flip = (odds = 2) => random.below(odds) === 0;
  const [ours, theirs] = sides as [Side, Side];
  const key = random.below(6);
  const choice = random.below(20);
  if (choice < 7) {
    const options = {
      ...(flip(4) ? { forceRefresh: true } : {}),
      ...(flip(4) ? { allowStale: flip() } : {}),
    };
    const withSignal = flip();
    for (const side of sides) side.fetch(key, options, withSignal);
  } else if (choice < 12 && theirs.fetches.length > 0) {
    const index = random.below(theirs.fetches.length);
    const late = theirs.fetches[index]?.signal.aborted && theirs.fetches[index]?.late;
    // A late failure leaves the package's entry a fetch for ever; ours has its value again.
    const fails = flip(3) && !late;
    const value = `value ${++made}${'x'.repeat(random.below(4))}`;
    // Nothing, after an abort that was to be ignored, leaves the package an entry without a value.
    const nothing = flip(6) && !ours.cache.ignoreFetchAbort;
    for (const side of sides) {
      const [fetched] = side.fetches.splice(index, 1);
      if (fails) fetched?.reject(new Error(`failure ${step}`));
      else fetched?.resolve(nothing ? undefined : value);
    }
  } else if (choice < 14 && theirs.aborts.length > 0) {
    const index = random.below(theirs.aborts.length);
    // A second caller's signal does nothing there; here it ends that caller's wait.
    if (theirs.statuses[index]?.fetch === 'inflight') return;
    for (const side of sides) side.aborts[index]?.abort(new Error(`abort ${step}`));
  } else if (choice === 14) {
    const value = `set ${++made}`;
    for (const { cache } of sides) cache.set(key, value);
  } else if (choice === 15 && !both) {
    expect(ours.cache.delete(key)).toBe(theirs.cache.delete(key));
  } else if (choice === 16) {
    expect(ours.cache.get(key)).toBe(theirs.cache.get(key));
    expect(ours.cache.peek(key)).toBe(theirs.cache.peek(key));
    expect(ours.cache.has(key)).toBe(theirs.cache.has(key));
  } else if (choice === 17 && !both) {
    expect(ours.cache.pop()).toBe(theirs.cache.pop());
  } else {
    vi.advanceTimersByTime(random.below(20));
  }
}

function comparable({ cache: _cache, fetchError, ...status }: Record<string, unknown>): unknown {
  return { ...status, ...(fetchError instanceof Error ? { fetchError: fetchError.message } : {}) };
}
