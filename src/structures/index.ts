/** `ashlar/structures`: everything of this shelf. Each room also has an import path of its own. */
export { F64Map, type NumberMapOptions, type NumberMapStats, U32Map } from './hash-table/index.js';
