/** `RadixTrie`, `TernarySearchTree` and `Trie` against the twin in plain TypeScript and the tries of npm. */

import { Trie as TypedTrie } from 'data-structure-typed';
import { distance } from 'fastest-levenshtein';
import { TrieMap } from 'mnemonist';
import { RadixTrie, TernarySearchTree, Trie } from '../../src/structures/trie/index.js';
import { RadixTrieTwin } from '../baselines/structures/trie.js';
import { distinctU32, generator, shuffled } from '../harness/random.js';
import { type Contender, type ContenderKind, defineSuite, ownCopy, type Prepared } from '../harness/suite.js';

/** What all contenders can do. */
interface Words {
  has(key: string): boolean;
  set(key: string, value: number): unknown;
  get?(key: string): number | undefined;
  dispose?(): void;
}

interface Kind {
  readonly name: string;
  readonly kind: ContenderKind;
  readonly make: () => Words;
  /** The values of all keys with a prefix, added up. */
  readonly sum?: (words: never, prefix: string) => number;
}

/** data-structure-typed's trie holds words, not values. */
class Typed extends TypedTrie implements Words {
  set(key: string): boolean {
    return this.add(key);
  }
}

const sumOurs = (words: RadixTrie, prefix: string): number => {
  let sum = 0;
  for (const [, value] of words.withPrefix(prefix)) sum += value;
  return sum;
};
const sumPairs = (pairs: readonly [string, number][]): number => {
  let sum = 0;
  for (const [, value] of pairs) sum += value;
  return sum;
};

const kinds: readonly Kind[] = [
  { name: 'RadixTrie', kind: 'ours', make: () => new RadixTrie(), sum: sumOurs },
  { name: 'TernarySearchTree', kind: 'ours', make: () => new TernarySearchTree(), sum: sumOurs as never },
  { name: 'Trie', kind: 'ours', make: () => new Trie(), sum: sumOurs as never },
  {
    name: 'radix trie of Maps',
    kind: 'twin',
    make: () => new RadixTrieTwin(),
    sum: (words: RadixTrieTwin, prefix) => sumPairs(words.withPrefix(prefix)),
  },
  {
    name: 'mnemonist',
    kind: 'rival',
    make: () => new TrieMap<string, number>(),
    sum: (words: TrieMap<string, number>, prefix) => sumPairs(words.find(prefix)),
  },
];
const typed: Kind = { name: 'data-structure-typed', kind: 'rival', make: () => new Typed() };

const SYLLABLES =
  'a an ar be ca co de di e en er es ex fa fi for ge gra ha i in ing ion is ka la le li lo ma me mi mo na ne no o on or pa per po pre qu ra re ri ro sa se sh si st str ta te ter th ti tion to tra un ur ve wa we y za'.split(
    ' ',
  );

/** Words as a language might have them, all different. */
function wordsOf(count: number): string[] {
  const random = generator(7);
  const words = new Set<string>();
  while (words.size < count) {
    let word = '';
    for (let i = 2 + Math.floor(random() * 3 + random() * 2); i > 0; i--) {
      // Some syllables are frequent, most are not.
      word += SYLLABLES[Math.floor(random() ** 2 * SYLLABLES.length)];
    }
    words.add(word);
  }
  return [...words];
}

function hasAll(words: Words, keys: readonly string[]): number {
  let hits = 0;
  for (let i = 0; i < keys.length; i++) if (words.has(keys[i] as string)) hits++;
  return hits;
}

function getAll(words: Words, keys: readonly string[]): number {
  let sum = 0;
  for (let i = 0; i < keys.length; i++) sum += (words as Map<string, number>).get(keys[i] as string) as number;
  return sum;
}

function setAll(words: Words, keys: readonly string[]): number {
  for (let i = 0; i < keys.length; i++) words.set(keys[i] as string, i);
  return keys.length;
}

function reading(kind: Kind, keys: readonly string[], run: (words: Words) => number): Contender {
  return {
    name: kind.name,
    kind: kind.kind,
    prepare: (): Prepared => {
      const words = kind.make();
      setAll(words, keys);
      return { run: () => run(words), dispose: () => words.dispose?.() };
    },
  };
}

function filling(kind: Kind, keys: readonly string[]): Contender {
  return {
    name: kind.name,
    kind: kind.kind,
    prepare: (): Prepared => {
      const loop = ownCopy(setAll);
      let words: Words;
      return {
        before: () => {
          words = kind.make();
        },
        run: () => loop(words, keys),
        after: () => words.dispose?.(),
      };
    },
  };
}

