/** Snapshot and restore against a plain copy, and where the string bridge changes its method. */

import { Arena } from '../../bindings/index.js';
import { readString, writeString } from '../../bindings/strings.js';
import { defineSuite, type Prepared } from '../harness/suite.js';

export const suite = defineSuite('bindings/arena', (bench) => {
  snapshots(bench, bench.smoke ? 1e6 : 1e8);
  for (const length of [4, 16, 32, 64, 96, 128, 256, 1024]) strings(bench, length);
});

function snapshots(bench: Parameters<typeof suite.declare>[0], bytes: number): void {
  const filledArena = (): Arena => {
    const arena = new Arena({ seed: 1 });
    const at = arena.alloc(bytes);
    const words = arena.u32.subarray(at >> 2, (at + bytes) >> 2);
    for (let i = 0; i < words.length; i++) words[i] = Math.imul(i, 0x9e3779b1);
    return arena;
  };
  const copy = (): Prepared => {
    const from = new Uint8Array(bytes).fill(7);
    return {
      run: () => {
        // A snapshot and a restored arena are new memory each; so is this.
        const to = new Uint8Array(bytes);
        to.set(from);
        return 0;
      },
    };
  };
  const plain = { name: 'plain copy to new memory', kind: 'native', prepare: copy } as const;
  bench.compare({
    operation: 'snapshot',
    size: bytes,
    distribution: 'one block',
    unit: 'byte',
    contenders: [
      {
        name: 'Arena',
        kind: 'ours',
        prepare: () => {
          const arena = filledArena();
          return { run: () => (arena.snapshot().length > bytes ? 0 : 1), dispose: () => arena.dispose() };
        },
      },
      plain,
    ],
  });
  bench.compare({
    operation: 'restore',
    size: bytes,
    distribution: 'one block',
    unit: 'byte',
    contenders: [
      {
        name: 'Arena',
        kind: 'ours',
        prepare: () => {
          const arena = filledArena();
          const snapshot = arena.snapshot();
          arena.dispose();
          let restored: Arena | undefined;
          return {
            run: () => {
              restored = Arena.restore(snapshot);
              return 0;
            },
            after: () => restored?.dispose(),
          };
        },
      },
      plain,
    ],
  });
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Strings of one length, many of them, so that no call sees the same string twice in a row. */
function strings(bench: Parameters<typeof suite.declare>[0], length: number): void {
  const count = bench.smoke ? 16 : 512;
  const bytes = new Uint8Array(length * 3);
  const texts: Record<string, string[]> = {
    ascii: Array.from({ length: count }, (_, i) => `${i}`.padStart(length, 'abcdefghij')),
    'one umlaut at the end': Array.from({ length: count }, (_, i) => `${`${i}`.padStart(length - 1, 'abcdefghij')}ü`),
  };
  for (const [distribution, list] of Object.entries(texts)) {
    const encoded = list.map((text) => encoder.encode(text));
    bench.compare({
      operation: 'write string',
      size: length,
      distribution,
      operations: count,
      contenders: [
        {
          name: 'bridge',
          kind: 'ours',
          prepare: () => ({ run: () => list.reduce((sum, text) => sum + writeString(bytes, 0, text), 0) }),
        },
        {
          name: 'encodeInto',
          kind: 'native',
          prepare: () => ({
            run: () => list.reduce((sum, text) => sum + encoder.encodeInto(text, bytes).written, 0),
          }),
        },
      ],
    });
    bench.compare({
      operation: 'read string',
      size: length,
      distribution,
      operations: count,
      contenders: [
        {
          name: 'bridge',
          kind: 'ours',
          prepare: () => ({ run: () => encoded.reduce((sum, it) => sum + readString(it, 0, it.length).length, 0) }),
        },
        {
          name: 'TextDecoder',
          kind: 'native',
          prepare: () => ({ run: () => encoded.reduce((sum, it) => sum + decoder.decode(it).length, 0) }),
        },
      ],
    });
  }
}
