export type { SketchKey, SketchKeys } from '../../../bindings/keys.js';
export {
  CountMinSketch,
  type CountMinSketchOptions,
  type CountMinSketchStats,
  type SizedCountMinSketchOptions,
} from './count-min-sketch.js';
