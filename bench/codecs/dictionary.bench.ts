/** Dictionaries of strings and of numbers. */

import { dictionary } from '../../src/codecs/dictionary/index.js';
import * as twin from '../baselines/codecs/dictionary.js';
import { generator } from '../harness/random.js';
import { defineSuite } from '../harness/suite.js';

export const suite = defineSuite('codecs/dictionary', (bench) => {
  const size = bench.smoke ? 5120 : 512_000;
  for (const distinct of [200, 20_000]) {
    const random = generator(distinct);
    const entries = Uint32Array.from({ length: distinct }, () => random() * 2 ** 32);
    const numbers = Uint32Array.from({ length: size }, () => entries[Math.floor(random() * distinct)] as number);
    const names = Array.from(entries, (entry) => `host-${entry}`);
    const strings = Array.from({ length: size }, () => names[Math.floor(random() * distinct)] as string);
    const distribution = `${distinct} distinct`;
    const numberBlob = dictionary.encode(numbers);
    const stringBlob = dictionary.encode(strings);
    const numberColumn = twin.encode(numbers);
    const stringColumn = twin.encode(strings);
    const ours = (values: Uint32Array | string[]) => dictionary.cardinalityOf(dictionary.encode(values));
    bench.compare({
      operation: 'encode u32',
      size,
      distribution,
      contenders: [
        { name: 'dictionary', kind: 'ours', prepare: () => ({ run: () => ours(numbers) }) },
        { name: 'Map', kind: 'twin', prepare: () => ({ run: () => twin.encode(numbers).entries.length }) },
      ],
    });
    bench.compare({
      operation: 'decode u32',
      size,
      distribution,
      contenders: [
        {
          name: 'dictionary',
          kind: 'ours',
          prepare: () => ({ run: () => (dictionary.decode(numberBlob) as Uint32Array)[size - 1] as number }),
        },
        {
          name: 'array',
          kind: 'twin',
          prepare: () => ({ run: () => twin.decodeNumbers(numberColumn)[size - 1] as number }),
        },
      ],
    });
    bench.compare({
      operation: 'encode strings',
      size,
      distribution,
      contenders: [
        { name: 'dictionary', kind: 'ours', prepare: () => ({ run: () => ours(strings) }) },
        { name: 'Map', kind: 'twin', prepare: () => ({ run: () => twin.encode(strings).entries.length }) },
      ],
    });
    const length = (values: ArrayLike<unknown>): number => (values[size - 1] as string).length;
    bench.compare({
      operation: 'decode strings',
      size,
      distribution,
      contenders: [
        {
          name: 'dictionary',
          kind: 'ours',
          prepare: () => ({ run: () => length(dictionary.decode(stringBlob) as string[]) }),
        },
        { name: 'array', kind: 'twin', prepare: () => ({ run: () => length(twin.decode(stringColumn)) }) },
      ],
    });
  }
});
