export { bitKey } from './bit-key.js';
export type {
  TrieKey,
  TrieKeys,
  TrieLimit,
  TrieOptions,
  TrieRangeOptions,
  TrieStats,
  TrieValues,
} from './keyed-trie.js';
export { RadixTrie, type RadixTrieStats } from './radix-trie.js';
export { TernarySearchTree } from './ternary-search-tree.js';
export { Trie } from './trie.js';
