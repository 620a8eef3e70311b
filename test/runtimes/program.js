// The shared test program: what every runtime must do alike. Imports the package by name, as a user would.

import * as root from 'ashlar';
import { ByteCache } from 'ashlar/cache/byte-cache';
import * as codecs from 'ashlar/codecs';
import * as hash from 'ashlar/codecs/hash';
import * as ids from 'ashlar/ids';
import { redisModules } from 'ashlar/network/redis-modules';
import { duplexPair, RedisServer } from 'ashlar/network/resp';
import * as observability from 'ashlar/observability';
import * as sketches from 'ashlar/sketches';
import * as structures from 'ashlar/structures';
import * as tables from 'ashlar/structures/hash-table';

const { F64Map, HashTable, U32Map } = tables;

/**
 * What a runtime lends the program.
 *
 * @typedef {object} Host
 * @property {Record<string, WebAssembly.Module>} [modules] kernels compiled elsewhere, given to `initSync` first
 * @property {(kernel: string) => URL} [wasmUrl] where a kernel's file can be fetched
 * @property {(port: number, request: string, replyBytes: number) => Promise<string>} [exchange] sends a request to a
 *   port of loopback and resolves to the first bytes of the reply; where there are sockets
 */

/**
 * Runs every check; a check that throws has failed, the others still run.
 *
 * @param {Host} host
 * @returns {Promise<{ checks: { name: string, error?: string }[], snapshot: string, ms: number }>}
 */
export async function run(host = {}) {
  const started = performance.now();
  const checks = [];
  let snapshot = '';
  const check = async (name, body) => {
    try {
      await body();
      checks.push({ name });
    } catch (error) {
      checks.push({ name, error: `${error?.name}: ${error?.message}\n${error?.stack ?? ''}` });
    }
  };
  if (host.modules !== undefined)
    await check('init: takes modules compiled elsewhere', () => root.initSync(host.modules));
  await arenaChecks(check);
  await hashChecks(check);
  await tableChecks(check);
  await cacheChecks(check);
  await codecChecks(check);
  await sketchChecks(check);
  await structureChecks(check);
  await idChecks(check);
  await observabilityChecks(check);
  await serverChecks(check, host);
  await check('snapshot: a seeded arena has the same bytes everywhere', async () => {
    const arena = seededArena();
    fillTables(arena);
    snapshot = await sha256(arena.snapshot());
  });
  await initChecks(check, host);
  return { checks, snapshot, ms: performance.now() - started };
}

