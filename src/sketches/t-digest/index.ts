export {
  TDigest,
  type TDigestCentroid,
  type TDigestOptions,
  type TDigestScale,
  type TDigestStats,
} from './t-digest.js';
