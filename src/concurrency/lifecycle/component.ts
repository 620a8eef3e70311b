/** The parts of a program, what each needs of the others, and the errors of their beginnings and ends. */

import { AshlarError } from '../../../bindings/errors.js';
import { checkWait } from '../../base/waiter.js';

/** What a component's function is told. */
export interface StepContext {
  /** Aborted when the step is no longer wanted: its deadline has passed, or the start was given up. */
  readonly signal: AbortSignal;
}

export interface Component {
  /** One of its kind. */
  readonly name: string;
  /** Names of those that must run before it starts, and until it has stopped. */
  readonly dependsOn?: readonly string[];
  /** Resolves when it is ready to be used by those that depend on it. */
  start?(context: StepContext): unknown;
  /** Resolves when it has ended. Called only after its start, and once. */
  stop?(context: StepContext): unknown;
  /** How it is while it runs: what it returns is shown; what it throws says that it is down. */
  health?(context: StepContext): unknown;
  /** Default `startTimeoutMs` of the lifecycle. */
  readonly startTimeoutMs?: number;
  /** Default `stopTimeoutMs` of the lifecycle. */
  readonly stopTimeoutMs?: number;
}

export type ComponentState = 'idle' | 'starting' | 'running' | 'stopping' | 'stopped' | 'failed';

/** A component did not start. What had started was stopped again. */
export class StartError extends AshlarError {
  readonly component: string;
  /** Of components that did not stop either. */
  readonly stopErrors: readonly ComponentError[];

  constructor(component: string, cause: unknown, stopErrors: readonly ComponentError[]) {
    super('START_FAILED', `The component '${component}' did not start: ${textOf(cause)}`, { cause });
    this.component = component;
    this.stopErrors = stopErrors;
  }
}

/** Components did not stop as they should; all others did. */
export class StopError extends AshlarError {
  readonly errors: readonly ComponentError[];

  constructor(errors: readonly ComponentError[]) {
    const names = errors.map(({ component, cause }) => `'${component}' (${textOf(cause)})`).join(', ');
    super('STOP_FAILED', `Components did not stop: ${names}`, { cause: errors[0]?.cause });
    this.errors = errors;
  }
}

/** What was wrong with one component. */
export interface ComponentError {
  readonly component: string;
  readonly cause: unknown;
}

/** What was asked does not go with what the lifecycle is at. */
export class LifecycleStateError extends AshlarError {
  readonly state: string;

  constructor(message: string, state: string) {
    super('LIFECYCLE_STATE', message);
    this.state = state;
  }
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** Refuses what is no component. @throws TypeError, RangeError */
export function checkComponent(component: Component): void {
  if (component === null || typeof component !== 'object') {
    throw new TypeError(`A component must be an object, got ${component === null ? 'null' : typeof component}`);
  }
  const { name, dependsOn = [] } = component;
  if (typeof name !== 'string' || name === '') {
    throw new TypeError(`A component must have a name, got ${JSON.stringify(name) ?? typeof name}`);
  }
  if (!Array.isArray(dependsOn) || dependsOn.some((each) => typeof each !== 'string')) {
    throw new TypeError(`dependsOn of '${name}' must be an array of names`);
  }
  for (const step of ['start', 'stop', 'health'] as const) {
    const given: unknown = component[step];
    if (given !== undefined && typeof given !== 'function') {
      throw new TypeError(`${step} of '${name}' must be a function, got ${typeof given}`);
    }
  }
  checkWait({ timeoutMs: component.startTimeoutMs });
  checkWait({ timeoutMs: component.stopTimeoutMs });
}

/**
 * Refuses components that need what is not there, or each other in a circle. O(components + dependencies).
 *
 * @throws RangeError that names them
 */
export function checkGraph(components: ReadonlyMap<string, Component>): void {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (name: string): void => {
    if (done.has(name)) return;
    const at = path.indexOf(name);
    if (at >= 0) throw new RangeError(`Components depend on each other: ${[...path.slice(at), name].join(' → ')}`);
    path.push(name);
    for (const needed of components.get(name)?.dependsOn ?? []) {
      if (!components.has(needed)) throw new RangeError(`'${name}' depends on '${needed}', which was not added`);
      visit(needed);
    }
    path.pop();
    done.add(name);
  };
  for (const name of components.keys()) visit(name);
}