async function arenaChecks(check) {
  const { Arena, ArenaFullError, DisposedError, SnapshotError } = root;
  await check('arena: allocates, accounts and reuses', () => {
    const arena = new Arena({ maxBytes: 1 << 20 });
    const empty = arena.bytesUsed;
    const first = arena.alloc(1000);
    assert(arena.bytesUsed > empty + 999, 'bytesUsed counts the block');
    arena.free(first);
    equal(arena.bytesUsed, empty, 'bytesUsed after free');
    equal(arena.alloc(1000), first, 'the freed block is used again');
    arena.check();
  });
  await check('arena: views survive growth', () => {
    const arena = new Arena({ maxBytes: 1 << 24 });
    const first = arena.alloc(64);
    arena.u8Until(first + 64)[first] = 42;
    const large = arena.alloc(4 << 20);
    arena.u8Until(large + (4 << 20))[large + (4 << 20) - 1] = 7;
    equal(arena.u8Until(first + 64)[first], 42, 'byte written before growth');
  });
  await check('arena: a full budget is a typed error and changes nothing', () => {
    const arena = new Arena({ maxBytes: 1 << 16, name: 'small' });
    const used = arena.bytesUsed;
    const error = thrown(() => arena.alloc(1 << 20));
    assert(error instanceof ArenaFullError, `expected ArenaFullError, got ${error}`);
    equal(error.code, 'ARENA_FULL', 'code');
    equal(arena.bytesUsed, used, 'bytesUsed');
    arena.check();
  });
  await check('arena: restores a snapshot to the same bytes', () => {
    const arena = seededArena();
    const bytes = arena.snapshot();
    const again = Arena.restore(bytes);
    again.check();
    equal(again.bytesUsed, arena.bytesUsed, 'bytesUsed');
    assert(sameBytes(again.snapshot(), bytes), 'a snapshot of the restored arena differs');
  });
  await check('arena: refuses truncated, altered and foreign bytes', () => {
    const bytes = seededArena().snapshot();
    const altered = bytes.slice();
    altered[bytes.length - 1] ^= 1;
    for (const bad of [bytes.subarray(0, bytes.length - 1), altered, new Uint8Array(100), new Uint8Array(0)]) {
      const error = thrown(() => Arena.restore(bad));
      assert(error instanceof SnapshotError, `expected SnapshotError, got ${error}`);
    }
  });
  await check('arena: use after dispose throws', () => {
    const arena = new Arena({ maxBytes: 1 << 16 });
    arena.dispose();
    arena.dispose();
    assert(thrown(() => arena.alloc(8)) instanceof DisposedError, 'expected DisposedError');
  });
  if (typeof SharedArrayBuffer !== 'undefined') {
    await check('arena: a shared one is attached to, and a cache in it has what the other stored', () => {
      const arena = new Arena({ shared: true, maxBytes: 1 << 20 });
      const cache = new ByteCache({ arena, name: 'cache', maxBytes: 1 << 19, segments: 4 });
      cache.set('key', 'naïve '.repeat(50));
      const other = Arena.attach(arena.share());
      const theirs = ByteCache.open(other, 'cache');
      equal(theirs.getString('key'), 'naïve '.repeat(50), 'value');
      theirs.set('back', '1', { ttl: 60_000 });
      equal(cache.getString('back'), '1', 'stored by the other');
      equal(arena.participant.of, 2, 'participants');
      other.dispose();
      cache.check();
    });
    await check('arena: rings, tables, counters and histograms in a shared one', async () => {
      const arena = new Arena({ shared: true, maxBytes: 1 << 21 });
      const other = Arena.attach(arena.share());
      const ring = new structures.SharedRing({ arena, name: 'ring', capacityBytes: 1024 });
      ring.tryPush('naïve');
      const record = await structures.SharedRing.open(other, 'ring').shiftAsync({ timeoutMs: 5000 });
      equal(new TextDecoder().decode(record), 'naïve', 'record');
      const table = new structures.SharedHashTable({ arena, name: 'table', maxBytes: 1 << 18, segments: 4 });
      structures.SharedHashTable.open(other, 'table').set('key', 'value');
      equal(table.getString('key'), 'value', 'value');
      const counter = new structures.SharedCounter({ arena, name: 'counter' });
      structures.SharedCounter.open(other, 'counter').add(2 ** 40);
      counter.add(-1);
      equal(counter.get(), 2 ** 40 - 1, 'sum');
      const histogram = new sketches.SharedHistogram({ arena, name: 'histogram', significantDigits: 2 });
      sketches.SharedHistogram.open(other, 'histogram').record(100);
      equal([histogram.totalCount, histogram.max].join(), '1,100', 'recorded');
      other.dispose();
    });
  }
  await check('arena: the default one is made at first use', () => {
    const first = Arena.default;
    assert(first === Arena.default, 'one default arena');
    assert(first.bytesUsed > 0, 'it is alive');
  });
}

