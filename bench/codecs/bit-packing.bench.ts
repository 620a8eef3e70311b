/** Bit packing of whole arrays in one width. */

import { bitPacking } from '../../src/codecs/bit-packing/index.js';
import * as twin from '../baselines/codecs/integers.js';
import { generator } from '../harness/random.js';
import { defineSuite } from '../harness/suite.js';

export const suite = defineSuite('codecs/bit-packing', (bench) => {
  const size = bench.smoke ? 5120 : 1_024_000;
  for (const width of [3, 11, 20]) {
    const random = generator(width);
    const values = Uint32Array.from({ length: size }, () => random() * 2 ** width);
    const blob = bitPacking.encode(values);
    const packed = twin.pack(values, width);
    const distribution = `${width} bits`;
    const out = new Uint32Array(size);
    bench.compare({
      operation: 'encode',
      size,
      distribution,
      contenders: [
        {
          name: 'bitPacking',
          kind: 'ours',
          prepare: () => ({ run: () => Math.sign(bitPacking.encode(values).length) }),
        },
        { name: 'one width', kind: 'twin', prepare: () => ({ run: () => Math.sign(twin.pack(values, width).length) }) },
      ],
    });
    bench.compare({
      operation: 'decode',
      size,
      distribution,
      contenders: [
        { name: 'decode', kind: 'ours', prepare: () => ({ run: () => bitPacking.decode(blob)[size - 1] as number }) },
        {
          name: 'decodeInto',
          kind: 'ours',
          prepare: () => ({ run: () => bitPacking.decodeInto(out, blob)[size - 1] as number }),
        },
        {
          name: 'one width',
          kind: 'twin',
          prepare: () => ({ run: () => twin.unpack(packed, width, size)[size - 1] as number }),
        },
      ],
    });
  }
});
