/** Prometheus's text format 0.0.4 and OpenMetrics 1.0.0, sample by sample. */

import type { Exemplar } from './exemplar.js';
import { upperBound } from './exponential.js';
import type { Family } from './family.js';
import { canonicalText, escapeHelp, labelText, numberText } from './names.js';
import type { ExponentialPoint, Point } from './point.js';
import type { Series } from './series.js';

export type TextFormat = 'prometheus' | 'openmetrics';

export const END_OF_METRICS = '# EOF\n';

/** What a metric's type is called, and how its own name becomes the name of the family, by format. */
const KINDS: Readonly<
  Record<Family<string, Series>['type'], { prometheus: string; openmetrics: string; suffix: string }>
> = {
  counter: { prometheus: 'counter', openmetrics: 'counter', suffix: '_total' },
  gauge: { prometheus: 'gauge', openmetrics: 'gauge', suffix: '' },
  histogram: { prometheus: 'histogram', openmetrics: 'histogram', suffix: '' },
  exponential: { prometheus: 'histogram', openmetrics: 'histogram', suffix: '' },
  hdr: { prometheus: 'summary', openmetrics: 'summary', suffix: '' },
  summary: { prometheus: 'summary', openmetrics: 'summary', suffix: '' },
  info: { prometheus: 'gauge', openmetrics: 'info', suffix: '_info' },
  stateset: { prometheus: 'gauge', openmetrics: 'stateset', suffix: '' },
};

export class Renderer {
  readonly format: TextFormat;
  /** Samples that the last call of `samples` wrote. */
  lines = 0;
  readonly #open: boolean;
  readonly #constant: string;
  readonly #created: boolean;

  /** @param constant labels of every series */
  constructor(format: TextFormat, constant: string, created: boolean) {
    this.format = format;
    this.#open = format === 'openmetrics';
    this.#constant = constant;
    this.#created = created && this.#open;
  }

  /** Names by which a metric may be asked for. */
  samplesOf(family: Family<string, Series>): string[] {
    const { name } = family;
    return [name, ...['_total', '_bucket', '_sum', '_count', '_info', '_created'].map((suffix) => name + suffix)];
  }

  /** TYPE, UNIT and HELP. */
  head(family: Family<string, Series>): string {
    const { suffix, ...types } = KINDS[family.type];
    // A log-linear histogram is shown as what its point is.
    const type = family.description.shape.bounds === undefined ? types[this.format] : 'histogram';
    const name = this.#open ? family.name : family.name + suffix;
    const unit = this.#open && family.unit !== '' ? `# UNIT ${name} ${family.unit}\n` : '';
    return `# HELP ${name} ${escapeHelp(family.help, this.#open)}\n# TYPE ${name} ${type}\n${unit}`;
  }

  samples(family: Family<string, Series>, series: Series, point: Point): string {
    const labels = join(this.#constant, series.labelText);
    const { name } = family;
    switch (point.kind) {
      case 'number':
        return this.#number(family, series, labels, point.value);
      case 'histogram': {
        const ends = [...point.bounds, Number.POSITIVE_INFINITY];
        const exemplars = family.type === 'histogram' ? series.exemplars : spread(series.exemplars?.[0], ends);
        return (
          this.#histogram(name, labels, ends, point.counts, point, exemplars) + this.#since(family, series, labels)
        );
      }
      case 'exponential': {
        const [ends, counts] = plainBuckets(point);
        const exemplars = spread(series.exemplars?.[0], ends);
        return this.#histogram(name, labels, ends, counts, point, exemplars) + this.#since(family, series, labels);
      }
      case 'summary': {
        this.lines = point.quantiles.length + 2;
        let text = '';
        for (const [i, share] of point.quantiles.entries()) {
          const quantile = this.#open ? canonicalText(share) : numberText(share);
          text += `${name}{${join(labels, `quantile="${quantile}"`)}} ${numberText(point.values[i] as number)}\n`;
        }
        const braces = labels === '' ? '' : `{${labels}}`;
        text += `${name}_sum${braces} ${numberText(point.sum)}\n${name}_count${braces} ${point.count}\n`;
        return text + this.#since(family, series, labels);
      }
      case 'states': {
        this.lines = point.states.length;
        return point.states
          .map((state, i) => `${name}{${join(labels, labelText([name], [state]))}} ${point.values[i] ? 1 : 0}\n`)
          .join('');
      }
    }
  }

  #number(family: Family<string, Series>, series: Series, labels: string, value: number): string {
    this.lines = 1;
    const { type, name } = family;
    const braces = labels === '' ? '' : `{${labels}}`;
    const exemplar = this.#exemplar(series.exemplars?.[0]);
    const line = `${name}${KINDS[type].suffix}${braces} ${numberText(value)}${exemplar}\n`;
    return type === 'counter' ? line + this.#since(family, series, labels) : line;
  }

