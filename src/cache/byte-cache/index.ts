/** `ashlar/cache/byte-cache`: a cache of bytes within an exact budget, off the JavaScript heap. */
export {
  ByteCache,
  type ByteCacheOpenOptions,
  type ByteCacheOptions,
  type ByteCachePolicy,
  type ByteCacheSetOptions,
  type ByteCacheStats,
} from './byte-cache.js';
