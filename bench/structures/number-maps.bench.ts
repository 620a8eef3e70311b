/** `U32Map` and `F64Map` against `Map`, the twin in plain TypeScript, and the hash maps of npm. */

import { HashMap as TypedHashMap } from 'data-structure-typed';
import { HashMap as SdslHashMap } from 'js-sdsl';
import { Arena, type ArenaOptions } from '../../bindings/arena.js';
import { F64Map, U32Map } from '../../src/structures/hash-table/index.js';
import { U32MapTwin } from '../baselines/number-map.js';
import { benchGrowth } from '../harness/growth.js';
import { distinctU32, shuffled, zipfIndices } from '../harness/random.js';
import { type Contender, type ContenderKind, defineSuite, ownCopy, type Prepared } from '../harness/suite.js';

/** What all contenders can do, under the names of `Map`. */
interface NumberMap {
  get(key: number): number | undefined;
  has(key: number): boolean;
  set(key: number, value: number): unknown;
  delete(key: number): boolean;
}

/** js-sdsl under the names of `Map`. */
class Sdsl extends SdslHashMap<number, number> implements NumberMap {
  get(key: number): number | undefined {
    return this.getElementByKey(key);
  }
  has(key: number): boolean {
    return this.getElementByKey(key) !== undefined;
  }
  set(key: number, value: number): unknown {
    return this.setElement(key, value);
  }
  delete(key: number): boolean {
    return this.eraseElementByKey(key);
  }
}

type Keys = Uint32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

interface Kind {
  readonly name: string;
  readonly kind: ContenderKind;
  readonly make: () => NumberMap & { dispose?: () => void };
}

const others: readonly Kind[] = [
  { name: 'Map', kind: 'native', make: () => new Map<number, number>() },
  { name: 'js-sdsl', kind: 'rival', make: () => new Sdsl() },
  { name: 'data-structure-typed', kind: 'rival', make: () => new TypedHashMap<number, number>() },
];
const u32Kinds: readonly Kind[] = [
  { name: 'U32Map', kind: 'ours', make: () => new U32Map() },
  { name: 'typed arrays', kind: 'twin', make: () => new U32MapTwin() },
  ...others,
];
const f64Kinds: readonly Kind[] = [{ name: 'F64Map', kind: 'ours', make: () => new F64Map() }, ...others];

function getAll(map: NumberMap, keys: Keys): number {
  let sum = 0;
  for (let i = 0; i < keys.length; i++) sum += map.get(keys[i] as number) as number;
  return sum;
}

function countHits(map: NumberMap, keys: Keys): number {
  let count = 0;
  for (let i = 0; i < keys.length; i++) if (map.has(keys[i] as number)) count++;
  return count;
}

function setAll(map: NumberMap, keys: Keys): number {
  for (let i = 0; i < keys.length; i++) map.set(keys[i] as number, i);
  return keys.length;
}

function deleteAll(map: NumberMap, keys: Keys): number {
  let count = 0;
  for (let i = 0; i < keys.length; i++) if (map.delete(keys[i] as number)) count++;
  return count;
}

function getInto(map: NumberMap, keys: Keys, out: Float64Array): number {
  for (let i = 0; i < keys.length; i++) out[i] = map.get(keys[i] as number) as number;
  return out[out.length - 1] as number;
}

/** A loop over a map that is filled once. */
function reading(kind: Kind, keys: Keys, loop: (map: NumberMap) => number): Contender {
  return {
    name: kind.name,
    kind: kind.kind,
    prepare: (): Prepared => {
      const map = kind.make();
      setAll(map, keys);
      return { run: () => loop(map), dispose: () => map.dispose?.() };
    },
  };
}

/** A loop that changes a map, made anew for each iteration. */
function changing(kind: Kind, first: Keys | undefined, loop: (map: NumberMap) => number): Contender {
  return {
    name: kind.name,
    kind: kind.kind,
    prepare: (): Prepared => {
      let map: ReturnType<Kind['make']>;
      return {
        before: () => {
          map = kind.make();
          if (first !== undefined) setAll(map, first);
        },
        run: () => loop(map),
        after: () => map.dispose?.(),
      };
    },
  };
}

/** A batch call of ours beside the loops that others need for it. */
function batched(kinds: readonly Kind[], keys: Keys, queries: Keys): Contender[] {
  return kinds.map((kind): Contender => {
    const out = new Float64Array(queries.length);
    if (kind.kind !== 'ours') {
      const loop = ownCopy(getInto);
      return reading(kind, keys, (map) => loop(map, queries, out));
    }
    return reading(kind, keys, (map) => {
      (map as U32Map).getMany(queries as Uint32Array, out);
      return out[out.length - 1] as number;
    });
  });
}

