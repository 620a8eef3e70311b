/** Exemplars: one observation of many, with labels, most often of a trace, that lead to more about it. */

import { describe } from '../../../bindings/staging.js';
import { checkLabelNames } from './names.js';

export interface Exemplar {
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly timestampMs: number;
}

/** What OpenMetrics allows of names and values together, in characters. */
const MOST_CHARACTERS = 128;

/** @throws TypeError, RangeError for labels that OpenMetrics does not allow */
export function makeExemplar(value: number, labels: Readonly<Record<string, string>>, nowMs: number): Exemplar {
  if (typeof labels !== 'object' || labels === null) {
    throw new TypeError(`The labels of an exemplar must be an object, got ${describe(labels)}`);
  }
  const names = Object.keys(labels);
  checkLabelNames(names);
  let characters = 0;
  for (const name of names) {
    const text = labels[name];
    if (typeof text !== 'string') {
      throw new TypeError(`The label "${name}" of an exemplar must be a string, got ${describe(text)}`);
    }
    characters += [...name].length + [...text].length;
  }
  if (characters > MOST_CHARACTERS) {
    throw new RangeError(`The labels of an exemplar have at most ${MOST_CHARACTERS} characters, got ${characters}`);
  }
  return { value, labels: { ...labels }, timestampMs: nowMs };
}
