/**
 * Transport over `node:net`: TCP and unix sockets. In Node reads land straight in the reader's buffer; in runtimes that
 * imitate `node:net` they are copied there.
 */

import type * as net from 'node:net';
import type { ByteConnection, ByteHandler, ListenAddress, Listener, Transport } from '../../ports/transport.js';
import { builtin } from './builtin.js';

export function nodeTransport(): Transport {
  return {
    async listen(address, accept) {
      try {
        return await listenOnce(address, accept);
      } catch (error) {
        if (!('path' in address) || codeOf(error) !== 'EADDRINUSE' || !(await isStale(address.path))) throw error;
        builtin('node:fs').unlinkSync(address.path);
        return listenOnce(address, accept);
      }
    },
  };
}

function listenOnce(address: ListenAddress, accept: (connection: ByteConnection) => void): Promise<Listener> {
  const { createServer, Socket } = builtin('node:net');
  return new Promise((resolve, reject) => {
    const server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
      accept(new SocketConnection(socket, server, Socket));
    });
    server.once('error', reject);
    const listening = () => {
      server.off('error', reject);
      // A failed accept (out of descriptors) must not end the process; the next one is tried again.
      server.on('error', () => {});
      resolve(listenerOf(server, address));
    };
    if ('path' in address) server.listen(address.path, listening);
    else server.listen(address.port, address.host, listening);
  });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Whether a path is the socket of a process that is gone: one that nobody answers. A file of another kind never is. */