async function hashChecks(check) {
  await check('hash: published vectors', () => {
    equal(hash.xxh64(''), 0xef46db3751d8e999n, "xxh64('')");
    equal(hash.xxh32(''), 0x02cc5d05, "xxh32('')");
    equal(hash.murmur3x86_32('hello'), 0x248bfa47, "murmur3x86_32('hello')");
    equal(hash.murmur3x64_128('hello'), 0xcbd8a7b341bd9b025b1e906a48ae1d19n, "murmur3x64_128('hello')");
    equal(hash.fnv1a32('foobar'), 0xbf9cf968, "fnv1a32('foobar')");
    equal(hash.fnv1a64('foobar'), 0x85944171f73967e8n, "fnv1a64('foobar')");
    equal(hash.djb2('hello'), 0x0f923099, "djb2('hello')");
    equal(hash.crc32c('123456789'), 0xe3069283, "crc32c('123456789')");
  });
  await check('hash: any Unicode is hashed as its bytes', () => {
    for (const text of ['naïve', '日本語', '😀 grin', 'x'.repeat(500), 'é'.repeat(500)]) {
      equal(hash.xxh64(text), hash.xxh64(new TextEncoder().encode(text)), text.slice(0, 10));
    }
  });
  await check('hash: pieces give the digest of the whole', () => {
    const random = generator(7);
    const bytes = Uint8Array.from({ length: 10_000 }, () => random() * 256);
    for (const [Hasher, whole] of [
      [hash.Xxh64, hash.xxh64],
      [hash.Murmur3x64_128, hash.murmur3x64_128],
      [hash.Crc32c, hash.crc32c],
    ]) {
      const hasher = new Hasher();
      for (let at = 0; at < bytes.length; at += 977) hasher.update(bytes.subarray(at, at + 977));
      equal(hasher.digest(), whole(bytes), Hasher.name);
      hasher.dispose();
    }
  });
  await check('hash: the front door and the room are one', () => {
    equal(root.xxh64, hash.xxh64, 'xxh64');
  });
}

async function tableChecks(check) {
  await check('tables: HashTable agrees with Map', () => {
    const arena = new root.Arena({ maxBytes: 1 << 24, seed: 3 });
    const table = new HashTable({ arena });
    const model = new Map();
    const random = generator(3);
    for (let step = 0; step < 20_000; step++) {
      const key = `key-${Math.floor(random() * 3000)}-é`;
      if (random() < 0.3) equal(table.delete(key), model.delete(key), `delete ${key}`);
      else {
        table.set(key, `value ${step}`);
        model.set(key, `value ${step}`);
      }
    }
    equal(table.size, model.size, 'size');
    for (const [key, value] of model) equal(table.getString(key), value, key);
    equal(table.get('absent'), undefined, 'an absent key');
    table.dispose();
    arena.check();
  });
  await check('tables: U32Map and F64Map agree with Map, one by one and in batches', () => {
    const arena = new root.Arena({ maxBytes: 1 << 24, seed: 4 });
    for (const [NumberMap, Keys, stretch] of [
      [U32Map, Uint32Array, 1],
      [F64Map, Float64Array, 0.37],
    ]) {
      const map = new NumberMap(null, { arena });
      const model = new Map();
      const random = generator(4);
      for (let step = 0; step < 20_000; step++) {
        const key = Math.floor(random() * 5000) * stretch;
        if (random() < 0.3) equal(map.delete(key), model.delete(key), `delete ${key}`);
        else {
          map.set(key, step / 3);
          model.set(key, step / 3);
        }
      }
      equal(map.size, model.size, 'size');
      const values = map.getMany(Keys.from(model.keys()));
      let at = 0;
      for (const [key, value] of model) {
        equal(map.get(key), value, `get ${key}`);
        equal(values[at++], value, `getMany ${key}`);
      }
      map.dispose();
    }
    arena.check();
  });
  await check('tables: are found again by name in a restored snapshot', () => {
    const arena = new root.Arena({ maxBytes: 1 << 22, seed: 5 });
    fillTables(arena);
    const again = root.Arena.restore(arena.snapshot());
    const words = HashTable.open(again, 'words');
    const numbers = U32Map.open(again, 'numbers');
    equal(words.size, 500, 'words');
    equal(words.getString('word 77'), 'w'.repeat(77 % 40), 'word 77');
    equal(numbers.get(77 * 77), 77.5, '77 squared');
    words.check();
    numbers.check();
    again.check();
  });
}

async function cacheChecks(check) {
  await check('caches: a byte cache keeps to its budget, and what is used stays through a scan', () => {
    const cache = new ByteCache({ maxBytes: 100_000 });
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 200; i++) if (cache.get(`used ${i}`) === undefined) cache.set(`used ${i}`, 'v'.repeat(50));
    }
    for (let i = 0; i < 5000; i++) cache.set(`scan ${i}`, 'v'.repeat(50));
    let kept = 0;
    for (let i = 0; i < 200; i++) if (cache.has(`used ${i}`)) kept++;
    assert(kept > 190, `${kept} kept`);
    assert(cache.stats().bytes <= 100_000, `${cache.stats().bytes} bytes`);
    cache.check();
    cache.dispose();
  });
}

