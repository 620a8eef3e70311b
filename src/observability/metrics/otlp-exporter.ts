/** Sends the metrics of a registry to an OpenTelemetry collector, by OTLP over HTTP in JSON, when told to or at intervals. */

import { disposeAsyncSymbol } from '../../../bindings/dispose.js';
import { describe } from '../../../bindings/staging.js';
import { QueueFullError } from '../../base/wait-errors.js';
import type { Cancel } from '../../ports/timer.js';
import { OtlpSender, type OtlpSenderOptions } from '../otlp/sender.js';
import { type Attributes, keyValues } from '../otlp/values.js';
import { costOf, prepared, type Sheet } from './expose.js';
import type { Family } from './family.js';
import { dataPoints, difference, metricOf, type Temporality } from './otlp-points.js';
import { Pace, settled } from './pace.js';
import type { Point } from './point.js';
import { MetricsRegistry } from './registry.js';
import type { Series } from './series.js';

export interface OtlpMetricsExporterOptions extends OtlpSenderOptions {
  registry: MetricsRegistry;
  /** What is measured: default `{ 'service.name': 'unknown_service' }`. */
  resource?: Attributes;
  /** Counts since the beginning, or since the last export that arrived. Default `'cumulative'`. */
  temporality?: Temporality;
  /** How often `start` exports, in milliseconds. Default 60 000. */
  intervalMs?: number;
  /** Data points in one request at most. Default 5000. */
  maxPointsPerRequest?: number;
  /** Told when an export of `start` fails. What was to be sent is in the next one. */
  onError?: (error: unknown) => void;
}

export interface MetricsExport {
  /** Data points that were sent. */
  readonly points: number;
  /** Of them, refused by the collector. */
  readonly rejected: number;
  readonly requests: number;
}

interface Request {
  readonly message: object;
  readonly points: number;
  /** What was seen of each series, for the next difference. */
  readonly seen: Map<Series, Seen>;
}

interface Seen {
  readonly point: Point;
  readonly timeMs: number;
}

const DEFAULT_INTERVAL_MS = 60_000;
const DEFAULT_POINTS = 5000;
const POINTS_PER_TURN = 500;
const CALLBACK_TIMEOUT_MS = 5000;
/** Exports that wait for those before them. */
const MOST_WAITING = 16;
const SCOPE = { name: 'ashlar/observability/metrics' };

export class OtlpMetricsExporter {
  readonly #sheet: Sheet;
  readonly #sender: OtlpSender;
  readonly #resource: Attributes;
  readonly #temporality: Temporality;
  readonly #intervalMs: number;
  readonly #maxPoints: number;
  readonly #onError: ((error: unknown) => void) | undefined;
  #seen = new WeakMap<Series, Seen>();
  #cancel: Cancel | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** @throws TypeError, RangeError */
  constructor(options: OtlpMetricsExporterOptions) {
    const { registry, resource = { 'service.name': 'unknown_service' }, temporality = 'cumulative' } = options;
    const { intervalMs = DEFAULT_INTERVAL_MS, maxPointsPerRequest = DEFAULT_POINTS, onError } = options;
    if (!(registry instanceof MetricsRegistry)) {
      throw new TypeError(`registry must be a MetricsRegistry, got ${describe(registry)}`);
    }
    if (temporality !== 'cumulative' && temporality !== 'delta') {
      throw new RangeError(`temporality must be 'cumulative' or 'delta', got ${describe(temporality)}`);
    }
    if (!(intervalMs >= 1)) throw new RangeError(`intervalMs must be from 1, got ${describe(intervalMs)}`);
    if (!(maxPointsPerRequest >= 1)) {
      throw new RangeError(`maxPointsPerRequest must be from 1, got ${describe(maxPointsPerRequest)}`);
    }
    this.#sheet = MetricsRegistry.sheetOf(registry);
    this.#sender = new OtlpSender({ timer: registry.timer, ...options });
    this.#resource = resource;
    this.#temporality = temporality;
    this.#intervalMs = intervalMs;
    this.#maxPoints = maxPointsPerRequest;
    this.#onError = onError;
  }

