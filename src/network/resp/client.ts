/** One connection as the server sees it. */

import { Mode } from '../../../bindings/kernels/protocols/resp.js';
import type { ByteConnection } from '../../ports/transport.js';

export class RespClient {
  readonly id: number;
  readonly connection: ByteConnection;
  readonly connectedMs: number;
  lastActiveMs: number;
  name = '';
  libraryName = '';
  libraryVersion = '';
  authenticated: boolean;
  resp3 = false;
  noEvict = false;
  /** The reply at hand is the last. */
  closing = false;
  closed = false;
  /** Replies wait for the peer: nothing is read or executed until they have left. */
  stalled = false;
  /** It waits for a key: what it sends is kept until then. */
  blocked = false;
  /** What it listens to. */
  readonly channels = new Set<string>();
  readonly patterns = new Set<string>();
  /** Commands that would wait answer as when their time is up: a script does not wait. */
  neverWaits = false;
  /** The last command, or '' when `lastWords` names it. */
  lastCommand = '';
  /** Name of the last command that the kernel answered: sixteen zero-padded bytes, as four words. */
  readonly lastWords = new Uint32Array(4);

  /** Reads so far, and as many as a server that is closing had seen when it last looked. */
  reads = 0;
  readsSeen = -1;

  // Input that is not yet a whole request (or waits for replies to leave): a block in the engine's arena.
  heldBlock = 0;
  heldCapacity = 0;
  heldBytes = 0;
  /** Bytes the request at the beginning of the held input needs at least. */
  neededBytes = 0;
  /** How far that request was looked at, and how many arguments were missing there: the kernel's to interpret. */
  partialAt = 0;
  partialLeft = 0;
  /** A reply buffer that a pending write still reads from, or 0. */
  lentOut = 0;

  constructor(id: number, connection: ByteConnection, nowMs: number, authenticated: boolean) {
    this.id = id;
    this.connection = connection;
    this.connectedMs = nowMs;
    this.lastActiveMs = nowMs;
    this.authenticated = authenticated;
  }

  /** Nothing of it is executed for the time being. */
  get waits(): boolean {
    return this.stalled || this.blocked;
  }

  /** Name of the last command in lower case; of a subcommand as `client|list`. */
  get lastCommandName(): string {
    if (this.lastCommand !== '') return this.lastCommand;
    const bytes = new Uint8Array(this.lastWords.buffer);
    const end = bytes.indexOf(0);
    return String.fromCharCode(...bytes.subarray(0, end < 0 ? bytes.length : end)).toLowerCase();
  }

  /** Whether it listens to anything. */
  get listens(): boolean {
    return this.channels.size > 0 || this.patterns.size > 0;
  }

  /** Mode bits for the kernel. */
  get mode(): number {
    if (this.resp3) return Mode.resp3 | (this.authenticated ? 0 : Mode.allFallback);
    // Who listens may ask little in RESP2.
    return this.authenticated && !this.listens ? 0 : Mode.allFallback;
  }
}

/** A client behind which nobody is: for whom commands that a command makes itself are executed. */
export function innerClient(): RespClient {
  const client = new RespClient(0, NOWHERE, 0, true);
  client.neverWaits = true;
  return client;
}

const NOWHERE: ByteConnection = {
  peer: 'within',
  local: 'within',
  pendingBytes: 0,
  start() {},
  write: () => true,
  writeCopy() {},
  pause() {},
  resume() {},
  end() {},
  destroy() {},
};
