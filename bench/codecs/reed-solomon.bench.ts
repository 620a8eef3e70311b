/** Reed–Solomon coding: GB/s of data (not of parity), from shards on the heap and from shards in the arena. */

import { ReedSolomon, ShardBuffer } from '../../src/codecs/reed-solomon/index.js';
import { systematicVandermonde } from '../../src/codecs/reed-solomon/matrix.js';
import * as twin from '../baselines/codecs/reed-solomon.js';
import { generator } from '../harness/random.js';
import { defineSuite } from '../harness/suite.js';

export const suite = defineSuite('codecs/reed-solomon', (bench) => {
  for (const [k, m, bytes] of bench.smoke
    ? ([[4, 2, 4096]] as const)
    : ([
        [6, 3, 1 << 20],
        [10, 4, 1 << 16],
      ] as const)) {
    const random = generator(k);
    const data = Array.from({ length: k }, () => Uint8Array.from({ length: bytes }, () => random() * 256));
    const withParity = (): Uint8Array[] => [...data, ...Array.from({ length: m }, () => new Uint8Array(bytes))];
    const distribution = `${k}+${m} shards`;
    const operations = k * bytes;
    bench.compare({
      operation: 'encode',
      size: bytes,
      distribution,
      operations,
      unit: 'byte',
      contenders: [
        {
          name: 'ReedSolomon',
          kind: 'ours',
          prepare: () => {
            const codec = new ReedSolomon(k, m);
            const shards = withParity();
            return { run: () => codec.encode(shards)[k + m - 1]?.[bytes - 1] ?? -1, dispose: () => codec.dispose() };
          },
        },
        {
          name: 'ShardBuffer',
          kind: 'ours',
          prepare: () => {
            const codec = new ReedSolomon(k, m);
            const buffer = new ShardBuffer(k + m, bytes);
            for (let i = 0; i < k; i++) buffer.shard(i).set(data[i] as Uint8Array);
            return {
              run: () => {
                codec.encodeBuffer(buffer);
                return buffer.shard(k + m - 1)[bytes - 1] as number;
              },
              dispose: () => {
                buffer.dispose();
                codec.dispose();
              },
            };
          },
        },
        {
          name: 'product tables',
          kind: 'twin',
          prepare: () => {
            const rows = systematicVandermonde(k, m).slice(k);
            const shards = withParity();
            return {
              run: () => {
                twin.encode(rows, data, shards.slice(k));
                return shards[k + m - 1]?.[bytes - 1] ?? -1;
              },
            };
          },
        },
      ],
    });
    bench.compare({
      operation: 'reconstruct',
      size: bytes,
      distribution: `${distribution}, ${m} lost`,
      operations,
      unit: 'byte',
      contenders: [
        {
          name: 'ReedSolomon',
          kind: 'ours',
          prepare: () => {
            const codec = new ReedSolomon(k, m);
            const whole = codec.encode([...data]);
            return {
              run: () => {
                const shards = whole.map((shard, i) => (i < m ? undefined : shard));
                return codec.reconstruct(shards)[0]?.[bytes - 1] ?? -1;
              },
              dispose: () => codec.dispose(),
            };
          },
        },
      ],
    });
  }
});
