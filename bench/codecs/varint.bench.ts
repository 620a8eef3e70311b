/** Varints of whole arrays. */

import { leb128, streamVByte } from '../../src/codecs/varint/index.js';
import * as twin from '../baselines/codecs/integers.js';
import { generator } from '../harness/random.js';
import { defineSuite } from '../harness/suite.js';

export const suite = defineSuite('codecs/varint', (bench) => {
  const size = bench.smoke ? 5000 : 1_000_000;
  const random = generator(1);
  const arrays = {
    'below 128': Uint32Array.from({ length: size }, () => random() * 128),
    '1 to 4 bytes': Uint32Array.from({ length: size }, () => random() * 2 ** (4 + 24 * random())),
  };
  for (const [distribution, values] of Object.entries(arrays)) {
    const bytes = leb128.encode(values);
    const stream = streamVByte.encode(values);
    const last = (out: ArrayLike<number>): number => out[size - 1] as number;
    bench.compare({
      operation: 'encode',
      size,
      distribution,
      contenders: [
        { name: 'leb128', kind: 'ours', prepare: () => ({ run: () => Math.sign(leb128.encode(values).length) }) },
        {
          name: 'streamVByte',
          kind: 'ours',
          prepare: () => ({ run: () => Math.sign(streamVByte.encode(values).length) }),
        },
        { name: 'LEB128', kind: 'twin', prepare: () => ({ run: () => Math.sign(twin.leb128Encode(values).length) }) },
      ],
    });
    bench.compare({
      operation: 'decode',
      size,
      distribution,
      contenders: [
        { name: 'leb128', kind: 'ours', prepare: () => ({ run: () => last(leb128.decode(bytes)) }) },
        { name: 'streamVByte', kind: 'ours', prepare: () => ({ run: () => last(streamVByte.decode(stream, size)) }) },
        { name: 'LEB128', kind: 'twin', prepare: () => ({ run: () => last(twin.leb128Decode(bytes, size)) }) },
      ],
    });
  }
});
