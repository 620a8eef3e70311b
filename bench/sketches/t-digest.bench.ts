/** T-digests of compression 100 on random values, against the twin in plain TypeScript and the one of npm. */

import rivals from 'tdigest';
import { TDigest } from '../../src/sketches/t-digest/index.js';
import { TDigestTwin } from '../baselines/sketches/t-digest.js';
import { generator } from '../harness/random.js';
import { type Contender, type ContenderKind, defineSuite, ownCopy } from '../harness/suite.js';

const QUANTILES = 100;

interface Digest {
  add(value: number): unknown;
  quantile(q: number): number;
  dispose?(): void;
}

function rival(): Digest {
  // δ = 0.01 is its compression of about a hundred.
  const digest = new rivals.TDigest(0.01);
  return {
    add: (value) => digest.push(value),
    quantile: (q) => digest.percentile(q) as number,
  };
}

const kinds: readonly { name: string; kind: ContenderKind; make(): Digest }[] = [
  { name: 'TDigest', kind: 'ours', make: () => new TDigest() },
  { name: 'typed arrays', kind: 'twin', make: () => new TDigestTwin() },
  { name: 'tdigest', kind: 'rival', make: rival },
];

function addAll(digest: Digest, values: Float64Array): number {
  for (let i = 0; i < values.length; i++) digest.add(values[i] as number);
  return values.length;
}

/** The checksum: the median of uniform values is within two hundredths of a half. */
function verdict(digest: Digest, size: number): number {
  const median = digest.quantile(0.5);
  return Math.abs(median - 0.5) < 0.02 + 1 / Math.sqrt(size) ? size : median;
}

function adding(values: Float64Array, batch: boolean): Contender[] {
  return kinds
    .filter(({ kind }) => !batch || kind !== 'rival')
    .map(({ name, kind, make }) => ({
      name,
      kind,
      prepare: () => {
        const own = ownCopy(addAll);
        let digest: Digest;
        return {
          before: () => {
            digest = make();
          },
          run: () => {
            if (batch && digest instanceof TDigest) digest.addMany(values);
            else own(digest, values);
            return verdict(digest, values.length);
          },
          after: () => digest.dispose?.(),
        };
      },
    }));
}

function asking(values: Float64Array): Contender[] {
  return kinds.map(({ name, kind, make }) => ({
    name,
    kind,
    prepare: () => {
      const digest = make();
      addAll(digest, values);
      return {
        run: () => {
          let near = 0;
          for (let i = 0; i < QUANTILES; i++)
            if (Math.abs(digest.quantile(i / QUANTILES) - i / QUANTILES) < 0.1) near++;
          return near;
        },
        dispose: () => digest.dispose?.(),
      };
    },
  }));
}

export const suite = defineSuite('sketches/t-digest', (bench) => {
  for (const size of bench.smoke ? [1000] : [1e4, 1e5]) {
    const random = generator(1);
    const values = new Float64Array(size).map(() => random());
    bench.compare({ operation: 'digest add', size, distribution: 'uniform', contenders: adding(values, false) });
    bench.compare({ operation: 'digest addMany', size, distribution: 'uniform', contenders: adding(values, true) });
    const contenders = asking(values);
    bench.compare({ operation: 'digest quantile', size, distribution: 'uniform', operations: QUANTILES, contenders });
  }
});
