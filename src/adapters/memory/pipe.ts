/** A connection within the process: a server's end, and a client's end made of web streams. For where there are no sockets. */

import type { ByteConnection, ByteHandler } from '../../ports/transport.js';

export interface DuplexPair {
  /** What a server is given. */
  readonly connection: ByteConnection;
  /** What a client uses. */
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

/** Bytes a client may leave unread before the server's end reports them as pending. */
const HIGH_WATER_BYTES = 64 * 1024;

export function duplexPair(): DuplexPair {
  const connection = new MemoryConnection();
  return { connection, readable: connection.readable, writable: connection.writable };
}

class MemoryConnection implements ByteConnection {
  readonly peer = 'memory';
  readonly local = 'memory';
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  #handler: ByteHandler | undefined;
  #readBuffer: (() => Uint8Array) | undefined;
  #replies: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** Resolved when the server reads again: after start, and after a pause. `undefined`: it reads. */
  #gate: Promise<void> | undefined;
  #openGate: () => void = () => {};
  #closed = false;
  #behind = false;

  constructor() {
    this.pause();
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#replies = controller;
        },
        pull: () => this.#pulled(),
        cancel: () => this.#close(),
      },
      { highWaterMark: HIGH_WATER_BYTES, size: (chunk) => chunk?.byteLength ?? 0 },
    );
    this.writable = new WritableStream<Uint8Array>({
      write: (chunk) => this.#deliver(chunk),
      // What was written is answered first, at the pace of the reader.
      close: () => this.#untilReading().then(() => this.#close()),
      abort: () => this.#close(),
    });
  }

  async #untilReading(): Promise<void> {
    while (this.#gate !== undefined) await this.#gate;
  }

  async #deliver(chunk: Uint8Array): Promise<void> {
    if (!(chunk instanceof Uint8Array))
      throw new TypeError(`A RESP connection takes Uint8Array chunks, got ${typeof chunk}`);
    for (let at = 0; at < chunk.length; ) {
      await this.#untilReading();
      if (this.#closed) throw new Error('The server closed the connection');
      const target = this.#readBuffer?.();
      if (target === undefined) return;
      const piece = chunk.subarray(at, at + target.length);
      target.set(piece);
      at += piece.length;
      this.#handler?.onRead(piece.length);
    }
  }

  #pulled(): void {
    if (!this.#behind || this.#closed) return;
    this.#behind = false;
    // Not within the reader's call: the handler may write.
    queueMicrotask(() => this.#handler?.onDrain());
  }

  get pendingBytes(): number {
    const room = this.#replies?.desiredSize ?? HIGH_WATER_BYTES;
    return Math.max(0, HIGH_WATER_BYTES - room);
  }

  start(handler: ByteHandler, readBuffer: () => Uint8Array): void {
    this.#handler = handler;
    this.#readBuffer = readBuffer;
    this.resume();
  }

  write(memory: Uint8Array, from: number, end: number): boolean {
    this.writeCopy(memory, from, end);
    return true;
  }

  writeCopy(memory: Uint8Array, from: number, end: number): void {
    if (this.#closed) return;
    this.#replies?.enqueue(memory.slice(from, end));
    this.#behind = this.pendingBytes >= HIGH_WATER_BYTES;
  }

  pause(): void {
    this.#gate ??= new Promise((resolve) => {
      this.#openGate = resolve;
    });
  }

  resume(): void {
    this.#gate = undefined;
    this.#openGate();
  }

  end(): void {
    this.#close();
  }

  destroy(): void {
    this.#close();
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.resume();
    try {
      this.#replies?.close();
    } catch {
      // The reader cancelled: its side is closed already.
    }
    queueMicrotask(() => this.#handler?.onClose());
  }
}
