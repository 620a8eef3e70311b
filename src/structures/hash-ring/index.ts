/** `ashlar/structures/hash-ring`: which node a key belongs to. */
export { type BoundedOptions, HashRing, type HashRingOptions, type HashRingStats, type RingHash } from './hash-ring.js';
export { Maglev, type MaglevOptions, type MaglevStats } from './maglev.js';
export type { NodeList } from './node-table.js';
export { jump, jumpMany, type RendezvousOptions, rendezvous, rendezvousRange } from './stateless.js';
