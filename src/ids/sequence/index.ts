/** `ashlar/ids/sequence`: numbers of a shared sequence, a block at a time. */
export {
  SequenceError,
  type SequenceOptions,
  type SequenceProblem,
  SequenceRange,
  type SequenceSource,
  type SequenceStats,
} from './sequence.js';
