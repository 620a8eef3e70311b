// Error replies, by number. The texts themselves are written into the arena by the TypeScript side
// (bindings/kernels/protocols/resp.ts lists them in this order), because a kernel has no static data.

export const TEXT_SYNTAX: u32 = 0;
export const TEXT_NOT_INTEGER: u32 = 1;
export const TEXT_OVERFLOW: u32 = 2;
export const TEXT_DECREMENT_OVERFLOW: u32 = 3;
export const TEXT_NO_SUCH_KEY: u32 = 4;
export const TEXT_OFFSET: u32 = 5;
export const TEXT_TOO_LONG: u32 = 6;
export const TEXT_OOM: u32 = 7;
export const TEXT_NX_AND_OTHERS: u32 = 8;
export const TEXT_GT_AND_LT: u32 = 9;
export const TEXT_INVALID_CURSOR: u32 = 10;
export const TEXT_DB_RANGE: u32 = 11;
export const TEXT_SAME_OBJECT: u32 = 12;
/** Followed by the command's name in lower case and "' command". */
export const TEXT_INVALID_EXPIRE: u32 = 13;
/** Followed by the option. */
export const TEXT_UNSUPPORTED_OPTION: u32 = 14;
export const TEXT_COMMAND_END: u32 = 15;
export const TEXT_BAD_MULTIBULK: u32 = 16;
export const TEXT_BAD_BULK: u32 = 17;
export const TEXT_BIG_COUNT: u32 = 18;
export const TEXT_BIG_BULK_COUNT: u32 = 19;
export const TEXT_BIG_INLINE: u32 = 20;
export const TEXT_QUOTES: u32 = 21;
/** Followed by the character that came, and "'". */
export const TEXT_EXPECTED_DOLLAR: u32 = 22;
export const TEXT_UNAUTH_MULTIBULK: u32 = 23;
export const TEXT_UNAUTH_BULK: u32 = 24;
export const TEXT_NO_MEMORY_REPLY: u32 = 25;
export const TEXT_STRING: u32 = 26;
export const TEXT_NONE: u32 = 27;
/** Closes TEXT_EXPECTED_DOLLAR. */
export const TEXT_QUOTE_END: u32 = 28;
/** Closes TEXT_UNSUPPORTED_OPTION. */
export const TEXT_LINE_END: u32 = 29;
export const TEXT_WRONG_TYPE: u32 = 30;
export const TEXT_ZSET: u32 = 31;
export const TEXT_NOT_FLOAT: u32 = 32;
export const TEXT_RANGE_NOT_FLOAT: u32 = 33;
export const TEXT_RANGE_NOT_LEX: u32 = 34;
export const TEXT_XX_AND_NX: u32 = 35;
export const TEXT_GT_LT_NX: u32 = 36;
export const TEXT_INCR_PAIRS: u32 = 37;
export const TEXT_NAN: u32 = 38;
export const TEXT_LIMIT_BY_RANK: u32 = 39;
export const TEXT_SCORES_BY_LEX: u32 = 40;
export const TEXT_NOT_POSITIVE: u32 = 41;
/** Followed by the command's name in lower case and "' command". */
export const TEXT_NO_INPUT_KEYS: u32 = 42;
export const TEXT_WEIGHT_NOT_FLOAT: u32 = 43;
export const TEXT_NEGATIVE_LIMIT: u32 = 44;
export const TEXT_NUMKEYS: u32 = 45;
export const TEXT_COUNT_ABOVE_0: u32 = 46;
export const TEXT_OUT_OF_RANGE: u32 = 47;
export const TEXT_BIT_OFFSET: u32 = 48;
export const TEXT_BIT: u32 = 49;
export const TEXT_BIT_ARGUMENT: u32 = 50;
export const TEXT_NOT_ONE_SOURCE: u32 = 51;
export const TEXT_BITFIELD_TYPE: u32 = 52;
export const TEXT_OVERFLOW_TYPE: u32 = 53;
export const TEXT_BITFIELD_RO: u32 = 54;
export const TEXT_NOT_HLL: u32 = 55;
export const TEXT_CORRUPT_HLL: u32 = 56;
/** The first of the modules' types, in the order of modules.ts. */
export const TEXT_MODULE: u32 = 57;
export const TEXT_NOT_COPIED: u32 = 62;
export const TEXT_COUNT: u32 = 63;
