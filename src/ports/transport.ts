/**
 * Transport: ordered bytes to and from a peer, in the form a server on linear memory wants them. Reads land in a
 * buffer the reader names; writes are taken from one and say whether they still need it.
 */

/** What a connection tells its owner. */
export interface ByteHandler {
  /** `bytes` bytes stand at the beginning of the read buffer. They are consumed when this returns. */
  onRead(bytes: number): void;
  /** Everything written has left: views given to `write` are free again. */
  onDrain(): void;
  /** The connection is over, whoever ended it. Nothing follows. */
  onClose(error?: Error): void;
}

export interface ByteConnection {
  /** Name of the far end, as `host:port` or a path; for people. */
  readonly peer: string;
  /** Name of the near end. */
  readonly local: string;
  /** Bytes written and not yet taken by the system. */
  readonly pendingBytes: number;
  /**
   * Begins to read.
   *
   * @param readBuffer where the next read goes; asked anew when the last answer may have been detached
   */
  start(handler: ByteHandler, readBuffer: () => Uint8Array): void;
  /**
   * Sends bytes `from` to `end` of `memory`; by offsets, because a view for each reply would cost as much as a small
   * write. True: they have been taken and may be overwritten. False: they are still read from where they stand, until
   * `onDrain`; meanwhile write only by `writeCopy`.
   */
  write(memory: Uint8Array, from: number, end: number): boolean;
  /** Sends a copy of the bytes, whatever is pending. */
  writeCopy(memory: Uint8Array, from: number, end: number): void;
  pause(): void;
  resume(): void;
  /** Closes after what is pending has been sent. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
}

/** Where to listen. */
export type ListenAddress = { readonly host: string; readonly port: number } | { readonly path: string };

export interface Listener {
  /** The port in use, or 0 for a path. */
  readonly port: number;
  /** Where it listens, as `host:port` or a path; for people. */
  readonly address: string;
  /** Stops accepting; connections go on. */
  close(): Promise<void>;
}

export interface Transport {
  /**
   * Listens; `accept` gets each connection.
   *
   * @throws the platform's error when the address cannot be had, with its `code` (`EADDRINUSE` …)
   */
  listen(address: ListenAddress, accept: (connection: ByteConnection) => void): Promise<Listener>;
}
