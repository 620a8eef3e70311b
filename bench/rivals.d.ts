/** The parts of the rivals that the benches call. Written here so that types check without installing them. */

declare module 'js-sdsl' {
  export class HashMap<K, V> {
    size(): number;
    setElement(key: K, value: V): number;
    getElementByKey(key: K): V | undefined;
    find(key: K): unknown;
    eraseElementByKey(key: K): boolean;
  }
  export class OrderedMap<K, V> {
    setElement(key: K, value: V): number;
    getElementByKey(key: K): V | undefined;
    forEach(callback: (entry: [K, V]) => void): void;
  }
  export class PriorityQueue<T> {
    constructor(values: T[], compare: (a: T, b: T) => number);
    push(value: T): void;
    pop(): T | undefined;
  }
}

declare module 'flatqueue' {
  export default class FlatQueue {
    constructor(capacity?: number);
    readonly length: number;
    push(id: number, priority: number): void;
    pop(): number | undefined;
    peekValue(): number | undefined;
  }
}

declare module 'data-structure-typed' {
  export class HashMap<K, V> {
    readonly size: number;
    set(key: K, value: V): boolean;
    get(key: K): V | undefined;
    has(key: K): boolean;
    delete(key: K): boolean;
  }
  export class TreeMap<K, V> {
    get(key: K): V | undefined;
    set(key: K, value: V): this;
  }
  export class Trie {
    add(word: string): boolean;
    has(word: string): boolean;
  }
}

declare module 'xxhash-wasm' {
  /** Compiles the module; the Raw functions take bytes. */
  export default function xxhash(): Promise<{
    h32Raw(bytes: Uint8Array, seed?: number): number;
    h64Raw(bytes: Uint8Array, seed?: bigint): bigint;
  }>;
}

declare module 'fastest-levenshtein' {
  export function distance(a: string, b: string): number;
}

declare module 'mnemonist' {
  export class TrieMap<K, V> {
    get(key: K): V | undefined;
    has(key: K): boolean;
    set(key: K, value: V): this;
    find(prefix: K): [K, V][];
  }
  export class BloomFilter {
    constructor(options: { capacity: number; errorRate: number });
    add(key: string): this;
    test(key: string): boolean;
  }
  export class LRUMap<K, V> {
    constructor(capacity: number);
    get(key: K): V | undefined;
    set(key: K, value: V): this;
  }
}

declare module '@isaacs/ttlcache' {
  export class TTLCache<K, V> {
    constructor(options: { ttl: number; max: number; checkAgeOnGet?: boolean });
    get(key: K): V | undefined;
    set(key: K, value: V, options?: { ttl: number }): this;
    clear(): void;
  }
}

declare module 'memoizee' {
  export default function memoizee<F>(fn: F, options: { max?: number; primitive?: boolean; promise?: boolean }): F;
}

declare module 'p-memoize' {
  export default function pMemoize<F>(fn: F, options?: { cache: false }): F;
}

declare module 'quick-lru' {
  export default class QuickLRU<K, V> {
    constructor(options: { maxSize: number });
    get(key: K): V | undefined;
    set(key: K, value: V): this;
  }
}

declare module 'bloom-filters' {
  export class HyperLogLog {
    constructor(registers: number);
    update(key: string): void;
    count(round?: boolean): number;
  }
  export class CountMinSketch {
    constructor(columns: number, rows: number);
    update(key: string, count?: number): void;
    count(key: string): number;
  }
  export class TopK {
    constructor(k: number, errorRate: number, accuracy: number);
    add(key: string, count?: number): void;
    values(): { value: string; frequency: number; rank: number }[];
  }
  export class CuckooFilter {
    static create(capacity: number, errorRate: number): CuckooFilter;
    add(key: string): boolean;
    has(key: string): boolean;
  }
  export class BloomFilter {
    static create(capacity: number, errorRate: number): BloomFilter;
    add(key: string): void;
    has(key: string): boolean;
  }
}

