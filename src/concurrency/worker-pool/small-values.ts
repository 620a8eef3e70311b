/**
 * Values small and plain enough to be written into a slot: numbers, strings, booleans, null, undefined, bytes, and arrays and
 * plain objects of them. What is read is what the structured clone would have made of it; everything else is left to that.
 *
 *     value := tag, then …
 *       0 undefined, 1 null, 2 true, 3 false
 *       4 an integer of 32 bits, 5 a double
 *       6 a string: length u16, then one byte a character below 128; 7: length u16, then two bytes a code unit
 *       8 an array: length u8, values; 9 an object: count u8, then keys (strings) and values
 *      10 a Uint8Array: length u16, bytes
 */

/** Objects within one value: beyond it, the structured clone is as good. */
const MOST_OBJECTS = 16;
const MOST_MEMBERS = 64;
/** What does not fit. */
export const TOO_LARGE = -2;

const double = new Float64Array(1);
const doubleBytes = new Uint8Array(double.buffer);
const word = new Int32Array(double.buffer);

let bytes: Uint8Array;
let at = 0;
let end = 0;
let busy = false;
/** What has been met: what is met twice is one object after the structured clone, too. */
const met: object[] = [];

/** Writes a value; gives its length, or TOO_LARGE when it is not small or not plain. */
export function writeSmall(target: Uint8Array, from: number, room: number, value: unknown): number {
  // A getter may do anything, and that includes coming here.
  if (busy) return TOO_LARGE;
  busy = true;
  bytes = target;
  at = from;
  end = from + room;
  try {
    return write(value) ? at - from : TOO_LARGE;
  } finally {
    met.length = 0;
    busy = false;
  }
}

function write(value: unknown): boolean {
  // Enough for the longest number, and for the head of anything else.
  if (at + 9 > end) return false;
  switch (typeof value) {
    case 'number':
      return writeNumber(value);
    case 'string':
      return writeString(value);
    case 'boolean':
      bytes[at++] = value ? 2 : 3;
      return true;
    case 'undefined':
      bytes[at++] = 0;
      return true;
    case 'object':
      if (value !== null) return writeObject(value);
      bytes[at++] = 1;
      return true;
    default:
      return false;
  }
}

function writeNumber(value: number): boolean {
  if ((value | 0) === value && !Object.is(value, -0)) {
    bytes[at++] = 4;
    word[0] = value;
    for (let i = 0; i < 4; i++) bytes[at++] = doubleBytes[i] as number;
    return true;
  }
  bytes[at++] = 5;
  double[0] = value;
  for (let i = 0; i < 8; i++) bytes[at++] = doubleBytes[i] as number;
  return true;
}

function writeString(text: string): boolean {
  const { length } = text;
  if (at + 3 + length > end) return false;
  const head = at;
  writeLength(6, length);
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) {
      at = head;
      return writeWide(text);
    }
    bytes[at++] = code;
  }
  return true;
}

function writeWide(text: string): boolean {
  if (at + 3 + 2 * text.length > end) return false;
  writeLength(7, text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    bytes[at++] = code & 255;
    bytes[at++] = code >> 8;
  }
  return true;
}

function writeLength(tag: number, length: number): void {
  bytes[at++] = tag;
  bytes[at++] = length & 255;
  bytes[at++] = length >> 8;
}

function writeObject(value: object): boolean {
  if (met.length === MOST_OBJECTS || met.includes(value)) return false;
  met.push(value);
  if (Array.isArray(value)) return writeArray(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return writePlain(value as Record<string, unknown>);
  if (value instanceof Uint8Array) return writeBytes(value);
  return false;
}

function writeArray(values: readonly unknown[]): boolean {
  const { length } = values;
  // Holes and members beside the elements are the structured clone's.
  if (length > MOST_MEMBERS || Object.keys(values).length !== length) return false;
  bytes[at++] = 8;
  bytes[at++] = length;
  for (let i = 0; i < length; i++) if (!write(values[i])) return false;
  return true;
}

function writePlain(value: Record<string, unknown>): boolean {
  // A class says so: its objects look plain, and are cloned differently or not at all.
  if (Symbol.toStringTag in value) return false;
  const keys = Object.keys(value);
  if (keys.length > MOST_MEMBERS) return false;
  bytes[at++] = 9;
  bytes[at++] = keys.length;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    if (key === '__proto__' || at + 9 > end || !writeString(key) || !write(value[key])) return false;
  }
  return true;
}

function writeBytes(value: Uint8Array): boolean {
  const { length, buffer } = value;
  // Shared memory stays shared, and two views of one buffer stay views of one.
  if (!(buffer instanceof ArrayBuffer) || met.includes(buffer) || at + 3 + length > end) return false;
  met.push(buffer);
  writeLength(10, length);
  bytes.set(value, at);
  at += length;
  return true;
}

/** The value that was written there. */
export function readSmall(source: Uint8Array, from: number): unknown {
  bytes = source;
  at = from;
  return read();
}

function read(): unknown {
  switch (bytes[at++]) {
    case 0:
      return undefined;
    case 1:
      return null;
    case 2:
      return true;
    case 3:
      return false;
    case 4:
      for (let i = 0; i < 4; i++) doubleBytes[i] = bytes[at++] as number;
      return word[0];
    case 5:
      for (let i = 0; i < 8; i++) doubleBytes[i] = bytes[at++] as number;
      return double[0];
    case 6:
      return readText(1);
    case 7:
      return readText(2);
    case 8:
      return readArray();
    case 9:
      return readPlain();
    default:
      return readBytes();
  }
}

function readLength(): number {
  at += 2;
  return (bytes[at - 2] as number) | ((bytes[at - 1] as number) << 8);
}

function readText(width: 1 | 2): string {
  const length = readLength();
  let text = '';
  for (let i = 0; i < length; i++) {
    text += String.fromCharCode(
      width === 1 ? (bytes[at] as number) : (bytes[at] as number) | ((bytes[at + 1] as number) << 8),
    );
    at += width;
  }
  return text;
}

function readArray(): unknown[] {
  const length = bytes[at++] as number;
  const values: unknown[] = [];
  for (let i = 0; i < length; i++) values.push(read());
  return values;
}

function readPlain(): Record<string, unknown> {
  const count = bytes[at++] as number;
  const value: Record<string, unknown> = {};
  for (let i = 0; i < count; i++) {
    const key = read() as string;
    value[key] = read();
  }
  return value;
}

function readBytes(): Uint8Array {
  const length = readLength();
  // Memory that is shared cannot be sliced into memory that is not in every runtime.
  const value = new Uint8Array(length);
  value.set(bytes.subarray(at, at + length));
  at += length;
  return value;
}
