export type {
  BoundOptions,
  Given,
  OrderedKind,
  OrderedMapOptions,
  RangeOptions,
  Taken,
  TakenMany,
} from '../../../bindings/ordered-map.js';
export { BTree, type BTreeStats } from './b-tree.js';