declare module 'tdigest' {
  /** A CommonJS module: its exports arrive as the default. */
  const exported: {
    TDigest: new (
      delta?: number,
      k?: number,
      cx?: number,
    ) => {
      push(value: number, weight?: number): void;
      percentile(p: number): number | undefined;
    };
  };
  export default exported;
}

declare module 'hdr-histogram-js' {
  export interface Histogram {
    readonly totalCount: number;
    recordValue(value: number): void;
    getValueAtPercentile(percentile: number): number;
    destroy(): void;
  }
  export function initWebAssemblySync(): void;
  export function build(options?: {
    bitBucketSize?: 32 | 64;
    autoResize?: boolean;
    lowestDiscernibleValue?: number;
    highestTrackableValue?: number;
    numberOfSignificantValueDigits?: number;
    useWebAssembly?: boolean;
  }): Histogram;
  export function encodeIntoCompressedBase64(histogram: Histogram): string;
  export function decodeFromCompressedBase64(text: string, bitBucketSize?: number, useWebAssembly?: boolean): Histogram;
}

declare module 'sorted-btree' {
  export interface SortedBTree<K, V> {
    readonly size: number;
    get(key: K): V | undefined;
    set(key: K, value: V): boolean;
    delete(key: K): boolean;
    forEachPair(callback: (key: K, value: V, counter: number) => void): number;
  }
  /** A CommonJS module: its exports arrive as the default. */
  const exported: {
    default: new <K, V>(entries?: [K, V][], compare?: (a: K, b: K) => number) => SortedBTree<K, V>;
  };
  export default exported;
}

declare module 'flatbush' {
  export default class Flatbush {
    constructor(count: number);
    add(minX: number, minY: number, maxX: number, maxY: number): number;
    finish(): void;
    search(minX: number, minY: number, maxX: number, maxY: number): number[];
    neighbors(x: number, y: number, maxResults: number): number[];
  }
}

declare module 'rbush' {
  export default class RBush<T extends { minX: number; minY: number; maxX: number; maxY: number }> {
    load(items: readonly T[]): this;
    insert(item: T): this;
    remove(item: T): this;
    search(box: { minX: number; minY: number; maxX: number; maxY: number }): T[];
  }
}

declare module 'rbush-knn' {
  import type RBush from 'rbush';
  export default function knn<T extends { minX: number; minY: number; maxX: number; maxY: number }>(
    tree: RBush<T>,
    x: number,
    y: number,
    k: number,
  ): T[];
}

declare module 'd3-quadtree' {
  export interface Leaf<T> {
    readonly data: T;
    readonly next?: Leaf<T>;
  }
  export interface Inner {
    readonly length: 4;
  }
  export interface Quadtree<T> {
    x(x: (item: T) => number): this;
    y(y: (item: T) => number): this;
    extent(extent: [[number, number], [number, number]]): this;
    add(item: T): this;
    remove(item: T): this;
    find(x: number, y: number): T | undefined;
    visit(callback: (node: Leaf<T> | Inner, x0: number, y0: number, x1: number, y1: number) => boolean): this;
  }
  export function quadtree<T>(): Quadtree<T>;
}

declare module 'hashring' {
  export default class HashRing {
    constructor(
      servers: string[] | Record<string, number>,
      algorithm?: string,
      options?: { 'max cache size'?: number },
    );
    get(key: string): string | undefined;
    range(key: string, size: number): string[];
  }
}

declare module 'typedfastbitset' {
  export class TypedFastBitSet {
    constructor(values?: Iterable<number>);
    add(index: number): void;
    has(index: number): boolean;
    size(): number;
    array(): number[];
    new_intersection(other: TypedFastBitSet): TypedFastBitSet;
    new_union(other: TypedFastBitSet): TypedFastBitSet;
    intersection_size(other: TypedFastBitSet): number;
    [Symbol.iterator](): IterableIterator<number>;
  }
}

