/**
 * The bitmap against the twin in plain TypeScript, CRoaring (as WebAssembly, and native where `npm rebuild roaring` in bench/ has built
 * it), TypedFastBitSet where values are dense, and `Set`.
 */

import { createRequire as requireFrom } from 'node:module';
import { join } from 'node:path';
import { RoaringBitmap32, roaringLibraryInitialize } from 'roaring-wasm/browser';
import { TypedFastBitSet } from 'typedfastbitset';
import { Bitmap } from '../../src/structures/bitmap/index.js';
import { BitmapTwin } from '../baselines/structures/bitmap.js';
import { distinctU32, generator } from '../harness/random.js';
import { type Contender, type ContenderKind, defineSuite, ownCopy } from '../harness/suite.js';

/** What each contender can do. A result of two sets is told by its size. */
interface Held {
  add(value: number): void;
  has(value: number): boolean;
  size(): number;
  /** Another of the same kind. */
  and(other: Held): number;
  or(other: Held): number;
  andCount?(other: Held): number;
  hasMany?(values: Uint32Array): number;
  addMany?(values: Uint32Array): void;
  sum(): number;
  toArray?(): Uint32Array | number[];
  readonly inner: unknown;
  dispose?(): void;
}

interface Kind {
  readonly name: string;
  readonly kind: ContenderKind;
  readonly make: (values: Uint32Array, optimise: boolean) => Held;
  /** Cannot hold values from all over u32. */
  readonly denseOnly?: boolean;
}

const ours: Kind = {
  name: 'Bitmap',
  kind: 'ours',
  make: (values, optimise) => {
    const bitmap = Bitmap.from(values);
    if (optimise) bitmap.optimize();
    const counted = (made: Bitmap) => {
      const { size } = made;
      made.dispose();
      return size;
    };
    return {
      inner: bitmap,
      add: (value) => void bitmap.add(value),
      has: (value) => bitmap.has(value),
      size: () => bitmap.size,
      and: (other) => counted(Bitmap.and(bitmap, other.inner as Bitmap)),
      or: (other) => counted(Bitmap.or(bitmap, other.inner as Bitmap)),
      andCount: (other) => bitmap.andCount(other.inner as Bitmap),
      hasMany: (asked) => {
        const flags = bitmap.hasMany(asked);
        let found = 0;
        for (let i = 0; i < flags.length; i++) found += flags[i] as number;
        return found;
      },
      addMany: (more) => void bitmap.addMany(more),
      sum: () => {
        let sum = 0;
        for (const value of bitmap) sum = (sum + value) >>> 0;
        return sum;
      },
      toArray: () => bitmap.toArray(),
      dispose: () => bitmap.dispose(),
    };
  },
};

const twin: Kind = {
  name: 'typed arrays',
  kind: 'twin',
  make: (values) => {
    const bitmap = new BitmapTwin();
    for (const value of values) bitmap.add(value);
    return {
      inner: bitmap,
      add: (value) => bitmap.add(value),
      has: (value) => bitmap.has(value),
      size: () => bitmap.size,
      and: (other) => bitmap.and(other.inner as BitmapTwin).size,
      or: (other) => bitmap.or(other.inner as BitmapTwin).size,
      sum: () => {
        let sum = 0;
        for (const value of bitmap.toArray()) sum = (sum + value) >>> 0;
        return sum;
      },
      toArray: () => bitmap.toArray(),
    };
  },
};

function croaring(name: string, Roaring: typeof RoaringBitmap32): Kind {
  return {
    name,
    kind: 'rival',
    make: (values, optimise) => {
      const bitmap = new Roaring();
      bitmap.addMany(values);
      if (optimise) {
        bitmap.runOptimize();
        bitmap.shrinkToFit();
      }
      // The native one has nothing to dispose of by hand in all versions.
      const counted = (made: RoaringBitmap32) => {
        const { size } = made;
        made.dispose?.();
        return size;
      };
      return {
        inner: bitmap,
        add: (value) => void bitmap.add(value),
        has: (value) => bitmap.has(value),
        size: () => bitmap.size,
        and: (other) => counted(Roaring.and(bitmap, other.inner as RoaringBitmap32)),
        or: (other) => counted(Roaring.or(bitmap, other.inner as RoaringBitmap32)),
        andCount: (other) => bitmap.andCardinality(other.inner as RoaringBitmap32),
        addMany: (more) => void bitmap.addMany(more),
        sum: () => {
          let sum = 0;
          for (const value of bitmap) sum = (sum + value) >>> 0;
          return sum;
        },
        toArray: () => bitmap.toUint32Array(),
        dispose: () => bitmap.dispose?.(),
      };
    },
  };
}

