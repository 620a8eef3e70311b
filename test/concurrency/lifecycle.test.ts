import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  ClosedError,
  type Component,
  DoubleReleaseError,
  guardHandler,
  InFlight,
  Lifecycle,
  type LifecycleOptions,
  LifecycleStateError,
  probeHandler,
  SignalReason,
  type Signals,
  StartError,
  StopError,
  stopOnSignals,
  TimeoutError,
} from '../../src/concurrency/lifecycle/index.js';
import { seededRandom, testSeed } from '../support/random.js';
import { ManualTime } from '../support/time.js';
import { workerFile } from '../support/worker.js';

let time: ManualTime;
let log: string[];

beforeEach(() => {
  time = new ManualTime();
  log = [];
});

const sleep = (ms: number) => new Promise<void>((resolve) => time.after(ms, resolve));

/** A component that notes when it begins and ends, each taking so long. */
function noting(name: string, dependsOn: string[] = [], startMs = 0, stopMs = 0): Component {
  return {
    name,
    dependsOn,
    async start() {
      log.push(`${name} starts`);
      if (startMs > 0) await sleep(startMs);
      log.push(`${name} runs`);
    },
    async stop() {
      log.push(`${name} stops`);
      if (stopMs > 0) await sleep(stopMs);
      log.push(`${name} stopped`);
    },
  };
}

function lifecycle(options: LifecycleOptions = {}, ...components: Component[]): Lifecycle {
  const made = new Lifecycle({ clock: time, timer: time, ...options });
  for (const component of components) made.add(component);
  return made;
}

/** How a promise ended, once time has passed. */
async function outcome(promise: Promise<unknown>, ms: number, steps = 20): Promise<unknown> {
  let result: unknown = 'still waiting';
  promise.then(
    (value) => {
      result = value ?? 'done';
    },
    (error) => {
      result = error;
    },
  );
  await time.pass(ms, steps);
  return result;
}

