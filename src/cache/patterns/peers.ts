/** The other caches on a bus: what is said to them, and what is heard of them. */

import type { Random } from '../../ports/random.js';
import type { InvalidationBus, Unsubscribe } from './bus.js';

/** What is no longer so. */
export interface News {
  readonly keys?: readonly unknown[];
  /** Stale, and good for when a load fails. */
  readonly expired?: readonly unknown[];
  readonly tags?: readonly string[];
  /** Everything. */
  readonly all?: true;
}

interface Message extends News {
  /** The format. */
  readonly v: 1;
  /** Who says so: what one said oneself is not heard. */
  readonly from: string;
}

export class Peers {
  readonly #bus: InvalidationBus;
  readonly #id: string;
  readonly #failed: (error: unknown) => void;
  readonly #subscribed: Promise<Unsubscribe | undefined>;
  #open = true;

  /**
   * @param heard told what others say; everything, when something may have been missed
   * @param failed told why something could not be said or heard
   */
  constructor(bus: InvalidationBus, random: Random, heard: (news: News) => void, failed: (error: unknown) => void) {
    this.#bus = bus;
    this.#id = [random.u32(), random.u32()].map((word) => word.toString(16)).join('');
    this.#failed = failed;
    this.#subscribed = this.#subscribe(heard);
  }

  /** Resolves when what others say is heard; false when it could not be. */
  get ready(): Promise<boolean> {
    return this.#subscribed.then((unsubscribe) => unsubscribe !== undefined);
  }

  /** Tells the others. Who could not be told is none of the caller's failures. */
  async tell(news: News): Promise<void> {
    try {
      await this.#bus.publish(JSON.stringify({ v: 1, from: this.#id, ...news } satisfies Message));
    } catch (error) {
      this.#failed(error);
    }
  }

  async close(): Promise<void> {
    this.#open = false;
    try {
      await (await this.#subscribed)?.();
    } catch (error) {
      this.#failed(error);
    }
  }

  async #subscribe(heard: (news: News) => void): Promise<Unsubscribe | undefined> {
    try {
      return await this.#bus.subscribe(
        (text) => this.#hear(text, heard),
        () => {
          if (this.#open) heard({ all: true });
        },
      );
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  #hear(text: string, heard: (news: News) => void): void {
    if (!this.#open) return;
    let message: Partial<Message>;
    try {
      message = JSON.parse(text) as Partial<Message>;
      if (message?.v !== 1) throw new Error(`The bus carried what is no invalidation: ${text.slice(0, 80)}`);
    } catch (error) {
      this.#failed(error);
      return;
    }
    if (message.from !== this.#id) heard(message);
  }
}
