/**
 * Errors that cross between threads. The structured clone keeps an error's message and stack, and loses its own fields and the
 * name of its class; what is written here is a plain value that has all of it.
 */

const BUILT_IN: Readonly<Record<string, (message: string) => Error>> = {
  Error: (message) => new Error(message),
  TypeError: (message) => new TypeError(message),
  RangeError: (message) => new RangeError(message),
  SyntaxError: (message) => new SyntaxError(message),
  ReferenceError: (message) => new ReferenceError(message),
  EvalError: (message) => new EvalError(message),
  URIError: (message) => new URIError(message),
  AggregateError: (message) => new AggregateError([], message),
};
const ITS_OWN = new Set(['name', 'message', 'stack', 'cause', 'errors']);
/** Causes within causes, and errors within aggregates. */
const MOST_DEPTH = 8;
const MOST_ERRORS = 100;

/** What was thrown, as a value that can be sent. */
export type Thrown =
  | { readonly is: 'value'; readonly value: unknown }
  | {
      readonly is: 'error';
      /** The built-in class it is one of, or DOMException. */
      readonly kind: string;
      readonly name: string;
      readonly message: string;
      readonly stack: string | undefined;
      readonly fields: Readonly<Record<string, unknown>>;
      readonly cause?: Thrown;
      readonly errors?: readonly Thrown[];
    };

export function packThrown(thrown: unknown, depth = 0): Thrown {
  if (!(thrown instanceof Error) || depth === MOST_DEPTH) return { is: 'value', value: sendable(thrown) };
  const errors: unknown = (thrown as { errors?: unknown }).errors;
  return {
    is: 'error',
    kind: kindOf(thrown),
    name: String(thrown.name),
    message: String(thrown.message),
    stack: typeof thrown.stack === 'string' ? thrown.stack : undefined,
    fields: fieldsOf(thrown),
    ...('cause' in thrown ? { cause: packThrown(thrown.cause, depth + 1) } : {}),
    ...(Array.isArray(errors)
      ? { errors: errors.slice(0, MOST_ERRORS).map((each) => packThrown(each, depth + 1)) }
      : {}),
  };
}

function kindOf(error: Error): string {
  if (typeof DOMException !== 'undefined' && error instanceof DOMException) return 'DOMException';
  for (let at: object | null = Object.getPrototypeOf(error); at !== null; at = Object.getPrototypeOf(at)) {
    const { name } = (at as { constructor?: { name?: string } }).constructor ?? {};
    if (name !== undefined && Object.hasOwn(BUILT_IN, name)) return name;
  }
  return 'Error';
}

function fieldsOf(error: Error): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const key of Object.keys(error)) {
    if (!ITS_OWN.has(key)) fields[key] = sendable((error as unknown as Record<string, unknown>)[key]);
  }
  return fields;
}

/** The value, or what can be said of it when it cannot be sent. */
function sendable(value: unknown): unknown {
  if (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol') return value;
  try {
    return structuredClone(value);
  } catch {
    return String(value);
  }
}

/** The error again: of the same built-in class, with the same name, message, stack, fields and cause. */
export function unpackThrown(thrown: Thrown): unknown {
  if (thrown.is === 'value') return thrown.value;
  const { kind, name, message, stack, fields } = thrown;
  if (kind === 'DOMException') return new DOMException(message, name);
  const error = (BUILT_IN[kind] as (message: string) => Error)(message);
  if (name !== error.name) hide(error, 'name', name);
  if (stack !== undefined) hide(error, 'stack', stack);
  if (thrown.cause !== undefined) hide(error, 'cause', unpackThrown(thrown.cause));
  if (thrown.errors !== undefined) hide(error, 'errors', thrown.errors.map(unpackThrown));
  return Object.assign(error, fields);
}

function hide(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable: false });
}
