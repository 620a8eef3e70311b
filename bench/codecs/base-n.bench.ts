/** Bytes as text: ours, plain TypeScript, and Node's own Buffer, which other runtimes lack. */

import { base16Lower, base58, base64 } from '../../src/codecs/base-n/index.js';
import * as twin from '../baselines/codecs/base-n.js';
import { generator } from '../harness/random.js';
import { defineSuite } from '../harness/suite.js';

export const suite = defineSuite('codecs/base-n', (bench) => {
  for (const size of bench.smoke ? [300] : [32, 3000, 1_200_000]) {
    const random = generator(size);
    const bytes = Uint8Array.from({ length: size }, () => random() * 256);
    const text = base64.encode(bytes);
    const hex = base16Lower.encode(bytes);
    const common = { size, distribution: 'bytes', operations: size, unit: 'byte' } as const;
    bench.compare({
      ...common,
      operation: 'base64 encode',
      contenders: [
        { name: 'base64', kind: 'ours', prepare: () => ({ run: () => base64.encode(bytes).length }) },
        {
          name: 'Buffer',
          kind: 'native',
          prepare: () => ({ run: () => Buffer.from(bytes.buffer).toString('base64').length }),
        },
        { name: 'tables', kind: 'twin', prepare: () => ({ run: () => twin.base64Encode(bytes).length }) },
      ],
    });
    bench.compare({
      ...common,
      operation: 'base64 decode',
      contenders: [
        { name: 'base64', kind: 'ours', prepare: () => ({ run: () => base64.decode(text).length }) },
        { name: 'Buffer', kind: 'native', prepare: () => ({ run: () => Buffer.from(text, 'base64').length }) },
        { name: 'tables', kind: 'twin', prepare: () => ({ run: () => twin.base64Decode(text).length }) },
      ],
    });
    bench.compare({
      ...common,
      operation: 'base16 decode',
      contenders: [
        { name: 'base16', kind: 'ours', prepare: () => ({ run: () => base16Lower.decode(hex).length }) },
        { name: 'Buffer', kind: 'native', prepare: () => ({ run: () => Buffer.from(hex, 'hex').length }) },
      ],
    });
    if (size > 10_000) continue;
    bench.compare({
      ...common,
      operation: 'base58 encode',
      contenders: [
        { name: 'base58', kind: 'ours', prepare: () => ({ run: () => base58.encode(bytes).length }) },
        { name: 'a byte at a time', kind: 'twin', prepare: () => ({ run: () => twin.base58Encode(bytes).length }) },
      ],
    });
  }
});
