/** Gorilla compression of whole series: ours, checksums and headers included, and plain TypeScript without them. */

import { gorilla } from '../../src/codecs/gorilla/index.js';
import * as twin from '../baselines/codecs/gorilla.js';
import { generator } from '../harness/random.js';
import { type ContenderKind, defineSuite, ownCopy } from '../harness/suite.js';

type Codec = {
  encode(timestamps: Float64Array, values: Float64Array): Uint8Array;
  decode(bytes: Uint8Array): { timestamps: Float64Array; values: Float64Array };
};

const codecs: readonly [string, ContenderKind, Codec][] = [
  ['gorilla', 'ours', gorilla],
  ['u32 halves', 'twin', twin],
];

/** Series by name: timestamps every second, or with up to 20 ms of jitter. */
function series(count: number): Record<string, { timestamps: Float64Array; values: Float64Array }> {
  const random = generator(count);
  const make = (jitterMs: number, value: (i: number) => number) => ({
    timestamps: Float64Array.from({ length: count }, (_, i) => 1.7e12 + 1000 * i + Math.floor(random() * jitterMs)),
    values: Float64Array.from({ length: count }, (_, i) => value(i)),
  });
  let level = 100;
  const step = (): number => {
    level += random() - 0.5;
    return level;
  };
  return {
    'random walk': make(0, step),
    'walk of one decimal': make(0, () => Math.round(step() * 10) / 10),
    'counter with jitter': make(20, (i) => 3 * i),
    constant: make(0, () => 42),
  };
}

export const suite = defineSuite('codecs/gorilla', (bench) => {
  const size = bench.smoke ? 5000 : 1_000_000;
  for (const [distribution, { timestamps, values }] of Object.entries(series(size))) {
    bench.compare({
      operation: 'encode',
      size,
      distribution,
      contenders: codecs.map(([name, kind, codec]) => ({
        name,
        kind,
        prepare: () => {
          const loop = ownCopy((it: Codec, ts: Float64Array, vs: Float64Array) =>
            it.encode(ts, vs).length > 0 ? 1 : 0,
          );
          return { run: () => loop(codec, timestamps, values) };
        },
      })),
    });
    bench.compare({
      operation: 'decode',
      size,
      distribution,
      contenders: codecs.map(([name, kind, codec]) => ({
        name,
        kind,
        prepare: () => {
          const bytes = codec.encode(timestamps, values);
          const loop = ownCopy((it: Codec, blob: Uint8Array, last: number) => it.decode(blob).values[last] as number);
          return { run: () => loop(codec, bytes, size - 1) };
        },
      })),
    });
  }
});
