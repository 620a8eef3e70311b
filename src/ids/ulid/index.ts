/** `ashlar/ids/ulid`: identifiers of time and chance that sort as text. */
export {
  decodeTime,
  isUlid,
  MAX_ULID,
  MIN_ULID,
  parseUlid,
  parseUlidInto,
  stringifyUlid,
  type Ulid,
  ulidToUuid,
  uuidToUlid,
} from './text.js';
export { createUlid, UlidGenerator, type UlidOptions, UlidOverflowError, ulid } from './ulid.js';
