/** Exposition: all series as text, in turns, so that the event loop is never kept for long. */

import { describe } from '../../../bindings/staging.js';
import type { Clock } from '../../ports/clock.js';
import type { Timer } from '../../ports/timer.js';
import type { Family } from './family.js';
import { Pace, within } from './pace.js';
import type { Series } from './series.js';
import { END_OF_METRICS, Renderer, type TextFormat } from './text.js';

/** What is exposed or exported: what a registry shows of itself. */
export interface Sheet {
  readonly labelText: string;
  readonly constantLabels: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly timer: Timer;
  families(): Iterable<Family<string, Series>>;
  /** Runs what metrics are to be asked for. */
  callbacks(): Promise<void>;
  /** Takes in what other threads have entered. */
  sync(): Iterable<void>;
}

export interface ExposeOptions {
  /** `'prometheus'`, text 0.0.4, or `'openmetrics'`, 1.0.0. Default `'prometheus'`. */
  format?: TextFormat;
  /** Only these metrics, by the names of their samples or their own. Default all. */
  names?: readonly string[];
  /**
   * Samples between two turns of the event loop; of histograms, 64 cells that are added up count as much as one. From 1.
   * Default 1000, which take about a millisecond.
   */
  samplesPerTurn?: number;
  /** Characters of a piece, about. Default 65 536. */
  pieceLength?: number;
  /** How long callbacks of metrics are waited for; what is late shows what it showed before. Default 5000. */
  callbackTimeoutMs?: number;
  /** OpenMetrics only: whether to say when each series began. Default true. */
  created?: boolean;
  /** Ends it: the next piece rejects with exactly `signal.reason`. */
  signal?: AbortSignal | undefined;
}

const DEFAULT_SAMPLES_PER_TURN = 1000;
const DEFAULT_PIECE_LENGTH = 65_536;
const DEFAULT_CALLBACK_TIMEOUT_MS = 5000;
/** Cells that are added up in about the time that a sample is written in. */
const CELLS_A_SAMPLE = 64;

/** @throws RangeError, TypeError at once, for options that cannot be */
export function expose(sheet: Sheet, options: ExposeOptions): AsyncGenerator<string, void, void> {
  const { format = 'prometheus', names, created = true, signal } = options;
  const { samplesPerTurn = DEFAULT_SAMPLES_PER_TURN, pieceLength = DEFAULT_PIECE_LENGTH } = options;
  const { callbackTimeoutMs = DEFAULT_CALLBACK_TIMEOUT_MS } = options;
  if (format !== 'prometheus' && format !== 'openmetrics') {
    throw new RangeError(`format must be 'prometheus' or 'openmetrics', got ${describe(format)}`);
  }
  for (const [name, value] of Object.entries({ samplesPerTurn, pieceLength, callbackTimeoutMs })) {
    if (typeof value !== 'number') throw new TypeError(`${name} must be a number, got ${describe(value)}`);
    if (!(value >= 1)) throw new RangeError(`${name} must be from 1, got ${value}`);
  }
  const wanted = names === undefined || names.length === 0 ? undefined : new Set(names);
  const pace = new Pace(sheet.timer, samplesPerTurn, signal);
  return pieces(sheet, new Renderer(format, sheet.labelText, created), wanted, pace, {
    pieceLength,
    callbackTimeoutMs,
    signal,
  });
}

async function* pieces(
  sheet: Sheet,
  renderer: Renderer,
  wanted: ReadonlySet<string> | undefined,
  pace: Pace,
  options: { pieceLength: number; callbackTimeoutMs: number; signal: AbortSignal | undefined },
): AsyncGenerator<string, void, void> {
  await prepared(sheet, pace, options);
  const piece = new Piece();
  for (const family of [...sheet.families()]) {
    if (wanted !== undefined && !renderer.samplesOf(family).some((name) => wanted.has(name))) continue;
    let headed = false;
    for (const series of family.shown()) {
      if (!headed) piece.add(renderer.head(family));
      headed = true;
      piece.add(renderer.samples(family, series, family.point(series)));
      if (piece.length >= options.pieceLength) yield piece.take();
      if (pace.spend(renderer.lines + costOf(family))) await pace.rest();
    }
  }
  if (renderer.format === 'openmetrics') piece.add(END_OF_METRICS);
  if (piece.length > 0) yield piece.take();
}

/** Text that is put together at once: strings that hang together from thousands of parts keep the garbage collector busy. */
class Piece {
  length = 0;
  #parts: string[] = [];

  add(text: string): void {
    this.#parts.push(text);
    this.length += text.length;
  }

  take(): string {
    const text = this.#parts.join('');
    this.#parts = [];
    this.length = 0;
    return text;
  }
}

/** Has callbacks run and other threads' entries read. */
export async function prepared(
  sheet: Sheet,
  pace: Pace,
  options: { callbackTimeoutMs: number; signal: AbortSignal | undefined },
): Promise<void> {
  await within(sheet.callbacks(), sheet.timer, options.callbackTimeoutMs, options.signal);
  for (const _ of sheet.sync()) if (pace.spend(1)) await pace.rest();
}

/** What adding up the cells of one series costs, in samples. */
export function costOf(family: Family<string, Series>): number {
  return family.weight / CELLS_A_SAMPLE;
}
