/** Histogram logs, version 1.3: lines of text, one compressed histogram an interval, with comments and tags. */

import { DecodeError } from '../../../bindings/decode-error.js';
import type { HandleOptions } from '../../../bindings/handle.js';
import { decodeFromCompressedBase64, encodeIntoCompressedBase64 } from './compressed.js';
import type { HdrHistogram } from './hdr-histogram.js';

const VERSION = '1.3';
const LEGEND = '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"';
/** Log times this much before the stated start are not absolute. */
const A_YEAR_SEC = 365 * 24 * 3600;

export interface LogWriterOptions {
  /** Taken from each interval's start, in milliseconds since the epoch. Default 0. */
  baseTimeMs?: number;
  /** What the maximum beside a histogram is divided by. Default 1000. */
  maxValueUnitRatio?: number;
}

/** An interval's histogram with its times, in milliseconds since the epoch. */
export interface HistogramInterval {
  readonly histogram: HdrHistogram;
  readonly startMs: number;
  readonly endMs: number;
  readonly tag: string | undefined;
}

/** Gives lines to a function, each with its end. */
export class HistogramLogWriter {
  readonly #write: (line: string) => unknown;
  readonly #baseTimeMs: number;
  readonly #ratio: number;

  constructor(write: (line: string) => unknown, { baseTimeMs = 0, maxValueUnitRatio = 1000 }: LogWriterOptions = {}) {
    if (typeof write !== 'function') throw new TypeError(`write must be a function, got ${typeof write}`);
    this.#write = write;
    this.#baseTimeMs = baseTimeMs;
    this.#ratio = maxValueUnitRatio;
  }

  /** Version, start time when given, and legend: what a log begins with. */
  header(startMs?: number): void {
    this.comment(`[Histogram log format version ${VERSION}]`);
    if (startMs !== undefined) {
      const date = new Date(startMs).toISOString();
      this.comment(`[StartTime: ${seconds(startMs)} (seconds since epoch), ${date}]`);
      if (this.#baseTimeMs !== 0) this.comment(`[BaseTime: ${seconds(this.#baseTimeMs)} (seconds since epoch)]`);
    }
    this.#write(`${LEGEND}\n`);
  }

  /** @throws RangeError when the text has more than one line */
  comment(text: string): void {
    if (/[\r\n]/.test(text)) throw new RangeError('A comment is one line');
    this.#write(`#${text}\n`);
  }

  /** A line for what was recorded from `startMs` to `endMs`. @throws RangeError for a tag with a comma, space or line end */
  async interval(histogram: HdrHistogram, startMs: number, endMs: number, tag?: string): Promise<void> {
    if (tag !== undefined && !/^[^\s,]+$/.test(tag)) {
      throw new RangeError(`A tag has no comma, space or line end and at least a character, got "${tag}"`);
    }
    const max = (histogram.max / this.#ratio).toFixed(3);
    const text = await encodeIntoCompressedBase64(histogram);
    const times = `${seconds(startMs - this.#baseTimeMs)},${seconds(endMs - startMs)}`;
    this.#write(`${tag === undefined ? '' : `Tag=${tag},`}${times},${max},${text}\n`);
  }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

/** Reads a log, interval by interval. Each histogram is the caller's to dispose. */
export class HistogramLogReader implements AsyncIterable<HistogramInterval> {
  readonly #lines: readonly string[];
  readonly #options: HandleOptions;
  #at = 0;
  #startSec = 0;
  #baseSec: number | undefined;

  constructor(text: string, options: Pick<HandleOptions, 'arena'> = {}) {
    if (typeof text !== 'string') throw new TypeError(`A log is text, got ${typeof text}`);
    this.#lines = text.split(/\r\n|\r|\n/);
    this.#options = options;
  }

  /** The tags in the log, in order; `undefined` is there when an interval has none. */
  tags(): (string | undefined)[] {
    const tags = new Set<string | undefined>();
    for (const line of this.#lines) if (isInterval(line)) tags.add(fieldsOf(line).tag);
    return [...tags];
  }

  /**
   * The next interval, or `undefined` at the end.
   *
   * @throws DecodeError when a line is no interval; its offset is the number of the line
   */
  async next(): Promise<HistogramInterval | undefined> {
    while (this.#at < this.#lines.length) {
      const line = this.#lines[this.#at++] as string;
      if (line.startsWith('#[StartTime:')) this.#startSec = timeOf(line);
      else if (line.startsWith('#[BaseTime:')) this.#baseSec = timeOf(line);
      else if (isInterval(line)) return this.#interval(line);
    }
    return undefined;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<HistogramInterval, void> {
    for (let next = await this.next(); next !== undefined; next = await this.next()) yield next;
  }

  async #interval(line: string): Promise<HistogramInterval> {
    const { tag, start, length, text } = fieldsOf(line);
    if (!Number.isFinite(start) || !Number.isFinite(length) || text === undefined) {
      throw new DecodeError('histogram log', `"${line.slice(0, 60)}" is no interval`, this.#at);
    }
    // Without a stated base, times are absolute, unless they are long before the log's start.
    this.#baseSec ??= start < this.#startSec - A_YEAR_SEC ? this.#startSec : 0;
    const histogram = await decodeFromCompressedBase64(text, this.#options);
    const startMs = (this.#baseSec + start) * 1000;
    return { histogram, startMs, endMs: startMs + length * 1000, tag };
  }
}

function isInterval(line: string): boolean {
  return !line.startsWith('#') && !line.startsWith('"') && line.includes(',');
}

function fieldsOf(line: string): { tag: string | undefined; start: number; length: number; text: string | undefined } {
  const fields = line.split(',');
  const tag = fields[0]?.startsWith('Tag=') ? fields.shift()?.slice(4) : undefined;
  return {
    tag,
    start: Number.parseFloat(fields[0] ?? ''),
    length: Number.parseFloat(fields[1] ?? ''),
    text: fields[3],
  };
}

function timeOf(line: string): number {
  const time = Number.parseFloat(line.split(' ')[1] ?? '');
  return Number.isFinite(time) ? time : 0;
}
