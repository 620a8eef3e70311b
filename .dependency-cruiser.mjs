// The floors of the house: what each folder may import. `npm run check` cruises with these rules, and proves with
// deliberate violations that they fire.

/**
 * Floors from the ground up, by folder. A file imports from the floors below its own. Folders that share a floor do
 * not see each other, nor do the rooms within one folder.
 */
const FLOORS = [
  ['bindings'],
  ['src/base'],
  ['src/ports'],
  ['src/codecs', 'src/structures', 'src/sketches', 'src/ids'],
  ['src/observability'],
  ['src/concurrency'],
  ['src/resilience'],
  ['src/cache'],
  ['src/storage'],
  ['src/databases', 'src/distributed'],
  ['src/network'],
  ['src/systems'],
  // The package's front door: src/index.ts and what it is made of.
  ['src/[^/]+\\.ts$'],
  ['src/cli'],
];

/** Implementations of ports stand beside the floors: they see bindings, base and ports, and only the top sees them. */
const SIDES = ['src/adapters', 'src/sim'];

/** Imports inside one floor: `[from, to]` as path prefixes, each with its reason. Keep it short. */
const SIDEWAYS = [
  // Commands that a RedisServer is given: they answer through its engine.
  ['src/network/redis-modules', 'src/network/resp'],
  ['src/network/redis-scripting', 'src/network/resp'],
  // Caches of keys and values are one core with a policy each.
  ['src/cache/cache', 'src/cache/policies'],
  ['src/cache/lru-cache', 'src/cache/cache'],
  ['src/cache/lfu-cache', 'src/cache/cache'],
  ['src/cache/lfu-cache', 'src/cache/policies'],
  // What a function gave is remembered in a cache.
  ['src/cache/memoize', 'src/cache/lru-cache'],
  // What was loaded is held in a cache with the policy of one's choice.
  ['src/cache/patterns', 'src/cache/cache'],
  ['src/cache/patterns', 'src/cache/policies'],
  // The first tier is a cache-aside, with its loads, tags and bus.
  ['src/cache/tiered', 'src/cache/patterns'],
  // Policies are asked what they would have hit.
  ['src/cache/simulator', 'src/cache/policies'],
  // Metrics and traces leave by one protocol.
  ['src/observability/metrics', 'src/observability/otlp'],
  ['src/observability/tracing', 'src/observability/otlp'],
  // What many threads recorded is given as a histogram of one.
  ['src/sketches/shared-histogram', 'src/sketches/hdr-histogram'],
  // Writers of a SeqLock and updates of an Rcu come one after the other.
  ['src/concurrency/read-write-lock', 'src/concurrency/semaphore'],
  // Locks between threads lend permits, and break barriers, as those within one.
  ['src/concurrency/shared-locks', 'src/concurrency/semaphore'],
  ['src/concurrency/shared-locks', 'src/concurrency/barrier'],
  // Who borrows a channel waits for a place in the pool.
  ['src/concurrency/channel', 'src/concurrency/semaphore'],
  // How long was waited, and lent, is recorded as a pool of threads does.
  ['src/concurrency/pool', 'src/concurrency/worker-pool/times'],
  // Every policy keeps the contract; a pipeline is made of any.
  ['src/resilience/retry', 'src/resilience/policy'],
  ['src/resilience/circuit-breaker', 'src/resilience/policy'],
  ['src/resilience/timeout', 'src/resilience/policy'],
  ['src/resilience/bulkhead', 'src/resilience/policy'],
  ['src/resilience/fallback', 'src/resilience/policy'],
  ['src/resilience/hedge', 'src/resilience/policy'],
  ['src/resilience/pipeline', 'src/resilience/policy'],
  ['src/resilience/load-shedder', 'src/resilience/policy'],
  ['src/resilience/adaptive-limit', 'src/resilience/policy'],
  // How long a circuit stays open may follow a back-off.
  ['src/resilience/circuit-breaker', 'src/resilience/retry'],
  // A hedge is paid for as a retry is.
  ['src/resilience/hedge', 'src/resilience/retry'],
];

/** Who besides src/cli may import a side: `[from, to]` as patterns of path beginnings, each with its reason. */
const SIDE_DOORS = [
  // A WorkerPool starts the platform's threads, and a worker finds out what started it; neither loads a module of the platform.
  ['src/concurrency/worker-pool/', 'src/adapters/(node|web)/threads[.]ts$'],
  // RedisServer.listen() takes the platform's sockets, loaded when asked; duplexPair() is for where there are none.
  ['src/network/resp/', 'src/adapters/(node/tcp|memory/pipe)[.]ts$'],
  // Metrics of the process are the platform's to tell, asked for when they are wanted; and `node:http` takes listeners.
  ['src/observability/metrics/', 'src/adapters/node/(runtime|request-listener)[.]ts$'],
  // stopOnSignals() takes the process's signals, loaded when asked.
  ['src/concurrency/lifecycle/', 'src/adapters/node/signals[.]ts$'],
  // Which span is active follows the task that runs, where the platform follows tasks.
  ['src/observability/tracing/', 'src/adapters/node/context[.]ts$'],
  // The profiler that a program can use is the platform's.
  ['src/observability/profiler/', 'src/adapters/node/profiling[.]ts$'],
];