/** CRoaring, compiled; `roaring` has the same face and is native. The entry for browsers has the module in it. */
declare module 'roaring-wasm/browser' {
  export class RoaringBitmap32 implements Iterable<number> {
    constructor(values?: Iterable<number>);
    readonly size: number;
    add(value: number): this;
    addMany(values: Iterable<number>): this;
    has(value: number): boolean;
    toUint32Array(): Uint32Array;
    andCardinality(other: RoaringBitmap32): number;
    runOptimize(): boolean;
    shrinkToFit(): number;
    serialize(format: 'portable'): Uint8Array;
    static deserialize(bytes: Uint8Array, format: 'portable'): RoaringBitmap32;
    [Symbol.iterator](): IterableIterator<number>;
    dispose(): void;
    static and(a: RoaringBitmap32, b: RoaringBitmap32): RoaringBitmap32;
    static or(a: RoaringBitmap32, b: RoaringBitmap32): RoaringBitmap32;
  }
  /** To be awaited before anything is made. */
  export function roaringLibraryInitialize(): Promise<void>;
}

declare module 'uuid' {
  export function v4(): string;
  export function v7(): string;
}

declare module 'ulid' {
  export function ulid(): string;
  export function monotonicFactory(): () => string;
}

declare module 'nanoid' {
  export function nanoid(): string;
}

declare module 'async-mutex' {
  export class Mutex {
    acquire(): Promise<() => void>;
  }
  export class Semaphore {
    constructor(permits: number);
    runExclusive<T>(callback: () => T | Promise<T>): Promise<T>;
  }
}

declare module 'p-limit' {
  export default function pLimit(concurrency: number): <R>(fn: () => R | PromiseLike<R>) => Promise<R>;
}

declare module 'async-rwlock' {
  export class RWLock {
    readLock(): Promise<void>;
    writeLock(): Promise<void>;
    unlock(): void;
  }
}

declare module '@repeaterjs/repeater' {
  export class Repeater<T> implements AsyncIterable<T> {
    constructor(executor: (push: (value: T) => Promise<unknown>, stop: () => void) => Promise<void>);
    [Symbol.asyncIterator](): AsyncIterator<T>;
  }
}

declare module 'effect' {
  export namespace Effect {
    interface Effect<A> {
      [Symbol.iterator](): Iterator<Effect<unknown>, A, unknown>;
    }
    function gen<A>(body: () => Generator<Effect<unknown>, A, unknown>): Effect<A>;
    function forkChild(effect: Effect<unknown>): Effect<unknown>;
    function runPromise<A>(effect: Effect<A>): Promise<A>;
  }
  export namespace Queue {
    interface Queue<T> {
      readonly values: readonly T[];
    }
    function bounded<T>(capacity: number): Effect.Effect<Queue<T>>;
    function offer<T>(queue: Queue<T>, value: T): Effect.Effect<boolean>;
    function take<T>(queue: Queue<T>): Effect.Effect<T>;
  }
}

declare module 'fastq' {
  const fastq: {
    promise<T>(
      worker: (item: T) => Promise<unknown>,
      concurrency: number,
    ): { push(item: T): Promise<unknown>; drained(): Promise<void> };
  };
  export default fastq;
}

declare module 'p-queue' {
  export default class PQueue {
    constructor(options: { concurrency: number });
    add<R>(task: () => Promise<R>): Promise<R>;
    onIdle(): Promise<void>;
  }
}

declare module 'p-map' {
  interface Options {
    concurrency: number;
    backpressure?: number;
  }
  export default function pMap<T, R>(
    items: Iterable<T>,
    mapper: (item: T) => Promise<R>,
    options: Options,
  ): Promise<R[]>;
  export function pMapIterable<T, R>(
    items: Iterable<T>,
    mapper: (item: T) => Promise<R>,
    options: Options,
  ): AsyncIterable<R>;
}

declare module 'bluebird' {
  const Bluebird: new (executor: (resolve: (value: unknown) => void) => void) => PromiseLike<unknown>;
  export default Bluebird;
}

