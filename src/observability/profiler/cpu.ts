/** Where the time of this thread goes: samples of its stack. */

import type { CpuProfile } from '../../ports/profiling.js';
import { type FlameGraphOptions, flameGraph } from './flame-graph.js';
import { addUp, foldedText, type HotFunction, hotFunctions, type StackNode } from './stacks.js';

const IDLE = '(idle)';
const COLLECTOR = '(garbage collector)';

/** What a CPU profile says. Weights are microseconds. */
export class CpuReport {
  /** As the engine gave it: written as JSON to a file `….cpuprofile`, Chrome's and other tools open it. */
  readonly profile: CpuProfile;
  /** When it began, by `Clock.monotonic`. */
  readonly startMs: number;
  /** Stacks without idleness. */
  readonly root: StackNode;
  readonly durationMs: number;
  /** Time in which something ran. */
  readonly busyMs: number;
  readonly collectorMs: number;
  readonly #stackOf: (id: number) => string[];

  constructor(profile: CpuProfile, startMs = 0) {
    this.profile = profile;
    this.startMs = startMs;
    const nodes = new Map<number, StackNode>();
    const parents = new Map<number, number>();
    for (const node of profile.nodes) {
      nodes.set(node.id, { frame: node.callFrame, self: 0, total: 0, children: [] });
      for (const child of node.children ?? []) parents.set(child, node.id);
    }
    forEachSample(profile, (id, micros) => {
      const node = nodes.get(id);
      if (node !== undefined) node.self += micros;
    });
    let root: StackNode | undefined;
    for (const [id, node] of nodes) {
      const parent = nodes.get(parents.get(id) ?? -1);
      if (parent === undefined) root ??= node;
      else if (node.frame.functionName !== IDLE) parent.children.push(node);
    }
    this.root = root ?? { frame: NO_FRAME, self: 0, total: 0, children: [] };
    addUp(this.root);
    this.durationMs = (profile.endTime - profile.startTime) / 1000;
    this.busyMs = this.root.total / 1000;
    const collector = this.root.children.find((node) => node.frame.functionName === COLLECTOR);
    this.collectorMs = (collector?.total ?? 0) / 1000;
    this.#stackOf = (id) => {
      const names: string[] = [];
      for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
        const name = nodes.get(at)?.frame.functionName;
        if (name !== undefined && name !== '(root)') names.unshift(name === '' ? '(anonymous)' : name);
      }
      return names;
    };
  }

  /** Functions by the microseconds they took alone, the slowest first. */
  top(count = 10): HotFunction[] {
    return hotFunctions(this.root).slice(0, count);
  }

  /** Folded stacks, in microseconds. */
  folded(): string {
    return foldedText(this.root);
  }

  /** As an SVG document. */
  flameGraph(options: FlameGraphOptions = {}): string {
    const format = (micros: number): string => `${(micros / 1000).toFixed(1)} ms`;
    return flameGraph(this.root, { title: 'CPU', format, ...options });
  }

  /** The stack that most samples met between two moments by `Clock.monotonic`, outermost first; none where nothing ran. */
  stackDuring(fromMs: number, toMs: number): string[] {
    const weights = new Map<number, number>();
    const baseMs = this.startMs;
    forEachSample(this.profile, (id, micros, atMicros) => {
      const atMs = baseMs + atMicros / 1000;
      if (atMs >= fromMs && atMs <= toMs) weights.set(id, (weights.get(id) ?? 0) + micros);
    });
    let [best, most] = [-1, 0];
    for (const [id, weight] of weights) if (weight > most) [best, most] = [id, weight];
    return best < 0 ? [] : this.#stackOf(best).filter((name) => name !== IDLE && name !== '(program)');
  }
}

const NO_FRAME = { functionName: '(root)', scriptId: '0', url: '', lineNumber: -1, columnNumber: -1 };

/** Each sample lasts until the next one. */
function forEachSample(profile: CpuProfile, tell: (id: number, micros: number, atMicros: number) => void): void {
  const { samples, timeDeltas, startTime, endTime } = profile;
  let at = 0;
  for (let i = 0; i < samples.length; i++) {
    at += timeDeltas[i] as number;
    const next = i + 1 < samples.length ? (timeDeltas[i + 1] as number) : Math.max(0, endTime - startTime - at);
    tell(samples[i] as number, Math.max(0, next), at);
  }
}
