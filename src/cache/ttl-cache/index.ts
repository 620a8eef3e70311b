/** `ashlar/cache/ttl-cache`: entries that end by time. */
export {
  TTLCache,
  type TTLCacheOptions,
  type TTLCacheStats,
  type TTLDisposeReason,
  type TTLGetOptions,
  type TTLHasOptions,
  type TTLSetOptions,
} from './ttl-cache.js';
