/** Hash functions on byte arrays of fixed lengths: ours, and plain TypeScript where it has the arithmetic for it. */

import xxhash from 'xxhash-wasm';
import { crc32c, fnv1a32, murmur3x86_32, xxh32, xxh64, xxh64Into } from '../../src/codecs/hash/index.js';
import * as twin from '../baselines/codecs/hash.js';
import { generator } from '../harness/random.js';
import { type Contender, type ContenderKind, defineSuite, ownCopy } from '../harness/suite.js';

/** Different inputs of one length, so that no contender can keep an answer. */
const INPUTS = 16;
/** Bytes hashed in one timed iteration, at least. */
const BYTES_A_RUN = 1 << 18;

const out = new Uint32Array(2);
const { h32Raw, h64Raw } = await xxhash();

/** Sum of the hashes of all inputs, `rounds` times over. */
function sum(hash: (bytes: Uint8Array) => number, inputs: readonly Uint8Array[], rounds: number): number {
  let total = 0;
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < inputs.length; i++) total = (total + hash(inputs[i] as Uint8Array)) | 0;
  }
  return total;
}

function contender(
  name: string,
  kind: ContenderKind,
  hash: (bytes: Uint8Array) => number,
  inputs: readonly Uint8Array[],
  rounds: number,
): Contender {
  return {
    name,
    kind,
    prepare: () => {
      const loop = ownCopy(sum);
      return { run: () => loop(hash, inputs, rounds) };
    },
  };
}

/** What is compared, by operation; every contender of one operation must give the same numbers. */
const operations: Record<string, readonly [name: string, kind: ContenderKind, hash: (bytes: Uint8Array) => number][]> =
  {
    xxh64: [
      ['xxh64', 'ours', (bytes) => Number(xxh64(bytes) & 0xffff_ffffn)],
      ['xxh64Into', 'ours', (bytes) => xxh64Into(out, bytes)[1] as number],
      ['xxhash-wasm', 'rival', (bytes) => Number(h64Raw(bytes) & 0xffff_ffffn)],
    ],
    xxh32: [
      ['xxh32', 'ours', (bytes) => xxh32(bytes)],
      ['xxhash-wasm', 'rival', (bytes) => h32Raw(bytes)],
    ],
    crc32c: [
      ['crc32c', 'ours', (bytes) => crc32c(bytes)],
      ['slicing-by-8', 'twin', (bytes) => twin.crc32c(bytes)],
    ],
    murmur3x86_32: [
      ['murmur3x86_32', 'ours', (bytes) => murmur3x86_32(bytes, 1)],
      ['Math.imul', 'twin', (bytes) => twin.murmur3x86_32(bytes, 1)],
    ],
    fnv1a32: [
      ['fnv1a32', 'ours', (bytes) => fnv1a32(bytes)],
      ['Math.imul', 'twin', (bytes) => twin.fnv1a32(bytes)],
    ],
  };

export const suite = defineSuite('codecs/hash', (bench) => {
  for (const size of bench.smoke ? [16, 1024] : [16, 256, 4096, 1 << 20]) {
    const random = generator(size);
    const inputs = Array.from({ length: INPUTS }, () => Uint8Array.from({ length: size }, () => random() * 256));
    const rounds = Math.max(1, Math.ceil(BYTES_A_RUN / (size * INPUTS)));
    for (const [operation, contenders] of Object.entries(operations)) {
      bench.compare({
        operation,
        size,
        distribution: 'bytes',
        operations: rounds * INPUTS * size,
        unit: 'byte',
        contenders: contenders.map(([name, kind, hash]) => contender(name, kind, hash, inputs, rounds)),
      });
    }
  }
});
