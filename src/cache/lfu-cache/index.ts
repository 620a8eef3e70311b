/** `ashlar/cache/lfu-cache`: the most frequently used entries. */
export { LFUCache, type LFUCacheOptions } from './lfu-cache.js';
