/** `ashlar/codecs/frame-of-reference`: integers as distances from the least of their block, with random access. */
export { type FrameOfReferenceOptions, type FrameOfReferenceValues, frameOfReference } from './frame-of-reference.js';
