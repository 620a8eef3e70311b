/** Ends a program when the platform says so, and at once when it says so again. */

import type { Signals } from '../../ports/signals.js';
import type { Cancel } from '../../ports/timer.js';
import type { Lifecycle } from './lifecycle.js';

export interface StopOnSignalsOptions {
  /** Default SIGTERM and SIGINT. */
  signals?: readonly string[];
  /** Whether the program exits once all has stopped: with 0, or with 1 when something did not. Default true. */
  exit?: boolean;
  /** What a second signal ends the program with, at once. Default 130. */
  forceExitCode?: number;
  /** Told what went wrong with the end, before the exit. Default it is thrown away. */
  onError?: (error: unknown) => void;
  /** Default the process's, where the runtime has any. */
  platform?: Signals;
}

/** A signal came: what the lifecycle's own signal is aborted with. */
export class SignalReason extends Error {
  readonly signal: string;

  constructor(signal: string) {
    super(`The program was told to end: ${signal}`);
    this.name = 'SignalReason';
    this.signal = signal;
  }
}

/**
 * Ends the lifecycle at the first signal, and the program at the second.
 *
 * @returns a function that listens no more
 */
export async function stopOnSignals(lifecycle: Lifecycle, options: StopOnSignalsOptions = {}): Promise<Cancel> {
  const { signals = ['SIGTERM', 'SIGINT'], exit = true, forceExitCode = 130, onError = () => {} } = options;
  const platform = options.platform ?? (await import('../../adapters/node/signals.js')).processSignals();
  let came = false;
  const cancels = signals.map((signal) =>
    platform.on(signal, () => {
      if (came) return platform.exit(forceExitCode);
      came = true;
      void end(signal);
    }),
  );
  const end = async (signal: string): Promise<void> => {
    let code = 0;
    try {
      await lifecycle.stop(new SignalReason(signal));
    } catch (error) {
      code = 1;
      onError(error);
    }
    for (const cancel of cancels) cancel();
    if (exit) platform.exit(code);
  };
  return () => {
    for (const cancel of cancels) cancel();
  };
}
