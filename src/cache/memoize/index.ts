/** `ashlar/cache/memoize`: functions and methods that remember what they gave. */
export { type Memo, type MemoStats, memoOf } from './memo.js';
export { type Memoized, type MemoizeOptions, memoize } from './memoize.js';
