/** `serve`: what a worker's script gives its functions to. */

import { insideNode } from '../../../adapters/node/threads.js';
import { insideWeb } from '../../../adapters/web/threads.js';
import type { TaskContext } from './context.js';
import { Server } from './server.js';

/** Functions by name; each takes one value and, if it wants, its context, and gives a value or a promise of one. */
export type TaskMap = Readonly<Record<string, (input: never, context: TaskContext) => unknown>>;

/** A function that a worker serves, under the name `default`. */
export type TaskFunction = (input: never, context: TaskContext) => unknown;

export interface ServeOptions {
  /** Called before the pool ends this thread in peace; awaited within the pool's grace. */
  onClose?: () => unknown;
}

/**
 * Serves functions to the pool that started this thread, and returns them. Anywhere else it only returns them, so that a
 * script can be imported for tests, or for its type.
 *
 * @param tasks functions by name, or one, which is served as `default`
 * @throws TypeError when something is no function
 */
export function serve<F extends TaskFunction>(task: F, options?: ServeOptions): { readonly default: F };
export function serve<T extends TaskMap>(tasks: T, options?: ServeOptions): T;
export function serve(tasks: TaskMap | TaskFunction, options: ServeOptions = {}): TaskMap {
  const map = typeof tasks === 'function' ? { default: tasks } : tasks;
  if (typeof map !== 'object' || map === null) {
    throw new TypeError(`serve takes a function, or an object of functions, got ${map === null ? 'null' : typeof map}`);
  }
  for (const [name, task] of Object.entries(map)) {
    if (typeof task !== 'function') throw new TypeError(`Task "${name}" must be a function, got ${typeof task}`);
  }
  const inside = insideNode() ?? insideWeb();
  if (inside !== undefined) new Server(inside, map, options.onClose);
  return map;
}