async function codecChecks(check) {
  const samples = Array.from({ length: 3000 }, (_, i) => Math.round(Math.sin(i / 50) * 1000));
  await check('codecs: integers come back from every form', () => {
    const values = Int32Array.from(samples);
    for (const codec of [codecs.delta, codecs.deltaOfDelta]) {
      const bytes = codec.encode(values);
      assert(bytes.length < values.byteLength, `${bytes.length} bytes`);
      equal(String(codec.decode(bytes)), String(values), 'values');
    }
  });
  await check('codecs: a time series, LZ4 and text come back, erased shards too', () => {
    const times = Float64Array.from(samples, (_, i) => 1.7e12 + 15_000 * i);
    const values = Float64Array.from(samples, (sample) => sample / 10);
    const series = codecs.gorilla.decode(codecs.gorilla.encode(times, values));
    equal(String(series.timestamps), String(times), 'timestamps');
    equal(String(series.values), String(values), 'values');
    const text = new TextEncoder().encode('to be or not to be, '.repeat(200));
    const packed = codecs.lz4.compress(text);
    assert(packed.length < text.length / 4, `LZ4: ${packed.length} bytes`);
    equal(String(codecs.lz4.decompress(packed, text.length)), String(text), 'LZ4');
    equal(codecs.base58.encode(codecs.base58.decode('JxF12TrwUP45BMd')), 'JxF12TrwUP45BMd', 'base58');
    const code = new codecs.ReedSolomon(4, 2);
    const shards = Array.from({ length: 6 }, (_, i) =>
      i < 4 ? text.slice(100 * i, 100 * i + 100) : new Uint8Array(100),
    );
    code.encode(shards);
    const lost = shards.map((shard, i) => (i === 1 || i === 4 ? undefined : shard));
    equal(String(code.reconstruct(lost)[1]), String(shards[1]), 'shard');
  });
}

async function sketchChecks(check) {
  const keys = Array.from({ length: 5000 }, (_, i) => `key ${i}`);
  await check('sketches: filters hold what was added, also as bytes', () => {
    for (const make of [sketches.BloomFilter, sketches.BlockedBloomFilter, sketches.CuckooFilter]) {
      const filter = make.create(5000, 0.01);
      filter.addMany(keys);
      const again = make.fromBytes(filter.toBytes());
      equal(
        again.hasMany(keys).reduce((sum, one) => sum + one, 0),
        5000,
        make.name,
      );
      assert(keys.filter((key) => again.has(`not ${key}`)).length < 150, `${make.name}: too many false positives`);
    }
  });
  await check('sketches: counts, quantiles and the frequent are about right, and the same everywhere', () => {
    const distinct = new sketches.HyperLogLog();
    distinct.addMany(keys);
    equal(Math.round(distinct.count()), HLL_OF_KEYS, 'HyperLogLog');
    const counts = sketches.CountMinSketch.withError(0.001, 0.01);
    counts.addMany(keys);
    equal(counts.add('key 7', 41), 42, 'CountMinSketch');
    const digest = new sketches.TDigest();
    digest.addMany(Float64Array.from(keys, (_, i) => i));
    assert(Math.abs(digest.quantile(0.5) - 2500) < 25, `TDigest: ${digest.quantile(0.5)}`);
    const histogram = new sketches.HdrHistogram({ highestTrackableValue: 100_000, significantDigits: 3 });
    for (let i = 1; i <= 5000; i++) histogram.record(i);
    assert(Math.abs(histogram.valueAtPercentile(99) - 4950) <= 5, `HdrHistogram: ${histogram.valueAtPercentile(99)}`);
    const top = new sketches.TopK({ k: 2 });
    for (let i = 0; i < 300; i++) top.addMany(['often', 'often', keys[i], 'seldom']);
    equal(String(top.list().map(({ key }) => key)), 'often,seldom', 'TopK');
  });
}

