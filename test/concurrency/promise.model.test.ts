import { expect, it } from 'vitest';
import { AshlarPromise } from '../../src/concurrency/promise/index.js';
import { type SeededRandom, seededRandom, testSeed } from '../support/random.js';
import { settled } from '../support/time.js';

type AnyPromise = Promise<unknown>;

/** Builds a random graph of promises by one class and logs what its callbacks see, in order. */
async function story(Class: PromiseConstructor, { below }: SeededRandom): Promise<string[]> {
  const log: string[] = [];
  const promises: AnyPromise[] = [];
  /** Handled at once, so that the platform has nothing to report; that adds callbacks, and changes no order. */
  const keep = (...made: AnyPromise[]) => {
    for (const promise of made) promise.then(quiet, quiet);
    promises.push(...made);
  };
  const settlers: { resolve: (value: unknown) => void; reject: (reason: unknown) => void }[] = [];
  const some = (): AnyPromise => promises[below(promises.length)] as AnyPromise;
  const few = (): AnyPromise[] => Array.from({ length: below(4) }, some);
  const note = (id: number, what: string, value: unknown) => log.push(`${id} ${what} ${describe(value)}`);
  let ids = 0;
  const value = (depth = 0): unknown => {
    const kind = below(7);
    if (kind === 0 && promises.length > 0) return some();
    if (kind === 1) {
      const id = ids++;
      const inner = depth < 2 ? value(depth + 1) : id;
      const rejects = below(3) === 0;
      return {
        // biome-ignore lint/suspicious/noThenProperty: thenables of others are what is tried.
        then(resolve: (value: unknown) => void, reject: (reason: unknown) => void) {
          note(id, 'then called', undefined);
          if (rejects) reject(id);
          else resolve(inner);
          resolve('too late');
        },
      };
    }
    return ids++;
  };
  const handler = (name: string) => {
    const id = ids++;
    const [kind, result] = [below(6), value()];
    return (seen: unknown) => {
      note(id, name, seen);
      if (kind === 0) throw id;
      return result;
    };
  };
  const step = () => {
    const kind = below(12);
    if (kind < 2 || promises.length === 0) {
      keep(
        new Class((resolve, reject) => {
          settlers.push({ resolve, reject });
        }),
      );
    } else if (kind < 5) keep(some().then(handler('fulfilled'), below(2) === 0 ? handler('rejected') : undefined));
    else if (kind === 5) keep(some().catch(handler('caught')));
    else if (kind === 6) keep(some().finally(handler('finally') as () => void));
    else if (kind === 7) keep(below(3) === 0 ? Class.reject(ids++) : Class.resolve(value()));
    else if (kind === 8) keep(Class.all(few()), Class.allSettled(few()));
    else if (kind === 9) keep(Class.race(few()), Class.any(few()));
    else if (kind === 10) settlers[below(settlers.length)]?.resolve(value());
    else settlers[below(settlers.length)]?.reject(ids++);
  };
  // Native microtasks run all the while: callbacks of both kinds must interleave as those of one kind would.
  let ticks = 0;
  const tick = () => {
    log.push(`tick ${ticks}`);
    if (++ticks < 30) queueMicrotask(tick);
  };
  for (let burst = 0; burst < 4; burst++) {
    for (let i = 0; i < 20; i++) step();
    if (burst === 1) queueMicrotask(tick);
    if (below(2) === 0) await settled();
  }
  for (const { resolve } of settlers) resolve(ids++);
  for (const [id, promise] of promises.entries()) {
    promise.then(
      (seen) => note(id, 'ends', seen),
      (reason) => note(id, 'fails', reason),
    );
  }
  await settled();
  return log;
}

const quiet = () => undefined;

function describe(value: unknown): string {
  if (value instanceof AggregateError) return `aggregate of ${value.errors.map(describe).join()}`;
  if (value instanceof TypeError) return 'TypeError';
  if (Array.isArray(value)) return `[${value.map(describe).join()}]`;
  if (typeof value === 'object' && value !== null && 'status' in value) return JSON.stringify(value);
  return typeof value === 'object' ? 'object' : String(value);
}

it('AshlarPromise calls back what native promises do, in the same order, on random graphs', async () => {
  const seed = testSeed('promise model');
  let lines = 0;
  for (let run = 0; run < 300; run++) {
    const native = await story(Promise, seededRandom(seed + run));
    const ours = await story(AshlarPromise as unknown as PromiseConstructor, seededRandom(seed + run));
    expect(ours.join('\n'), `seed ${seed}, run ${run}`).toBe(native.join('\n'));
    lines += ours.length;
  }
  expect(lines).toBeGreaterThan(10_000);
});
