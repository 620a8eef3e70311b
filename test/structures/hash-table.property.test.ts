/** Short sequences of operations, found and shrunk by fast-check: the smallest one that tells a table from a Map. */

import fc from 'fast-check';
import { describe, it } from 'vitest';
import { Arena } from '../../bindings/index.js';
import { HashTable, type Probing } from '../../src/structures/hash-table/index.js';

const PROBINGS: Probing[] = ['linear', 'quadratic', 'robin-hood', 'swiss', 'chained'];

type Step =
  | { readonly do: 'set'; readonly key: string; readonly value: string }
  | { readonly do: 'delete' | 'get'; readonly key: string }
  | { readonly do: 'shrink' | 'clear' | 'snapshot' };

// Any UTF-16, lone surrogates too; short, so that keys meet again.
const text = fc.string({ unit: 'binary', maxLength: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('set' as const), key: text, value: fc.string({ maxLength: 40 }) }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('delete' as const, 'get' as const), key: text }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('shrink' as const, 'clear' as const, 'snapshot' as const) }),
  },
);

function sameAsMap(table: HashTable, map: ReadonlyMap<string, string>): boolean {
  const entries = [...table.stringEntries()];
  return entries.length === map.size && entries.every(([key, value]) => map.get(key) === value);
}

describe.each(PROBINGS)('HashTable with %s probing, whatever is done to it', (probing) => {
  it('is a Map of strings', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let arena = new Arena({ maxBytes: 1 << 20 });
        let table = new HashTable({ arena, name: 'table', probing });
        const map = new Map<string, string>();
        for (const each of steps) {
          if (each.do === 'set') {
            table.set(each.key, each.value);
            map.set(each.key, each.value);
          } else if (each.do === 'delete') {
            if (table.delete(each.key) !== map.delete(each.key)) return false;
          } else if (each.do === 'get') {
            if (table.getString(each.key) !== map.get(each.key)) return false;
          } else if (each.do === 'clear') {
            table.clear();
            map.clear();
          } else if (each.do === 'shrink') {
            table.shrink();
          } else {
            const restored = Arena.restore(arena.snapshot());
            arena.dispose();
            arena = restored;
            table = HashTable.open(arena, 'table');
          }
        }
        table.check();
        arena.check();
        const same = sameAsMap(table, map);
        arena.dispose();
        return same;
      }),
      { numRuns: 150 },
    );
  });
});
