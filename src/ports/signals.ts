/** Signals: how the platform tells a program to end, and how a program ends at once. */

import type { Cancel } from './timer.js';

export interface Signals {
  /** Calls back whenever this signal comes, which then does nothing else; what comes back stops that. */
  on(signal: string, callback: () => void): Cancel;
  /** Ends the program at once. */
  exit(code: number): void;
}
