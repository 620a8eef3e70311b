/** What other threads have entered in their ledgers, taken in bit by bit: an entry is read once. */

import type { Description, Family } from './family.js';
import { type Entry, type Ledger, type Ledgers, METRIC_ENTRY } from './ledger.js';
import type { Series } from './series.js';

type AnyFamily = Family<string, Series>;

interface Host {
  /** The metric that a description means here; `undefined` where the name means something else. */
  find(description: Description): AnyFamily | undefined;
}

export class ForeignLedgers {
  /** Metrics that are not shown, because their names mean something else here. */
  conflicts = 0;
  readonly #ledgers: Ledgers;
  readonly #own: Ledger;
  readonly #host: Host;
  /** The last entry that was read, by ledger. */
  readonly #read = new Map<number, number>();
  /** By the addresses of their entries. */
  readonly #metrics = new Map<number, AnyFamily | undefined>();

  constructor(ledgers: Ledgers, own: Ledger, host: Host) {
    this.#ledgers = ledgers;
    this.#own = own;
    this.#host = host;
  }

  /** Goes on with this thread's own ledger, which was there before it. */
  inherit(): void {
    const { address } = this.#own;
    const metrics = new Map<number, AnyFamily | undefined>();
    for (let entry = this.#ledgers.next(address, 0); entry !== undefined; ) {
      if (entry.what === METRIC_ENTRY) {
        const family = this.#host.find(JSON.parse(entry.text) as Description);
        family?.inheritMetric(entry.address);
        metrics.set(entry.address, family);
      } else if (this.#ledgers.isLive(entry.address)) {
        metrics.get(entry.metric)?.inherit(entry.metric, entry);
      } else {
        metrics.get(entry.metric)?.inheritRemoved(entry);
      }
      entry = this.#ledgers.next(address, entry.address);
    }
  }

  /** Takes in what is new. Yields after each entry. */
  *sync(): Generator<void> {
    if (!this.#ledgers.arena.isShared) return;
    for (const ledger of this.#ledgers.ledgers()) {
      if (ledger === this.#own.address) continue;
      for (;;) {
        const entry = this.#ledgers.next(ledger, this.#read.get(ledger) ?? 0);
        if (entry === undefined) break;
        this.#read.set(ledger, entry.address);
        this.#take(ledger, entry);
        yield;
      }
    }
  }

  /** A metric was replaced by another of its name. */
  forget(family: AnyFamily): void {
    for (const [entry, known] of this.#metrics) {
      if (known !== family) continue;
      this.#metrics.set(entry, undefined);
      this.conflicts++;
    }
  }

  #take(ledger: number, entry: Entry): void {
    if (entry.what === METRIC_ENTRY) {
      const family = this.#host.find(JSON.parse(entry.text) as Description);
      if (family === undefined) this.conflicts++;
      this.#metrics.set(entry.address, family);
      return;
    }
    const { address, cells: at, createdMs } = entry;
    this.#metrics.get(entry.metric)?.join(entry.text, { ledger, entry: address, at, createdMs });
  }
}
