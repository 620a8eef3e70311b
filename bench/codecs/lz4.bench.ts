/** LZ4 blocks: GB/s of uncompressed bytes. */

import { lz4 } from '../../src/codecs/lz4/index.js';
import * as twin from '../baselines/codecs/lz4.js';
import { generator } from '../harness/random.js';
import { defineSuite } from '../harness/suite.js';

export const suite = defineSuite('codecs/lz4', (bench) => {
  for (const size of bench.smoke ? [2000] : [1000, 1_000_000]) {
    const random = generator(size);
    const words = Array.from({ length: 2000 }, () =>
      random()
        .toString(36)
        .slice(2, 3 + random() * 8),
    );
    let text = '';
    while (text.length < size) text += `${words[Math.floor(2000 * random() ** 3)]} `;
    const inputs = {
      words: new TextEncoder().encode(text).subarray(0, size),
      random: Uint8Array.from({ length: size }, () => random() * 256),
    };
    for (const [distribution, bytes] of Object.entries(inputs)) {
      const block = lz4.compress(bytes);
      const common = { size, distribution, operations: size, unit: 'byte' } as const;
      bench.compare({
        ...common,
        operation: 'compress',
        contenders: [
          { name: 'lz4', kind: 'ours', prepare: () => ({ run: () => Math.sign(lz4.compress(bytes).length) }) },
          { name: 'arrays', kind: 'twin', prepare: () => ({ run: () => Math.sign(twin.compress(bytes).length) }) },
        ],
      });
      bench.compare({
        ...common,
        operation: 'decompress',
        contenders: [
          {
            name: 'lz4',
            kind: 'ours',
            prepare: () => ({ run: () => lz4.decompress(block, size)[size - 1] as number }),
          },
          {
            name: 'arrays',
            kind: 'twin',
            prepare: () => ({ run: () => twin.decompress(block, size)[size - 1] as number }),
          },
        ],
      });
    }
  }
});