declare module 'cockatiel' {
  export interface IPolicy {
    execute<T>(fn: () => PromiseLike<T> | T): Promise<T>;
  }
  export interface IBreaker {
    success(state: number): void;
  }
  export class CircuitBreakerPolicy implements IPolicy {
    isolate(): { dispose(): void };
    execute<T>(fn: () => PromiseLike<T> | T): Promise<T>;
  }
  export class ConsecutiveBreaker implements IBreaker {
    constructor(threshold: number);
    success(): void;
  }
  export class CountBreaker implements IBreaker {
    constructor(options: { threshold: number; size: number });
    success(): void;
  }
  export class SamplingBreaker implements IBreaker {
    constructor(options: { threshold: number; duration: number });
    success(): void;
  }
  export class ExponentialBackoff {
    constructor();
  }
  export const handleAll: { readonly handlesAll: unique symbol };
  export enum TimeoutStrategy {
    Cooperative = 'optimistic',
    Aggressive = 'aggressive',
  }
  export function circuitBreaker(
    policy: typeof handleAll,
    options: { halfOpenAfter: number; breaker: IBreaker },
  ): CircuitBreakerPolicy;
  export function retry(
    policy: typeof handleAll,
    options: { maxAttempts: number; backoff: ExponentialBackoff },
  ): IPolicy;
  export function timeout(durationMs: number, strategy: TimeoutStrategy): IPolicy;
  export function bulkhead(limit: number): IPolicy;
  export function fallback(policy: typeof handleAll, value: unknown): IPolicy;
  export function wrap(...policies: IPolicy[]): IPolicy;
}

declare module 'opossum' {
  export default class CircuitBreaker<Args extends unknown[], R> {
    constructor(
      action: (...args: Args) => Promise<R>,
      options: { timeout: false; rollingPercentilesEnabled?: boolean; resetTimeout?: number },
    );
    fire(...args: Args): Promise<R>;
    open(): void;
    shutdown(): void;
  }
}

declare module 'bentocache' {
  interface Store {
    useL1Layer(driver: unknown): Store;
  }
  export function bentostore(): Store;
  export class BentoCache {
    constructor(options: { default: string; ttl: number; stores: Record<string, Store> });
    getOrSet<T>(options: { key: string; factory: () => Promise<T> }): Promise<T>;
  }
}

declare module 'bentocache/drivers/memory' {
  export function memoryDriver(options: { maxItems: number; serialize: false }): unknown;
}

declare module 'keyv' {
  export class Keyv {
    constructor(options: { store: unknown; serialize: undefined; deserialize: undefined; useKeyPrefix: false });
  }
}

declare module 'cache-manager' {
  import type { Keyv } from 'keyv';
  export function createCache(options: { stores: Keyv[]; ttl: number }): {
    wrap<T>(key: string, fn: () => Promise<T>): Promise<T>;
  };
}

declare module 'cacheable' {
  import type { Keyv } from 'keyv';
  export class KeyvCacheableMemory {
    constructor(options: { lruSize: number; useClone: boolean });
  }
  export class Cacheable {
    constructor(options: { primary: Keyv; ttl: number });
    getOrSet<T>(key: string, fn: () => Promise<T>, options: { ttl: number }): Promise<T | undefined>;
  }
}

declare module 'piscina' {
  export class Piscina {
    constructor(options: {
      filename: string;
      minThreads: number;
      maxThreads: number;
      concurrentTasksPerWorker?: number;
      atomics?: 'sync' | 'async' | 'disabled';
      recordTiming?: boolean;
    });
    run(task: unknown, options?: { name?: string; transferList?: readonly ArrayBuffer[] }): Promise<unknown>;
    destroy(): Promise<void>;
  }
}

declare module 'tinypool' {
  export class Tinypool {
    constructor(options: {
      filename: string;
      minThreads: number;
      maxThreads: number;
      concurrentTasksPerWorker?: number;
    });
    run(task: unknown, options?: { name?: string; transferList?: readonly ArrayBuffer[] }): Promise<unknown>;
    destroy(): Promise<void>;
  }
}