export const suite = defineSuite('structures/trie', (bench) => {
  for (const size of bench.smoke ? [100] : [1e4, 1e5]) {
    const order = shuffled(distinctU32(size, 2), 3);
    const words = wordsOf(size);
    const users = Array.from(distinctU32(size, 1), (id) => `user:${id}:profile`);
    for (const [distribution, keys] of [
      ['words', words],
      ['ids in a path', users],
    ] as const) {
      const asked = Array.from(order, (_, i) => keys[(i * 7919) % size] as string);
      const mapped: Kind = { name: 'Map', kind: 'native', make: () => new Map<string, number>() };
      const each = (of: readonly Kind[], loop: typeof hasAll) =>
        of.map((kind) => {
          const own = ownCopy(loop);
          return reading(kind, keys, (it) => own(it, asked));
        });
      bench.compare({ operation: 'get', size, distribution, contenders: each([...kinds, mapped], getAll) });
      bench.compare({ operation: 'has', size, distribution, contenders: each([...kinds, typed], hasAll) });
      bench.compare({
        operation: 'set of new keys',
        size,
        distribution: `${distribution}, growing from empty`,
        contenders: [...kinds, typed].map((kind) => filling(kind, keys)),
      });
      batches(bench, size, distribution, keys, asked);
      memory(bench, size, distribution, keys);
    }
    searches(bench, size, words);
  }
});

type Bench = Parameters<typeof suite.declare>[0];

/** A batch call of ours beside the loop that others need for it. */
function batches(
  bench: Bench,
  size: number,
  distribution: string,
  keys: readonly string[],
  asked: readonly string[],
): void {
  const sumOf = (words: RadixTrie) => words.getMany(asked).reduce((sum, value) => sum + value, 0);
  bench.compare({
    operation: 'getMany',
    size,
    distribution,
    contenders: kinds.map((kind) => {
      const own = ownCopy(getAll);
      const run = kind.kind === 'ours' ? (sumOf as never as (it: Words) => number) : (it: Words) => own(it, asked);
      return reading(kind, keys, run);
    }),
  });
}

function searches(bench: Bench, size: number, words: readonly string[]): void {
  const prefixes = Array.from({ length: 100 }, (_, i) => (words[i] as string).slice(0, 4));
  bench.compare({
    operation: 'all keys with a prefix',
    size,
    operations: prefixes.length,
    distribution: 'words, prefixes of 4',
    contenders: kinds.map((kind) =>
      reading(kind, words, (it) => {
        let sum = 0;
        for (const prefix of prefixes) sum += (kind.sum as (of: unknown, prefix: string) => number)(it, prefix);
        return sum;
      }),
    ),
  });
  const short = prefixes.map((prefix) => prefix.slice(0, 2));
  const best = (find: (of: never, prefix: string) => [string, number][]) => (it: unknown) => {
    let sum = 0;
    for (const prefix of short) sum += sumPairs(find(it as never, prefix));
    return sum;
  };
  const sorted = (pairs: [string, number][]) => pairs.sort((a, b) => b[1] - a[1]).slice(0, 10);
  bench.compare({
    operation: 'ten heaviest with a prefix',
    size,
    operations: short.length,
    distribution: 'words, prefixes of 2',
    contenders: kinds.map((kind) => {
      const run =
        kind.kind === 'ours'
          ? best((of: RadixTrie, prefix) => of.complete(prefix, 10))
          : kind.kind === 'twin'
            ? best((of: RadixTrieTwin, prefix) => sorted(of.withPrefix(prefix)))
            : best((of: TrieMap<string, number>, prefix) => sorted(of.find(prefix)));
      return reading(kind, words, run);
    }),
  });
  const queries = Array.from({ length: 10 }, (_, i) => {
    const word = words[i * 7] as string;
    return `${word.slice(0, 2)}x${word.slice(3)}`;
  });
  for (const most of [1, 2]) {
    const near = (it: unknown) => {
      let hits = 0;
      for (const query of queries) hits += (it as RadixTrie).fuzzy(query, most).length;
      return hits;
    };
    const loop = () => {
      let hits = 0;
      for (const query of queries) {
        for (const word of words) {
          if (Math.abs(word.length - query.length) <= most && distance(query, word) <= most) hits++;
        }
      }
      return hits;
    };
    bench.compare({
      operation: `keys within distance ${most}`,
      size,
      operations: queries.length,
      distribution: 'words',
      contenders: [
        ...kinds.slice(0, 3).map((kind) => reading(kind, words, near)),
        { name: 'fastest-levenshtein', kind: 'rival', prepare: () => ({ run: loop }) },
      ],
    });
  }
}

function memory(bench: Bench, size: number, distribution: string, keys: readonly string[]): void {
  bench.memory({
    operation: 'bytes',
    size,
    distribution,
    contenders: [...kinds, typed].map(({ name, kind, make }) => ({
      name,
      kind,
      make: () => {
        const words = make();
        setAll(words, keys);
        return kind === 'ours' ? { held: words, bytes: (words as RadixTrie).stats().bytes } : { held: words };
      },
    })),
  });
}
