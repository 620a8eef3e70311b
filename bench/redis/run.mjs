// `npm run bench:redis [-- --json FILE --markdown FILE --rounds N --quick]`: redis-server and `ashlar serve`, in turn,
// under the same redis-benchmark. Prints throughput, latency and the server's own CPU time per operation.
//
// Both servers run for the whole bench; every case is run on one and then the other, `rounds` times, so that what the
// machine does meanwhile falls on both. Figures are medians over the rounds.

import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from '../../scripts/build.mjs';

const { values: flags } = parseArgs({
  options: {
    json: { type: 'string' },
    markdown: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    quick: { type: 'boolean', default: false },
  },
});
const rounds = flags.quick ? 1 : Number(flags.rounds);
const CLIENTS = 50;
const VALUE_BYTES = 64;
const PIPELINES = [1, 16, 64];
const KEY_COUNTS = flags.quick ? [1000] : [100_000, 1_000_000];
const COMMANDS = ['set', 'get'];
/** Requests a case, by pipeline: about two seconds each. */
const REQUESTS = flags.quick ? { 1: 2000, 16: 8000, 64: 8000 } : { 1: 200_000, 16: 2_000_000, 64: 3_000_000 };
/** Clock ticks a second in /proc/<pid>/stat. */
const TICKS_PER_SECOND = Number(spawnSync('getconf', ['CLK_TCK']).stdout?.toString() || 100);

if (spawnSync('redis-server', ['--version']).error || spawnSync('redis-benchmark', ['--version']).error) {
  console.error('bench:redis needs redis-server and redis-benchmark (scripts/install-real.sh installs them)');
  process.exit(1);
}
build();

const servers = [await startRedis(), await startAshlar()];
const results = [];
try {
  for (const keys of KEY_COUNTS) {
    for (const server of servers) fill(server, keys);
    for (const pipeline of PIPELINES) {
      for (const command of COMMANDS) results.push(runCase(command, pipeline, keys));
    }
  }
} finally {
  for (const { child } of servers) child.kill('SIGTERM');
}
report();

async function startRedis() {
  const port = await freePort();
  const child = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    {
      stdio: 'ignore',
    },
  );
  await untilReady(port);
  const version = /v=(\S+)/.exec(spawnSync('redis-server', ['--version']).stdout.toString())?.[1];
  return { name: `redis-server ${version}`, child, port };
}

async function startAshlar() {
  const port = await freePort();
  const main = resolve(import.meta.dirname, '../../dist/default/src/cli/main.js');
  const child = spawn(process.execPath, [main, 'serve', '--port', String(port), '--http-port', '0'], {
    stdio: 'ignore',
  });
  await untilReady(port);
  return { name: 'ashlar serve', child, port };
}

function freePort() {
  return new Promise((done) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

async function untilReady(port) {
  for (let tries = 0; tries < 100; tries++) {
    if (
      spawnSync('redis-cli', ['-p', String(port), 'ping'])
        .stdout?.toString()
        .startsWith('PONG')
    )
      return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`nothing answers on port ${port}`);
}

function fill(server, keys) {
  benchmark(server, 'set', 64, keys, keys * 3);
}

/** One redis-benchmark run and the server's CPU time during it. */
function benchmark(server, command, pipeline, keys, requests) {
  const before = cpuSeconds(server.child.pid);
  const args = ['-h', '127.0.0.1', '-p', server.port, '-t', command, '-c', CLIENTS, '-d', VALUE_BYTES, '-P', pipeline];
  const run = spawnSync('redis-benchmark', [...args, '-r', keys, '-n', requests, '--csv'].map(String));
  const cpu = cpuSeconds(server.child.pid) - before;
  const row = run.stdout.toString().trim().split('\n').at(-1)?.replaceAll('"', '').split(',') ?? [];
  const [, perSecond, , , p50, , p99] = row;
  if (!(Number(perSecond) > 0)) throw new Error(`redis-benchmark failed on ${server.name}: ${run.stdout}${run.stderr}`);
  return { perSecond: Number(perSecond), p50Ms: Number(p50), p99Ms: Number(p99), cpuMicros: (cpu / requests) * 1e6 };
}

function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function runCase(command, pipeline, keys) {
  const runs = servers.map(() => []);
  for (let round = 0; round < rounds; round++) {
    // Each round begins with the other server: neither always runs on the warmer machine.
    const order = round % 2 === 0 ? [0, 1] : [1, 0];
    for (const index of order) runs[index].push(benchmark(servers[index], command, pipeline, keys, REQUESTS[pipeline]));
  }
  const figures = runs.map((list) =>
    Object.fromEntries(Object.keys(list[0]).map((key) => [key, median(list.map((run) => run[key]))])),
  );
  const ratios = runs[0].map((run, round) => runs[1][round].perSecond / run.perSecond);
  const [theirs, ours] = figures;
  const result = {
    command: command.toUpperCase(),
    pipeline,
    keys,
    redis: theirs,
    ashlar: ours,
    throughputRatio: median(ratios),
    throughputRatios: ratios,
    cpuRatio: ours.cpuMicros / theirs.cpuMicros,
  };
  console.error(
    `${result.command} P=${pipeline} ${keys} keys: ${thousands(theirs.perSecond)} → ${thousands(ours.perSecond)}/s (${result.throughputRatio.toFixed(2)}×), ` +
      `p99 ${theirs.p99Ms} → ${ours.p99Ms} ms, CPU ${theirs.cpuMicros.toFixed(2)} → ${ours.cpuMicros.toFixed(2)} µs (${result.cpuRatio.toFixed(2)}×)`,
  );
  return result;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function thousands(value) {
  return Math.round(value / 1000)
    .toLocaleString('en-US')
    .concat('k');
}

function report() {
  const meta = {
    date: new Date().toISOString(),
    node: process.version,
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    rivals: servers[0].name,
    rounds,
    client: `redis-benchmark -c ${CLIENTS} -d ${VALUE_BYTES}`,
  };
  const lines = [
    `# ${servers[1].name} against ${servers[0].name}`,
    '',
    `${meta.client}, both servers and the client on ${meta.cores} cores (${meta.cpu}), Node ${meta.node}, ${meta.date.slice(0, 10)}.`,
    `Medians of ${rounds} interleaved rounds; the ratio is the median of the rounds' ratios. CPU is the server process's user and system time per operation.`,
    '',
    '| case | keys | redis/s | ashlar/s | ratio | redis p50 / p99 ms | ashlar p50 / p99 ms | redis CPU µs | ashlar CPU µs | CPU ratio |',
    '|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|',
    ...results.map(
      (r) =>
        `| ${r.command} P=${r.pipeline} | ${r.keys.toLocaleString('en-US')} | ${thousands(r.redis.perSecond)} | ${thousands(r.ashlar.perSecond)} | **${r.throughputRatio.toFixed(2)}×** | ` +
        `${r.redis.p50Ms} / ${r.redis.p99Ms} | ${r.ashlar.p50Ms} / ${r.ashlar.p99Ms} | ${r.redis.cpuMicros.toFixed(2)} | ${r.ashlar.cpuMicros.toFixed(2)} | ${r.cpuRatio.toFixed(2)}× |`,
    ),
    '',
  ];
  console.log(lines.join('\n'));
  if (flags.json) writeFileSync(flags.json, `${JSON.stringify({ ...meta, results }, null, 2)}\n`);
  if (flags.markdown) writeFileSync(flags.markdown, lines.join('\n'));
}