const fast: Kind = {
  name: 'typedfastbitset',
  kind: 'rival',
  denseOnly: true,
  make: (values) => {
    const bits = new TypedFastBitSet(values);
    return {
      inner: bits,
      add: (value) => bits.add(value),
      has: (value) => bits.has(value),
      size: () => bits.size(),
      and: (other) => bits.new_intersection(other.inner as TypedFastBitSet).size(),
      or: (other) => bits.new_union(other.inner as TypedFastBitSet).size(),
      andCount: (other) => bits.intersection_size(other.inner as TypedFastBitSet),
      sum: () => {
        let sum = 0;
        for (const value of bits) sum = (sum + value) >>> 0;
        return sum;
      },
      toArray: () => bits.array(),
    };
  },
};

const native: Kind = {
  name: 'Set',
  kind: 'native',
  make: (values) => {
    const set = new Set<number>(values);
    return {
      inner: set,
      add: (value) => void set.add(value),
      has: (value) => set.has(value),
      size: () => set.size,
      and: (other) => {
        const made = new Set<number>();
        for (const value of set) if ((other.inner as Set<number>).has(value)) made.add(value);
        return made.size;
      },
      or: (other) => {
        const made = new Set<number>(set);
        for (const value of other.inner as Set<number>) made.add(value);
        return made.size;
      },
      sum: () => {
        let sum = 0;
        for (const value of set) sum = (sum + value) >>> 0;
        return sum;
      },
    };
  },
};

function kinds(): Kind[] {
  const all = [ours, twin, croaring('roaring-wasm', RoaringBitmap32), fast, native];
  try {
    const load = requireFrom(join(process.cwd(), 'bench/package.json'));
    const roaring = load('roaring') as { RoaringBitmap32: typeof RoaringBitmap32 };
    all.splice(3, 0, croaring('roaring', roaring.RoaringBitmap32));
  } catch {
    // It is not built here.
  }
  return all;
}

/** Two sets that overlap, and how they lie. */
interface Distribution {
  readonly name: string;
  readonly optimise: boolean;
  readonly values: (size: number, seed: number) => Uint32Array;
}

const distributions: readonly Distribution[] = [
  // One of four: containers of bits.
  { name: 'dense', optimise: false, values: (size, seed) => distinctBelow(size, seed, 4 * size) },
  // Anywhere: up to 65 536 arrays.
  { name: 'sparse', optimise: false, values: (size, seed) => distinctU32(size, seed) },
  // A hundred in a row, then a hundred that are not, on average.
  { name: 'runs', optimise: true, values: runs },
];

/** Random values below a bound, each once, in random order. */
function distinctBelow(size: number, seed: number, bound: number): Uint32Array {
  const random = generator(seed);
  const taken = new Uint8Array(bound);
  const out = new Uint32Array(size);
  for (let at = 0; at < size; ) {
    const value = Math.floor(random() * bound);
    if (taken[value] === 0) {
      taken[value] = 1;
      out[at++] = value;
    }
  }
  return out;
}

function runs(size: number, seed: number): Uint32Array {
  const random = generator(seed);
  const out = new Uint32Array(size);
  let value = 0;
  for (let at = 0; at < size; ) {
    value += 1 + Math.floor(random() * 200);
    for (let left = 1 + Math.floor(random() * 200); left > 0 && at < size; left--) out[at++] = value++;
  }
  return out;
}

