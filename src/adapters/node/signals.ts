/** The process's signals. */

import type { Signals } from '../../ports/signals.js';

export function processSignals(): Signals {
  return {
    on(signal, callback) {
      process.on(signal, callback);
      return () => void process.off(signal, callback);
    },
    exit: (code) => process.exit(code),
  };
}
