/**
 * `TernarySearchTree`: a map of strings or bytes whose nodes have their children in binary search trees.
 */

import { Arena } from '../../../bindings/arena.js';
import { Adopted, type StructureKind } from '../../../bindings/handle.js';
import { TERNARY } from '../../../bindings/kernels/structures/trie.js';
import { KeyedTrie, type TrieKeys, type TrieOptions } from './keyed-trie.js';

const KIND: StructureKind = { number: 42, name: 'TernarySearchTree' };

/**
 * A ternary search tree (J. Bentley, R. Sedgewick, 1997). 32 bytes for every byte that no other key shares, and 16 for every key.
 * Set keys in random order where there are many different bytes at one place: in ascending order the search tree of a place
 * becomes a list.
 */
export class TernarySearchTree<V = number, K extends TrieKeys = 'string'> extends KeyedTrie<V, K> {
  /**
   * @throws RangeError for kinds of keys or values that there are not
   * @throws TypeError when a trie of objects is to have a name
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: TrieOptions<K> | Adopted = {}) {
    super(KIND, TERNARY, options);
  }

  /**
   * The trie that was made in this arena under this name, also after a snapshot. Opening an open trie gives the same
   * object.
   *
   * @throws NameError when there is none, or it is another kind of structure
   */
  static open<K extends TrieKeys = 'string'>(arena: Arena, name: string): TernarySearchTree<number, K> {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof TernarySearchTree
      ? (handle as TernarySearchTree<number, K>)
      : new TernarySearchTree<number, K>(new Adopted(arena, root));
  }

  /**
   * The trie that `toBytes()` wrote. O(bytes).
   *
   * @throws SnapshotError when the bytes are damaged, or hold something else
   * @throws ArenaFullError
   */
  static fromBytes<K extends TrieKeys = 'string'>(
    bytes: Uint8Array,
    options: { arena?: Arena; name?: string } = {},
  ): TernarySearchTree<number, K> {
    const packed = KeyedTrie.unpack(options.arena ?? Arena.default, KIND, bytes);
    const { keys, weights } = packed;
    const trie = new TernarySearchTree<number, K>({ ...options, keys: keys as K, weights, values: 'f64' });
    packed.fill(trie as unknown as KeyedTrie<number, TrieKeys>);
    return trie;
  }

  get [Symbol.toStringTag](): string {
    return 'TernarySearchTree';
  }

  /**
   * The trie as bytes: its entries. The same bytes on every platform, however the trie came to be. O(nodes).
   *
   * @throws TypeError when values are objects
   */
  toBytes(): Uint8Array<ArrayBuffer> {
    return this.pack(KIND);
  }
}
