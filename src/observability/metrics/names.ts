/** Names of metrics and labels, as Prometheus and OpenMetrics allow them, and how texts are escaped there. */

import { describe } from '../../../bindings/staging.js';

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** Labels of one metric. */
const MOST_LABELS = 32;

/** @throws TypeError when it is no string, RangeError when it is no name */
export function checkMetricName(name: unknown): asserts name is string {
  if (typeof name !== 'string') throw new TypeError(`The name of a metric must be a string, got ${describe(name)}`);
  if (METRIC_NAME.test(name)) return;
  throw new RangeError(
    `The name of a metric must begin with a letter, _ or : and go on with those and digits, got "${name}"`,
  );
}

/**
 * @param reserved labels that the exposition itself uses for metrics of this type
 * @throws TypeError, RangeError when one is no name, is reserved, or is there twice
 */
export function checkLabelNames(names: readonly string[], reserved: readonly string[] = []): void {
  if (!Array.isArray(names)) throw new TypeError(`labels must be an array of names, got ${describe(names)}`);
  if (names.length > MOST_LABELS) {
    throw new RangeError(`A metric has at most ${MOST_LABELS} labels, got ${names.length}`);
  }
  for (const [i, name] of names.entries()) {
    if (typeof name !== 'string') throw new TypeError(`The name of a label must be a string, got ${describe(name)}`);
    if (!LABEL_NAME.test(name)) {
      throw new RangeError(
        `The name of a label must begin with a letter or _ and go on with those and digits, got "${name}"`,
      );
    }
    if (name.startsWith('__')) throw new RangeError(`Names of labels that begin with __ are reserved, got "${name}"`);
    if (reserved.includes(name)) throw new RangeError(`The label "${name}" is what the metric itself is told apart by`);
    if (names.indexOf(name) !== i) throw new RangeError(`The label "${name}" is there twice`);
  }
}

/** The value of a label, as both text formats write it between quotes. */
function escapeLabelValue(value: string): string {
  return /[\\"\n]/.test(value) ? value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n') : value;
}

/** A HELP text. OpenMetrics escapes quotes, the older format does not. */
export function escapeHelp(help: string, quotes: boolean): string {
  const escaped = help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
  return quotes ? escaped.replace(/"/g, '\\"') : escaped;
}

/** `a="1",b="2"`: what stands between the braces of a sample. */
export function labelText(names: readonly string[], values: readonly string[]): string {
  let text = '';
  for (let i = 0; i < names.length; i++) {
    text += `${i === 0 ? '' : ','}${names[i]}="${escapeLabelValue(values[i] as string)}"`;
  }
  return text;
}

/** A number as both text formats write it. */
export function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}

/** A number in the canonical form that OpenMetrics wants of `le` and `quantile`: whole ones end in `.0`. */
export function canonicalText(value: number): string {
  const text = numberText(value);
  return Number.isInteger(value) && !text.includes('e') ? `${text}.0` : text;
}