  #histogram(
    name: string,
    labels: string,
    ends: readonly number[],
    counts: readonly number[],
    { sum, count }: { sum: number; count: number },
    exemplars: readonly (Exemplar | undefined)[] | undefined,
  ): string {
    this.lines = ends.length + 2;
    const prefix = labels === '' ? `${name}_bucket{le="` : `${name}_bucket{${labels},le="`;
    let text = '';
    let below = 0;
    for (let i = 0; i < ends.length; i++) {
      below += counts[i] as number;
      const end = this.#open ? canonicalText(ends[i] as number) : numberText(ends[i] as number);
      text += `${prefix}${end}"} ${below}${this.#exemplar(exemplars?.[i])}\n`;
    }
    const braces = labels === '' ? '' : `{${labels}}`;
    // A sum that may fall is none in OpenMetrics.
    if (!(this.#open && (ends[0] as number) < 0)) text += `${name}_sum${braces} ${numberText(sum)}\n`;
    return `${text}${name}_count${braces} ${count}\n`;
  }

  #since(family: Family<string, Series>, series: Series, labels: string): string {
    if (!this.#created) return '';
    this.lines++;
    return `${family.name}_created${labels === '' ? '' : `{${labels}}`} ${family.createdMs(series) / 1000}\n`;
  }

  #exemplar(exemplar: Exemplar | undefined): string {
    if (exemplar === undefined || !this.#open) return '';
    const labels = labelText(Object.keys(exemplar.labels), Object.values(exemplar.labels));
    return ` # {${labels}} ${numberText(exemplar.value)} ${exemplar.timestampMs / 1000}`;
  }
}

/** An exemplar at the bucket that its value belongs to. */
function spread(exemplar: Exemplar | undefined, ends: readonly number[]): (Exemplar | undefined)[] | undefined {
  if (exemplar === undefined) return undefined;
  const index = ends.findIndex((end) => exemplar.value <= end);
  return ends.map((_, i) => (i === index ? exemplar : undefined));
}

/** Buckets by upper bounds, ascending, of those that are not empty; the last has no bound. */
function plainBuckets(point: ExponentialPoint): [ends: number[], counts: number[]] {
  const { scale, positive, negative, zeroCount, zeroThreshold } = point;
  const ends: number[] = [];
  const counts: number[] = [];
  const add = (end: number, count: number): void => {
    if (count === 0) return;
    ends.push(end);
    counts.push(count);
  };
  for (let i = negative.counts.length - 1; i >= 0; i--) {
    add(-upperBound(scale, negative.offset + i - 1), negative.counts[i] as number);
  }
  add(zeroThreshold, zeroCount);
  for (const [i, count] of positive.counts.entries()) add(upperBound(scale, positive.offset + i), count);
  ends.push(Number.POSITIVE_INFINITY);
  counts.push(0);
  return [ends, counts];
}

function join(some: string, more: string): string {
  return some === '' ? more : more === '' ? some : `${some},${more}`;
}