export const suite = defineSuite('structures/number-maps', (bench) => {
  for (const size of bench.sizes) {
    const anyU32 = distinctU32(size, 1);
    const small = distinctU32(size, 1, 2 ** 30);
    const f64 = Float64Array.from(anyU32, (key) => key / 7);
    const sets: [string, readonly Kind[], Keys][] = [
      ['u32', u32Kinds, anyU32],
      // Below 2^30 a key is a small integer to V8, for which its Map is fastest.
      ['u32 below 2^30', u32Kinds, small],
      ['f64', f64Kinds, f64],
    ];
    for (const [type, kinds, keys] of sets) {
      const queries = shuffled(keys, 2);
      const order = zipfIndices(size, size, 3);
      const zipf = keys.map((_: number, i: number) => queries[order[i] as number] as number) as Keys;
      const absent = keys.map((key: number) => (key ^ 0x2000_0000) >>> 0) as Keys;
      const add = (operation: string, distribution: string, contenders: Contender[]) =>
        bench.compare({ operation, size, distribution: `${type}, ${distribution}`, contenders });
      const each = (loop: (map: NumberMap, keys: Keys) => number, asked: Keys) =>
        kinds.map((kind) => {
          const own = ownCopy(loop);
          return reading(kind, keys, (map) => own(map, asked));
        });
      add('get', 'uniform', each(getAll, queries));
      add('get', 'zipf 0.99', each(getAll, zipf));
      add('has', 'half absent', each(countHits, mixed(queries, absent)));
      add('getMany', 'uniform', batched(kinds, keys, queries));
      add('set of old keys', 'uniform', each(setAll, queries));
      const fresh = (first: Keys | undefined, loop: (map: NumberMap, keys: Keys) => number, asked: Keys) =>
        kinds.map((kind) => {
          const own = ownCopy(loop);
          return changing(kind, first, (map) => own(map, asked));
        });
      if (type !== 'u32 below 2^30' || size <= 1e6) {
        add('set of new keys', 'growing from empty', fresh(undefined, setAll, keys));
        add('delete', 'uniform', fresh(keys, deleteAll, queries));
      }
    }
    memory(bench, size, anyU32, small);
  }
  growth(bench);
});

/** Every other query is of an absent key. */
function mixed(present: Keys, absent: Keys): Keys {
  return present.map((key: number, i: number) => (i % 2 === 0 ? key : (absent[i] as number))) as Keys;
}

function memory(bench: Parameters<typeof suite.declare>[0], size: number, anyU32: Keys, small: Keys): void {
  const fills: [string, Keys, (i: number) => number][] = [
    ['u32 below 2^30, small integers as values', small, (i) => i],
    ['u32 below 2^30, fractions as values', small, (i) => i + 0.5],
    ['u32, fractions as values', anyU32, (i) => i + 0.5],
  ];
  for (const [distribution, keys, value] of fills) {
    const fill = (map: NumberMap) => {
      for (let i = 0; i < keys.length; i++) map.set(keys[i] as number, value(i));
    };
    bench.memory({
      operation: 'bytes',
      size,
      distribution,
      contenders: u32Kinds.map(({ name, kind, make }) => ({
        name,
        kind,
        make: () => {
          const map = make();
          if (!(map instanceof U32Map)) {
            fill(map);
            return { held: map };
          }
          const before = map.arena.bytesReserved;
          fill(map);
          return { held: map, bytes: map.stats().bytes, reserved: map.arena.bytesReserved - before };
        },
      })),
    });
  }
}

function growth(bench: Parameters<typeof suite.declare>[0]): void {
  const distribution = 'u32 below 2^30, random order';
  const growing = (make: () => NumberMap) => (size: number) => {
    const keys = distinctU32(size, 1, 2 ** 30);
    const map = make();
    return (i: number) => {
      map.set(keys[i] as number, i);
    };
  };
  // A fixed seed: what the map does recurs at the same insertion in every run.
  const inArena = (options: ArenaOptions) => () => new U32Map({ arena: new Arena({ seed: 1, ...options }) });
  const others = u32Kinds
    .filter(({ kind }) => kind === 'twin' || kind === 'native')
    .map(({ name, kind, make }) => ({ name, kind, prepare: growing(make) }));
  const ours = { name: 'U32Map', kind: 'ours' as const };
  benchGrowth(bench, 'set', distribution, [{ ...ours, prepare: growing(inArena({})) }, ...others]);
  // Growing a WebAssembly memory makes V8 collect garbage, a few milliseconds that are no work of the map's.
  benchGrowth(bench, 'set', `${distribution}, arena with initialBytes`, [
    { ...ours, prepare: (size) => growing(inArena({ initialBytes: 65_536 + size * 24 }))(size) },
    ...others,
  ]);
}