function addAll(held: Held, values: Uint32Array): number {
  for (let i = 0; i < values.length; i++) held.add(values[i] as number);
  return held.size();
}

function hasAll(held: Held, values: Uint32Array): number {
  let found = 0;
  for (let i = 0; i < values.length; i++) if (held.has(values[i] as number)) found++;
  return found;
}

await roaringLibraryInitialize();

export const suite = defineSuite('structures/bitmap', (bench) => {
  for (const size of bench.sizes.filter((it) => bench.smoke || it >= 1e5)) {
    for (const distribution of distributions) {
      const { name, optimise } = distribution;
      const a = distribution.values(size, size);
      const b = distribution.values(size, size + 1);
      // Half of them are there.
      const asked = distribution.values(size, size + 2);
      for (let i = 0; i < size; i += 2) asked[i] = a[Math.floor(i * 0.999)] as number;
      // The twin moves its directory for each container that comes: seconds for sixty thousand of them.
      const contenders = kinds().filter((kind) =>
        kind === twin ? name !== 'sparse' || size <= 1e5 : name === 'dense' || !kind.denseOnly,
      );
      const add = (operation: string, contenders: Contender[], operations = size) =>
        bench.compare({ operation, size, distribution: name, operations, contenders });

      const fresh = (kind: Kind, run: (held: Held) => number): Contender => ({
        name: kind.name,
        kind: kind.kind,
        prepare: () => {
          let held: Held;
          return {
            before: () => {
              held = kind.make(new Uint32Array(0), false);
            },
            run: () => run(held),
            after: () => held.dispose?.(),
          };
        },
      });
      const ready = (kind: Kind, run: (held: Held, other: Held) => number): Contender => ({
        name: kind.name,
        kind: kind.kind,
        prepare: () => {
          const held = kind.make(a, optimise);
          const other = kind.make(b, optimise);
          return {
            run: () => run(held, other),
            dispose: () => {
              held.dispose?.();
              other.dispose?.();
            },
          };
        },
      });

      add(
        'add',
        contenders.map((kind) => {
          const loop = ownCopy(addAll);
          return fresh(kind, (held) => loop(held, a));
        }),
      );
      add(
        'addMany',
        contenders
          .filter((kind) => kind !== twin && !kind.denseOnly && kind !== native)
          .map((kind) =>
            fresh(kind, (held) => {
              held.addMany?.(a);
              return held.size();
            }),
          ),
      );
      add(
        'has',
        contenders.map((kind) => {
          const loop = ownCopy(hasAll);
          return ready(kind, (held) => loop(held, asked));
        }),
      );
      add('hasMany', [
        ready(ours, (held) => held.hasMany?.(asked) as number),
        ...contenders
          .filter((kind) => kind !== ours && kind !== twin)
          .map((kind) => {
            const loop = ownCopy(hasAll);
            return ready({ ...kind, name: `${kind.name}, one by one` }, (held) => loop(held, asked));
          }),
      ]);
      for (const operation of ['and', 'or'] as const) {
        add(
          operation,
          contenders.map((kind) => ready(kind, (held, other) => held[operation](other))),
        );
      }
      add(
        'andCount',
        contenders
          .filter((kind) => kind !== twin && kind !== native)
          .map((kind) => ready(kind, (held, other) => held.andCount?.(other) as number)),
      );
      add(
        'iterate',
        contenders.filter((kind) => kind !== twin).map((kind) => ready(kind, (held) => held.sum())),
      );
      add(
        'toArray',
        contenders.filter((kind) => kind !== native).map((kind) => ready(kind, (held) => held.toArray?.().length ?? 0)),
      );
      bench.memory({
        operation: 'memory',
        size,
        distribution: name,
        contenders: contenders
          .filter((kind) => kind === ours || kind === twin || kind === native || kind.denseOnly)
          .map((kind) => ({
            name: kind.name,
            kind: kind.kind,
            make: () => {
              const held = kind.make(a, optimise);
              if (kind === ours) return { held, bytes: (held.inner as Bitmap).stats().bytes };
              return { held };
            },
          })),
      });
    }
  }
});
