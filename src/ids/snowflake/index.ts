/** `ashlar/ids/snowflake`: identifiers of 63 bits, made without coordination. */
export { DISCORD, type SnowflakeLayout, type SnowflakeParts, SONYFLAKE, TWITTER } from './layout.js';
export {
  type ClockPolicy,
  Snowflake,
  SnowflakeError,
  type SnowflakeOptions,
  type SnowflakeProblem,
} from './snowflake.js';