function isStale(path: string): Promise<boolean> {
  if (builtin('node:fs').statSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return Promise.resolve(false);
  return new Promise((resolve) => {
    const probe = builtin('node:net').connect(path);
    probe.on('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.on('error', (error) => resolve(codeOf(error) === 'ECONNREFUSED'));
  });
}

function listenerOf(server: net.Server, address: ListenAddress): Listener {
  const bound = server.address();
  const isTcp = typeof bound === 'object' && bound !== null;
  return {
    port: isTcp ? bound.port : 0,
    address: isTcp ? hostPort(bound.address, bound.port) : 'path' in address ? address.path : '',
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function hostPort(host: string | undefined, port: number | undefined): string {
  return host?.includes(':') ? `[${host}]:${port}` : `${host ?? '?'}:${port ?? 0}`;
}

/** The parts of a libuv handle that reading into a given buffer needs. */
interface Handle {
  useUserBuffer?: (buffer: Uint8Array) => void;
}

interface WithHandle {
  _handle: Handle | null;
  _server?: unknown;
  server?: unknown;
}

class SocketConnection implements ByteConnection {
  readonly peer: string;
  readonly local: string;
  #socket: net.Socket;
  readonly #server: net.Server;
  readonly #Socket: typeof net.Socket;
  #handler: ByteHandler | undefined;
  #error: Error | undefined;

  constructor(socket: net.Socket, server: net.Server, SocketClass: typeof net.Socket) {
    this.#socket = socket;
    this.#server = server;
    this.#Socket = SocketClass;
    const path = server.address();
    this.local = typeof path === 'string' ? path : hostPort(socket.localAddress, socket.localPort);
    this.peer = typeof path === 'string' ? `${path}:0` : hostPort(socket.remoteAddress, socket.remotePort);
  }

  get pendingBytes(): number {
    return this.#socket.writableLength + this.#directBytes;
  }

  start(handler: ByteHandler, readBuffer: () => Uint8Array): void {
    this.#handler = handler;
    const accepted = this.#socket as unknown as WithHandle;
    const handle = accepted._handle;
    if (typeof handle?.useUserBuffer === 'function') this.#adopt(accepted, handle, readBuffer);
    else this.#socket.on('data', (chunk: Uint8Array) => this.#copyIn(chunk, readBuffer));
    const socket = this.#socket;
    socket.on('error', (error) => {
      this.#error = error;
    });
    socket.on('close', () => handler.onClose(this.#error));
    socket.resume();
  }

  /**
   * Moves the accepted handle into a socket that reads into the given buffer: `net.createServer` has no option for it.
   * The server counts its connections by the `_server` field.
   */
  #adopt(accepted: WithHandle, handle: Handle, readBuffer: () => Uint8Array): void {
    let current: Uint8Array | undefined;
    const socket = new this.#Socket({
      handle,
      manualStart: true,
      onread: {
        // Asked after every read: a new view only when the memory has grown and the old one is detached.
        buffer: () => {
          if (current !== undefined && current.length !== 0) return current;
          current = readBuffer();
          return current;
        },
        callback: (bytes: number) => {
          this.#handler?.onRead(bytes);
          return true;
        },
      },
    } as unknown as net.SocketConstructorOpts);
    accepted._handle = null;
    accepted._server = null;
    accepted.server = null;
    const adopted = socket as unknown as WithHandle;
    adopted._server = this.#server;
    adopted.server = this.#server;
    this.#socket = socket;
  }

  #copyIn(chunk: Uint8Array, readBuffer: () => Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      const target = readBuffer();
      const piece = chunk.subarray(at, at + target.length);
      target.set(piece);
      at += piece.length;
      this.#handler?.onRead(piece.length);
    }
  }

  /** Bytes of a direct write that the system has not taken yet. */
  #directBytes = 0;

  /**
   * Straight to the socket's own `_write` while nothing is queued before it. What `write` puts around that, a queue and a
   * tick of its own for each call, costs a twentieth of a small request; a server that answers a read with one write has
   * no use for it. A write that is not done at once stands in libuv's queue, ahead of all that come after.
   */
  write(memory: Uint8Array, from: number, end: number): boolean {
    const socket = this.#socket;
    if (socket.destroyed || socket.writableEnded) return true;
    // A Buffer at once: a socket given a plain Uint8Array makes one of it.
    const bytes = Buffer.from(memory.buffer, memory.byteOffset + from, end - from);
    if (this.pendingBytes === 0) {
      this.#directBytes = bytes.length;
      socket._write(bytes, BUFFER, this.#directDone);
      this.#lateDirect = this.#directBytes > 0;
      return !this.#lateDirect;
    }
    socket.write(bytes);
    this.#tellWhenDrained();
    return false;
  }

  /** Called within `_write` when the system took everything, later when it did not. */
  readonly #directDone = (error?: Error | null): void => {
    const late = this.#lateDirect;
    this.#directBytes = 0;
    this.#lateDirect = false;
    if (error) this.#socket.destroy(error);
    else if (late) this.#drained();
  };
  #lateDirect = false;

  writeCopy(memory: Uint8Array, from: number, end: number): void {
    if (this.#socket.destroyed) return;
    this.#socket.write(memory.slice(from, end));
    if (this.#socket.writableLength > 0) this.#tellWhenDrained();
  }

  #waiting = false;

  /** An empty write is called back when everything before it has left. */
  #tellWhenDrained(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#socket.write(EMPTY, () => {
      this.#waiting = false;
      this.#drained();
    });
  }

  #drained(): void {
    if (this.#socket.destroyed) return;
    if (this.pendingBytes === 0) this.#handler?.onDrain();
    else if (this.#socket.writableLength > 0) this.#tellWhenDrained();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    const socket = this.#socket;
    // The peer closes its side in answer. One that does not is cut; waiting a little keeps a reset, which unread input
    // would cause, from overtaking the last reply.
    socket.end(() => {
      const linger = setTimeout(() => socket.destroy(), LINGER_MS);
      socket.once('close', () => clearTimeout(linger));
    });
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

/** How long a connection that was ended waits for its peer to end it too. */
const LINGER_MS = 1000;
const EMPTY = new Uint8Array(0);
/** What a socket takes bytes under. */
const BUFFER = 'buffer' as BufferEncoding;
