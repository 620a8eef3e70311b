/**
 * W3C Trace Context, levels 1 and 2: the headers `traceparent` and `tracestate`.
 *
 *     00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
 *     │  │                                │                └ flags: 1 sampled, 2 the trace id is random
 *     │  └ trace id, 16 bytes             └ parent id, 8 bytes
 *     └ version; later ones may append more
 */

/** What of a span travels between processes. */
export interface SpanContext {
  /** 32 hexadecimal digits in lower case, not all 0. */
  readonly traceId: string;
  /** 16 hexadecimal digits in lower case, not all 0. */
  readonly spanId: string;
  /** `SAMPLED` and `RANDOM`, added. */
  readonly traceFlags: number;
  readonly traceState: TraceState;
  /** Whether it came from another process. */
  readonly isRemote: boolean;
}

export const SAMPLED = 1;
export const RANDOM = 2;

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);
const KEY = /^(?:[a-z0-9][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})$/;
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
const MOST_MEMBERS = 32;
/** What is passed on, in characters: members beyond it are left out from the end, long ones first. */
const MOST_CHARACTERS = 512;
const LONG_MEMBER = 128;

/** A `tracestate`: entries of tracing systems, the one that wrote last first. Immutable. */
export class TraceState {
  static readonly EMPTY: TraceState = new TraceState(new Map());
  readonly #members: ReadonlyMap<string, string>;

  private constructor(members: ReadonlyMap<string, string>) {
    this.#members = members;
  }

  /** What a header says; empty where any of it is invalid, or where there are more than 32 members. */
  static parse(header: string | null | undefined): TraceState {
    if (header === null || header === undefined) return TraceState.EMPTY;
    const members = new Map<string, string>();
    for (const part of header.split(',')) {
      const member = trim(part);
      if (member === '') continue;
      const at = member.indexOf('=');
      const [key, value] = [member.slice(0, at), member.slice(at + 1)];
      if (at < 0 || !KEY.test(key) || !VALUE.test(value) || members.has(key)) return TraceState.EMPTY;
      members.set(key, value);
      if (members.size > MOST_MEMBERS) return TraceState.EMPTY;
    }
    return members.size === 0 ? TraceState.EMPTY : new TraceState(members);
  }

  get size(): number {
    return this.#members.size;
  }

  get(key: string): string | undefined {
    return this.#members.get(key);
  }

  entries(): IterableIterator<[string, string]> {
    return this.#members.entries();
  }

  /** With this member in front; the last one goes where there are more than 32. @throws RangeError for what cannot be one */
  with(key: string, value: string): TraceState {
    if (!KEY.test(key)) throw new RangeError(`No key of a tracestate: "${key}"`);
    if (!VALUE.test(value)) throw new RangeError(`No value of a tracestate: "${value}"`);
    const rest = [...this.#members].filter(([name]) => name !== key).slice(0, MOST_MEMBERS - 1);
    return new TraceState(new Map([[key, value], ...rest]));
  }

  without(key: string): TraceState {
    return new TraceState(new Map([...this.#members].filter(([name]) => name !== key)));
  }

  /** The header; of more than 512 characters, what fits: members above 128 go first, then the last ones. */
  toString(): string {
    let members = [...this.#members].map(([key, value]) => `${key}=${value}`);
    const length = (): number => members.reduce((sum, member) => sum + member.length + 1, -1);
    for (let i = members.length - 1; i >= 0 && length() > MOST_CHARACTERS; i--) {
      if ((members[i] as string).length > LONG_MEMBER) members = members.filter((_, at) => at !== i);
    }
    while (length() > MOST_CHARACTERS) members.pop();
    return members.join(',');
  }
}

/**
 * What the headers say; `undefined` where `traceparent` is missing or invalid: then a new trace begins. Versions to come are
 * read as far as they agree with this one.
 */
export function parseTraceparent(
  traceparent: string | null | undefined,
  tracestate?: string | null,
): SpanContext | undefined {
  if (traceparent === null || traceparent === undefined) return undefined;
  const match = TRACEPARENT.exec(trim(traceparent));
  if (match === null) return undefined;
  const [, version, traceId, spanId, flags, more] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string?,
  ];
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (traceId === NO_TRACE || spanId === NO_SPAN) return undefined;
  return {
    traceId,
    spanId,
    // Flags that this version does not know are not passed on.
    traceFlags: Number.parseInt(flags, 16) & (SAMPLED | RANDOM),
    traceState: TraceState.parse(tracestate),
    isRemote: true,
  };
}

/** The header `traceparent` of a context. */
export function formatTraceparent(context: SpanContext): string {
  return `00-${context.traceId}-${context.spanId}-0${context.traceFlags & (SAMPLED | RANDOM)}`;
}

/** Whether ids are of the right form. */
export function isValidContext(context: Pick<SpanContext, 'traceId' | 'spanId'>): boolean {
  const { traceId, spanId } = context;
  return /^[0-9a-f]{32}$/.test(traceId) && traceId !== NO_TRACE && /^[0-9a-f]{16}$/.test(spanId) && spanId !== NO_SPAN;
}

/** Without the optional white space of headers. */
export function trim(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '');
}
