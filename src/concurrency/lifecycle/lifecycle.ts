/**
 * `Lifecycle`: the beginning and the end of a program made of components. Each starts when those it depends on run, and
 * stops when those that depend on it have; what is independent does so at once.
 */

import { Events, type Listener } from '../../base/events.js';
import { TimeoutError } from '../../base/wait-errors.js';
import { checkWait, type WaitOptions } from '../../base/waiter.js';
import { type Clock, systemClock } from '../../ports/clock.js';
import { systemTimer, type Timer } from '../../ports/timer.js';
import {
  type Component,
  type ComponentError,
  type ComponentState,
  checkComponent,
  checkGraph,
  LifecycleStateError,
  StartError,
  StopError,
} from './component.js';
import { type ComponentHealth, checkHealth, type Health } from './health.js';
import { InFlight } from './in-flight.js';
import { Step } from './step.js';

export interface LifecycleOptions {
  /** How long a component may take to start, unless it says otherwise. Default 30 000 ms; `Infinity` for no bound. */
  startTimeoutMs?: number;
  /** How long a component may take to stop, unless it says otherwise. Default 10 000 ms. */
  stopTimeoutMs?: number;
  /** How long stopping may take in all. Default 30 000 ms. */
  totalStopTimeoutMs?: number;
  /**
   * How long it goes on serving after `ready` has become false, so that load balancers see it and send nothing more. Default
   * 0; in Kubernetes the period of its readiness probe.
   */
  quietMs?: number;
  /** How long it waits for what is under way (`inFlight`) before components stop. Default 10 000 ms. */
  drainTimeoutMs?: number;
  clock?: Clock;
  timer?: Timer;
}

export type LifecycleState = 'idle' | 'starting' | 'running' | 'stopping' | 'stopped';

export interface LifecycleEvents {
  state: { readonly state: LifecycleState };
  component: {
    readonly component: string;
    readonly state: ComponentState;
    readonly tookMs: number;
    readonly cause?: unknown;
  };
}

interface Entry {
  readonly component: Component;
  readonly dependents: Entry[];
  readonly needs: Entry[];
  state: ComponentState;
  /** Set while it starts or stops. */
  step: Step | undefined;
}

const DEFAULT_START_MS = 30_000;
const DEFAULT_STOP_MS = 10_000;
const DEFAULT_TOTAL_MS = 30_000;
const NO_OPTIONS: WaitOptions = Object.freeze({});

export class Lifecycle {
  /** Requests, jobs and the like: while any is under way, components do not stop. Closed when the end begins. */
  readonly inFlight: InFlight;
  readonly #startTimeoutMs: number;
  readonly #stopTimeoutMs: number;
  readonly #totalStopTimeoutMs: number;
  readonly #quietMs: number;
  readonly #drainTimeoutMs: number;
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #events = new Events<LifecycleEvents>();
  readonly #components = new Map<string, Component>();
  readonly #lifetime = new AbortController();
  #entries: Entry[] = [];
  #state: LifecycleState = 'idle';
  #starting: Promise<void> | undefined = undefined;
  #stopping: Promise<void> | undefined = undefined;
  /** Why a start is given up. */
  #startFailure: { readonly component: string; readonly cause: unknown } | undefined = undefined;
  #stopWanted: { readonly reason: unknown } | undefined = undefined;

  /** @throws TypeError, RangeError for options */
  constructor(options: LifecycleOptions = {}) {
    const {
      startTimeoutMs = DEFAULT_START_MS,
      stopTimeoutMs = DEFAULT_STOP_MS,
      totalStopTimeoutMs = DEFAULT_TOTAL_MS,
      quietMs = 0,
      drainTimeoutMs = DEFAULT_STOP_MS,
      clock = systemClock,
      timer = systemTimer,
    } = options;
    for (const timeoutMs of [startTimeoutMs, stopTimeoutMs, totalStopTimeoutMs, quietMs, drainTimeoutMs]) {
      checkWait({ timeoutMs });
    }
    if (quietMs === Number.POSITIVE_INFINITY) throw new RangeError('quietMs must be finite');
    this.#startTimeoutMs = startTimeoutMs;
    this.#stopTimeoutMs = stopTimeoutMs;
    this.#totalStopTimeoutMs = totalStopTimeoutMs;
    this.#quietMs = quietMs;
    this.#drainTimeoutMs = drainTimeoutMs;
    this.#clock = clock;
    this.#timer = timer;
    this.inFlight = new InFlight({ timer });
  }