describe('the beginning', () => {
  it('starts each after those it depends on, and what is independent at once', async () => {
    const it = lifecycle({}, noting('web', ['cache', 'db']), noting('cache', [], 30), noting('db', [], 10));
    const states: string[] = [];
    it.on('state', ({ state }) => states.push(state));
    expect([it.state, it.ready]).toEqual(['idle', false]);
    const started = it.start();
    expect(it.start()).toBe(started);
    expect(await outcome(started, 40)).toBe('done');
    expect(log).toEqual(['cache starts', 'db starts', 'db runs', 'cache runs', 'web starts', 'web runs']);
    expect([it.state, it.ready, states]).toEqual(['running', true, ['starting', 'running']]);
    expect([...it.components()]).toEqual([
      ['web', 'running'],
      ['cache', 'running'],
      ['db', 'running'],
    ]);
  });

  it('stops what has started when one fails, and gives the others up', async () => {
    const cause = new Error('no route');
    const heard: unknown[] = [];
    const slow: Component = {
      name: 'slow',
      start: ({ signal }) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => {
            heard.push(signal.reason);
            reject(signal.reason);
          }),
        ),
    };
    const broken: Component = {
      name: 'broken',
      dependsOn: ['db'],
      async start() {
        await sleep(5);
        throw cause;
      },
    };
    const it = lifecycle({}, noting('db'), noting('cache', ['db']), broken, slow, noting('web', ['broken']));
    const error = await outcome(it.start(), 10);
    expect(error).toBeInstanceOf(StartError);
    expect(error).toMatchObject({ component: 'broken', cause, stopErrors: [], code: 'START_FAILED' });
    expect(heard).toEqual([cause]);
    expect(log.slice(-4)).toEqual(['cache stops', 'cache stopped', 'db stops', 'db stopped']);
    expect(log).not.toContain('web starts');
    expect([it.state, it.signal.aborted, it.signal.reason]).toEqual(['stopped', true, cause]);
    expect(it.start()).toBe(it.start());
    await it.stop();
  });

  it('fails when a component takes too long, and stops it if it comes up after all', async () => {
    const late = noting('late', [], 500);
    const it = lifecycle({ startTimeoutMs: 100 }, late);
    const error = (await outcome(it.start(), 120)) as StartError;
    expect(error).toBeInstanceOf(StartError);
    expect(error.cause).toBeInstanceOf(TimeoutError);
    expect(log).toEqual(['late starts']);
    await time.pass(500, 10);
    expect(log).toEqual(['late starts', 'late runs', 'late stops', 'late stopped']);
  });

  it('can be given up by its signal, with the very reason', async () => {
    const it = lifecycle({}, noting('db'), noting('web', ['db'], 1000));
    const controller = new AbortController();
    const reason = { why: 'because' };
    const started = it.start({ signal: controller.signal });
    await time.pass(5);
    controller.abort(reason);
    expect(await outcome(started, 5)).toBe(reason);
    expect(log).toEqual(['db starts', 'db runs', 'web starts', 'db stops', 'db stopped']);
    const other = lifecycle({}, noting('x'));
    expect(await outcome(other.start({ signal: AbortSignal.abort(reason) }), 5)).toBe(reason);
    expect(log).not.toContain('x starts');
  });

  it('can be given up by the end', async () => {
    const it = lifecycle({}, noting('db'), noting('web', ['db'], 1000));
    const started = it.start();
    await time.pass(5);
    const reason = new Error('enough');
    expect(await outcome(it.stop(reason), 5)).toBe('done');
    expect(await outcome(started, 0)).toBe(reason);
    expect([it.state, log.slice(-1)]).toEqual(['stopped', ['db stopped']]);
  });

  it('refuses what cannot be, and is then as it was', async () => {
    const it = lifecycle({}, noting('a', ['b']), noting('b', ['c']), noting('c', ['a']));
    expect(() => it.start()).toThrow(new RangeError('Components depend on each other: a → b → c → a'));
    expect(it.state).toBe('idle');
    const lonely = lifecycle({}, noting('a', ['nobody']));
    expect(() => lonely.start()).toThrow(new RangeError("'a' depends on 'nobody', which was not added"));
    lonely.add(noting('nobody'));
    expect(await outcome(lonely.start(), 1)).toBe('done');
    expect(() => lonely.add(noting('late'))).toThrow(LifecycleStateError);
    expect(() => lifecycle({}, noting('a'), noting('a'))).toThrow(/already/);
    for (const bad of [null, {}, { name: '' }, { name: 'a', dependsOn: 'b' }, { name: 'a', start: 1 }]) {
      expect(() => lifecycle().add(bad as never)).toThrow(TypeError);
    }
    expect(() => lifecycle().add({ name: 'a', startTimeoutMs: -1 })).toThrow(RangeError);
    expect(() => lifecycle({ quietMs: Number.POSITIVE_INFINITY })).toThrow(RangeError);
    expect(() => lifecycle({ stopTimeoutMs: 'x' as never })).toThrow(TypeError);
  });
});

