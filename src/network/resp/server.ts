/**
 * `RedisServer`: a server that Redis clients can talk to, within the process.
 *
 * One arena holds keyspace and buffers. Connections come from a transport: the platform's sockets by default, or any
 * `ByteConnection` given to `accept`, such as one end of `duplexPair()`.
 */

import { Arena } from '../../../bindings/arena.js';
import { disposeAsyncSymbol } from '../../../bindings/dispose.js';
import { Field, POLICIES } from '../../../bindings/kernels/protocols/resp.js';
import { type Clock, systemClock } from '../../ports/clock.js';
import { type Cancel, systemTimer, type Timer } from '../../ports/timer.js';
import type { ByteConnection, ListenAddress, Listener, Transport } from '../../ports/transport.js';
import { RespClient } from './client.js';
import type { Handler, ServerView } from './commands/context.js';
import { runCommand } from './commands/dispatch.js';
import { COMMANDS, type RedisModule } from './commands/table.js';
import { checkedSettings, type EvictionPolicy, ServerConfig } from './config.js';
import { RespEngine } from './engine.js';
import { describeServer } from './info.js';
import { LatencyHistogram } from './latency.js';
import { PubSub } from './pub-sub.js';
import { WaitingRoom } from './waiting.js';

export interface RedisServerOptions {
  /**
   * Bytes of data above which writes are refused, or keys evicted; at most 4 294 901 760, what an arena can hold.
   * Default 0: no limit but that.
   */
  maxMemory?: number;
  /** What happens at `maxMemory`: Redis's policies, and `'allkeys-s3fifo'`. Default `'noeviction'`. */
  maxMemoryPolicy?: EvictionPolicy;
  /** Connections served at once. Default 10 000. */
  maxClients?: number;
  /** Seconds after which an idle connection is closed. Default 0: never. */
  timeoutSeconds?: number;
  /** Password that connections must give. Default none. */
  requirePass?: string;
  /** Commands besides those of Redis itself, such as `redisModules` of `ashlar/network/redis-modules`. Default none. */
  modules?: readonly RedisModule[];
  /** Default: `node:net`, where the runtime has it. */
  transport?: Transport;
  clock?: Clock;
  timer?: Timer;
}

export interface ListenOptions {
  /** Default loopback, `127.0.0.1`. */
  host?: string;
  /** 0 for any free port. */
  port?: number;
  /** A unix socket instead of a port. */
  path?: string;
}

/** Expired keys are looked for this often, … */
const EXPIRE_PERIOD_MS = 100;
/** … for at most this long, … */
const EXPIRE_BUDGET_MS = 2;
/** … and as long as at least this share of what is looked at has expired. */
const EXPIRE_SHARE = 0.1;
const IDLE_PERIOD_MS = 1000;
/** A connection that was silent for so long has nothing under way, when the server closes. */
const DRAIN_PERIOD_MS = 20;

export class RedisServer {
  readonly #arena: Arena;
  readonly #engine: RespEngine;
  readonly #waiting: WaitingRoom;
  readonly #pubSub: PubSub;
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #config: ServerConfig;
  readonly #clients = new Map<number, RespClient>();
  readonly #listeners: Listener[] = [];
  readonly #latency = new LatencyHistogram();
  readonly #view: ServerView;
  readonly #modules: readonly RedisModule[];
  readonly #startedMs: number;
  #transport: Transport | undefined;
  #timers: Cancel[] = [];
  /** The clock as the engine last read it: once a read is often enough to know who is idle. */
  #nowMs = 0;
  #nextId = 1;
  #accepted = 0;
  #rejected = 0;
  #stopped = false;
  #closing: Promise<void> | undefined;

