/**
 * `Trie`: a map of strings or bytes whose every byte has a node: the simple one of the tries.
 */

import { Arena } from '../../../bindings/arena.js';
import { Adopted, type StructureKind } from '../../../bindings/handle.js';
import { PLAIN } from '../../../bindings/kernels/structures/trie.js';
import { KeyedTrie, type TrieKeys, type TrieOptions } from './keyed-trie.js';

const KIND: StructureKind = { number: 40, name: 'Trie' };

/**
 * A plain trie (E. Fredkin, 1960): children in lists that ascend by byte. 24 bytes for every byte that no other key shares, and 16
 * for every key. It is here to be read and compared with: a `RadixTrie` does the same in less memory and time.
 */
export class Trie<V = number, K extends TrieKeys = 'string'> extends KeyedTrie<V, K> {
  /**
   * @throws RangeError for kinds of keys or values that there are not
   * @throws TypeError when a trie of objects is to have a name
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: TrieOptions<K> | Adopted = {}) {
    super(KIND, PLAIN, options);
  }

  /**
   * The trie that was made in this arena under this name, also after a snapshot. Opening an open trie gives the same
   * object.
   *
   * @throws NameError when there is none, or it is another kind of structure
   */
  static open<K extends TrieKeys = 'string'>(arena: Arena, name: string): Trie<number, K> {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof Trie ? (handle as Trie<number, K>) : new Trie<number, K>(new Adopted(arena, root));
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
  ): Trie<number, K> {
    const packed = KeyedTrie.unpack(options.arena ?? Arena.default, KIND, bytes);
    const { keys, weights } = packed;
    const trie = new Trie<number, K>({ ...options, keys: keys as K, weights, values: 'f64' });
    packed.fill(trie as unknown as KeyedTrie<number, TrieKeys>);
    return trie;
  }

  get [Symbol.toStringTag](): string {
    return 'Trie';
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