describe('the end', () => {
  it('stops each after those that depend on it', async () => {
    const it = lifecycle({}, noting('db', [], 0, 5), noting('cache', [], 0, 20), noting('web', ['db', 'cache'], 0, 10));
    await outcome(it.start(), 1);
    log.length = 0;
    const reason = new Error('enough');
    const stopped = it.stop(reason);
    expect([it.ready, it.signal.reason]).toEqual([false, reason]);
    expect(it.stop()).toBe(stopped);
    expect(await outcome(stopped, 40)).toBe('done');
    expect(log).toEqual(['web stops', 'web stopped', 'db stops', 'cache stops', 'db stopped', 'cache stopped']);
    expect(it.state).toBe('stopped');
  });

  it('goes on when one fails or takes too long, and tells of all that went wrong', async () => {
    const cause = new Error('stuck');
    const bad: Component = { name: 'bad', dependsOn: ['db'], stop: () => Promise.reject(cause) };
    const endless: Component = {
      name: 'endless',
      dependsOn: ['db'],
      stopTimeoutMs: 30,
      stop: () => new Promise(() => {}),
    };
    const it = lifecycle({}, noting('db'), bad, endless);
    const told: string[] = [];
    it.on('component', ({ component, state, tookMs }) => told.push(`${component} ${state} ${tookMs}`));
    await outcome(it.start(), 1);
    const error = (await outcome(it.stop(), 40)) as StopError;
    expect(error).toBeInstanceOf(StopError);
    expect(error.errors).toEqual([
      { component: 'bad', cause },
      { component: 'endless', cause: expect.any(TimeoutError) },
    ]);
    expect(log.slice(-2)).toEqual(['db stops', 'db stopped']);
    expect(told).toContain('endless failed 30');
    expect([...it.components().values()]).toEqual(['stopped', 'failed', 'failed']);
  });

  it('ends in all after so long, whatever each may take', async () => {
    const it = lifecycle(
      { totalStopTimeoutMs: 50, stopTimeoutMs: 1000 },
      noting('a', [], 0, 1000),
      noting('b', ['a'], 0, 1000),
    );
    await outcome(it.start(), 1);
    const error = (await outcome(it.stop(), 60)) as StopError;
    expect(error.errors.map(({ component }) => component)).toEqual(['b', 'a']);
    expect(it.state).toBe('stopped');
  });

  it('stays quiet first, then waits for what is under way', async () => {
    const it = lifecycle({ quietMs: 20, drainTimeoutMs: 100 }, noting('db'));
    await outcome(it.start(), 1);
    const first = it.inFlight.enter();
    const stopped = it.stop();
    await time.pass(10);
    // Load balancers may still send something.
    const second = it.inFlight.enter();
    await time.pass(20);
    expect(() => it.inFlight.enter()).toThrow(ClosedError);
    expect(log).not.toContain('db stops');
    first.leave();
    second.leave();
    expect(await outcome(stopped, 1)).toBe('done');
    expect(log).toContain('db stopped');
  });

  it('does not wait for ever for what is under way', async () => {
    const it = lifecycle({ drainTimeoutMs: 30 }, noting('db'));
    await outcome(it.start(), 1);
    it.inFlight.enter();
    const error = (await outcome(it.stop(), 40)) as StopError;
    expect(error.errors).toEqual([{ component: 'inFlight', cause: expect.any(TimeoutError) }]);
    expect(log).toContain('db stopped');
  });

  it('ends what was never started', async () => {
    const it = lifecycle({}, noting('db'));
    expect(await outcome(it.stop(), 1)).toBe('done');
    expect(log).toEqual([]);
    expect(() => it.start()).toThrow(LifecycleStateError);
  });

  it('comes by itself with the scope', async () => {
    let kept: Lifecycle;
    {
      await using it = new Lifecycle().add(noting('db'));
      await it.start();
      kept = it;
    }
    expect([kept.state, log.slice(-1)]).toEqual(['stopped', ['db stopped']]);
  });

  it('does not heed a clock that jumps', async () => {
    const it = lifecycle({ stopTimeoutMs: 100 }, noting('db', [], 0, 50));
    await outcome(it.start(), 1);
    const stopped = it.stop();
    time.jump(1e9);
    expect(await outcome(stopped, 60)).toBe('done');
  });
});

it('random graphs begin and end in an order that goes with what each needs', async () => {
  const random = seededRandom(testSeed('lifecycle graphs'));
  for (let round = 0; round < 40; round++) {
    log = [];
    const count = 1 + random.below(12);
    const components = Array.from({ length: count }, (_, i) => {
      const needs = Array.from({ length: i }, (_, j) => j).filter(() => random.below(3) === 0);
      return noting(
        `c${i}`,
        needs.map((j) => `c${j}`),
        random.below(20),
        random.below(20),
      );
    });
    const failing = random.below(3) === 0 ? random.below(count) : -1;
    if (failing >= 0) {
      components[failing] = { ...(components[failing] as Component), start: () => Promise.reject(new Error('no')) };
    }
    const made = lifecycle({}, ...[...components].sort(() => random.below(3) - 1));
    const started = await outcome(made.start(), 300, 300);
    if (failing >= 0) expect(started).toBeInstanceOf(StartError);
    else expect(started).toBe('done');
    await outcome(made.stop(), 300, 300);
    const at = (line: string) => log.indexOf(line);
    for (const { name, dependsOn = [] } of components) {
      expect(at(`${name} runs`) >= 0, name).toBe(at(`${name} stopped`) >= 0);
      for (const needed of dependsOn) {
        if (at(`${name} starts`) < 0) continue;
        expect(at(`${needed} runs`)).toBeGreaterThanOrEqual(0);
        expect(at(`${needed} runs`)).toBeLessThan(at(`${name} starts`));
        // One that was given up while it started, and came up after all, is stopped when it does.
        const late = made.components().get(name) === 'failed';
        if (at(`${name} stopped`) >= 0 && !late) expect(at(`${name} stopped`)).toBeLessThan(at(`${needed} stops`));
      }
    }
  }
});

