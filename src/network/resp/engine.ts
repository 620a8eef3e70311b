/**
 * `RespEngine`: the kernel, the buffers around it, and the loop that feeds it.
 *
 * Reads land in one shared buffer in linear memory; the kernel parses and executes all of it in one call and leaves the
 * replies in another. Only what a client has not sent whole is kept, in a block of that client's own. What the kernel
 * does not answer itself comes to `onCommand`, in order.
 *
 *   shared input:  │ carry (tail of the last read) │ read area │ slack │
 */

import type { Arena } from '../../../bindings/arena.js';
import { ArenaFullError } from '../../../bindings/errors.js';
import {
  Field,
  INPUT_SLACK,
  type RespKernel,
  Resume,
  respKernel,
  Status,
  TEXTS,
} from '../../../bindings/kernels/protocols/resp.js';
import { innerClient, type RespClient } from './client.js';

/** What the engine needs of its owner. */
export interface EngineHost {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Answers a command the kernel does not know; returns the reply as a binary string. */
  onCommand(client: RespClient, args: Args): string;
  /** A sorted set has appeared under this key, for which somebody waits. */
  onReady(key: string): void;
  /** A client cannot be served any further. */
  onBroken(client: RespClient, reason: string): void;
}

const READ_BYTES = 64 * 1024;
const CARRY_BYTES = 64 * 1024;
/** Pending reply bytes above which a client's further commands wait. */
const STALL_BYTES = 1 << 20;
/** Largest input kept for one client: Redis's query buffer limit. */
const MAX_HELD_BYTES = 1 << 30;
/** A reply buffer larger than this is given back after use. */
const TRIM_BYTES = 1 << 20;

export class RespEngine {
  readonly arena: Arena;
  readonly kernel: RespKernel;
  /** Address of the kernel's engine. */
  readonly handle: number;
  readonly #host: EngineHost;
  readonly #fields: number;
  readonly #readAt: number;
  /** Clients whose wait has ended, and that may have sent more. */
  readonly #goingOn: RespClient[] = [];
  /** Whose requests are being executed. */
  #current: RespClient | undefined;
  /** The reply to a request that a command makes itself. */
  #capture: Capture | undefined;
  /** Sorted sets that such requests brought about. */
  #readyKeys: string[] = [];
  /** Where such a request stands. */
  #room = 0;
  #roomBytes = 0;
  #inner = innerClient();

  /** @throws ArenaFullError when the arena cannot hold the buffers */
  constructor(arena: Arena, host: EngineHost) {
    this.arena = arena;
    this.#host = host;
    this.kernel = arena.kernel(respKernel);
    const seed = arena.seed;
    this.handle = this.kernel.create(seed[0] ^ seed[2], seed[1] ^ seed[3]) >>> 0;
    if (this.handle === 0) throw new ArenaFullError(arena, 'a RESP engine');
    this.#fields = this.handle >>> 2;
    this.#readAt = this.#allocIo(CARRY_BYTES + READ_BYTES + INPUT_SLACK) + CARRY_BYTES;
    this.#writeTexts();
  }

