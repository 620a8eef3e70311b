/** `ashlar/resilience/pipeline`: policies in each other. */
export { Pipeline, pipeline } from './pipeline.js';
