/** `ashlar/structures/shared-counter`: one number that many threads add to. */
export { SharedCounter, type SharedCounterOptions } from './shared-counter.js';