async function structureChecks(check) {
  const numbers = Float64Array.from({ length: 4000 }, (_, i) => (i * 2_654_435_761) % 4001);
  await check('structures: ordered maps agree on order, rank and range', () => {
    for (const make of [structures.BTree, structures.SkipList]) {
      const map = new make({ keys: 'f64', values: 'f64' });
      for (const number of numbers) map.set(number, -number);
      const sorted = [...new Set(numbers)].sort((a, b) => a - b);
      equal(map.size, sorted.length, make.name);
      equal(map.rankOf(sorted[1234]), 1234, make.name);
      equal(
        String([...map.range(100, 110)].map(([key]) => key)),
        String(sorted.filter((n) => n >= 100 && n < 110)),
        make.name,
      );
      map.check();
    }
  });
  await check('structures: heaps, tries and trees of places answer', () => {
    const heap = new structures.Heap();
    for (const [i, number] of numbers.entries()) heap.push(i, number);
    equal(numbers[heap.pop()], Math.min(...numbers), 'Heap');
    const routes = new structures.RadixTrie();
    routes.set('10.', 1);
    routes.set('10.1.', 2);
    equal(routes.longestPrefix('10.1.2.3')?.[1], 2, 'RadixTrie');
    const boxes = new structures.RTree();
    boxes.bulkLoad(
      undefined,
      Float64Array.from({ length: 4000 }, (_, i) => (i >> 2) + (i & 2 ? 0.5 : 0)),
    );
    equal(boxes.search(10.1, 10.1, 12.1, 12.1).length, 3, 'RTree');
    const points = new structures.Quadtree({ bounds: { minX: 0, minY: 0, maxX: 1000, maxY: 1000 } });
    for (let i = 0; i < 1000; i++) points.insert(i, i, i);
    equal(points.nearest(500.2, 500.2, 1)[0], 500, 'Quadtree');
  });
  await check('structures: bitmaps, rings and the timing wheel answer, bitmaps in the portable format', () => {
    const even = structures.Bitmap.from(Uint32Array.from({ length: 100_000 }, (_, i) => 2 * i));
    const thirds = structures.Bitmap.from(Uint32Array.from({ length: 70_000 }, (_, i) => 3 * i));
    const both = structures.Bitmap.and(even, thirds);
    equal(both.size, 33_334, 'both');
    equal(both.rankOf(60_000), 10_000, 'rank');
    equal(both.at(10_000), 60_000, 'at');
    equal(structures.Bitmap.fromPortable(both.toPortable()).size, 33_334, 'portable');
    const ring = new structures.NumberRing({ capacity: 4, whenFull: 'overwrite' });
    ring.pushMany(Float64Array.of(1, 2, 3, 4, 5, 0.5));
    equal(String(ring.toArray()), '3,4,5,0.5', 'NumberRing');
    const wheel = new structures.TimingWheel({ now: 1.7e12 });
    for (const [i, number] of numbers.entries()) wheel.schedule(i, 1.7e12 + number ** 3);
    const due = [...wheel.advance(1.7e12 + 2000 ** 3)];
    equal(due.length, numbers.filter((number) => number <= 2000).length, 'due');
    assert(
      due.every((id, i) => i === 0 || numbers[due[i - 1]] <= numbers[id]),
      'in order',
    );
  });
  await check('structures: consistent hashing places a key alike everywhere', () => {
    const nodes = ['a:1', 'b:1', 'c:1', 'd:1'];
    const ring = new structures.HashRing({ nodes });
    const maglev = new structures.Maglev({ nodes });
    const places = Array.from({ length: 12 }, (_, i) => `key ${i}`);
    equal(places.map((key) => ring.get(key)[0]).join(''), PLACES.ring, 'HashRing');
    equal(places.map((key) => maglev.get(key)[0]).join(''), PLACES.maglev, 'Maglev');
    equal(places.map((key) => structures.rendezvous(key, nodes)[0]).join(''), PLACES.rendezvous, 'rendezvous');
    equal(places.map((key) => structures.jump(key, 4)).join(''), PLACES.jump, 'jump');
  });
}

/** Which of four nodes 'key 0' … 'key 11' belong to. */
const PLACES = { ring: 'aaddbbcbdcdd', maglev: 'cdcbbcadbddb', rendezvous: 'dcdbcddabccc', jump: '031233323220' };

