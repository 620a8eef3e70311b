/** Processors: what becomes of spans that have ended. */

import { disposeAsyncSymbol } from '../../../bindings/dispose.js';
import { describe } from '../../../bindings/staging.js';
import { type Cancel, systemTimer, type Timer } from '../../ports/timer.js';
import type { Span } from './span.js';

export interface SpanProcessor {
  onStart?(span: Span): void;
  /** Gets every span that was recorded, sampled or not. Must not throw, and must not wait. */
  onEnd(span: Span): void;
  flush?(signal?: AbortSignal): Promise<void>;
  close?(signal?: AbortSignal): Promise<void>;
}

export interface SpanExporter {
  /** Sends spans; rejects when they did not arrive. */
  export(spans: readonly Span[], signal?: AbortSignal): Promise<void>;
  close?(signal?: AbortSignal): Promise<void>;
}

export interface BatchProcessorOptions {
  exporter: SpanExporter;
  /** Spans that wait at most; further ones are dropped and counted. Default 2048. */
  maxQueue?: number;
  /** Spans sent at once, at most `maxQueue`. Default 512. */
  maxBatch?: number;
  /** How long a span waits for others, in milliseconds. Default 5000. */
  delayMs?: number;
  /** How long one export may take, in milliseconds. Default 30 000. */
  exportTimeoutMs?: number;
  /** Default the platform's. */
  timer?: Timer;
  /** Told when an export fails; its spans are dropped. */
  onError?: (error: unknown, spans: readonly Span[]) => void;
}

export interface BatchProcessorStats {
  readonly waiting: number;
  readonly exported: number;
  /** Because the queue was full. */
  readonly dropped: number;
  /** In exports that failed. */
  readonly failed: number;
}

/** Sends the spans that are sampled in batches, one at a time. */
export class BatchProcessor implements SpanProcessor {
  readonly #exporter: SpanExporter;
  readonly #maxQueue: number;
  readonly #maxBatch: number;
  readonly #delayMs: number;
  readonly #exportTimeoutMs: number;
  readonly #timer: Timer;
  readonly #onError: ((error: unknown, spans: readonly Span[]) => void) | undefined;
  #queue: Span[] = [];
  #cancel: Cancel | undefined = undefined;
  #exporting: Promise<void> | undefined = undefined;
  #closed = false;
  #exported = 0;
  #dropped = 0;
  #failed = 0;

  /** @throws RangeError */
  constructor(options: BatchProcessorOptions) {
    const { exporter, maxQueue = 2048, maxBatch = Math.min(512, maxQueue), delayMs = 5000 } = options;
    const { exportTimeoutMs = 30_000, timer = systemTimer, onError } = options;
    for (const [name, value] of Object.entries({ maxQueue, maxBatch, delayMs, exportTimeoutMs })) {
      if (!(Number.isInteger(value) && value >= 1)) {
        throw new RangeError(`${name} must be an integer from 1, got ${describe(value)}`);
      }
    }
    if (maxBatch > maxQueue) throw new RangeError(`maxBatch must be at most maxQueue, ${maxQueue}, got ${maxBatch}`);
    this.#exporter = exporter;
    this.#maxQueue = maxQueue;
    this.#maxBatch = maxBatch;
    this.#delayMs = delayMs;
    this.#exportTimeoutMs = exportTimeoutMs;
    this.#timer = timer;
    this.#onError = onError;
  }

  onEnd(span: Span): void {
    if (!span.isSampled) return;
    if (this.#closed || this.#queue.length >= this.#maxQueue) {
      this.#dropped++;
      return;
    }
    this.#queue.push(span);
    if (this.#queue.length >= this.#maxBatch) this.#begin();
    // A repeating timer does not keep a process alive.
    else this.#cancel ??= this.#timer.every(this.#delayMs, () => this.#begin());
  }

  /** Sends all that waits. Rejects with exactly `signal.reason`; what was under way then goes on. */
  flush(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const flushed = this.#drain();
    if (signal === undefined) return flushed;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        signal.removeEventListener('abort', onAbort);
        reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort);
      const end = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      flushed.then(end, end);
    });
  }

  /** Flushes; spans that end later are dropped. */
  async close(signal?: AbortSignal): Promise<void> {
    this.#closed = true;
    await this.flush(signal);
    await this.#exporter.close?.(signal);
  }

  [disposeAsyncSymbol](): Promise<void> {
    return this.close();
  }

  stats(): BatchProcessorStats {
    return {
      waiting: this.#queue.length,
      exported: this.#exported,
      dropped: this.#dropped,
      failed: this.#failed,
    };
  }

  async #drain(): Promise<void> {
    // What is under way, and what waits now: spans that end meanwhile are for the next time.
    const batches = Math.ceil(this.#queue.length / this.#maxBatch);
    for (let left = batches + (this.#exporting === undefined ? 0 : 1); left > 0; left--) {
      this.#begin();
      await this.#exporting;
    }
  }

  /** Sends a batch, where none is under way. */
  #begin(): void {
    if (this.#exporting !== undefined || this.#queue.length === 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
    const batch = this.#queue.splice(0, this.#maxBatch);
    this.#exporting = this.#send(batch).then(() => {
      this.#exporting = undefined;
      if (this.#queue.length >= this.#maxBatch) this.#begin();
      else if (this.#queue.length > 0) this.#cancel ??= this.#timer.every(this.#delayMs, () => this.#begin());
    });
  }

  async #send(batch: readonly Span[]): Promise<void> {
    const late = new AbortController();
    const cancel = this.#timer.after(this.#exportTimeoutMs, () => late.abort(new Error('The export took too long')));
    const given = new Promise<never>((_, reject) => {
      late.signal.addEventListener('abort', () => reject(late.signal.reason), { once: true });
    });
    try {
      await Promise.race([this.#exporter.export(batch, late.signal), given]);
      this.#exported += batch.length;
    } catch (error) {
      this.#failed += batch.length;
      this.#onError?.(error, batch);
    } finally {
      cancel();
    }
  }
}