  /**
   * Sends what there is now, once the exports before it have ended.
   *
   * @returns a promise that rejects with exactly `signal.reason`, with `OtlpExportError`, or with `QueueFullError` where
   *   sixteen wait already
   */
  export(signal?: AbortSignal): Promise<MetricsExport> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#waiting >= MOST_WAITING) {
      return Promise.reject(new QueueFullError('OtlpMetricsExporter.export', MOST_WAITING));
    }
    this.#waiting++;
    const turn = settled(this.#last, signal).then(() => this.#export(signal));
    // Those behind wait for what is under way, also when one between has given up.
    const before = this.#last;
    this.#last = turn.catch(() => before).finally(() => this.#waiting--);
    return turn;
  }

  /** Exports at intervals, until `stop`. Idempotent. */
  start(): void {
    this.#cancel ??= this.#sheet.timer.every(this.#intervalMs, () => {
      // What takes longer than an interval is not followed by a crowd.
      if (this.#waiting === 0) this.export().catch((error: unknown) => this.#onError?.(error));
    });
  }

  /** Stops, and exports a last time. */
  async stop(signal?: AbortSignal): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    await this.export(signal);
  }

  async [disposeAsyncSymbol](): Promise<void> {
    await this.stop().catch((error: unknown) => this.#onError?.(error));
  }

  async #export(signal: AbortSignal | undefined): Promise<MetricsExport> {
    let points = 0;
    let rejected = 0;
    let requests = 0;
    for await (const request of this.#requests(signal)) {
      const answer = await this.#sender.send(request.message, signal);
      // Only what has arrived is left out of the next difference.
      for (const [series, seen] of request.seen) this.#seen.set(series, seen);
      points += request.points;
      rejected += answer.rejected;
      requests++;
    }
    return { points, rejected, requests };
  }

  /** Messages with a bounded number of points, made in turns of the event loop. */
  async *#requests(signal: AbortSignal | undefined): AsyncGenerator<Request> {
    const sheet = this.#sheet;
    const pace = new Pace(sheet.timer, POINTS_PER_TURN, signal);
    await prepared(sheet, pace, { callbackTimeoutMs: CALLBACK_TIMEOUT_MS, signal });
    let metrics: object[] = [];
    let points = 0;
    let seen = new Map<Series, Seen>();
    const request = (): Request => {
      const message = this.#message(metrics);
      const ready = { message, points, seen };
      [metrics, points, seen] = [[], 0, new Map()];
      return ready;
    };
    for (const family of [...sheet.families()]) {
      let list: ReturnType<typeof dataPoints> = [];
      let kind: Point['kind'] = 'number';
      const close = (): void => {
        if (list.length > 0) metrics.push(metricOf(family, list, kind, this.#temporality));
        list = [];
      };
      for (const series of family.shown()) {
        const made = this.#pointsOf(family, series, seen);
        kind = made.kind;
        list.push(...made.points);
        points += made.points.length;
        if (points >= this.#maxPoints) {
          close();
          yield request();
        }
        if (pace.spend(1 + costOf(family))) await pace.rest();
      }
      close();
    }
    if (points > 0) yield request();
  }

  #pointsOf(family: Family<string, Series>, series: Series, seen: Map<Series, Seen>) {
    const { clock, constantLabels } = this.#sheet;
    const timeMs = clock.now();
    const point = family.point(series);
    const before = this.#temporality === 'delta' ? this.#seen.get(series) : undefined;
    const startMs = before?.timeMs ?? family.createdMs(series);
    if (this.#temporality === 'delta') seen.set(series, { point, timeMs });
    const shown = difference(point, before?.point, family.type === 'counter');
    return {
      kind: point.kind,
      points: dataPoints(family, series, shown, { startMs, timeMs }, constantLabels),
    };
  }

  #message(metrics: readonly object[]): object {
    return {
      resourceMetrics: [
        { resource: { attributes: keyValues(this.#resource) }, scopeMetrics: [{ scope: SCOPE, metrics }] },
      ],
    };
  }
}
