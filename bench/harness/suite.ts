/** What a bench file declares. See bench/README.md for a complete one. */

/**
 * Who is measured: ours, our design in plain TypeScript, what the platform has, or what npm has. A control does none
 * of the work: it shows what the machine adds to any measurement, and no ratio is taken to it.
 */
export type ContenderKind = 'ours' | 'twin' | 'native' | 'rival' | 'control';

/** A contender made ready. */
export interface Prepared {
  /**
   * One timed iteration: `operations` operations. Returns a checksum that all contenders must agree on. Where one
   * contender of a comparison gives a promise, each iteration of all is awaited: let it hold many operations.
   */
  run(): number | Promise<number>;
  /** Before each iteration, untimed. */
  before?(): void;
  /** After each iteration, untimed. */
  after?(): void;
  /** When all iterations are done. */
  dispose?(): void;
}

export interface Contender {
  readonly name: string;
  readonly kind: ContenderKind;
  prepare(): Prepared;
}

export interface Comparison {
  readonly operation: string;
  readonly size: number;
  readonly distribution: string;
  /** Operations in one iteration. Default `size`. */
  readonly operations?: number;
  /** What an operation is counted as, when it is bytes: then the report gives GB/s. Default `'operation'`. */
  readonly unit?: 'operation' | 'byte';
  readonly contenders: readonly Contender[];
}

/** Something whose memory is measured, each contender in a process of its own. */
export interface MemoryCase {
  readonly operation: string;
  readonly size: number;
  readonly distribution: string;
  readonly contenders: readonly MemoryContender[];
}

export interface MemoryContender {
  readonly name: string;
  readonly kind: ContenderKind;
  /** Makes the thing and returns it, with the bytes it takes outside the JavaScript heap where those are known. */
  make(): { held: unknown; bytes?: number; reserved?: number };
}

/** Single operations timed one by one, each contender in a process of its own. */
export interface LatencyCase {
  readonly operation: string;
  readonly size: number;
  readonly distribution: string;
  readonly contenders: readonly LatencyContender[];
}

export interface LatencyContender {
  readonly name: string;
  readonly kind: ContenderKind;
  /** Returns operation i; called for i from 0 to size − 1. */
  prepare(): (i: number) => void;
  /** The same on something small, to compile what is measured where a second one would cost memory. Default `prepare`. */
  warm?(): (i: number) => void;
}

export interface BenchContext {
  /** 1e3, 1e4, 1e5 and 1e6; with --large also 1e7; with --smoke tiny ones. */
  readonly sizes: readonly number[];
  readonly smoke: boolean;
  readonly large: boolean;
  compare(comparison: Comparison): void;
  memory(memoryCase: MemoryCase): void;
  latency(latencyCase: LatencyCase): void;
}

export interface Suite {
  readonly name: string;
  readonly declare: (bench: BenchContext) => void;
}

export function defineSuite(name: string, declare: (bench: BenchContext) => void): Suite {
  return { name, declare };
}

let copies = 0;

/**
 * A copy of a function with its own inline caches. Contenders that shared one loop would make its call site see
 * many types, and each would be slower than it is alone. The function must not use names from outside itself.
 */
export function ownCopy<F extends (...args: never[]) => unknown>(loop: F): F {
  // The engine keeps one compiled function for one text: each copy needs a text of its own.
  return new Function(`return (${loop.toString()}); // copy ${copies++}`)() as F;
}

export function caseName(of: { operation: string; size: number; distribution: string }): string {
  return `${of.operation} / ${sizeName(of.size)} / ${of.distribution}`;
}

function sizeName(size: number): string {
  const power = Math.log10(size);
  return Number.isInteger(power) && power >= 3 ? `1e${power}` : String(size);
}
