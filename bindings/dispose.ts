/// <reference lib="esnext.disposable" preserve="true" />
/** `Symbol.dispose`, or a stand-in with its registered name where the runtime has none yet. */
export const disposeSymbol: typeof Symbol.dispose =
  Symbol.dispose ?? (Symbol.for('Symbol.dispose') as typeof Symbol.dispose);

/** `Symbol.asyncDispose`, or a stand-in with its registered name. */
export const disposeAsyncSymbol: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? (Symbol.for('Symbol.asyncDispose') as typeof Symbol.asyncDispose);
