/** `ashlar/structures/shared-hash-table`: byte keys to byte values, for all threads at once. */
export {
  SharedHashTable,
  type SharedHashTableOptions,
  type SharedHashTableStats,
  SharedTableFullError,
} from './shared-hash-table.js';
