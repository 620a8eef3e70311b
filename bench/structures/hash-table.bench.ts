/** `HashTable` against `Map`, with keys that arrive as bytes and keys that are strings already; the five strategies. */

import { Arena } from '../../bindings/arena.js';
import { HashTable, type Probing } from '../../src/structures/hash-table/index.js';
import { ByteTableTwin } from '../baselines/byte-table.js';
import { benchGrowth } from '../harness/growth.js';
import { distinctU32, shuffled } from '../harness/random.js';
import { type BenchContext, type Contender, type ContenderKind, defineSuite, ownCopy } from '../harness/suite.js';

declare global {
  interface Buffer {
    /** Node's fastest way from bytes to a string; its types leave it out. */
    latin1Slice(start: number, end: number): string;
  }
}

const KEY_BYTES = 16;
const PROBINGS: readonly Probing[] = ['robin-hood', 'linear', 'quadratic', 'swiss', 'chained'];

/** `size` keys of 16 bytes, side by side as a socket or file would bring them. */
function makeKeys(size: number): Buffer {
  const keys = Buffer.alloc(size * KEY_BYTES);
  for (let i = 0; i < size; i++) keys.write(`key:${String(i).padStart(12, '0')}`, i * KEY_BYTES, 'latin1');
  return keys;
}

interface ByteTable {
  get(key: Uint8Array): Uint8Array | undefined;
  set(key: Uint8Array, value: Uint8Array): unknown;
}

function getBytes(table: ByteTable, keys: Buffer, order: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < order.length; i++) {
    const at = (order[i] as number) * 16;
    sum += (table.get(keys.subarray(at, at + 16)) as Uint8Array).length;
  }
  return sum;
}

/** The key is named by where it stands, as `latin1Slice` is told. */
function getParts(table: HashTable, keys: Buffer, order: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < order.length; i++) {
    const at = (order[i] as number) * 16;
    sum += (table.get(keys, at, at + 16) as Uint8Array).length;
  }
  return sum;
}

function getIntoBytes(table: HashTable, keys: Buffer, order: Uint32Array, out: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < order.length; i++) {
    const at = (order[i] as number) * 16;
    sum += table.getInto(keys.subarray(at, at + 16), out);
  }
  return sum;
}

function getSliced(map: Map<string, Uint8Array>, keys: Buffer, order: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < order.length; i++) {
    const at = (order[i] as number) * 16;
    sum += (map.get(keys.latin1Slice(at, at + 16)) as Uint8Array).length;
  }
  return sum;
}

function setBytes(table: ByteTable, keys: Buffer, order: Uint32Array): number {
  for (let i = 0; i < order.length; i++) {
    const at = (order[i] as number) * 16;
    const key = keys.subarray(at, at + 16);
    table.set(key, key);
  }
  return order.length;
}

function setSliced(map: Map<string, Uint8Array>, keys: Buffer, order: Uint32Array): number {
  for (let i = 0; i < order.length; i++) {
    const at = (order[i] as number) * 16;
    map.set(keys.latin1Slice(at, at + 16), keys.subarray(at, at + 16));
  }
  return order.length;
}

function getStrings(
  table: { get(key: string): { length: number } | undefined },
  keys: readonly string[],
  order: Uint32Array,
): number {
  let sum = 0;
  for (let i = 0; i < order.length; i++) sum += (table.get(keys[order[i] as number] as string) as Uint8Array).length;
  return sum;
}

function tableOf(keys: Buffer, probing?: Probing): HashTable {
  const table = new HashTable(probing === undefined ? {} : { probing });
  for (let at = 0; at < keys.length; at += KEY_BYTES) {
    const key = keys.subarray(at, at + KEY_BYTES);
    table.set(key, key);
  }
  return table;
}

function mapOf(keys: Buffer): Map<string, Uint8Array> {
  const map = new Map<string, Uint8Array>();
  for (let at = 0; at < keys.length; at += KEY_BYTES) {
    map.set(keys.latin1Slice(at, at + KEY_BYTES), keys.subarray(at, at + KEY_BYTES));
  }
  return map;
}

function contender<T extends { dispose?: () => void } | object>(
  name: string,
  kind: ContenderKind,
  make: () => T,
  loop: (made: T) => number,
): Contender {
  return {
    name,
    kind,
    prepare: () => {
      const made = make();
      return { run: () => loop(made), dispose: () => (made as { dispose?: () => void }).dispose?.() };
    },
  };
}

export const suite = defineSuite('structures/hash-table', (bench) => {
  for (const size of bench.sizes) {
    const keys = makeKeys(size);
    const order = shuffled(
      Uint32Array.from({ length: size }, (_, i) => i),
      1,
    );
    reading(bench, size, keys, order);
    writing(bench, size, keys, order);
    strategies(bench, size, keys, order);
    memory(bench, size, keys);
  }
  growth(bench);
});

function twinOf(keys: Buffer): ByteTableTwin {
  const twin = new ByteTableTwin();
  setBytes(
    twin,
    keys,
    Uint32Array.from({ length: keys.length / KEY_BYTES }, (_, i) => i),
  );
  return twin;
}

