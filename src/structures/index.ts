/** `ashlar/structures`: everything of this shelf. Each room also has an import path of its own. */
export {
  type Bytes,
  F64Map,
  HashTable,
  type HashTableOptions,
  type HashTableStats,
  type NumberMapOptions,
  type NumberMapStats,
  type Probing,
  type TableHash,
  U32Map,
} from './hash-table/index.js';
