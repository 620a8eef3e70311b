/** Words found by how they begin, by pattern, by nearness and by weight. */

import { RadixTrie, TernarySearchTree } from 'ashlar/structures/trie';

// Words with how often they are looked for.
const words = new RadixTrie();
words.setMany(['stone', 'store', 'story', 'stork', 'straw', 'ashlar', 'étude', 'eta'], [90, 300, 120, 5, 40, 7, 3, 2]);
console.log([...words.keys('sto')].join(' '), words.countPrefix('st'), words.startsWith('x'));
console.log(words.complete('st', 3));
console.log(
  words
    .match('sto?e')
    .map(([key]) => key)
    .join(' '),
  words
    .match('*a?')
    .map(([key]) => key)
    .join(' '),
);
console.log(words.fuzzy('stome', 1), words.fuzzy('etude', 1));
console.log(words.longestPrefix('storefront'), words.longestPrefix('sto'));

// Pages of results: the next one begins behind the last key.
const [first] = [...words.keys('', { limit: 3 })].slice(-1);
console.log(first, [...words.keys('', { limit: 2, after: first as string })]);

// A walk may change what it walks through.
for (const [key, value] of words.withPrefix('st')) if (value < 50) words.delete(key);
console.log([...words.keys()].join(' '), words.deletePrefix('sto'), words.size);

// Bytes as keys, zero bytes and prefixes of one another among them.
const bytes = new RadixTrie({ keys: 'bytes' });
bytes
  .set(Uint8Array.of(1, 0), 1)
  .set(Uint8Array.of(1, 0, 0), 2)
  .set(Uint8Array.of(1), 3);
console.log([...bytes.entries(Uint8Array.of(1, 0), { reverse: true })].map(([key, value]) => [key.join('.'), value]));

// Anything as values; weights beside them.
const commands = new TernarySearchTree<() => string>({ values: 'objects', weights: true });
commands.set('open', () => 'opened', 10).set('options', () => 'opted', 20);
console.log(commands.complete('op').map(([key, run]) => `${key}: ${run()}`));

// All of it as bytes.
const copy = RadixTrie.fromBytes(words.toBytes());
console.log([...copy], copy.stats().kinds);

// Prints:
// stone store stork story 5 false
// [ [ 'store', 300 ], [ 'story', 120 ], [ 'stone', 90 ] ]
// stone store ashlar straw
// [ [ 'stone', 90, 1 ], [ 'store', 300, 1 ] ] [ [ 'étude', 3, 1 ] ]
// [ 'store', 300 ] undefined
// stone [ 'store', 'stork' ]
// ashlar eta stone store story étude 3 3
// [ [ '1.0.0', 2 ], [ '1.0', 1 ] ]
// [ 'options: opted', 'open: opened' ]
// [ [ 'ashlar', 7 ], [ 'eta', 2 ], [ 'étude', 3 ] ] { leaf: 3, node4: 1, node16: 0, node48: 0, node256: 0 }
