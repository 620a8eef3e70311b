/** What goes from one thread to another with the buffers in it moved, not copied. */

export class Transferred<V> {
  readonly value: V;
  readonly list: readonly Transferable[];

  constructor(value: V, list: readonly Transferable[]) {
    this.value = value;
    this.list = list;
  }
}

/**
 * Marks what a task returns: what is in the list is moved to the pool's thread, and gone in the worker.
 *
 * @param list ArrayBuffers, MessagePorts, streams. Default what `value` is a view of, or `value` itself when it is a buffer
 */
export function transfer<V>(value: V, list?: readonly Transferable[]): Transferred<V> {
  if (list !== undefined && !Array.isArray(list)) throw new TypeError('What is transferred must be listed in an array');
  return new Transferred(value, list ?? bufferOf(value));
}

function bufferOf(value: unknown): Transferable[] {
  const buffer = ArrayBuffer.isView(value) ? value.buffer : value;
  if (buffer instanceof ArrayBuffer) return [buffer];
  throw new TypeError('transfer needs a list, unless the value is an ArrayBuffer or a view of one');
}
