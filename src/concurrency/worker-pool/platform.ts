/** The threads of the platform this runs on. */

import { nodeThreads } from '../../adapters/node/threads.js';
import { webThreads } from '../../adapters/web/threads.js';
import type { Threads } from '../../ports/threads.js';

/** @throws Error where there are no threads */
export function platformThreads(): Threads {
  const threads = nodeThreads() ?? webThreads();
  if (threads === undefined) throw new Error('This runtime has no threads: neither node:worker_threads nor Worker');
  return threads;
}