function reading(bench: BenchContext, size: number, keys: Buffer, order: Uint32Array): void {
  const [ours, parts, into] = [ownCopy(getBytes), ownCopy(getParts), ownCopy(getIntoBytes)];
  const [twin, native] = [ownCopy(getBytes), ownCopy(getSliced)];
  const others = (): Contender[] => [
    contender(
      'plain TypeScript',
      'twin',
      () => twinOf(keys),
      (table) => twin(table, keys, order),
    ),
    contender(
      'Map of latin1Slice',
      'native',
      () => mapOf(keys),
      (map) => native(map, keys, order),
    ),
  ];
  bench.compare({
    operation: 'get',
    size,
    distribution: '16-byte keys in a Buffer, uniform',
    contenders: [
      contender(
        'HashTable',
        'ours',
        () => tableOf(keys),
        (table) => ours(table, keys, order),
      ),
      contender(
        'HashTable, get(buffer, from, end)',
        'ours',
        () => tableOf(keys),
        (table) => parts(table, keys, order),
      ),
      ...others(),
    ],
  });
  const out = new Uint8Array(64);
  bench.compare({
    operation: 'getInto',
    size,
    distribution: '16-byte keys in a Buffer, uniform',
    contenders: [
      contender(
        'HashTable',
        'ours',
        () => tableOf(keys),
        (table) => into(table, keys, order, out),
      ),
      ...others(),
    ],
  });
  const strings = Array.from({ length: size }, (_, i) => keys.latin1Slice(i * KEY_BYTES, (i + 1) * KEY_BYTES));
  const [ourStrings, theirStrings] = [ownCopy(getStrings), ownCopy(getStrings)];
  bench.compare({
    operation: 'get',
    size,
    distribution: 'keys that are strings already, uniform',
    contenders: [
      contender(
        'HashTable',
        'ours',
        () => tableOf(keys),
        (table) => ourStrings(table, strings, order),
      ),
      contender(
        'Map',
        'native',
        () => mapOf(keys),
        (map) => theirStrings(map, strings, order),
      ),
    ],
  });
}

function writing(bench: BenchContext, size: number, keys: Buffer, order: Uint32Array): void {
  const [ours, twin, native] = [ownCopy(setBytes), ownCopy(setBytes), ownCopy(setSliced)];
  const fresh = <T extends { dispose?: () => void } | object>(
    name: string,
    kind: ContenderKind,
    make: () => T,
    loop: (made: T) => number,
  ): Contender => ({
    name,
    kind,
    prepare: () => {
      let made: T;
      return {
        before: () => {
          made = make();
        },
        run: () => loop(made),
        after: () => (made as { dispose?: () => void }).dispose?.(),
      };
    },
  });
  bench.compare({
    operation: 'set of new keys',
    size,
    distribution: '16-byte keys in a Buffer, growing from empty',
    contenders: [
      fresh(
        'HashTable',
        'ours',
        () => new HashTable(),
        (table) => ours(table, keys, order),
      ),
      fresh(
        'plain TypeScript',
        'twin',
        () => new ByteTableTwin(),
        (table) => twin(table, keys, order),
      ),
      fresh(
        'Map of latin1Slice',
        'native',
        () => new Map<string, Uint8Array>(),
        (map) => native(map, keys, order),
      ),
    ],
  });
}

/** The default strategy is listed as ours, the others beside it. */
function strategies(bench: BenchContext, size: number, keys: Buffer, order: Uint32Array): void {
  const run = (loop: typeof getBytes | typeof setBytes, operation: string) =>
    bench.compare({
      operation,
      size,
      distribution: 'by probing strategy',
      contenders: PROBINGS.map((probing): Contender => {
        const own = ownCopy(loop);
        return contender(
          probing,
          probing === 'robin-hood' ? 'ours' : 'twin',
          () => tableOf(keys, probing),
          (table) => own(table, keys, order),
        );
      }),
    });
  run(getBytes, 'get');
  run(setBytes, 'set of old keys');
}

function memory(bench: BenchContext, size: number, keys: Buffer): void {
  bench.memory({
    operation: 'bytes',
    size,
    distribution: '16-byte keys and values',
    contenders: [
      {
        name: 'HashTable',
        kind: 'ours',
        make: () => {
          const arena = new Arena();
          const before = arena.bytesReserved;
          const table = new HashTable({ arena });
          setBytes(
            table,
            keys,
            Uint32Array.from({ length: size }, (_, i) => i),
          );
          const { indexBytes, entryBytes } = table.stats();
          return { held: table, bytes: indexBytes + entryBytes, reserved: arena.bytesReserved - before };
        },
      },
      {
        name: 'Map of strings',
        kind: 'native',
        make: () => {
          const map = new Map<string, string>();
          for (let at = 0; at < keys.length; at += KEY_BYTES) {
            map.set(keys.latin1Slice(at, at + KEY_BYTES), keys.latin1Slice(at, at + KEY_BYTES));
          }
          return { held: map };
        },
      },
    ],
  });
}

function growth(bench: BenchContext): void {
  const key = Buffer.alloc(KEY_BYTES);
  const next = (keyOf: Uint32Array, i: number): Buffer => {
    key.writeUInt32LE(keyOf[i] as number, 0);
    return key;
  };
  benchGrowth(bench, 'set', '16-byte keys in a Buffer', [
    {
      name: 'HashTable',
      kind: 'ours',
      prepare: (size) => {
        const keys = distinctU32(size, 1);
        // A size that is known is stated: the growth of a memory makes the engine collect garbage.
        const table = new HashTable({ arena: new Arena({ seed: 1, initialBytes: size * 72 + 65_536 }) });
        return (i) => table.set(next(keys, i), key);
      },
    },
    {
      name: 'Map of latin1Slice',
      kind: 'native',
      prepare: (size) => {
        const keys = distinctU32(size, 1);
        const map = new Map<string, Uint8Array>();
        return (i) => map.set(next(keys, i).latin1Slice(0, KEY_BYTES), key);
      },
    },
  ]);
}