describe('health', () => {
  const withHealth = (health: NonNullable<Component['health']>): Component => ({ name: 'db', health });

  it('asks each that runs, and takes silence and errors for down', async () => {
    const answers: NonNullable<Component['health']>[] = [
      () => ({ rows: 3 }),
      () => {
        throw new Error('gone');
      },
      () => new Promise(() => {}),
    ];
    const statuses: unknown[] = [];
    for (const answer of answers) {
      const it = lifecycle({}, withHealth(answer), noting('plain'));
      await outcome(it.start(), 1);
      const health = (await outcome(it.health({ timeoutMs: 10 }), 20)) as Awaited<ReturnType<typeof it.health>>;
      statuses.push([health.status, health.components[0]?.detail, health.components[1]?.status]);
    }
    expect(statuses).toEqual([
      ['up', { rows: 3 }, 'up'],
      ['down', expect.objectContaining({ message: 'gone' }), 'up'],
      ['down', expect.any(TimeoutError), 'up'],
    ]);
    const it = lifecycle(
      {},
      withHealth(() => new Promise(() => {})),
    );
    expect(await it.health()).toMatchObject({ status: 'down', state: 'idle', ready: false, inFlight: 0 });
    await outcome(it.start(), 1);
    const reason = new Error('enough');
    const controller = new AbortController();
    const asked = it.health({ signal: controller.signal });
    controller.abort(reason);
    expect(await outcome(asked, 1)).toBe(reason);
    await expect(it.health({ signal: controller.signal })).rejects.toBe(reason);
  });

  it('answers probes', async () => {
    const it = lifecycle(
      {},
      withHealth(() => 'fine'),
      { name: 'bad', health: () => Promise.reject(new Error('gone')) },
    );
    const probe = probeHandler(it);
    const ask = async (path: string) => {
      const response = await probe(new Request(`http://x${path}`));
      return response === undefined ? undefined : [response.status, await response.text()];
    };
    expect([await ask('/livez'), await ask('/readyz'), await ask('/else')]).toEqual([
      [200, 'idle\n'],
      [503, 'idle\n'],
      undefined,
    ]);
    await outcome(it.start(), 1);
    expect(await ask('/readyz')).toEqual([200, 'running\n']);
    const [status, body] = (await ask('/healthz')) as [number, string];
    expect([status, JSON.parse(body).components.map((each: { detail: unknown }) => each.detail)]).toEqual([
      503,
      ['fine', 'Error: gone'],
    ]);
    await outcome(it.stop(), 1);
    expect([await ask('/livez'), await ask('/readyz')]).toEqual([
      [503, 'stopped\n'],
      [503, 'stopped\n'],
    ]);
  });

  it('counts requests, and refuses them once it goes down', async () => {
    const it = lifecycle({}, noting('db'));
    await outcome(it.start(), 1);
    const guarded = guardHandler(it, async () => {
      await sleep(10);
      return new Response('ok');
    });
    const request = () => new Request('http://x/');
    const answered = guarded(request());
    expect(it.inFlight.count).toBe(1);
    const stopped = it.stop();
    const refused = await guarded(request());
    expect([refused.status, refused.headers.get('retry-after'), refused.headers.get('connection')]).toEqual([
      503,
      '1',
      'close',
    ]);
    expect(log).not.toContain('db stops');
    await time.pass(20, 4);
    expect([(await answered).status, await outcome(stopped, 1), it.inFlight.count]).toEqual([200, 'done', 0]);
  });
});