async function idChecks(check) {
  await check('ids: are valid, sorted by time, and no two alike', () => {
    for (const [make, validate] of [
      [ids.uuidv7, ids.isUuid],
      [ids.ulid, ids.isUlid],
    ]) {
      const made = Array.from({ length: 5000 }, () => make());
      assert(
        made.every((id) => validate(id)),
        `${made[0]} is valid`,
      );
      assert(
        made.every((id, i) => i === 0 || made[i - 1] < id),
        'sorted',
      );
    }
    equal(new Set(Array.from({ length: 5000 }, () => ids.uuidv4())).size, 5000, 'uuidv4');
    const snowflake = new ids.Snowflake({ machineId: 5 });
    const earlier = snowflake.next();
    assert(earlier < snowflake.next(), 'Snowflake');
  });
}

async function observabilityChecks(check) {
  await check('metrics: are counted, scraped and compressed', async () => {
    const metrics = new observability.MetricsRegistry({ arena: new root.Arena() });
    const requests = metrics.counter({ name: 'requests', help: 'Requests.', labels: ['status'] });
    for (let i = 0; i < 3000; i++) requests.inc({ status: i % 1500 });
    metrics.exponentialHistogram({ name: 'size', help: 'Sizes.' }).observe(1000);
    const runtime = observability.collectRuntimeMetrics(metrics);
    const headers = { accept: 'application/openmetrics-text', 'accept-encoding': 'gzip' };
    const response = await observability.metricsHandler(metrics)(new Request('http://localhost/metrics', { headers }));
    const packed = response.headers.get('content-encoding') === 'gzip';
    const body = packed ? response.body.pipeThrough(new DecompressionStream('gzip')) : response.body;
    const text = await new Response(body).text();
    runtime.close();
    assert(text.includes('requests_total{status="1499"} 2\n'), 'a counter');
    assert(/size_bucket{le="100\d[.\d]*"} 1\n/.test(text), 'a bucket');
    assert(text.endsWith('# EOF\n'), 'the end');
  });
  await check('tracing: spans know their parents, and go from a client to a server', async () => {
    const memory = new observability.MemoryExporter();
    const tracer = new observability.Tracer({ processors: [memory] });
    const handler = observability.traceHandler(tracer, () => new Response('ok'));
    const send = observability.traceFetch(tracer, { fetch: (request) => handler(request) });
    equal(await (await send('http://localhost/')).text(), 'ok', 'answer');
    const [server, client] = memory.spans;
    equal([server.traceId, server.parentSpanId].join(), [client.traceId, client.spanId].join(), 'parent');
  });
  await check('heat maps and flame graphs: are the same bytes everywhere', async () => {
    const clock = { now: () => 0, monotonic: () => 0 };
    const map = new observability.LatencyHeatMap({ clock });
    for (let i = 1; i <= 1000; i++) map.record(i);
    const stacks = observability.parseFolded('main;parse 3\nmain;render 4\n');
    const drawn = map.toSvg() + observability.flameGraph(stacks);
    equal(hash.crc32c(new TextEncoder().encode(drawn)), DRAWN, 'drawings');
  });
}

/** CRC-32C of what is drawn above. */
const DRAWN = 273168392;

/** HyperLogLog's count of 'key 0' … 'key 4999' at its defaults. */
const HLL_OF_KEYS = 5017;

