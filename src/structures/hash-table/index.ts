export { F64Map } from './f64-map.js';
export type { NumberMapOptions, NumberMapStats } from './number-map.js';
export { U32Map } from './u32-map.js';
