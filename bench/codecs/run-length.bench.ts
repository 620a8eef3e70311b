/** Run lengths of a column of numbers. */

import { runLength } from '../../src/codecs/run-length/index.js';
import * as twin from '../baselines/codecs/run-length.js';
import { generator } from '../harness/random.js';
import { defineSuite } from '../harness/suite.js';

export const suite = defineSuite('codecs/run-length', (bench) => {
  const size = bench.smoke ? 5120 : 1_024_000;
  for (const length of [3, 20, 500]) {
    const random = generator(length);
    const values = new Uint32Array(size);
    for (let i = 0, value = 0; i < size; i++) {
      if (random() * length < 1) value = random() * 1000;
      values[i] = value;
    }
    const doubles = Float64Array.from(values, (value) => value / 8);
    const blob = runLength.encode(values);
    const doubleBlob = runLength.encode(doubles);
    const plain = twin.encode(values);
    const out = new Uint32Array(size);
    const doublesOut = new Float64Array(size);
    const distribution = `runs of ${length}`;
    bench.compare({
      operation: 'encode',
      size,
      distribution,
      contenders: [
        { name: 'u32', kind: 'ours', prepare: () => ({ run: () => runLength.runCountOf(runLength.encode(values)) }) },
        { name: 'f64', kind: 'ours', prepare: () => ({ run: () => runLength.runCountOf(runLength.encode(doubles)) }) },
        { name: 'u32, loop', kind: 'twin', prepare: () => ({ run: () => twin.encode(values).ends.length }) },
      ],
    });
    bench.compare({
      operation: 'decode',
      size,
      distribution,
      contenders: [
        {
          name: 'u32, into',
          kind: 'ours',
          prepare: () => ({ run: () => runLength.decodeInto(out, blob)[size - 1] as number }),
        },
        {
          name: 'f64, into',
          kind: 'ours',
          prepare: () => ({ run: () => 8 * (runLength.decodeInto(doublesOut, doubleBlob)[size - 1] as number) }),
        },
        {
          name: 'u32, loop, into',
          kind: 'twin',
          prepare: () => ({ run: () => twin.decodeInto(out, plain)[size - 1] as number }),
        },
      ],
    });
  }
});