  #writeTexts(): void {
    const texts = this.field(Field.texts);
    TEXTS.forEach((text, index) => {
      const at = this.#allocIo(text.length);
      writeBinary(this.arena.u8Until(at + text.length), at, text);
      this.arena.u32[(texts >>> 2) + 2 * index] = at;
      this.arena.u32[(texts >>> 2) + 2 * index + 1] = text.length;
    });
  }

  #allocIo(bytes: number): number {
    const block = this.kernel.allocIo(this.handle, bytes) >>> 0;
    if (block === 0) throw new ArenaFullError(this.arena, 'a buffer', bytes);
    return block;
  }

  /** A u32 field of the kernel's engine. */
  field(offset: number): number {
    return this.arena.u32[this.#fields + (offset >> 2)] as number;
  }

  setField(offset: number, value: number): void {
    this.arena.u32[this.#fields + (offset >> 2)] = value;
  }

  /** An f64 field of the kernel's engine. */
  counter(offset: number): number {
    return this.arena.f64[(this.handle + offset) >>> 3] as number;
  }

  resetCounter(offset: number): void {
    this.arena.f64[(this.handle + offset) >>> 3] = 0;
  }

  /** Where the next read of any connection goes. Reads are handled one at a time, each whole, so one buffer serves all. */
  readBuffer(): Uint8Array {
    return this.arena.u8Until(this.#readAt + READ_BYTES).subarray(this.#readAt, this.#readAt + READ_BYTES);
  }

  // ── Input ───────────────────────────────────────────────────────────────────────────────────────

  /** `bytes` bytes from this client stand in the read buffer. */
  receive(client: RespClient, bytes: number): void {
    const held = client.heldBytes;
    if (held === 0 && !client.waits) {
      this.#run(client, this.#readAt, bytes, false);
    } else if (held + bytes < client.neededBytes || client.waits || held > CARRY_BYTES) {
      if (!this.#hold(client, this.#readAt, bytes)) return;
      if (!client.waits && client.heldBytes >= client.neededBytes) this.#runHeld(client);
    } else {
      const at = this.#readAt - held;
      const u8 = this.arena.u8Until(this.#readAt);
      u8.copyWithin(at, client.heldBlock, client.heldBlock + held);
      client.heldBytes = 0;
      this.#run(client, at, held + bytes, true);
    }
    if (client.heldBytes === 0) this.#freeHeld(client);
    this.#goOn();
  }

  /** The client's replies have left: what waited for that goes on. */
  drained(client: RespClient): void {
    this.#freeLent(client);
    if (!client.stalled) return;
    client.stalled = false;
    if (client.heldBytes > 0 && !client.blocked) this.#runHeld(client);
    if (client.heldBytes === 0) this.#freeHeld(client);
    if (!client.stalled && !client.closed) client.connection.resume();
    this.#goOn();
  }

  /** Ends a client's wait with a reply; what it sent meanwhile is executed then. */
  unblock(client: RespClient, reply: string): void {
    // Amid another's requests the reply buffer holds that one's replies.
    if (this.#current !== undefined) this.flush(this.#current);
    if (!client.closed) {
      this.#write(client, reply);
      this.flush(client);
    }
    this.#unblocked(client);
    this.#goOn();
  }

  /** Sends a client something it has not asked for, amid whatever is being executed. */
  push(client: RespClient, message: string): void {
    if (client.closed) return;
    const capture = this.#capture;
    if (capture !== undefined) {
      // A reply that is being captured makes room for it.
      this.#putAside(capture);
      this.#capture = undefined;
    }
    if (this.#current !== undefined && this.#current !== client) this.flush(this.#current);
    this.#write(client, message);
    this.flush(client);
    this.#capture = capture;
  }

  #unblocked(client: RespClient): void {
    client.blocked = false;
    this.#goingOn.push(client);
  }

  /** Executes what clients sent while they waited. Not at once where their wait ends: that may be amid another's requests. */
  #goOn(): void {
    if (this.#current !== undefined) return;
    for (let next = this.#goingOn.shift(); next !== undefined; next = this.#goingOn.shift()) {
      if (next.heldBytes > 0 && !next.waits && !next.closed) this.#runHeld(next);
      if (next.heldBytes === 0) this.#freeHeld(next);
    }
  }

  /**
   * Pops from the sorted set under a key for a client that waits, and sends it the reply.
   *
   * @returns whether there was one
   */
  popFor(client: RespClient, key: string, pop: Pop): boolean {
    const at = this.arena.scratch(key.length);
    writeBinary(this.arena.u8Until(at + key.length), at, key);
    this.kernel.askAgain(this.handle, at, key.length, client.mode, this.#host.now());
    if (this.pop(client, 1, pop) < 0) return false;
    this.flush(client);
    this.#unblocked(client);
    return true;
  }

  /** Pops from the sorted set of an argument, and writes the reply: 0, or −1 for no such key, −2 for another type. */
  pop(client: RespClient, argument: number, { greatest, count, nested }: Pop): number {
    for (;;) {
      const status = this.kernel.popSortedSet(this.handle, argument, greatest ? 1 : 0, count, nested ? 1 : 0);
      if (status <= 0) return status;
      this.flush(client);
    }
  }

  /** Gives back the input kept for a client that is gone. */
  releaseInput(client: RespClient): void {
    client.heldBytes = 0;
    this.#freeHeld(client);
  }

  /** Gives back the replies of a client whose connection is over, so that the system no longer reads them. */
  releaseOutput(client: RespClient): void {
    this.#freeLent(client);
  }

  #runHeld(client: RespClient): void {
    const bytes = client.heldBytes;
    client.heldBytes = 0;
    this.#run(client, client.heldBlock, bytes, true);
  }

  #freeHeld(client: RespClient): void {
    if (client.heldBlock === 0) return;
    this.kernel.freeIo(this.handle, client.heldBlock);
    client.heldBlock = 0;
    client.heldCapacity = 0;
  }

  #freeLent(client: RespClient): void {
    if (client.lentOut === 0) return;
    this.kernel.freeIo(this.handle, client.lentOut);
    client.lentOut = 0;
  }

  /** Appends bytes to the client's own block. False when there is no room; the client is then given up. */
  #hold(client: RespClient, from: number, bytes: number): boolean {
    const total = client.heldBytes + bytes;
    if (total > client.heldCapacity && !this.#growHeld(client, total)) return false;
    const u8 = this.arena.u8Until(client.heldBlock + total);
    u8.copyWithin(client.heldBlock + client.heldBytes, from, from + bytes);
    client.heldBytes = total;
    return true;
  }

  #growHeld(client: RespClient, total: number): boolean {
    if (total > MAX_HELD_BYTES) {
      this.#host.onBroken(client, 'its query buffer exceeds 1 GiB');
      return false;
    }
    // Towards what the request says it needs, but never more than twice what has really come. A block that grows once
    // more grows by half at least, so that copying stays linear.
    const least = client.heldBlock === 0 ? Math.min(1024, 2 * total) : 1.5 * total;
    const capacity = Math.max(total, Math.min(client.neededBytes, 2 * total), Math.ceil(least));
    const block = this.kernel.allocIo(this.handle, capacity + INPUT_SLACK) >>> 0;
    if (block === 0) {
      this.#host.onBroken(client, 'the arena has no room for its request');
      return false;
    }
    if (client.heldBlock !== 0) {
      this.arena.u8Until(block).copyWithin(block, client.heldBlock, client.heldBlock + client.heldBytes);
      this.kernel.freeIo(this.handle, client.heldBlock);
    }
    client.heldBlock = block;
    client.heldCapacity = capacity;
    return true;
  }

  // ── Requests that a command makes itself ────────────────────────────────────────────────────────

  /** The client for whom such requests are executed, one after the other. */
  get inner(): RespClient {
    if (this.#inner.closed) this.#inner = innerClient();
    return this.#inner;
  }

  /** Address of room for a request of `bytes`. @throws ArenaFullError when there is none */
  requestRoom(bytes: number): number {
    if (bytes > this.#roomBytes) {
      const room = this.#allocIo(bytes + INPUT_SLACK);
      if (this.#room !== 0) this.kernel.freeIo(this.handle, this.#room);
      this.#room = room;
      this.#roomBytes = bytes;
    }
    return this.#room;
  }

  /** Gives back the room of a large request. */
  trimRequestRoom(): void {
    if (this.#roomBytes <= TRIM_BYTES) return;
    this.kernel.freeIo(this.handle, this.#room);
    this.#room = 0;
    this.#roomBytes = 0;
  }

  /**
   * Executes the whole request that stands in the room, from within a command's handler.
   *
   * @param nowMs the time as the request sees it
   * @returns the reply as RESP, until the next request
   */
  perform(bytes: number, nowMs: number): Uint8Array {
    // A command that a script calls may make some of its own, before it writes anything.
    const outer = this.#capture;
    const capture: Capture = { from: this.field(Field.outLength), chunks: [], outer };
    this.#capture = capture;
    try {
      this.#execute(this.inner, this.#room, bytes, nowMs);
    } finally {
      this.#capture = outer;
      this.setField(Field.name, 0);
    }
    const out = this.field(Field.out);
    const end = out + this.field(Field.outLength);
    this.setField(Field.outLength, capture.from);
    const last = this.arena.u8Until(end).subarray(out + capture.from, end);
    return capture.chunks.length === 0 ? last : concatenate([...capture.chunks, last]);
  }

  #execute(client: RespClient, from: number, bytes: number, nowMs: number): void {
    let resume: number = Resume.no;
    do {
      const status = this.kernel.execute(this.handle, from, bytes, client.mode, nowMs, resume);
      const consumed = this.field(Field.consumed);
      from += consumed;
      bytes -= consumed;
      if (this.field(Field.ready) !== 0) this.#readyKeys.push(this.#takeReady());
      if (status === Status.fallback) this.#fallback(client);
      else if (status === Status.flush || status === Status.flushAndResume) this.flush(client);
      resume = status === Status.flushAndResume ? Resume.yes : Resume.no;
    } while (resume !== Resume.no || bytes > 0);
  }

  /** Puts aside what there is of a captured reply; what others wait for is sent. */
  #putAside(capture: Capture): void {
    const out = this.field(Field.out);
    const end = out + this.field(Field.outLength);
    capture.chunks.push(this.arena.u8Until(end).slice(out + capture.from, end));
    this.setField(Field.outLength, capture.from);
    if (capture.from === 0 || this.#current === undefined) return;
    for (let each: Capture | undefined = capture; each !== undefined; each = each.outer) each.from = 0;
    this.#capture = undefined;
    this.flush(this.#current);
    this.#capture = capture;
  }

  // ── Execution ───────────────────────────────────────────────────────────────────────────────────

  /** Executes the requests at [from, from + bytes) and keeps what is left over. `again`: they begin with held input. */
  #run(client: RespClient, from: number, bytes: number, again: boolean): void {
    const kernel = this.kernel;
    const handle = this.handle;
    this.#current = client;
    this.setField(Field.partialAt, again ? client.partialAt : 0);
    if (again) this.setField(Field.partialLeft, client.partialLeft);
    let status: number = Status.done;
    let resume: number = Resume.no;
    do {
      status = kernel.execute(handle, from, bytes, client.mode, this.#host.now(), resume);
      const consumed = this.field(Field.consumed);
      from += consumed;
      bytes -= consumed;
      resume = Resume.no;
      if (this.field(Field.ready) !== 0) this.#serve(client, this.#takeReady());
      if (status === Status.fallback) {
        this.#fallback(client);
        for (const key of this.#readyKeys.splice(0)) this.#serve(client, key);
      } else if (status === Status.flush || status === Status.flushAndResume) {
        this.flush(client);
        // A command whose arguments were parsed already is finished even when the client lags: they do not outlast
        // this call. But it is then the last.
        if (status === Status.flushAndResume) resume = client.stalled ? Resume.only : Resume.yes;
      } else if (status === Status.broken) {
        client.closing = true;
      }
    } while (!client.closed && (resume !== Resume.no || (status !== Status.done && !client.closing && !client.waits)));
    this.flush(client);
    this.#current = undefined;
    this.#noteName(client);
    if (client.closing || client.closed) {
      if (!client.closed) client.connection.end();
      return;
    }
    const partial = status === Status.done;
    client.neededBytes = partial ? this.field(Field.needed) : 0;
    client.partialAt = partial ? this.field(Field.partialAt) : 0;
    client.partialLeft = partial ? this.field(Field.partialLeft) : 0;
    if (bytes > 0) this.#keep(client, from, bytes);
  }

  /** Keeps the unexecuted rest of an input, which may stand in the client's own block. */
  #keep(client: RespClient, from: number, bytes: number): void {
    const inOwnBlock =
      client.heldBlock !== 0 && from >= client.heldBlock && from < client.heldBlock + client.heldCapacity;
    if (inOwnBlock) {
      this.arena.u8Until(from + bytes).copyWithin(client.heldBlock, from, from + bytes);
      client.heldBytes = bytes;
    } else {
      this.#hold(client, from, bytes);
    }
  }

  /** Copies the name of the last command the kernel met to the client, as it stands. */
  #noteName(client: RespClient): void {
    const u32 = this.arena.u32;
    const at = this.#fields + (Field.name >> 2);
    const first = u32[at] as number;
    if (first === 0) return;
    client.lastWords[0] = first;
    client.lastWords[1] = u32[at + 1] as number;
    client.lastWords[2] = u32[at + 2] as number;
    client.lastWords[3] = u32[at + 3] as number;
    client.lastCommand = '';
    u32[at] = 0;
  }

  /** Lets those who wait for the sorted set that the last command made have of it, after that command's own reply. */
  #serve(client: RespClient, key: string): void {
    this.flush(client);
    this.#host.onReady(key);
  }

  #takeReady(): string {
    const entry = this.field(Field.ready);
    this.setField(Field.ready, 0);
    const from = this.kernel.entryKey(entry) >>> 0;
    const end = from + (this.kernel.entryKeyBytes(entry) >>> 0);
    return readBinary(this.arena.u8Until(end), from, end);
  }

  #fallback(client: RespClient): void {
    const args = new Args(this.arena, this.field(Field.args), this.field(Field.argc));
    this.setField(Field.name, 0);
    this.#write(client, this.#host.onCommand(client, args));
  }

  /** Adds a reply, a binary string, to those that wait to be sent. */
  #write(client: RespClient, reply: string): void {
    const outLength = this.field(Field.outLength);
    if (outLength + reply.length > this.field(Field.outCapacity)) {
      this.flush(client);
      if (reply.length > this.field(Field.outCapacity) && this.kernel.growOut(this.handle, reply.length) === 0) {
        this.#host.onBroken(client, 'the arena has no room for its reply');
        return;
      }
    }
    const length = this.field(Field.outLength);
    const at = this.field(Field.out) + length;
    writeBinary(this.arena.u8Until(at + reply.length), at, reply);
    this.setField(Field.outLength, length + reply.length);
  }

  /** Sends what stands in the reply buffer. */
  flush(client: RespClient): void {
    if (this.#capture !== undefined) return this.#putAside(this.#capture);
    const length = this.field(Field.outLength);
    if (length === 0) return;
    const out = this.field(Field.out);
    this.setField(Field.outLength, 0);
    if (client.closed) return;
    const end = out + length;
    const memory = this.arena.u8Until(end);
    const connection = client.connection;
    if (client.lentOut !== 0 || connection.pendingBytes > 0) connection.writeCopy(memory, out, end);
    else if (!connection.write(memory, out, end)) this.#lend(client, out);
    if (connection.pendingBytes > STALL_BYTES && !client.stalled) {
      client.stalled = true;
      connection.pause();
    }
    if (this.field(Field.outCapacity) > TRIM_BYTES) this.kernel.trimOut(this.handle);
  }

  /** The transport still reads the reply buffer: the client keeps it until it is drained, and the engine takes another. */
  #lend(client: RespClient, out: number): void {
    if (this.kernel.swapOut(this.handle) !== 0) {
      client.lentOut = out;
      return;
    }
    // No room for a second buffer: the replies cannot be kept safe, so the connection ends.
    this.#host.onBroken(client, 'the arena has no room for its replies');
  }
}

/** The reply to a request within a request: it begins here in the reply buffer, after what was put aside. */
interface Capture {
  from: number;
  readonly chunks: Uint8Array[];
  /** The reply within which it is made. */
  readonly outer: Capture | undefined;
}

/** How a member, or several, are taken from a sorted set, and how that is answered. */
export interface Pop {
  readonly greatest: boolean;
  readonly count: number;
  /** As BZMPOP answers, rather than BZPOPMIN. */
  readonly nested: boolean;
}

/** The arguments of a command, readable until the handler returns. */
export class Args {
  readonly length: number;
  readonly #arena: Arena;
  readonly #at: number;

  constructor(arena: Arena, at: number, count: number) {
    this.#arena = arena;
    this.#at = at >>> 2;
    this.length = count;
  }

  /** Bytes of an argument. */
  bytes(index: number): number {
    return this.#arena.u32[this.#at + 2 * index + 1] as number;
  }

  /**
   * An argument as a binary string: one character a byte.
   *
   * @throws ArgumentError when it is too long for anything but data
   */
  text(index: number): string {
    if (this.bytes(index) > MAX_TEXT_BYTES)
      throw new ArgumentError(`argument ${index} is longer than ${MAX_TEXT_BYTES} bytes`);
    return this.head(index, MAX_TEXT_BYTES);
  }

  /** The first `most` bytes of an argument, or all if it has fewer. */
  head(index: number, most: number): string {
    const from = this.#arena.u32[this.#at + 2 * index] as number;
    const end = from + Math.min(this.bytes(index), most);
    return readBinary(this.#arena.u8Until(end), from, end);
  }

  /** A copy of an argument. */
  copy(index: number): Uint8Array<ArrayBuffer> {
    const from = this.#arena.u32[this.#at + 2 * index] as number;
    const end = from + this.bytes(index);
    return this.#arena.u8Until(end).slice(from, end);
  }

  /** Where the bytes of an argument stand in the arena. */
  address(index: number): number {
    return this.#arena.u32[this.#at + 2 * index] as number;
  }

  /** An argument in lower case; for names and options. */
  lower(index: number): string {
    return this.text(index).toLowerCase();
  }

  /** All from `index` on. */
  rest(index: number): string[] {
    const out: string[] = [];
    for (let i = index; i < this.length; i++) out.push(this.text(i));
    return out;
  }
}

/** Names, options and passwords are shorter. */
const MAX_TEXT_BYTES = 1 << 20;

/** A command's argument that cannot be what it should be; the message is for the client. */
export class ArgumentError extends Error {}

function concatenate(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

const CHUNK = 8192;
/** Bytes that are sooner put together one by one. */
const SHORT = 24;

export function readBinary(u8: Uint8Array, from: number, end: number): string {
  let text = '';
  if (end - from <= SHORT) {
    for (let at = from; at < end; at++) text += String.fromCharCode(u8[at] as number);
    return text;
  }
  for (let at = from; at < end; at += CHUNK) {
    // Spreading would go through an iterator.
    text += String.fromCharCode.apply(undefined, u8.subarray(at, Math.min(at + CHUNK, end)) as unknown as number[]);
  }
  return text;
}

export function writeBinary(u8: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) u8[at + i] = text.charCodeAt(i);
}
