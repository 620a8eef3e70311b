export {
  Quadtree,
  type QuadtreeArrays,
  type QuadtreeBounds,
  type QuadtreeNearestOptions,
  type QuadtreeOptions,
  type QuadtreePoint,
  type QuadtreeSearchOptions,
  type QuadtreeStats,
} from './quadtree.js';
