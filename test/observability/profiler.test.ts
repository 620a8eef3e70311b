import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import {
  CpuReport,
  EventLoopProfiler,
  findBottlenecks,
  flameGraph,
  foldedText,
  type HeapProfileNode,
  HeapReport,
  hotFunctions,
  IoTally,
  ioKindOf,
  LeakDetector,
  labelOf,
  NoProfilerError,
  type ProfilingProbe,
  parseFolded,
  profile,
  profileCpu,
  profileHeap,
  profileIo,
} from '../../src/observability/profiler/index.js';
import { CountingSignal, reasonOf } from '../support/signals.js';
import { ManualTime } from '../support/time.js';

const frame = (functionName: string, url = 'file:///app/src/shop.js', lineNumber = 9) => ({
  functionName,
  scriptId: '1',
  url,
  lineNumber,
  columnNumber: 0,
});
const engine = (name: string) => frame(name, '', -1);

/** main calls work twice and itself idles; work calls itself. One sample a millisecond. */
const PROFILE = {
  nodes: [
    { id: 1, callFrame: engine('(root)'), children: [2, 5, 6] },
    { id: 2, callFrame: frame('main'), children: [3] },
    { id: 3, callFrame: frame('work', undefined, 19), children: [4] },
    { id: 4, callFrame: frame('work', undefined, 19) },
    { id: 5, callFrame: engine('(idle)') },
    { id: 6, callFrame: engine('(garbage collector)') },
  ],
  startTime: 5_000_000,
  endTime: 5_010_000,
  samples: [2, 3, 3, 4, 4, 4, 5, 5, 6, 2],
  timeDeltas: [0, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000],
};

const HEAP: HeapProfileNode = {
  callFrame: engine('(root)'),
  selfSize: 0,
  children: [
    { callFrame: frame('cache'), selfSize: 3000, children: [{ callFrame: frame(''), selfSize: 1000, children: [] }] },
  ],
};

describe('CpuReport', () => {
  const report = new CpuReport(PROFILE, 100);

  it('adds up samples by function, idleness aside', () => {
    expect([report.durationMs, report.busyMs, report.collectorMs]).toEqual([10, 8, 1]);
    expect(report.top().map(({ label, self, total }) => [label, self, total])).toEqual([
      ['work (src/shop.js:20)', 5000, 5000],
      ['main (src/shop.js:10)', 2000, 7000],
      ['(garbage collector)', 1000, 1000],
    ]);
  });

  it('folds stacks, which are read again as they were', () => {
    expect(report.folded()).toBe(
      [
        '(garbage collector) 1000',
        'main (src/shop.js:10) 2000',
        'main (src/shop.js:10);work (src/shop.js:20) 2000',
        'main (src/shop.js:10);work (src/shop.js:20);work (src/shop.js:20) 3000',
        '',
      ].join('\n'),
    );
    const again = parseFolded(report.folded());
    expect(again.total).toBe(8000);
    expect(foldedText(again)).toBe(report.folded());
    expect(hotFunctions(again)[0]).toMatchObject({ label: 'work (src/shop.js:20)', self: 5000, total: 5000 });
    expect(() => parseFolded('no weight')).toThrow(RangeError);
    expect(parseFolded('').total).toBe(0);
  });

  it('knows what ran at a time', () => {
    expect(report.stackDuring(101, 106)).toEqual(['main', 'work', 'work']);
    expect(report.stackDuring(106, 107)).toEqual([]);
    expect(report.stackDuring(900, 901)).toEqual([]);
  });

  it('names functions by place', () => {
    expect(labelOf(frame('', 'https://x.example/a/b/c.js?v=1'))).toBe('(anonymous) (b/c.js:10)');
    expect(labelOf(frame('read', 'node:internal/fs/promises'))).toBe('read (node:internal/fs/promises:10)');
  });
});

