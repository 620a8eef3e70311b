/** `ashlar/cache/lru-cache`: the most recently used entries. */
export { LRUCache } from './lru-cache.js';
