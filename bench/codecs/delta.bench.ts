/** Differences of neighbours, where a plain loop is hard to beat. */

import { delta } from '../../src/codecs/delta/index.js';
import * as twin from '../baselines/codecs/integers.js';
import { generator } from '../harness/random.js';
import { defineSuite } from '../harness/suite.js';

export const suite = defineSuite('codecs/delta', (bench) => {
  for (const size of bench.smoke ? [1000] : [1000, 1_000_000]) {
    const random = generator(1);
    let sum = 0;
    const values = Uint32Array.from({ length: size }, () => {
      sum += random() * 1000;
      return sum;
    });
    const differences = delta.encode(values);
    const last = (out: Uint32Array): number => out[size - 1] as number;
    const into = new Uint32Array(size);
    const rows = {
      encode: [() => delta.encode(values), () => delta.encodeInto(into, values), () => twin.deltaEncode(values)],
      decode: [
        () => delta.decode(differences),
        () => delta.decodeInto(into, differences),
        () => twin.deltaDecode(differences),
      ],
    } as const;
    for (const [operation, [fresh, inPlace, plain]] of Object.entries(rows)) {
      bench.compare({
        operation,
        size,
        distribution: 'rising',
        contenders: [
          { name: 'delta', kind: 'ours', prepare: () => ({ run: () => last(fresh()) }) },
          { name: 'delta, into', kind: 'ours', prepare: () => ({ run: () => last(inPlace()) }) },
          { name: 'loop', kind: 'twin', prepare: () => ({ run: () => last(plain()) }) },
        ],
      });
    }
  }
});
