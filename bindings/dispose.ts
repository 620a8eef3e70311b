/** `Symbol.dispose`, or a stand-in with its registered name where the runtime has none yet. */
export const disposeSymbol: typeof Symbol.dispose =
  Symbol.dispose ?? (Symbol.for('Symbol.dispose') as typeof Symbol.dispose);