  /**
   * Adds a component, before the start.
   *
   * @throws TypeError, RangeError for what is none, or a name that is taken; LifecycleStateError after the start
   */
  add(component: Component): this {
    checkComponent(component);
    if (this.#state !== 'idle') {
      throw new LifecycleStateError(`'${component.name}' cannot be added any more: the start has begun`, this.#state);
    }
    if (this.#components.has(component.name)) throw new RangeError(`There is a component '${component.name}' already`);
    this.#components.set(component.name, component);
    return this;
  }

  get state(): LifecycleState {
    return this.#state;
  }

  /** Whether all runs and the end has not begun: what a readiness probe asks. */
  get ready(): boolean {
    return this.#state === 'running';
  }

  /** Aborted when the end begins, with the reason given to `stop`: for whatever lives as long as the program. */
  get signal(): AbortSignal {
    return this.#lifetime.signal;
  }

  /** What each component is at, by name. */
  components(): ReadonlyMap<string, ComponentState> {
    return new Map([...this.#components.keys()].map((name) => [name, this.#entry(name)?.state ?? 'idle']));
  }

  /** Tells of changes; what comes back removes the listener. */
  on<K extends keyof LifecycleEvents>(event: K, listener: Listener<LifecycleEvents[K]>): () => void {
    return this.#events.on(event, listener);
  }

  // ── Beginning ───────────────────────────────────────────────────────────────────────────────────

  /**
   * Starts every component after those it depends on. When one fails or takes too long, the others are given up, what has
   * started is stopped in the reverse order, and the lifecycle is over. A second call gets the same promise.
   *
   * @returns a promise that rejects with `StartError`, or with `signal.reason` when the signal ended it
   * @throws RangeError at once, for components that need what is not there or each other; LifecycleStateError after the end
   */
  start(options: Pick<WaitOptions, 'signal'> = NO_OPTIONS): Promise<void> {
    checkWait(options);
    if (this.#starting !== undefined) return this.#starting;
    if (this.#state !== 'idle') throw new LifecycleStateError('It is over: make another lifecycle', this.#state);
    checkGraph(this.#components);
    this.#entries = this.#graph();
    this.#setState('starting');
    this.#starting = this.#start(options.signal);
    // Whoever only waits for `stop` hears of it there.
    this.#starting.catch(() => {});
    return this.#starting;
  }

  #graph(): Entry[] {
    const entries = new Map<string, Entry>();
    for (const component of this.#components.values()) {
      entries.set(component.name, { component, dependents: [], needs: [], state: 'idle', step: undefined });
    }
    for (const entry of entries.values()) {
      for (const name of new Set(entry.component.dependsOn ?? [])) {
        const needed = entries.get(name) as Entry;
        entry.needs.push(needed);
        needed.dependents.push(entry);
      }
    }
    return [...entries.values()];
  }

  async #start(signal: AbortSignal | undefined): Promise<void> {
    const onAbort = () => this.#giveUpStart(signal?.reason);
    if (signal?.aborted) this.#stopWanted = { reason: signal.reason };
    else signal?.addEventListener('abort', onAbort, { once: true });
    await this.#inOrder(
      (entry) => entry.needs,
      (entry) => this.#startOne(entry),
      () => this.#startFailure === undefined && this.#stopWanted === undefined,
    );
    signal?.removeEventListener('abort', onAbort);
    const failure = this.#startFailure;
    const wanted = this.#stopWanted as { readonly reason: unknown } | undefined;
    if (failure === undefined && wanted === undefined) return this.#setState('running');
    const cause = failure === undefined ? wanted?.reason : failure.cause;
    this.#lifetime.abort(cause);
    this.inFlight.close();
    const stopErrors = await this.#stopAll(this.#clock.monotonic() + this.#totalStopTimeoutMs);
    this.#setState('stopped');
    if (failure !== undefined) throw new StartError(failure.component, cause, stopErrors);
    throw cause;
  }

  #giveUpStart(reason: unknown): void {
    if (this.#state !== 'starting') return;
    this.#stopWanted ??= { reason };
    for (const { step } of this.#entries) step?.abort(reason);
  }

  async #startOne(entry: Entry): Promise<boolean> {
    const { component } = entry;
    const cause = await this.#run(entry, 'starting', component.start, component.startTimeoutMs ?? this.#startTimeoutMs);
    if (cause === undefined) {
      this.#tell(entry, 'running', undefined);
      return true;
    }
    // Should it come up after all, nobody would stop it.
    if (entry.step?.gaveUp) entry.step.ifItEnds(() => this.#stopLate(component));
    this.#tell(entry, 'failed', cause.error);
    if (this.#stopWanted === undefined && this.#startFailure === undefined) {
      this.#startFailure = { component: component.name, cause: cause.error };
      for (const { step } of this.#entries) step?.abort(cause.error);
    }
    return false;
  }

  #stopLate(component: Component): void {
    const step = new Step(this.#clock, this.#timer);
    const timeoutMs = component.stopTimeoutMs ?? this.#stopTimeoutMs;
    const late = () => new TimeoutError(`stopping '${component.name}'`, timeoutMs);
    step
      .run((signal) => component.stop?.({ signal }), timeoutMs, late)
      .catch((cause: unknown) => {
        this.#events.emit('component', { component: component.name, state: 'failed', tookMs: step.tookMs, cause });
      });
  }

  // ── End ─────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Ends it: `ready` becomes false and `signal` is aborted; after `quietMs` nothing new may begin; what is under way is waited for;
   * then components stop, each after those that depend on it. One that fails or takes too long is given up, and the others
   * go on. A second call gets the same promise.
   *
   * @param reason what `signal` is aborted with
   * @returns a promise that rejects with `StopError` when components did not stop, once all others have
   */
  stop(reason: unknown = new DOMException('The program ends', 'AbortError')): Promise<void> {
    if (this.#stopping === undefined) {
      this.#stopping = this.#stop(reason);
      this.#stopping.catch(() => {});
    }
    return this.#stopping;
  }

  async #stop(reason: unknown): Promise<void> {
    const endMs = this.#clock.monotonic() + this.#totalStopTimeoutMs;
    if (this.#state === 'starting') {
      this.#giveUpStart(reason);
      const error = await this.#starting?.catch((thrown: unknown) => thrown);
      if (error instanceof StartError && error.stopErrors.length > 0) throw new StopError(error.stopErrors);
      return;
    }
    if (this.#state === 'stopped') return;
    this.#setState('stopping');
    this.#lifetime.abort(reason);
    // Without a quiet time nothing may begin from this very moment on.
    if (this.#quietMs > 0 && this.#entries.length > 0) await this.#quiet();
    this.inFlight.close();
    const drainMs = Math.min(this.#drainTimeoutMs, Math.max(0, endMs - this.#clock.monotonic()));
    const notDrained = await this.inFlight.drained({ timeoutMs: drainMs }).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    const errors = await this.#stopAll(endMs);
    if (notDrained !== undefined) errors.unshift({ component: 'inFlight', cause: notDrained });
    this.#setState('stopped');
    if (errors.length > 0) throw new StopError(errors);
  }

  #quiet(): Promise<void> {
    return new Promise((resolve) => this.#timer.after(Math.min(this.#quietMs, this.#totalStopTimeoutMs), resolve));
  }

  /** Stops all that runs, in the reverse order; what went wrong. */
  async #stopAll(endMs: number): Promise<ComponentError[]> {
    const errors: ComponentError[] = [];
    await this.#inOrder(
      (entry) => entry.dependents,
      async (entry) => {
        if (entry.state !== 'running') return true;
        const { component } = entry;
        const leftMs = Math.max(0, endMs - this.#clock.monotonic());
        const timeoutMs = Math.min(component.stopTimeoutMs ?? this.#stopTimeoutMs, leftMs);
        const cause = await this.#run(entry, 'stopping', component.stop, timeoutMs);
        if (cause !== undefined) errors.push({ component: component.name, cause: cause.error });
        this.#tell(entry, cause === undefined ? 'stopped' : 'failed', cause?.error);
        // Those it depends on end even if it does not.
        return true;
      },
      () => true,
    );
    return errors;
  }

  /** `await using`: the end. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  // ── Health ──────────────────────────────────────────────────────────────────────────────────────

  /**
   * Asks every component that runs how it is, all at once.
   *
   * @param options `timeoutMs` for each component, default 5000; one that takes longer is down
   */
  health(options: WaitOptions = NO_OPTIONS): Promise<Health> {
    checkWait(options);
    const asked = [...this.#components.values()].map((component): ComponentHealth | Promise<ComponentHealth> => {
      const { name } = component;
      const state = this.#entry(name)?.state ?? 'idle';
      if (state !== 'running') return { name, state, status: 'down', detail: undefined };
      return checkHealth(component, options, () => new Step(this.#clock, this.#timer));
    });
    return Promise.all(asked).then((components) => ({
      status: components.every(({ status }) => status === 'up') ? 'up' : 'down',
      state: this.#state,
      ready: this.ready,
      inFlight: this.inFlight.count,
      components,
    }));
  }

  // ── Steps ───────────────────────────────────────────────────────────────────────────────────────

  /** Does something to every component, after it was done to those `before` it; at once to what is independent. */
  async #inOrder(
    before: (entry: Entry) => readonly Entry[],
    act: (entry: Entry) => Promise<boolean>,
    goesOn: () => boolean,
  ): Promise<void> {
    const done = new Map<Entry, Promise<boolean>>();
    const visit = (entry: Entry): Promise<boolean> => {
      let promise = done.get(entry);
      if (promise === undefined) {
        promise = (async () => {
          const first = await Promise.all(before(entry).map(visit));
          return first.every(Boolean) && goesOn() ? act(entry) : false;
        })();
        done.set(entry, promise);
      }
      return promise;
    };
    await Promise.all(this.#entries.map(visit));
  }

  /** Runs a step of a component with a deadline; what went wrong. */
  async #run(
    entry: Entry,
    state: 'starting' | 'stopping',
    fn: Component['start'],
    timeoutMs: number,
  ): Promise<{ readonly error: unknown } | undefined> {
    const step = new Step(this.#clock, this.#timer);
    entry.step = step;
    this.#tell(entry, state, undefined);
    try {
      await step.run(
        (signal) => fn?.call(entry.component, { signal }),
        timeoutMs,
        () => new TimeoutError(`${state} '${entry.component.name}'`, timeoutMs),
      );
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  #tell(entry: Entry, state: ComponentState, cause: unknown): void {
    const tookMs = state === 'starting' || state === 'stopping' ? 0 : (entry.step?.tookMs ?? 0);
    if (state !== 'starting' && state !== 'stopping') entry.step = undefined;
    entry.state = state;
    const { name } = entry.component;
    const detail = { component: name, state, tookMs };
    this.#events.emit('component', cause === undefined ? detail : { ...detail, cause });
  }

  #setState(state: LifecycleState): void {
    this.#state = state;
    this.#events.emit('state', { state });
  }

  #entry(name: string): Entry | undefined {
    return this.#entries.find(({ component }) => component.name === name);
  }
}
