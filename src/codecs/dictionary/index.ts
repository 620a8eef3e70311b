/** `ashlar/codecs/dictionary`: each distinct value once, and a code of few bits for each occurrence. */
export {
  CardinalityError,
  type DictionaryEncodeOptions,
  type DictionaryKind,
  type DictionaryOptions,
  type DictionaryValue,
  type DictionaryValues,
  dictionary,
} from './dictionary.js';