describe('flameGraph', () => {
  it('draws boxes as wide as they weigh, the same bytes each time', () => {
    const svg = new CpuReport(PROFILE).flameGraph({ title: 'A <b> & "c"\u0007' });
    expect(svg).toBe(new CpuReport(PROFILE).flameGraph({ title: 'A <b> & "c"' }));
    expect(svg).toContain('<title>A &#60;b&#62; &#38; &#34;c&#34;</title>');
    expect(svg).toContain('<title>main (src/shop.js:10), 7.0 ms, 87.5 %</title>');
    const widths = [...svg.matchAll(/<title>(\S+).*?<\/title><rect x="[\d.]+" y="(\d+)" width="([\d.]+)"/g)];
    expect(widths.map(([, name, y, width]) => [name, Number(y), Number(width)])).toEqual([
      ['all,', 90, 1179.5],
      ['(garbage', 72, 147],
      ['main', 72, 1032],
      ['work', 54, 737],
      ['work', 36, 442],
    ]);
    expect(svg.match(/<(g|rect|text|svg|title)/g)?.length).toBe(svg.match(/<\/(g|text|svg|title)>|\/>/g)?.length);
    expect(svg).not.toMatch(/script|http(?!:\/\/www\.w3\.org\/2000\/svg)/);
  });

  it('leaves out what is too narrow or too deep, and can hang from above', () => {
    const deep = parseFolded(`${Array.from({ length: 300 }, (_, i) => `f${i}`).join(';')} 5\nrare 1\noften 99999\n`);
    const svg = flameGraph(deep, { maxDepth: 3, inverted: true });
    expect(svg).toContain('often, 99999, 100.0 %');
    expect(svg).not.toContain('rare');
    expect(flameGraph(parseFolded(''))).toContain('all, 0, 0.0 %');
    expect(() => flameGraph(deep, { width: 1 })).toThrow(RangeError);
    expect(() => flameGraph(deep, { minWidth: 0 })).toThrow(RangeError);
    expect(() => flameGraph(deep, { maxDepth: 0 })).toThrow(RangeError);
  });
});

describe('HeapReport and LeakDetector', () => {
  it('add up what lives, by who allocated it', () => {
    const report = new HeapReport(HEAP);
    expect(report.bytes).toBe(4000);
    expect(report.top(1)[0]).toMatchObject({ self: 3000, total: 4000 });
    expect(report.folded()).toContain('cache (src/shop.js:10);(anonymous) (src/shop.js:10) 1000');
    expect(report.flameGraph()).toContain('3.9 KiB');
  });

  it('tell a leak from saw teeth', () => {
    const verdict = (bytesAt: (i: number) => number) => {
      const detector = new LeakDetector();
      for (let i = 0; i < 100; i++) detector.sample(bytesAt(i));
      return detector.verdict();
    };
    expect(verdict((i) => 1000 + 50 * (i % 10)).suspected).toBe(false);
    expect(verdict((i) => 1000 + 50 * (i % 10) + 10 * i)).toMatchObject({ suspected: true, growthBytes: 800 });
    expect(verdict((i) => 1000 + i / 2).suspected).toBe(false);
    expect(new LeakDetector().verdict().suspected).toBe(false);
    const many = new LeakDetector();
    for (let i = 0; i < 25_000; i++) many.sample(i);
    expect(many.verdict().suspected).toBe(true);
    expect(() => many.sample(-1)).toThrow(RangeError);
    expect(() => new LeakDetector(0)).toThrow(RangeError);
  });
});

describe('EventLoopProfiler', () => {
  /** A timer that fires when told, at whatever time it is then. */
  function looping(options: { maxBlocks?: number } = {}) {
    let now = 0;
    let tick: (() => void) | undefined;
    const clock = { now: () => 0, monotonic: () => now };
    const timer = {
      after: () => () => {},
      every: (_: number, callback: () => void) => {
        tick = callback;
        return () => {
          tick = undefined;
        };
      },
    };
    const profiler = new EventLoopProfiler({ clock, timer, ...options });
    const pass = (...delays: number[]) => {
      for (const delay of delays) {
        now += 10 + delay;
        tick?.();
      }
    };
    return { profiler, pass, later: (ms: number) => (now += ms), running: () => tick !== undefined };
  }

  it('measures how late its timer is, and lists the longest blocks', () => {
    const { profiler, pass, running } = looping({ maxBlocks: 2 });
    profiler.start();
    profiler.start();
    pass(...new Array<number>(97).fill(0), 30, 200, 100);
    const report = profiler.stop();
    expect(report).toMatchObject({ samples: 100, mean: 3.3, p50: 0, max: 200 });
    expect(Math.abs(report.p99 - 100) / 100).toBeLessThan(0.1);
    expect(report.blocks.map(({ durationMs }) => durationMs)).toEqual([200, 100]);
    expect(report.blocks[0]?.startMs).toBe(97 * 10 + 40 + 10);
    expect(running()).toBe(false);
  });

  it('counts a block that its end finds unfinished, and has nothing to say of nothing', () => {
    const { profiler, later } = looping();
    expect(profiler.stop()).toEqual({ samples: 0, mean: 0, p50: 0, p99: 0, max: 0, blocks: [] });
    profiler.start();
    later(510);
    expect(profiler.stop().blocks).toEqual([{ startMs: 10, durationMs: 500 }]);
    expect(() => new EventLoopProfiler({ resolutionMs: 0 })).toThrow(RangeError);
    expect(() => new EventLoopProfiler({ blockMs: 0 })).toThrow(RangeError);
  });
});

