export type {
  BoundOptions,
  Given,
  OrderedKind,
  OrderedMapOptions,
  RangeOptions,
  Taken,
  TakenMany,
} from '../../../bindings/ordered-map.js';
export { SkipList, type SkipListOptions, type SkipListStats } from './skip-list.js';
export {
  type AddOptions,
  type CombineOptions,
  type RankRangeOptions,
  type ScoredMember,
  type SortedRangeOptions,
  SortedSet,
  type SortedSetOptions,
  type SortedSetStats,
} from './sorted-set.js';
