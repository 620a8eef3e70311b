export {
  RTree,
  type RTreeArrays,
  type RTreeBox,
  type RTreeEntry,
  type RTreeLoadOptions,
  type RTreeNearestOptions,
  type RTreeRelation,
  type RTreeSearchOptions,
  type RTreeStats,
} from './r-tree.js';