describe('IoTally', () => {
  it('adds up by kind what began, what ended and how long it took', () => {
    const time = new ManualTime();
    const tally = new IoTally(time);
    tally.begin(1, 'FSREQCALLBACK');
    tally.begin(2, 'FSREQPROMISE');
    time.advance(10);
    tally.end(1);
    tally.end(1);
    tally.begin(3, 'TCPCONNECTWRAP');
    time.advance(20);
    tally.end(2);
    tally.end(99);
    expect(tally.report()).toEqual([
      {
        kind: 'file',
        begun: 2,
        ended: 2,
        mostAtOnce: 2,
        meanMs: 20,
        maxMs: 30,
        types: { FSREQCALLBACK: 1, FSREQPROMISE: 1 },
      },
      { kind: 'network', begun: 1, ended: 0, mostAtOnce: 1, meanMs: 0, maxMs: 0, types: { TCPCONNECTWRAP: 1 } },
    ]);
  });

  it('knows the kinds', () => {
    const kinds = [
      'GETADDRINFOREQWRAP',
      'HTTPCLIENTREQUEST',
      'Timeout',
      'ZLIB',
      'PBKDF2REQUEST',
      'PROCESSWRAP',
      'new',
    ].map(ioKindOf);
    expect(kinds).toEqual(['dns', 'http', 'timer', 'zlib', 'crypto', 'process', 'other']);
  });
});

describe('findBottlenecks', () => {
  it('says what slows a program down, the worst first, and nothing where nothing does', () => {
    const cpu = new CpuReport({ ...PROFILE, endTime: 5_100_000, samples: [4, 6], timeDeltas: [0, 80_000] });
    const usage = { begun: 0, ended: 0, mostAtOnce: 0, meanMs: 3, maxMs: 9, types: {} };
    const found = findBottlenecks({
      durationMs: 100,
      cpu,
      heap: new HeapReport(HEAP),
      leak: { suspected: true, floors: [1, 2], growthBytes: 2 ** 20 },
      loop: {
        samples: 10,
        mean: 1,
        p50: 0,
        p99: 90,
        max: 300,
        blocks: [{ startMs: 0, durationMs: 300, stack: ['main', 'parse'] }],
      },
      io: [
        { ...usage, kind: 'file', mostAtOnce: 100 },
        { ...usage, kind: 'dns', begun: 50 },
        { ...usage, kind: 'network', begun: 50, types: { TCPCONNECTWRAP: 50 } },
      ],
    });
    expect(found.map(({ kind }) => kind)).toEqual([
      'cpu',
      'dns',
      'network',
      'hot-function',
      'event-loop',
      'memory-growth',
      'garbage-collection',
      'file',
    ]);
    expect(found.find(({ kind }) => kind === 'event-loop')?.finding).toContain('300 ms at a time, in main › parse;');
    expect(found.find(({ kind }) => kind === 'hot-function')?.finding).toContain('work (src/shop.js:20) took 80 %');
    for (const { severity } of found) expect(severity > 0 && severity <= 1).toBe(true);
    expect(findBottlenecks({ durationMs: 1000 })).toEqual([]);
    expect(findBottlenecks({ durationMs: 1000, cpu: new CpuReport(PROFILE) })).toEqual([]);
  });
});

