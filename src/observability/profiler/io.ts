/** What a process waits for: operations and resources of the platform, by kind. */

import { type Clock, systemClock } from '../../ports/clock.js';
import type { IoListener } from '../../ports/profiling.js';

export type IoKind = 'file' | 'network' | 'dns' | 'http' | 'process' | 'timer' | 'crypto' | 'zlib' | 'other';

export interface IoUsage {
  readonly kind: IoKind;
  /** Operations and resources that began. */
  readonly begun: number;
  /** Of them, over. */
  readonly ended: number;
  /** At a time, at most. */
  readonly mostAtOnce: number;
  /** Of those that are over, in milliseconds. */
  readonly meanMs: number;
  readonly maxMs: number;
  /** By the platform's own names. */
  readonly types: Readonly<Record<string, number>>;
}

/** Followed at a time; of further ones only the number is known. */
const MOST_FOLLOWED = 100_000;

/** By the names that Node's async hooks use. */
const KINDS: readonly (readonly [IoKind, RegExp])[] = [
  ['file', /^(FSREQ|FILEHANDLECLOSEREQ)/],
  ['dns', /^(GETADDRINFO|GETNAMEINFO|QUERYWRAP|DNSCHANNEL)/],
  ['http', /^(HTTP|HTTP2)/],
  ['network', /^(TCP|TLS|UDP|PIPE|STREAM|JSSTREAM|QUIC|SHUTDOWNWRAP|WRITEWRAP)/],
  ['process', /^(PROCESS|TTY|SIGNAL|WORKER|MESSAGEPORT)/],
  ['timer', /^Timeout$/],
  ['crypto', /^(RANDOMBYTES|PBKDF2|SCRYPT|KEYGEN|KEYPAIRGEN|KEYEXPORT|HASH|HKDF|SIGN|DERIVE|CHECKPRIME|RANDOMPRIME)/],
  ['zlib', /^ZLIB/],
];

/** Of a name of the platform. */
export function ioKindOf(type: string): IoKind {
  return KINDS.find(([, pattern]) => pattern.test(type))?.[0] ?? 'other';
}

interface Tally {
  begun: number;
  ended: number;
  atOnce: number;
  mostAtOnce: number;
  sumMs: number;
  maxMs: number;
  readonly types: Record<string, number>;
}

/** Hears what begins and what ends, and adds up. */
export class IoTally implements IoListener {
  readonly #clock: Clock;
  readonly #tallies = new Map<IoKind, Tally>();
  readonly #open = new Map<number, { readonly tally: Tally; readonly startMs: number }>();

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  begin(id: number, type: string): void {
    const kind = ioKindOf(type);
    let tally = this.#tallies.get(kind);
    if (tally === undefined) {
      tally = { begun: 0, ended: 0, atOnce: 0, mostAtOnce: 0, sumMs: 0, maxMs: 0, types: {} };
      this.#tallies.set(kind, tally);
    }
    tally.begun++;
    tally.types[type] = (tally.types[type] ?? 0) + 1;
    if (this.#open.size >= MOST_FOLLOWED) return;
    this.#open.set(id, { tally, startMs: this.#clock.monotonic() });
    tally.atOnce++;
    tally.mostAtOnce = Math.max(tally.mostAtOnce, tally.atOnce);
  }

  end(id: number): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    this.#open.delete(id);
    const { tally, startMs } = open;
    const tookMs = Math.max(0, this.#clock.monotonic() - startMs);
    tally.atOnce--;
    tally.ended++;
    tally.sumMs += tookMs;
    tally.maxMs = Math.max(tally.maxMs, tookMs);
  }

  /** By kind, those that began most often first. */
  report(): IoUsage[] {
    return [...this.#tallies]
      .map(([kind, { begun, ended, mostAtOnce, sumMs, maxMs, types }]) => ({
        kind,
        begun,
        ended,
        mostAtOnce,
        meanMs: ended === 0 ? 0 : sumMs / ended,
        maxMs,
        types: { ...types },
      }))
      .sort((a, b) => b.begun - a.begun || (a.kind < b.kind ? -1 : 1));
  }
}
