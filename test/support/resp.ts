/** A raw RESP client for tests: sends bytes as they are, gives replies as they came. */

import { connect, type Socket } from 'node:net';

/** A reply with its type kept: errors, simple strings and bulk strings stay apart. */
export type RawReply =
  | { readonly type: '+' | '-' | '$' | '=' | ',' | '(' | '#'; readonly text: string }
  | { readonly type: ':'; readonly value: bigint }
  | { readonly type: '_' }
  | { readonly type: '*' | '~' | '%' | '>'; readonly items: readonly RawReply[] };

/** Arguments as the bytes of a RESP request; strings are binary, one character a byte. */
export function encodeRequest(args: readonly string[]): Buffer {
  return Buffer.from(`*${args.length}\r\n${args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join('')}`, 'latin1');
}

export class RawClient {
  readonly #socket: Socket;
  #buffer = Buffer.alloc(0);
  #at = 0;
  #waiting: { resolve: (reply: RawReply) => void; reject: (error: Error) => void }[] = [];
  /** Resolves when the far end has closed the connection. */
  readonly closed: Promise<void>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        for (const { reject } of this.#waiting.splice(0)) reject(new Error('connection closed'));
        resolve();
      });
    });
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      this.#buffer = this.#at === this.#buffer.length ? chunk : Buffer.concat([this.#buffer.subarray(this.#at), chunk]);
      this.#at = 0;
      this.#deliver();
    });
  }

  static open(where: { port: number; host?: string } | { path: string }): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(where, () => resolve(new RawClient(socket)));
      socket.once('error', reject);
    });
  }

  write(bytes: Buffer | string): void {
    this.#socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** The next reply. */
  reply(): Promise<RawReply> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      if (this.#socket.destroyed)
        for (const { reject: give } of this.#waiting.splice(0)) give(new Error('connection closed'));
      this.#deliver();
    });
  }

  call(...args: string[]): Promise<RawReply> {
    this.write(encodeRequest(args));
    return this.reply();
  }

  /** Sends all at once; their replies in order. */
  pipeline(commands: readonly (readonly string[])[]): Promise<RawReply[]> {
    this.write(Buffer.concat(commands.map((args) => encodeRequest([...args]))));
    return Promise.all(commands.map(() => this.reply()));
  }

  /** Stops or goes on reading, to be a slow client. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.destroy();
  }

  #deliver(): void {
    while (this.#waiting.length > 0) {
      const parsed = parseReply(this.#buffer, this.#at);
      if (parsed === undefined) return;
      this.#at = parsed.end;
      this.#waiting.shift()?.resolve(parsed.reply);
    }
  }
}

/** Types whose value is the rest of their line. */
const SINGLE_LINES: ReadonlySet<string> = new Set(['+', '-', ',', '(', '#']);

/** One reply from `at` on, or `undefined` when it has not come whole. */
export function parseReply(buffer: Buffer, at: number): { reply: RawReply; end: number } | undefined {
  const lineEnd = buffer.indexOf('\r\n', at, 'latin1');
  if (lineEnd < 0) return undefined;
  const type = String.fromCharCode(buffer[at] as number);
  const line = buffer.toString('latin1', at + 1, lineEnd);
  const next = lineEnd + 2;
  if (SINGLE_LINES.has(type)) return { reply: { type: type as '+', text: line }, end: next };
  if (type === ':') return { reply: { type, value: BigInt(line) }, end: next };
  if (type === '_') return { reply: { type: '_' }, end: next };
  const count = Number(line);
  if (type === '$' || type === '=') {
    if (count < 0) return { reply: { type: '_' }, end: next };
    if (buffer.length < next + count + 2) return undefined;
    return { reply: { type, text: buffer.toString('latin1', next, next + count) }, end: next + count + 2 };
  }
  if (type !== '*' && type !== '~' && type !== '%' && type !== '>')
    throw new Error(`unexpected reply type ${JSON.stringify(type)}`);
  if (count < 0) return { reply: { type: '_' }, end: next };
  const items: RawReply[] = [];
  let end = next;
  for (let i = 0; i < (type === '%' ? 2 * count : count); i++) {
    const item = parseReply(buffer, end);
    if (item === undefined) return undefined;
    items.push(item.reply);
    end = item.end;
  }
  return { reply: { type, items }, end };
}
