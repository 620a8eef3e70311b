/**
 * A strict reader of Prometheus's text format 0.0.4, for tests: what the format demands, and what `promtool check
 * metrics` asks for besides.
 */

export interface Sample {
  readonly value: number;
  readonly labels: ReadonlyMap<string, string>;
}

interface Family {
  readonly name: string;
  help?: string;
  type?: string;
  readonly samples: { readonly name: string; readonly labels: ReadonlyMap<string, string>; readonly value: number }[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`);
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\[\\n"])*)"(?:,|$)/;
const TYPES = ['counter', 'gauge', 'histogram'];

/** Every sample without labels, by name. @throws Error naming the line that breaks the format */
export function parseExposition(text: string): ReadonlyMap<string, Sample> {
  if (!text.endsWith('\n')) throw new Error('the last line must end in a line feed');
  const families = new Map<string, Family>();
  let current: Family | undefined;
  for (const line of text.slice(0, -1).split('\n')) {
    const comment = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`).exec(line);
    const [, kind, name = '', rest = ''] = comment ?? [];
    if (kind === 'HELP') {
      if (families.has(name)) throw new Error(`${name} comes in two places: ${line}`);
      current = { name, help: rest, samples: [] };
      families.set(name, current);
    } else if (kind === 'TYPE') {
      if (current?.name !== name || current.type !== undefined || current.samples.length > 0)
        throw new Error(`TYPE out of place: ${line}`);
      if (!TYPES.includes(rest)) throw new Error(`unknown type: ${line}`);
      current.type = rest;
    } else {
      addSample(current, line);
    }
  }
  const singles = new Map<string, Sample>();
  for (const family of families.values()) {
    checkFamily(family);
    for (const { name, labels, value } of family.samples) if (labels.size === 0) singles.set(name, { labels, value });
  }
  return singles;
}

function addSample(family: Family | undefined, line: string): void {
  const match = SAMPLE.exec(line);
  if (match === null || family?.type === undefined)
    throw new Error(`neither sample nor comment, or without a type: ${line}`);
  const [, name = '', labelText = '', number = ''] = match;
  const own =
    family.type === 'histogram' ? ['_bucket', '_sum', '_count'].map((suffix) => family.name + suffix) : [family.name];
  if (!own.includes(name)) throw new Error(`not a sample of ${family.name}: ${line}`);
  if (!/^(?:[+-]?Inf|NaN|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/i.test(number)) throw new Error(`not a number: ${line}`);
  const labels = new Map<string, string>();
  for (let left = labelText; left !== ''; ) {
    const label = LABEL.exec(left);
    if (label === null || labels.has(label[1] ?? '')) throw new Error(`bad labels: ${line}`);
    labels.set(label[1] ?? '', label[2] ?? '');
    left = left.slice(label[0].length);
  }
  const key = JSON.stringify([name, [...labels]]);
  if (family.samples.some((each) => JSON.stringify([each.name, [...each.labels]]) === key))
    throw new Error(`sample twice: ${line}`);
  family.samples.push({ name, labels, value: Number(number) });
}

function checkFamily({ name, help, type, samples }: Family): void {
  if (help === undefined || help.trim() === '' || type === undefined)
    throw new Error(`${name} lacks a help text or a type`);
  if (samples.length === 0) throw new Error(`${name} has no samples`);
  if (type === 'counter' && !name.endsWith('_total')) throw new Error(`counter ${name} must end in _total`);
  if (type !== 'counter' && name.endsWith('_total'))
    throw new Error(`${name} is no counter and must not end in _total`);
  for (const sample of samples) {
    if (type === 'counter' && !(sample.value >= 0)) throw new Error(`counter ${name} is ${sample.value}`);
  }
  if (type === 'histogram') checkHistogram(name, samples);
}

function checkHistogram(name: string, samples: Family['samples']): void {
  const buckets = samples.filter((sample) => sample.name === `${name}_bucket`);
  const count = samples.find((sample) => sample.name === `${name}_count`);
  if (count === undefined || !samples.some((sample) => sample.name === `${name}_sum`))
    throw new Error(`${name} lacks its sum or count`);
  let bound = Number.NEGATIVE_INFINITY;
  let below = 0;
  for (const { labels, value } of buckets) {
    const le = labels.get('le') ?? 'none';
    const next = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le);
    if (!(next > bound)) throw new Error(`${name}: bucket ${le} after ${bound}`);
    if (value < below) throw new Error(`${name}: bucket ${le} holds ${value}, fewer than ${below}`);
    bound = next;
    below = value;
  }
  if (bound !== Number.POSITIVE_INFINITY || below !== count.value)
    throw new Error(`${name}: the +Inf bucket must equal the count`);
}
