/** How components are, and the answers that probes of a load balancer or a cluster get. */

import { TimeoutError } from '../../base/wait-errors.js';
import type { WaitOptions } from '../../base/waiter.js';
import type { Component, ComponentState } from './component.js';
import type { Lifecycle, LifecycleState } from './lifecycle.js';
import type { Step } from './step.js';

export interface ComponentHealth {
  readonly name: string;
  readonly state: ComponentState;
  readonly status: 'up' | 'down';
  /** What `health` returned, or threw. */
  readonly detail: unknown;
}

export interface Health {
  /** Up when every component is. */
  readonly status: 'up' | 'down';
  readonly state: LifecycleState;
  readonly ready: boolean;
  /** What is under way. */
  readonly inFlight: number;
  readonly components: readonly ComponentHealth[];
}

const DEFAULT_TIMEOUT_MS = 5000;
const RETRY_AFTER_SECONDS = 1;

/** @internal Asks one component that runs. */
export async function checkHealth(
  component: Component,
  { signal, timeoutMs = DEFAULT_TIMEOUT_MS }: WaitOptions,
  newStep: () => Step,
): Promise<ComponentHealth> {
  const { name } = component;
  if (component.health === undefined) return { name, state: 'running', status: 'up', detail: undefined };
  const step = newStep();
  const onAbort = () => step.abort(signal?.reason);
  if (signal?.aborted) throw signal.reason;
  signal?.addEventListener('abort', onAbort);
  let detail: unknown;
  try {
    await step.run(
      async (ownSignal) => {
        detail = await component.health?.({ signal: ownSignal });
      },
      timeoutMs,
      () => new TimeoutError(`health of '${name}'`, timeoutMs),
    );
    return { name, state: 'running', status: 'up', detail };
  } catch (thrown) {
    if (signal?.aborted) throw signal.reason;
    return { name, state: 'running', status: 'down', detail: thrown };
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

export interface ProbeOptions {
  /** Where each probe is asked. Default `/livez`, `/readyz` and `/healthz`. */
  paths?: { readonly live?: string; readonly ready?: string; readonly health?: string };
  /** How long a component may take to say how it is. Default 5000. */
  timeoutMs?: number;
}

/**
 * A handler for probes: alive until the end is over, ready while all runs, and the health of each component as JSON; 200 or 503.
 * `undefined` for any other path.
 */
export function probeHandler(
  lifecycle: Lifecycle,
  { paths = {}, timeoutMs = DEFAULT_TIMEOUT_MS }: ProbeOptions = {},
): (request: Request) => Promise<Response> | Response | undefined {
  const { live = '/livez', ready = '/readyz', health = '/healthz' } = paths;
  return (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === live) return plain(lifecycle.state !== 'stopped', lifecycle.state);
    if (pathname === ready) return plain(lifecycle.ready, lifecycle.state);
    if (pathname !== health) return undefined;
    return lifecycle.health({ timeoutMs, signal: request.signal }).then((report) => {
      const shown = report.components.map((each) => ({ ...each, detail: showable(each.detail) }));
      return Response.json({ ...report, components: shown }, { status: report.status === 'up' ? 200 : 503 });
    });
  };
}

function plain(good: boolean, text: string): Response {
  return new Response(`${text}\n`, { status: good ? 200 : 503 });
}

function showable(detail: unknown): unknown {
  return detail instanceof Error ? `${detail.name}: ${detail.message}` : detail;
}

/**
 * A handler whose requests count as under way: the end waits for them. Once it has begun, requests are answered 503, with
 * `Connection: close` and `Retry-After`.
 */
export function guardHandler<Args extends unknown[]>(
  lifecycle: Lifecycle,
  handler: (request: Request, ...args: Args) => Response | Promise<Response>,
): (request: Request, ...args: Args) => Promise<Response> {
  return async (request, ...args) => {
    if (lifecycle.inFlight.closed) {
      const headers = { connection: 'close', 'retry-after': String(RETRY_AFTER_SECONDS) };
      return new Response('going down\n', { status: 503, headers });
    }
    return lifecycle.inFlight.track(() => handler(request, ...args));
  };
}
