/** W3C Baggage: names and values that travel with a request, for whoever it reaches. Not for secrets. */

import { describe } from '../../../bindings/staging.js';
import { trim } from './trace-context.js';

export interface BaggageEntry {
  readonly value: string;
  /** Properties, as the header has them: `ttl=30;private`. */
  readonly metadata: string;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const MOST_ENTRIES = 180;
const MOST_BYTES = 8192;

/** Immutable. */
export class Baggage {
  static readonly EMPTY: Baggage = new Baggage(new Map());
  readonly #entries: ReadonlyMap<string, BaggageEntry>;

  private constructor(entries: ReadonlyMap<string, BaggageEntry>) {
    this.#entries = entries;
  }

  /** What a header says: members that are invalid, or beyond 180 members or 8192 bytes, are left out. */
  static parse(header: string | null | undefined): Baggage {
    if (header === null || header === undefined || header === '') return Baggage.EMPTY;
    const entries = new Map<string, BaggageEntry>();
    let bytes = 0;
    for (const part of header.split(',')) {
      const [pair = '', ...properties] = part.split(';');
      const at = pair.indexOf('=');
      const key = trim(pair.slice(0, at));
      const value = decoded(trim(pair.slice(at + 1)));
      if (at < 0 || !TOKEN.test(key) || value === undefined) continue;
      bytes += part.length + 1;
      if (entries.size === MOST_ENTRIES || bytes > MOST_BYTES + 1) break;
      entries.set(key, { value, metadata: properties.map(trim).join(';') });
    }
    return entries.size === 0 ? Baggage.EMPTY : new Baggage(entries);
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): string | undefined {
    return this.#entries.get(key)?.value;
  }

  entries(): IterableIterator<[string, BaggageEntry]> {
    return this.#entries.entries();
  }

  /** With this entry. @throws RangeError for a key that is none; TypeError for a value that is no string */
  with(key: string, value: string, metadata = ''): Baggage {
    if (!TOKEN.test(key)) throw new RangeError(`No key of baggage: "${key}"`);
    if (typeof value !== 'string') throw new TypeError(`A value of baggage must be a string, got ${describe(value)}`);
    return new Baggage(new Map(this.#entries).set(key, { value, metadata }));
  }

  without(key: string): Baggage {
    const entries = new Map(this.#entries);
    return entries.delete(key) ? new Baggage(entries) : this;
  }

  /** The header: entries in their order, as many as fit into 8192 bytes. */
  toString(): string {
    let text = '';
    let count = 0;
    for (const [key, { value, metadata }] of this.#entries) {
      const member = `${key}=${encodeURIComponent(value)}${metadata === '' ? '' : `;${metadata}`}`;
      const longer = text === '' ? member : `${text},${member}`;
      if (longer.length > MOST_BYTES || count === MOST_ENTRIES) continue;
      text = longer;
      count++;
    }
    return text;
  }
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
