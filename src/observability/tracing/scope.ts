/** What is active while a task runs, and where that is kept. */

import { asyncContext } from '../../adapters/node/context.js';
import { type ContextStorage, SynchronousContext } from '../../ports/context.js';
import type { Baggage } from './baggage.js';
import type { SpanContext } from './trace-context.js';

export interface Scope {
  readonly span?: SpanContext | undefined;
  readonly baggage?: Baggage | undefined;
  /** @internal The context of OpenTelemetry's API, where a bridge keeps it. */
  readonly foreign?: unknown;
}

let shared: ContextStorage<Scope> | undefined;

/** One for all tracers, made at first use. Where the runtime follows no tasks, spans are active until a function returns. */
export function defaultStorage(): ContextStorage<Scope> {
  shared ??= asyncContext<Scope>() ?? new SynchronousContext<Scope>();
  return shared;
}
