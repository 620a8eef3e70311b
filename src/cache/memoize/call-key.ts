/** What tells calls apart: their arguments, but for the signal among them. */

/** Numbers of objects, so that a key can name them and does not keep them alive. */
const numbers = new WeakMap<object, number>();
let numbered = 0;

/**
 * The key of a call. A single argument is its own key: an object by identity, and held as long as its result is. Of
 * several, primitives count by type and value, objects by identity.
 *
 * @throws TypeError when one of several arguments is a symbol, which has no text of its own
 */
export function keyOfCall(args: readonly unknown[]): unknown {
  if (args.length === 1) return args[0];
  let key = '';
  for (const arg of args) {
    const text = textOf(arg);
    // With its length before it, no text can be taken for two.
    key += `${text.length}:${text}`;
  }
  return key;
}

function textOf(arg: unknown): string {
  switch (typeof arg) {
    case 'string':
      return `"${arg}`;
    case 'bigint':
      return `${arg}n`;
    case 'symbol':
      throw new TypeError(`A call with the symbol ${String(arg)} among its arguments needs the option key`);
    case 'object':
    case 'function':
      return arg === null ? 'null' : `#${numberOf(arg)}`;
    default:
      // -0 and 0 are one key, as in a Map.
      return String(arg);
  }
}

function numberOf(object: object): number {
  let number = numbers.get(object);
  if (number === undefined) {
    number = ++numbered;
    numbers.set(object, number);
  }
  return number;
}

/** The signal of a call, and the call with another in its place. */
export interface Signalled {
  readonly signal: AbortSignal;
  /** The arguments that the key is made of: without the signal. */
  readonly rest: readonly unknown[];
  /** The arguments with another signal. */
  with(signal: AbortSignal): unknown[];
}

/** Finds the last argument that is an AbortSignal, or the property `signal` of a last argument that is a plain object. */
export function signalOf(args: readonly unknown[]): Signalled | undefined {
  for (let at = args.length - 1; at >= 0; at--) {
    const arg = args[at];
    if (arg instanceof AbortSignal) {
      const replaced = (...others: unknown[]) => [...args.slice(0, at), ...others, ...args.slice(at + 1)];
      return { signal: arg, rest: replaced(), with: (signal) => replaced(signal) };
    }
  }
  const last = args.at(-1);
  if (!isPlainObject(last)) return undefined;
  const { signal, ...others } = last;
  if (!(signal instanceof AbortSignal)) return undefined;
  const before = args.slice(0, -1);
  // Objects made for a call are never the same: options beside the signal count by what they hold.
  const rest = [
    ...before,
    ...Object.entries(others)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flat(),
  ];
  return { signal, rest, with: (other) => [...before, { ...others, signal: other }] };
}

/** A Request has a signal, too, and is more than its properties. */
function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
