export type { Bytes } from '../../../bindings/keys.js';
export { F64Map } from './f64-map.js';
export {
  HashTable,
  type HashTableOptions,
  type HashTableStats,
  type Probing,
  type TableHash,
} from './hash-table.js';
export type { NumberMapOptions, NumberMapStats } from './number-map.js';
export { U32Map } from './u32-map.js';