async function serverChecks(check, host) {
  const request =
    '*1\r\n$4\r\nPING\r\nSET greeting hello\r\n*2\r\n$3\r\nGET\r\n$8\r\ngreeting\r\nINCRBY n 41\r\nINCR n\r\nGET nothing\r\n';
  const reply = '+PONG\r\n+OK\r\n$5\r\nhello\r\n:41\r\n:42\r\n$-1\r\n';
  await check('server: answers a pipeline over a pair of streams, however it is cut', async () => {
    const server = new RedisServer();
    const { connection, readable, writable } = duplexPair();
    server.accept(connection);
    const writer = writable.getWriter();
    const reader = readable.getReader();
    const bytes = new TextEncoder().encode(request);
    for (let at = 0; at < bytes.length; at += 11) await writer.write(bytes.subarray(at, at + 11));
    let text = '';
    while (text.length < reply.length) {
      const { done, value } = await reader.read();
      if (done) break;
      text += new TextDecoder().decode(value);
    }
    equal(text, reply, 'reply');
    equal(server.stats().keys, 2, 'keys');
    await server.close();
    assert((await reader.read()).done, 'the stream ends when the server closes');
  });
  await check('server: commands of modules, bits and sorted sets', async () => {
    const server = new RedisServer({ modules: redisModules });
    const { connection, readable, writable } = duplexPair();
    server.accept(connection);
    const writer = writable.getWriter();
    await writer.write(
      new TextEncoder().encode(
        'BF.ADD b x\r\nBF.EXISTS b x\r\nSETBIT s 3 1\r\nBITCOUNT s\r\nPFADD h a b c\r\nPFCOUNT h\r\nZADD z 1.5 m\r\nZSCORE z m\r\n',
      ),
    );
    const wanted = ':1\r\n:1\r\n:0\r\n:1\r\n:1\r\n:3\r\n:1\r\n$3\r\n1.5\r\n';
    const reader = readable.getReader();
    let text = '';
    while (text.length < wanted.length) {
      const { done, value } = await reader.read();
      if (done) break;
      text += new TextDecoder().decode(value);
    }
    equal(text, wanted, 'reply');
    await server.close();
  });
  if (host.exchange === undefined) return;
  await check('server: listens on a free port', async () => {
    const server = new RedisServer();
    await server.listen(0);
    assert(server.port > 0, `port ${server.port}`);
    equal(await host.exchange(server.port, request, reply.length), reply, 'reply');
    await server.close();
  });
}

async function initChecks(check, host) {
  await check('init: resolves to modules, and takes them back', async () => {
    const modules = await root.init();
    assert(Object.keys(modules).includes('memory/arena'), `kernels: ${Object.keys(modules)}`);
    root.initSync(modules);
    new root.Arena({ maxBytes: 1 << 16 }).check();
  });
  await check('init: an unknown kernel is refused by name', async () => {
    const error = await root.init({ nonsense: new Uint8Array(8) }).catch((reason) => reason);
    assert(error instanceof TypeError && error.message.includes('nonsense'), `got ${error}`);
  });
  if (host.wasmUrl === undefined) return;
  await check("init: compiles from the package's files by URL", async () => {
    const kernels = Object.keys(await root.init());
    await root.init(Object.fromEntries(kernels.map((kernel) => [kernel, host.wasmUrl(kernel)])));
    equal(hash.xxh32(''), 0x02cc5d05, 'a hash after it');
    new root.Arena({ maxBytes: 1 << 16 }).check();
  });
}

/** An arena whose every byte follows from its seed: allocations, frees and contents by a fixed generator. */
function seededArena() {
  const arena = new root.Arena({ maxBytes: 1 << 22, seed: 20240229 });
  const random = generator(1);
  const blocks = [];
  for (let step = 0; step < 2000; step++) {
    if (blocks.length > 0 && random() < 0.4) {
      arena.free(blocks.splice(Math.floor(random() * blocks.length), 1)[0]);
    } else {
      const bytes = 1 + Math.floor(random() * 400);
      const block = arena.alloc(bytes);
      arena.u8Until(block + bytes).fill(step & 255, block, block + bytes);
      blocks.push(block);
    }
  }
  return arena;
}

/** Two named tables with contents that follow from nothing else. */
function fillTables(arena) {
  const words = new HashTable({ arena, name: 'words' });
  for (let i = 0; i < 500; i++) words.set(`word ${i}`, 'w'.repeat(i % 40));
  const numbers = new U32Map(null, { arena, name: 'numbers' });
  for (let i = 0; i < 500; i++) numbers.set(i * i, i + 0.5);
}

/** mulberry32: numbers in [0, 1), the same in every runtime. */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), 1 | state);
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function sha256(bytes) {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function sameBytes(a, b) {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function thrown(body) {
  try {
    body();
  } catch (error) {
    return error;
  }
  throw new Error('expected an error, but nothing was thrown');
}

function equal(actual, expected, what) {
  if (!Object.is(actual, expected)) throw new Error(`${what}: expected ${String(expected)}, got ${String(actual)}`);
}

function assert(condition, message) {
  if (!condition) throw new Error(message);
}
