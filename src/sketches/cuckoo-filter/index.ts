export type { SketchKey, SketchKeys } from '../../../bindings/keys.js';
export {
  CuckooFilter,
  CuckooFilterFullError,
  type CuckooFilterOptions,
  type CuckooFilterStats,
  type SizedCuckooFilterOptions,
} from './cuckoo-filter.js';
