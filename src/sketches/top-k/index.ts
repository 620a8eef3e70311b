export {
  TopK,
  type TopKAlgorithm,
  type TopKEntry,
  type TopKKey,
  type TopKKeys,
  type TopKOptions,
  type TopKStats,
} from './top-k.js';
