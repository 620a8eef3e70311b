/**
 * `RadixTrie`: a map of strings or bytes by what they begin with: the trie to use.
 */

import { Arena } from '../../../bindings/arena.js';
import { Adopted, type StructureKind } from '../../../bindings/handle.js';
import { RADIX } from '../../../bindings/kernels/structures/trie.js';
import { KeyedTrie, type TrieKeys, type TrieOptions, type TrieStats } from './keyed-trie.js';

const KIND: StructureKind = { number: 41, name: 'RadixTrie' };

export interface RadixTrieStats extends TrieStats {
  /** Nodes by kind: leaves, and inner nodes for up to 4, 16, 48 and 256 children. */
  readonly kinds: {
    readonly leaf: number;
    readonly node4: number;
    readonly node16: number;
    readonly node48: number;
    readonly node256: number;
  };
}

/**
 * An adaptive radix tree (V. Leis, A. Kemper, T. Neumann, 2013): paths without a fork are one label, and nodes are as large as their
 * children are many. Keys are strings or bytes, up to 16 777 215 bytes; values are numbers in the arena, or objects of the handle's.
 * The layout is drawn in assembly/structures/trie/radix.ts.
 */
export class RadixTrie<V = number, K extends TrieKeys = 'string'> extends KeyedTrie<V, K> {
  /**
   * @throws RangeError for kinds of keys or values that there are not
   * @throws TypeError when a trie of objects is to have a name
   * @throws ArenaFullError
   * @throws NameError when the name is taken
   */
  constructor(options: TrieOptions<K> | Adopted = {}) {
    super(KIND, RADIX, options);
  }

  /**
   * The trie that was made in this arena under this name, also after a snapshot. Opening an open trie gives the same
   * object.
   *
   * @throws NameError when there is none, or it is another kind of structure
   */
  static open<K extends TrieKeys = 'string'>(arena: Arena, name: string): RadixTrie<number, K> {
    const { root, handle } = arena.findName(name, KIND.number, KIND.name);
    return handle instanceof RadixTrie
      ? (handle as RadixTrie<number, K>)
      : new RadixTrie<number, K>(new Adopted(arena, root));
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
  ): RadixTrie<number, K> {
    const packed = KeyedTrie.unpack(options.arena ?? Arena.default, KIND, bytes);
    const { keys, weights } = packed;
    const trie = new RadixTrie<number, K>({ ...options, keys: keys as K, weights, values: 'f64' });
    packed.fill(trie as unknown as KeyedTrie<number, TrieKeys>);
    return trie;
  }

  get [Symbol.toStringTag](): string {
    return 'RadixTrie';
  }

  /**
   * The trie as bytes: its entries. The same bytes on every platform, however the trie came to be. O(nodes).
   *
   * @throws TypeError when values are objects
   */
  toBytes(): Uint8Array<ArrayBuffer> {
    return this.pack(KIND);
  }

  /** How the trie stands. O(1). */
  override stats(): RadixTrieStats {
    const [leaf, node4, node16, node48, node256] = this.nodeCounts() as unknown as [
      number,
      number,
      number,
      number,
      number,
    ];
    return { ...super.stats(), kinds: { leaf, node4, node16, node48, node256 } };
  }
}
