/** Calls that are answered from memory, against the packages of npm. */

import memoizee from 'memoizee';
import pMemoize from 'p-memoize';
import { memoize } from '../../src/cache/memoize/index.js';
import { type ContenderKind, defineSuite, ownCopy } from '../harness/suite.js';

type One = (n: number) => number;
type Two = (a: number, b: string) => number;

function ofOne(fn: One, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += fn((i * 7919) % 1000);
  return sum;
}

function ofTwo(fn: Two, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += fn((i * 7919) % 1000, 'unit');
  return sum;
}

const half: One = (n) => n / 2;
const withUnit: Two = (n, unit) => n * unit.length;
const later = async (n: number) => n / 2;

export const suite = defineSuite('cache/memoize', (bench) => {
  const size = bench.smoke ? 200 : 10_000;
  const contender = <F>(name: string, kind: ContenderKind, make: () => F, run: (fn: F, count: number) => number) => ({
    name,
    kind,
    prepare: () => {
      const own = ownCopy(run);
      const fn = make();
      return { run: () => own(fn, size) };
    },
  });
  bench.compare({
    operation: 'one number, remembered',
    size,
    distribution: '1000 keys',
    contenders: [
      contender('memoize', 'ours', () => memoize(half), ofOne),
      contender('memoizee', 'rival', () => memoizee(half, { primitive: true, max: 1000 }), ofOne),
    ],
  });
  bench.compare({
    operation: 'a number and a string, remembered',
    size,
    distribution: '1000 keys',
    contenders: [
      contender('memoize', 'ours', () => memoize(withUnit), ofTwo),
      contender('memoizee', 'rival', () => memoizee(withUnit, { primitive: true, max: 1000 }), ofTwo),
    ],
  });
  const ask = (fn: (n: number) => unknown, count: number) => {
    let promises = 0;
    for (let i = 0; i < count; i++) if (fn((i * 7919) % 1000) instanceof Promise) promises++;
    return promises;
  };
  bench.compare({
    operation: 'a promise, remembered',
    size,
    distribution: '1000 keys',
    contenders: [
      contender('memoize', 'ours', () => memoize(later) as (n: number) => unknown, ask),
      contender('memoizee', 'rival', () => memoizee(later, { promise: true, primitive: true, max: 1000 }), ask),
      contender('p-memoize, no bound', 'rival', () => pMemoize(later) as (n: number) => unknown, ask),
    ],
  });
});