describe('profile', () => {
  function faked() {
    const time = new ManualTime();
    const log: string[] = [];
    const probe: ProfilingProbe = {
      startCpu: async (interval) => void log.push(`cpu ${interval}`),
      stopCpu: async () => ({ profile: PROFILE, startMs: 0 }),
      startHeap: async (interval) => void log.push(`heap ${interval}`),
      stopHeap: async () => HEAP,
      watchIo: (listener) => {
        listener.begin(1, 'FSREQCALLBACK');
        return () => void log.push('io ended');
      },
      heapUsedBytes: () => 1000,
      close: () => void log.push('closed'),
    };
    return { time, log, probe, options: { probe, clock: time, timer: time } };
  }

  it('measures everything for so long', async () => {
    const { time, log, options } = faked();
    const running = profile(1000, options);
    await time.pass(1000);
    const report = await running;
    expect(report.durationMs).toBe(1000);
    expect(log).toEqual(['heap 32768', 'cpu 1000', 'io ended', 'closed']);
    expect([report.cpu?.busyMs, report.heap?.bytes, report.io?.[0]?.kind, report.leak?.suspected]).toEqual([
      8,
      4000,
      'file',
      false,
    ]);
    expect(report.loop?.samples).toBe(100);
    expect([report.bottlenecks, report.advice]).toEqual([[], []]);
    expect(String(report)).toContain('No bottleneck was found.');
    expect(time.pending).toBe(0);
  });

  it('ends by its signal, with exactly its reason, and leaves nothing behind', async () => {
    for (const moment of ['before', 'starting', 'during'] as const) {
      const { time, log, options } = faked();
      const counting = new CountingSignal();
      const reason = { moment };
      if (moment === 'before') counting.abort(reason);
      const ended = reasonOf(profile(1000, { ...options, signal: counting.signal }));
      if (moment === 'during') await time.pass(10);
      counting.abort(reason);
      expect(await ended).toBe(reason);
      expect([counting.listeners, time.pending]).toEqual([0, 0]);
      if (moment !== 'before') expect(log.at(-1)).toBe('closed');
    }
  });

  it('closes the probe when the function or the probe fails', async () => {
    const { log, options, probe, time } = faked();
    const error = new Error('no');
    expect(await reasonOf(profile(() => Promise.reject(error), options))).toBe(error);
    const broken = { ...probe, startCpu: () => Promise.reject(error) };
    expect(await reasonOf(profile(10, { ...options, probe: broken }))).toBe(error);
    expect(log.filter((line) => line === 'closed')).toHaveLength(2);
    expect(time.pending).toBe(0);
  });

  it('refuses misuse at once', () => {
    expect(() => profile(0)).toThrow(RangeError);
    expect(() => profile('1' as never)).toThrow(TypeError);
    expect(() => profile(1, { cpuIntervalMicros: 1 })).toThrow(RangeError);
    expect(() => profile(1, { heapIntervalBytes: 1 })).toThrow(RangeError);
    expect(new NoProfilerError().code).toBe('NO_PROFILER');
  });

  it('finds, in this process, the function that spins', async () => {
    let sink = 0;
    const spinHard = () => {
      for (let i = 0; i < 3e7; i++) sink = Math.imul(sink + i, 31);
    };
    const report = await profileCpu(spinHard, { cpuIntervalMicros: 200 });
    const [hottest] = report.top().filter(({ frame }) => !frame.functionName.startsWith('('));
    expect(hottest?.frame.functionName).toBe('spinHard');
    expect(report.flameGraph()).toContain('spinHard');
    expect(JSON.parse(JSON.stringify(report.profile)).nodes.length).toBeGreaterThan(2);
  });

  it('finds, in this process, who allocates and what is waited for', async () => {
    const kept: unknown[] = [];
    const heap = await profileHeap(
      function fillCache() {
        for (let i = 0; i < 50_000; i++) kept.push({ i, text: `entry ${i}` });
      },
      { heapIntervalBytes: 1024 },
    );
    expect(heap.top(20).map(({ frame }) => frame.functionName)).toContain('fillCache');
    expect(kept).toHaveLength(50_000);
    const io = await profileIo(() => readFile('/proc/self/stat'));
    const file = io.find(({ kind }) => kind === 'file');
    expect(file?.begun).toBeGreaterThan(0);
  });
});