/** The rules, for given allow-lists. */
export function rules(sideways, sideDoors) {
  return [...upwards(), ...inOneFloor(sideways), ...sides(sideDoors), ...ground()];
}

export default {
  forbidden: rules(SIDEWAYS, SIDE_DOORS),
  options: {
    doNotFollow: { path: 'node_modules' },
    // An import of a type is a dependency too: it decides what a reader must know.
    tsPreCompilationDeps: true,
    exclude: { path: '^bindings/generated/.*[.]wasm$' },
  },
};

function upwards() {
  return FLOORS.slice(0, -1).map((floor, index) =>
    rule(`upwards-from-${floor[0]}`, `${floor.join(', ')}: must not import a floor above`, {
      from: { path: anyOf(floor) },
      to: { path: anyOf(FLOORS.slice(index + 1).flat()) },
    }),
  );
}

/** Rooms see only themselves, `src/structures/heap` not `src/structures/trie`, and folders only the floors below. */
function inOneFloor(sideways) {
  const exceptions = [...new Set(sideways.map(([from]) => from))];
  const roomed = FLOORS.filter((floor) => !['bindings', 'src/cli'].includes(floor[0]) && !floor[0].endsWith('$'));
  const rooms = roomed.flat().map((folder) =>
    rule(`between-rooms-of-${folder}`, `a room of ${folder} must not import another (see SIDEWAYS)`, {
      from: { path: `^${folder}/([^/]+)/`, pathNot: exceptions.map((from) => `^${from}`) },
      to: { path: `^${folder}/`, pathNot: `^${folder}/$1/` },
    }),
  );
  const folders = roomed
    .filter((floor) => floor.length > 1)
    .flatMap((floor) =>
      floor.map((folder) =>
        rule(`sideways-from-${folder}`, `${folder} must not import its own floor (see SIDEWAYS)`, {
          from: { path: `^${folder}/`, pathNot: exceptions.map((from) => `^${from}`) },
          to: { path: anyOf(floor.filter((other) => other !== folder)) },
        }),
      ),
    );
  // An exception reaches what it was allowed, and nothing else on its floor.
  const bounds = exceptions.map((from) => {
    const floor = roomed.find((candidates) => candidates.some((folder) => from.startsWith(`${folder}/`)));
    if (floor === undefined) throw new Error(`SIDEWAYS: "${from}" is on no floor with rooms`);
    const targets = sideways.filter(([source]) => source === from).map(([, to]) => `^${to}`);
    return rule(`sideways-bounds-of-${from}`, `${from} may import of its own floor only ${targets.join(', ')}`, {
      from: { path: `^${from}` },
      to: { path: anyOf(floor), pathNot: [`^${from}`, ...targets] },
    });
  });
  return [...rooms, ...folders, ...bounds];
}

function sides(sideDoors) {
  const insiders = ['^src/cli/', ...SIDES.map((side) => `^${side}/`)];
  return [
    rule('sides-see-ports-only', 'adapters and sim implement ports: they import bindings, base and ports only', {
      from: { path: anyOf(SIDES) },
      to: { path: anyOf(FLOORS.slice(3).flat()) },
    }),
    rule('sides-apart', 'adapters and sim do not see each other', {
      from: { path: `^(${SIDES.join('|')})/` },
      to: { path: anyOf(SIDES), pathNot: '^$1/' },
    }),
    rule('sides-from-the-top-only', 'src/cli chooses the implementations of ports (see SIDE_DOORS)', {
      from: { path: '^(src|bindings)/', pathNot: [...insiders, ...sideDoors.map(([from]) => `^${from}`)] },
      to: { path: anyOf(SIDES) },
    }),
    ...sideDoors.map(([from, to]) =>
      rule(`side-door-of-${from}`, `${from} may import of the sides only ${to}`, {
        from: { path: `^${from}` },
        to: { path: anyOf(SIDES), pathNot: `^${to}` },
      }),
    ),
  ];
}

function ground() {
  return [
    rule('kernels-see-kernels-only', 'assembly/ is another language: it imports assembly/ only', {
      from: { path: '^assembly/' },
      to: { pathNot: '^assembly/' },
    }),
    rule('nobody-imports-assembly', 'kernels are reached through bindings/kernels', {
      from: { path: '^(bindings|src)/' },
      to: { path: '^assembly/' },
    }),
    rule('code-of-kernels-in-bindings-only', "a kernel's code is imported by its binding only", {
      from: { path: '^(bindings|src)/', pathNot: '^bindings/kernels/' },
      to: { path: '^bindings/generated/' },
    }),
    rule('platform-in-adapters-only', 'node:* and packages are imported by src/adapters and src/cli only', {
      from: { path: '^(bindings|src)/', pathNot: '^src/(adapters|cli)/' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-peer', 'npm-optional', 'npm-no-pkg', 'npm-unknown'] },
    }),
    rule('no-circle', 'files that import each other in a circle, types aside, cannot be read alone', {
      from: { path: '^(bindings|src)/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    }),
    rule('no-unresolved', 'an import that leads nowhere', {
      from: { path: '^(assembly|bindings|src)/' },
      to: { couldNotResolve: true },
    }),
  ];
}

function rule(name, comment, match) {
  return { name, comment, severity: 'error', ...match };
}

function anyOf(folders) {
  return `^(${folders.map((folder) => (folder.endsWith('$') ? folder : `${folder}/`)).join('|')})`;
}