  /** @throws RangeError when an option is out of range; nothing is then held */
  constructor(options: RedisServerOptions = {}) {
    const settings = checkedSettings({
      maxMemory: options.maxMemory ?? 0,
      maxMemoryPolicy: options.maxMemoryPolicy ?? 'noeviction',
      maxMemorySamples: 5,
      lfuLogFactor: 10,
      lfuDecayMinutes: 1,
      maxClients: options.maxClients ?? 10_000,
      timeoutSeconds: options.timeoutSeconds ?? 0,
      requirePass: options.requirePass ?? '',
    });
    this.#clock = options.clock ?? systemClock;
    this.#timer = options.timer ?? systemTimer;
    this.#transport = options.transport;
    this.#startedMs = this.#clock.now();
    this.#arena = new Arena({ name: 'redis-server' });
    this.#engine = new RespEngine(this.#arena, {
      now: () => {
        this.#nowMs = this.#clock.now();
        return this.#nowMs;
      },
      onCommand: (client, args) => runCommand(this.#view, client, args),
      onReady: (key) => this.#waiting.serve(key),
      onBroken: (client) => this.#drop(client),
    });
    this.#waiting = new WaitingRoom(this.#engine, this.#timer, (watched) => {
      this.#engine.setField(Field.watch, watched ? 1 : 0);
    });
    this.#pubSub = new PubSub(this.#engine, (client) => this.#drop(client));
    this.#config = new ServerConfig(settings, () => this.#applySettings());
    this.#applySettings();
    this.#modules = options.modules ?? [];
    this.#view = {
      engine: this.#engine,
      config: this.#config,
      waiting: this.#waiting,
      pubSub: this.#pubSub,
      clients: this.#clients,
      ...withModules(this.#modules),
      now: () => this.#clock.now(),
      monotonic: () => this.#clock.monotonic(),
      info: () => this.info(),
      resetStats: () => this.#resetStats(),
      kill: (client) => this.#drop(client),
    };
    this.#timers = [
      this.#timer.every(EXPIRE_PERIOD_MS, () => this.#expire()),
      this.#timer.every(IDLE_PERIOD_MS, () => this.#closeIdle()),
    ];
  }

  #applySettings(): void {
    const { maxMemory, maxMemoryPolicy, maxMemorySamples, lfuLogFactor, lfuDecayMinutes, requirePass } =
      this.#config.settings;
    this.#engine.setField(Field.maxMemory, maxMemory);
    this.#engine.setField(Field.policy, POLICIES.indexOf(maxMemoryPolicy));
    this.#engine.setField(Field.samples, maxMemorySamples);
    this.#engine.setField(Field.lfuLogFactor, lfuLogFactor);
    this.#engine.setField(Field.lfuDecayMinutes, lfuDecayMinutes);
    // Without a password nobody is a stranger.
    if (requirePass === '') for (const client of this.#clients.values()) client.authenticated = true;
  }

  // ── Connections ─────────────────────────────────────────────────────────────────────────────────

  /**
   * Listens; may be called for several addresses.
   *
   * @param where a port (0 for any free one) on loopback, or an address
   * @throws the platform's error when the address cannot be had, for example with `code: 'EADDRINUSE'`
   */
  async listen(where: number | ListenOptions = 0): Promise<Listener> {
    this.#assertRunning();
    const options = typeof where === 'number' ? { port: where } : where;
    const address: ListenAddress =
      options.path === undefined
        ? { host: options.host ?? '127.0.0.1', port: options.port ?? 0 }
        : { path: options.path };
    this.#transport ??= (await import('../../adapters/node/tcp.js')).nodeTransport();
    const listener = await this.#transport.listen(address, (connection) => this.accept(connection));
    if (this.#stopped) {
      await listener.close();
      this.#assertRunning();
    }
    this.#listeners.push(listener);
    return listener;
  }

  /** The port of the first TCP listener, or 0. */
  get port(): number {
    return this.#listeners.find(({ port }) => port !== 0)?.port ?? 0;
  }

  /** Serves a connection that came from anywhere. */
  accept(connection: ByteConnection): void {
    if (this.#stopped) return connection.destroy();
    const { maxClients, requirePass } = this.#config.settings;
    if (this.#clients.size >= maxClients) {
      this.#rejected++;
      // What it sends goes nowhere; it may outlive this server by a moment.
      const nowhere = new Uint8Array(4096);
      connection.start({ onRead() {}, onDrain() {}, onClose() {} }, () => nowhere);
      connection.writeCopy(REFUSAL, 0, REFUSAL.length);
      connection.end();
      return;
    }
    const client = new RespClient(this.#nextId++, connection, this.#clock.now(), requirePass === '');
    this.#accepted++;
    this.#clients.set(client.id, client);
    connection.start(
      {
        onRead: (bytes) => this.#serve(client, bytes),
        onDrain: () => this.#engine.drained(client),
        onClose: () => this.#over(client),
      },
      () => this.#engine.readBuffer(),
    );
  }

  #serve(client: RespClient, bytes: number): void {
    if (client.closed || client.closing) return;
    client.reads++;
    const from = this.#clock.monotonic();
    this.#engine.receive(client, bytes);
    this.#latency.record(this.#clock.monotonic() - from);
    client.lastActiveMs = this.#nowMs;
  }

  /** Closes a connection at once. */
  #drop(client: RespClient): void {
    client.connection.destroy();
    this.#forget(client);
  }

  #forget(client: RespClient): void {
    if (client.closed) return;
    client.closed = true;
    this.#clients.delete(client.id);
    this.#waiting.leave(client);
    this.#pubSub.leave(client);
    if (!this.#arena.disposed) this.#engine.releaseInput(client);
  }

  /** The transport says that the connection is over: only now does the system no longer read replies from the arena. */
  #over(client: RespClient): void {
    this.#forget(client);
    if (!this.#arena.disposed) this.#engine.releaseOutput(client);
  }

  // ── Upkeep ──────────────────────────────────────────────────────────────────────────────────────

  #expire(): void {
    const { kernel, handle } = this.#engine;
    const segments = kernel.volatileCount(handle) === 0 ? 0 : Number.POSITIVE_INFINITY;
    const end = this.#clock.monotonic() + EXPIRE_BUDGET_MS;
    let seen = 0;
    let removed = 0;
    for (let i = 0; i < segments; i++) {
      const step = kernel.expireStep(handle, this.#clock.now()) >>> 0;
      seen += step & 0xffff;
      removed += step >>> 16;
      if (kernel.volatileCount(handle) === 0 || this.#clock.monotonic() >= end) return;
      // A round over few expired keys ends early, and goes on from there next time.
      if (i >= MIN_SEGMENTS && removed < seen * EXPIRE_SHARE) return;
    }
  }

  #closeIdle(): void {
    const { timeoutSeconds } = this.#config.settings;
    if (timeoutSeconds === 0) return;
    const limit = this.#clock.now() - timeoutSeconds * 1000;
    for (const client of [...this.#clients.values()]) {
      if (client.lastActiveMs <= limit && !client.blocked && !client.listens) this.#drop(client);
    }
  }

  #resetStats(): void {
    for (const counter of [Field.commands, Field.hits, Field.misses, Field.expired, Field.evicted]) {
      this.#engine.resetCounter(counter);
    }
    this.#accepted = 0;
    this.#rejected = 0;
    this.#latency.reset();
  }

  // ── Figures ─────────────────────────────────────────────────────────────────────────────────────

  /** Counters and gauges, as of now. */
  stats(): RedisServerStats {
    const engine = this.#engine;
    const { kernel, handle } = engine;
    return {
      uptimeSeconds: Math.floor((this.#clock.now() - this.#startedMs) / 1000),
      clients: this.#clients.size,
      connectionsAccepted: this.#accepted,
      connectionsRejected: this.#rejected,
      commands: engine.counter(Field.commands),
      hits: engine.counter(Field.hits),
      misses: engine.counter(Field.misses),
      expiredKeys: engine.counter(Field.expired),
      evictedKeys: engine.counter(Field.evicted),
      keys: kernel.size(handle) >>> 0,
      keysWithExpiry: kernel.volatileCount(handle) >>> 0,
      dataBytes: kernel.bytesOfData(handle) >>> 0,
      usedBytes: this.#arena.bytesUsed,
      peakBytes: this.#arena.peakBytesUsed,
      reservedBytes: this.#arena.bytesReserved,
      maxMemory: this.#config.settings.maxMemory,
      latency: this.#latency,
    };
  }

  /** The sections of INFO. */
  info(): ReadonlyMap<string, ReadonlyMap<string, string | number>> {
    return describeServer(this.stats(), this.#config.settings, this.port);
  }

  // ── End ─────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Stops accepting, answers what connections have sent, closes them, and gives the memory back. Idempotent.
   *
   * @param graceMs how long connections may take; then they are cut. Default 2000; 0 cuts them at once.
   */
  close(graceMs = 2000): Promise<void> {
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  async #close(graceMs: number): Promise<void> {
    this.#stopped = true;
    for (const cancel of this.#timers) cancel();
    const closing = this.#listeners.map((listener) => listener.close());
    if (graceMs > 0) await this.#drain(Math.ceil(graceMs / DRAIN_PERIOD_MS));
    for (const client of [...this.#clients.values()]) this.#drop(client);
    await Promise.all(closing);
    for (const module of this.#modules) module.close?.(this.#view);
    this.#arena.dispose();
  }

  /** Ends each connection once a period has passed in which it sent nothing, with nothing of it left to do. */
  #drain(periods: number): Promise<void> {
    return new Promise((resolve) => {
      const step = (left: number): void => {
        for (const client of [...this.#clients.values()]) this.#endIfQuiet(client);
        if (this.#clients.size === 0 || left === 0) resolve();
        else this.#timer.after(DRAIN_PERIOD_MS, () => step(left - 1));
      };
      step(periods);
    });
  }

  #endIfQuiet(client: RespClient): void {
    const busy = client.stalled || client.heldBytes > 0 || client.connection.pendingBytes > 0;
    if (!busy && !client.closing && client.readsSeen === client.reads) {
      client.closing = true;
      client.connection.end();
    }
    client.readsSeen = client.reads;
  }

  /** Verifies every invariant of memory and keyspace; throws when one is broken. O(n). For tests and fuzzers. */
  check(): void {
    this.#arena.check();
    const broken = this.#engine.kernel.check(this.#engine.handle);
    if (broken !== 0) throw new Error(`Keyspace invariant ${broken} is broken`);
  }

  [disposeAsyncSymbol](): Promise<void> {
    return this.close();
  }

  #assertRunning(): void {
    if (this.#stopped) throw new Error('The server was closed');
  }
}

/** @throws RangeError when a module's command is there already */
function withModules(modules: readonly RedisModule[]): Pick<ServerView, 'commands' | 'moduleHandlers'> {
  const commands = new Map(COMMANDS);
  const moduleHandlers = new Map<string, Handler>();
  for (const { name, commands: added } of modules) {
    for (const { spec, run } of added) {
      if (commands.has(spec.name)) throw new RangeError(`Module ${name}: there is a command '${spec.name}' already`);
      commands.set(spec.name, spec);
      moduleHandlers.set(spec.name, run);
    }
  }
  return { commands, moduleHandlers };
}

const REFUSAL = /* @__PURE__ */ new TextEncoder().encode('-ERR max number of clients reached\r\n');
/** Segments looked at in each round of the expiry, whatever they hold. */
const MIN_SEGMENTS = 16;

export interface RedisServerStats {
  readonly uptimeSeconds: number;
  readonly clients: number;
  readonly connectionsAccepted: number;
  readonly connectionsRejected: number;
  readonly commands: number;
  readonly hits: number;
  readonly misses: number;
  readonly expiredKeys: number;
  readonly evictedKeys: number;
  readonly keys: number;
  readonly keysWithExpiry: number;
  /** Bytes of keys, values and index. */
  readonly dataBytes: number;
  /** Bytes of data and buffers. */
  readonly usedBytes: number;
  readonly peakBytes: number;
  /** Bytes taken from the system. */
  readonly reservedBytes: number;
  readonly maxMemory: number;
  /** Time from a read to its replies, a whole read of pipelined commands at a time. */
  readonly latency: LatencyHistogram;
}