declare module 'workerpool' {
  interface Pool {
    exec(name: string, args: unknown[], options?: { transfer?: readonly ArrayBuffer[] }): PromiseLike<unknown>;
    terminate(force?: boolean): PromiseLike<unknown>;
  }
  export function pool(script: string, options: { minWorkers: number; maxWorkers: number; workerType: 'thread' }): Pool;
}

declare module 'prom-client' {
  type Labels = Record<string, string>;
  interface Options {
    name: string;
    help: string;
    labelNames?: string[];
    registers?: Registry[];
    buckets?: number[];
  }
  class Registry {
    metrics(): Promise<string>;
  }
  class Counter {
    constructor(options: Options);
    inc(labels?: Labels): void;
    labels(...values: string[]): { inc(by?: number): void };
  }
  class Histogram {
    constructor(options: Options);
    observe(labels: Labels, value: number): void;
    labels(...values: string[]): { observe(value: number): void };
  }
  class Summary {
    constructor(options: Options);
    observe(value: number): void;
  }
  const client: {
    register: Registry;
    Registry: typeof Registry;
    Counter: typeof Counter;
    Histogram: typeof Histogram;
    Summary: typeof Summary;
  };
  export default client;
}

declare module '@opentelemetry/sdk-metrics' {
  type Attributes = Record<string, string>;
  export const AggregationTemporality: { CUMULATIVE: number };
  export class InMemoryMetricExporter {
    constructor(temporality: number);
  }
  export class PeriodicExportingMetricReader {
    constructor(options: { exporter: InMemoryMetricExporter; exportIntervalMillis: number });
  }
  export class MeterProvider {
    constructor(options: { readers: PeriodicExportingMetricReader[] });
    getMeter(name: string): {
      createCounter(name: string): { add(by: number, attributes: Attributes): void };
      createHistogram(
        name: string,
        options: { advice: { explicitBucketBoundaries: number[] } },
      ): { record(value: number, attributes: Attributes): void };
    };
  }
}

declare module 'rate-limiter-flexible' {
  export class RateLimiterMemory {
    constructor(options: { points: number; duration: number });
    consume(key: string | number, points?: number): Promise<{ readonly remainingPoints: number }>;
    delete(key: string | number): Promise<boolean>;
  }
}

declare module 'limiter' {
  export class TokenBucket {
    constructor(options: { bucketSize: number; tokensPerInterval: number; interval: number });
    content: number;
    tryRemoveTokens(count: number): boolean;
  }
}

declare module 'bottleneck' {
  export default class Bottleneck {
    constructor(options: { reservoir: number });
    schedule<R>(fn: () => Promise<R>): Promise<R>;
  }
}

declare module '@opentelemetry/api' {
  export const context: { disable(): void; setGlobalContextManager(manager: unknown): boolean };
}

declare module '@opentelemetry/context-async-hooks' {
  export class AsyncLocalStorageContextManager {
    enable(): this;
  }
}

declare module '@opentelemetry/sdk-trace-base' {
  interface Span {
    setAttribute(key: string, value: string | number): this;
    end(): void;
  }
  export class AlwaysOffSampler {}
  export class BasicTracerProvider {
    constructor(options: { spanProcessors: unknown[]; sampler?: unknown });
    getTracer(name: string): {
      startSpan(name: string): Span;
      startActiveSpan<R>(name: string, fn: (span: Span) => R): R;
    };
  }
}

declare module 'generic-pool' {
  interface Pool<T> {
    acquire(priority?: number): Promise<T>;
    release(thing: T): Promise<void>;
  }
  export function createPool<T>(
    factory: { create(): Promise<T>; destroy(thing: T): Promise<void> },
    options: { max: number },
  ): Pool<T>;
}

declare module 'tarn' {
  export class Pool<T> {
    constructor(options: { create(): T; destroy(thing: T): void; min: number; max: number });
    acquire(): { readonly promise: Promise<T> };
    release(thing: T): boolean;
  }
}

declare module 'nact' {
  export function start(): unknown;
}
