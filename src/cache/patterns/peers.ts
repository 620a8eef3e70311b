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
  /** Resolves when what others say is heard; false when it could not be. */
  readonly ready: Promise<boolean>;
  readonly #bus: InvalidationBus;
  readonly #id: string;
  readonly #failed: (error: unknown) => void;
  readonly #closing = new AbortController();
  #unsubscribe: Unsubscribe | undefined;
  #open = true;

  /**
   * @param heard told what others say; everything, when something may have been missed
   * @param failed told why something could not be said or heard
   */
  constructor(bus: InvalidationBus, random: Random, heard: (news: News) => void, failed: (error: unknown) => void) {
    this.#bus = bus;
    this.#id = [random.u32(), random.u32()].map((word) => word.toString(16)).join('');
    this.#failed = failed;
    this.ready = new Promise((resolve) => {
      // A client that was ended before it was connected may never say so.
      this.#closing.signal.addEventListener('abort', () => resolve(false));
      void this.#subscribe(heard).then(resolve);
    });
  }

  /** Tells the others. Who could not be told is none of the caller's failures. */
  async tell(news: News): Promise<void> {
    try {
      await this.#bus.publish(JSON.stringify({ v: 1, from: this.#id, ...news } satisfies Message));
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Hears nothing more. A subscription that has not begun is given up, and not waited for. */
  async close(): Promise<void> {
    this.#open = false;
    this.#closing.abort();
    const unsubscribe = this.#unsubscribe;
    this.#unsubscribe = undefined;
    try {
      await unsubscribe?.();
    } catch (error) {
      this.#failed(error);
    }
  }

  async #subscribe(heard: (news: News) => void): Promise<boolean> {
    const lost = () => {
      if (this.#open) heard({ all: true });
    };
    try {
      const unsubscribe = await this.#bus.subscribe((text) => this.#hear(text, heard), lost, this.#closing.signal);
      if (this.#open) this.#unsubscribe = unsubscribe;
      else await unsubscribe();
      return this.#open;
    } catch (error) {
      if (this.#open) this.#failed(error);
      return false;
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
