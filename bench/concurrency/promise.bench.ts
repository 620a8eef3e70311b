/** Promises: chains, many at once, and what awaits them. */

import Bluebird from 'bluebird';
import { AshlarPromise } from '../../src/concurrency/promise/index.js';
import { defineSuite, ownCopy } from '../harness/suite.js';

const CLASSES = [
  { name: 'AshlarPromise', kind: 'ours', Class: AshlarPromise as unknown as PromiseConstructor },
  { name: 'Promise', kind: 'native', Class: Promise },
  { name: 'bluebird', kind: 'rival', Class: Bluebird as unknown as PromiseConstructor },
] as const;

export const suite = defineSuite('concurrency/promise', (bench) => {
  const size = bench.smoke ? 100 : 10_000;
  const cases = {
    'then, a chain': (Class: PromiseConstructor, length: number) => {
      let promise = Class.resolve(0);
      for (let i = 0; i < length; i++) promise = promise.then((x) => x + 1);
      return promise;
    },
    'create, settle, then': (Class: PromiseConstructor, length: number) =>
      new Promise<number>((resolve) => {
        let left = length;
        const done = () => {
          if (--left === 0) resolve(length);
        };
        for (let i = 0; i < length; i++) new Class<number>((fulfil) => fulfil(i)).then(done);
      }),
    'await one after the other': async (Class: PromiseConstructor, length: number) => {
      let sum = 0;
      for (let i = 0; i < length; i++) sum += await Class.resolve(1);
      return sum;
    },
    all: async (Class: PromiseConstructor, length: number) => {
      const values: Promise<number>[] = [];
      for (let i = 0; i < length; i++) values.push(Class.resolve(i));
      return (await Class.all(values)).length;
    },
  };
  for (const [operation, run] of Object.entries(cases)) {
    bench.compare({
      operation,
      size,
      distribution: 'numbers',
      contenders: CLASSES.map(({ name, kind, Class }) => ({
        name,
        kind,
        prepare: () => {
          const own = ownCopy(run) as (Class: PromiseConstructor, length: number) => PromiseLike<number>;
          return { run: async () => await own(Class, size) };
        },
      })),
    });
  }
});
