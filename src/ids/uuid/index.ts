/** `ashlar/ids/uuid`: UUIDs of chance (version 4) and of time (version 7). */
export {
  isUuid,
  MAX_UUID,
  NIL_UUID,
  parseUuid,
  parseUuidInto,
  stringifyUuid,
  type Uuid,
  uuidFromBigInt,
  uuidTime,
  uuidToBigInt,
  uuidVersion,
} from './text.js';
export { uuidv4, uuidv4Into } from './v4.js';
export { createUuidv7, Uuidv7Generator, type Uuidv7Options, uuidv7, uuidv7Into } from './v7.js';
