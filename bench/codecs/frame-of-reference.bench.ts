/** Frame of reference: whole columns, and single values out of them. */

import { frameOfReference } from '../../src/codecs/frame-of-reference/index.js';
import * as twin from '../baselines/codecs/frame-of-reference.js';
import { generator } from '../harness/random.js';
import { defineSuite } from '../harness/suite.js';

export const suite = defineSuite('codecs/frame-of-reference', (bench) => {
  const size = bench.smoke ? 5120 : 1_024_000;
  for (const [distribution, rarity] of [
    ['11 bits', 0],
    ['11 bits, 2 % far', 50],
  ] as const) {
    const random = generator(11);
    const values = Uint32Array.from({ length: size }, (_, i) => {
      const far = rarity > 0 && random() * rarity < 1 ? random() * 2 ** 30 : 0;
      return 1_000_000_000 + i + random() * 2 ** 11 + far;
    });
    const wide = BigInt64Array.from(values, (value) => 1_700_000_000_000n + BigInt(value));
    const blob = frameOfReference.encode(values);
    const wideBlob = frameOfReference.encode(wide);
    const plain = twin.encode(values);
    const out = new Uint32Array(size);
    const wideOut = new BigInt64Array(size);
    const last = (array: Uint32Array): number => array[size - 1] as number;
    const lastWide = (array: BigInt64Array): number => Number((array[size - 1] as bigint) - 1_700_000_000_000n);
    bench.compare({
      operation: 'encode',
      size,
      distribution,
      contenders: [
        {
          name: 'u32',
          kind: 'ours',
          prepare: () => ({ run: () => Math.sign(frameOfReference.encode(values).length) }),
        },
        { name: 'i64', kind: 'ours', prepare: () => ({ run: () => Math.sign(frameOfReference.encode(wide).length) }) },
        { name: 'u32, loops', kind: 'twin', prepare: () => ({ run: () => Math.sign(twin.encode(values).count) }) },
      ],
    });
    bench.compare({
      operation: 'decode',
      size,
      distribution,
      contenders: [
        {
          name: 'u32',
          kind: 'ours',
          prepare: () => ({ run: () => last(frameOfReference.decode(blob) as Uint32Array) }),
        },
        {
          name: 'u32, into',
          kind: 'ours',
          prepare: () => ({ run: () => last(frameOfReference.decodeInto(out, blob)) }),
        },
        {
          name: 'i64, into',
          kind: 'ours',
          prepare: () => ({ run: () => lastWide(frameOfReference.decodeInto(wideOut, wideBlob)) }),
        },
        { name: 'u32, loops', kind: 'twin', prepare: () => ({ run: () => last(twin.decode(plain)) }) },
      ],
    });
    const reads = bench.smoke ? 100 : 100_000;
    const places = Uint32Array.from({ length: reads }, () => random() * size);
    const sumOf = (read: (index: number) => number): number => places.reduce((sum, place) => sum + read(place), 0);
    bench.compare({
      operation: 'at',
      size: reads,
      distribution,
      contenders: [
        {
          name: 'u32',
          kind: 'ours',
          prepare: () => ({ run: () => sumOf((i) => frameOfReference.at(blob, i) as number) }),
        },
        { name: 'array', kind: 'native', prepare: () => ({ run: () => sumOf((i) => values[i] as number) }) },
      ],
    });
  }
});
