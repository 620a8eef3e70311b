/** The invalidation bus: how caches of one thing tell each other what is no longer so. */

/** Carries texts from each who publishes to all who subscribe, perhaps the publisher too. At most once, in any order. */
export interface InvalidationBus {
  /** Resolves when the text was handed over. */
  publish(text: string): Promise<unknown> | unknown;
  /**
   * @param heard is given each text
   * @param lost told when texts may have been missed: a connection was gone for a while
   * @param signal aborted when nobody wants to hear any more, perhaps before the subscription has begun
   * @returns what ends the subscription, when it has begun
   */
  subscribe(heard: (text: string) => void, lost: () => void, signal: AbortSignal): Promise<Unsubscribe> | Unsubscribe;
}

export type Unsubscribe = () => void | Promise<void>;

/** A bus within one thread: for tests, and for several caches side by side. */
export class MemoryBus implements InvalidationBus {
  readonly #hearers = new Set<(text: string) => void>();

  publish(text: string): void {
    for (const heard of [...this.#hearers]) heard(text);
  }

  subscribe(heard: (text: string) => void): Unsubscribe {
    // A function of one's own: who subscribes twice, hears twice.
    const hearer = (text: string) => heard(text);
    this.#hearers.add(hearer);
    return () => void this.#hearers.delete(hearer);
  }
}

/** A bus between the threads of a process, or the tabs of a browser: a `BroadcastChannel`. */
export class BroadcastBus implements InvalidationBus {
  readonly #name: string;
  readonly #out: BroadcastChannel;

  constructor(name = 'ashlar:cache') {
    this.#name = name;
    this.#out = letGo(new BroadcastChannel(name));
  }

  publish(text: string): void {
    this.#out.postMessage(text);
  }

  subscribe(heard: (text: string) => void): Unsubscribe {
    const channel = letGo(new BroadcastChannel(this.#name));
    channel.onmessage = ({ data }: { data: unknown }) => {
      if (typeof data === 'string') heard(data);
    };
    return () => channel.close();
  }

  /** Publishes no more; those who subscribed end their subscriptions themselves. */
  [Symbol.dispose](): void {
    this.#out.close();
  }
}

/** In Node a channel keeps the process alive unless told not to. */
function letGo(channel: BroadcastChannel): BroadcastChannel {
  if ('unref' in channel && typeof channel.unref === 'function') channel.unref();
  return channel;
}