describe('InFlight', () => {
  it('waits until nothing is under way, and gives up when it is told to', async () => {
    const flight = new InFlight({ timer: time });
    await flight.drained();
    const passage = flight.enter();
    const reason = new Error('enough');
    const controller = new AbortController();
    const aborted = flight.drained({ signal: controller.signal });
    const timed = flight.drained({ timeoutMs: 5 });
    const kept = flight.drained();
    controller.abort(reason);
    expect(await outcome(aborted, 0)).toBe(reason);
    expect(await outcome(timed, 6)).toBeInstanceOf(TimeoutError);
    await expect(flight.drained({ signal: controller.signal })).rejects.toBe(reason);
    passage.leave();
    expect(() => passage.leave()).toThrow(DoubleReleaseError);
    expect(await outcome(kept, 0)).toBe('done');
    expect([await flight.track(() => 1), flight.count]).toEqual([1, 0]);
    await expect(flight.track(() => Promise.reject(reason))).rejects.toBe(reason);
    {
      using _passage = flight.enter();
      expect(flight.count).toBe(1);
    }
    flight.close();
    expect([flight.count, flight.closed]).toEqual([0, true]);
    await expect(flight.track(() => 1)).rejects.toBeInstanceOf(ClosedError);
    expect(time.pending).toBe(0);
  });
});

describe('signals', () => {
  const fake = () => {
    const listeners = new Map<string, () => void>();
    const exits: number[] = [];
    const platform: Signals = {
      on(signal, callback) {
        listeners.set(signal, callback);
        return () => void listeners.delete(signal);
      },
      exit: (code) => void exits.push(code),
    };
    return { listeners, exits, platform };
  };

  it('end it at the first, and the program at the second', async () => {
    const it = lifecycle({}, noting('db', [], 0, 50));
    const { listeners, exits, platform } = fake();
    await stopOnSignals(it, { platform });
    await outcome(it.start(), 1);
    expect([...listeners.keys()]).toEqual(['SIGTERM', 'SIGINT']);
    listeners.get('SIGTERM')?.();
    expect(it.signal.reason).toBeInstanceOf(SignalReason);
    expect(it.signal.reason).toMatchObject({ signal: 'SIGTERM' });
    listeners.get('SIGINT')?.();
    expect(exits).toEqual([130]);
    await time.pass(60, 4);
    expect([exits, listeners.size]).toEqual([[130, 0], 0]);
  });

  it('exit with 1 when something did not stop, or not at all', async () => {
    const cause = new Error('stuck');
    const errors: unknown[] = [];
    const { listeners, exits, platform } = fake();
    const it = lifecycle({}, { name: 'bad', stop: () => Promise.reject(cause) });
    await outcome(it.start(), 1);
    await stopOnSignals(it, { platform, signals: ['SIGHUP'], onError: (error) => errors.push(error) });
    listeners.get('SIGHUP')?.();
    await time.pass(1);
    expect(exits).toEqual([1]);
    expect(errors).toEqual([expect.any(StopError)]);
    const quiet = lifecycle({}, noting('db'));
    await outcome(quiet.start(), 1);
    const cancel = await stopOnSignals(quiet, { platform, exit: false });
    listeners.get('SIGINT')?.();
    await time.pass(1);
    expect([quiet.state, exits]).toEqual(['stopped', [1]]);
    cancel();
  });

  it('end a real process in order, and at once when asked twice', async () => {
    const file = workerFile(`
      import { Lifecycle, stopOnSignals } from './src/concurrency/lifecycle/index.ts';
      const slow = process.argv[2] === 'slow';
      const keep = setInterval(() => {}, 1000);
      const lifecycle = new Lifecycle()
        .add({ name: 'db', start() { console.log('db up'); }, async stop() { if (slow) await new Promise(() => {}); console.log('db down'); clearInterval(keep); } })
        .add({ name: 'web', dependsOn: ['db'], stop() { console.log('web down'); } });
      await stopOnSignals(lifecycle);
      await lifecycle.start();
      console.log('ready');
    `);
    const run = async (mode: string, signals: NodeJS.Signals[]) => {
      const child = spawn(process.execPath, [file, mode], { stdio: ['ignore', 'pipe', 'inherit'] });
      let printed = '';
      child.stdout.on('data', (chunk) => {
        printed += chunk;
        if (printed.includes('ready') && signals.length > 0 && !child.killed) child.kill(signals.shift());
        if (printed.includes('web down') && signals.length > 0) process.kill(child.pid as number, signals.shift());
      });
      const [code] = await once(child, 'exit');
      return [printed.trim().split('\n'), code];
    };
    expect(await run('quick', ['SIGTERM'])).toEqual([['db up', 'ready', 'web down', 'db down'], 0]);
    expect(await run('slow', ['SIGTERM', 'SIGINT'])).toEqual([['db up', 'ready', 'web down'], 130]);
  });
});
