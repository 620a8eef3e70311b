/** The server's settings, as CONFIG GET and CONFIG SET name them. */

import { POLICIES } from '../../../bindings/kernels/protocols/resp.js';
import { matchesGlob } from './glob.js';

export type EvictionPolicy = (typeof POLICIES)[number];

export interface Settings {
  /** Bytes of data above which writes are refused or make keys be evicted; 0: none but the arena's. */
  maxMemory: number;
  maxMemoryPolicy: EvictionPolicy;
  /** Keys looked at for the one that goes. */
  maxMemorySamples: number;
  /** How slowly an LFU counter grows: at 10 some million uses are the most it tells apart. */
  lfuLogFactor: number;
  /** Minutes after which an LFU counter is one less; 0: never. */
  lfuDecayMinutes: number;
  maxClients: number;
  /** Seconds after which an idle connection is closed; 0: never. */
  timeoutSeconds: number;
  /** Password, or an empty string for none. */
  requirePass: string;
}

/** More would make every eviction a walk. */
const MAX_SAMPLES = 64;
const MAX_INT = 2_147_483_647;

/** An arena holds no more. */
export const MAX_MEMORY_BYTES = 65_535 * 65_536;

/** @throws RangeError naming the setting, what it takes and what was given */
export function checkedSettings(settings: Settings): Settings {
  checkInteger('maxMemory', settings.maxMemory, 0, MAX_MEMORY_BYTES);
  checkInteger('maxMemorySamples', settings.maxMemorySamples, 1, MAX_SAMPLES);
  checkInteger('lfuLogFactor', settings.lfuLogFactor, 0, MAX_INT);
  checkInteger('lfuDecayMinutes', settings.lfuDecayMinutes, 0, MAX_INT);
  checkInteger('maxClients', settings.maxClients, 1, 4_294_967_295);
  checkInteger('timeoutSeconds', settings.timeoutSeconds, 0, 2_147_483_647);
  if (!POLICIES.includes(settings.maxMemoryPolicy)) {
    throw new RangeError(
      `maxMemoryPolicy must be one of ${POLICIES.join(', ')}, got ${String(settings.maxMemoryPolicy)}`,
    );
  }
  return settings;
}

function checkInteger(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`${name} must be an integer from ${min} to ${max}, got ${value}`);
  }
}

interface Parameter {
  get(settings: Settings): string;
  /** Applies the text, or returns what is wrong with it. Absent: the parameter cannot be changed at run time. */
  set?(settings: Settings, text: string): string | undefined;
}

const NOT_INTEGER = "argument couldn't be parsed into an integer";

/** A whole number within bounds. */
function integer(
  name: 'maxMemorySamples' | 'lfuLogFactor' | 'lfuDecayMinutes' | 'maxClients' | 'timeoutSeconds',
  min: number,
  max: number,
): Parameter {
  return {
    get: (settings) => String(settings[name]),
    set(settings, text) {
      const value = integerIn(text, min, max);
      if (typeof value === 'string') return value;
      settings[name] = value;
      return undefined;
    },
  };
}

/** A parameter that is what it is. */
function fixed(value: string): Parameter {
  return { get: () => value };
}

const PARAMETERS: ReadonlyMap<string, Parameter> = /* @__PURE__ */ new Map<string, Parameter>([
  [
    'maxmemory',
    {
      get: (settings) => String(settings.maxMemory),
      set(settings, text) {
        const bytes = parseMemory(text);
        if (bytes === undefined) return 'argument must be a memory value';
        if (bytes > MAX_MEMORY_BYTES) return `argument must be between 0 and ${MAX_MEMORY_BYTES} inclusive`;
        settings.maxMemory = bytes;
        return undefined;
      },
    },
  ],
  [
    'maxmemory-policy',
    {
      get: (settings) => settings.maxMemoryPolicy,
      set(settings, text) {
        const policy = POLICIES.find((name) => name === text.toLowerCase());
        if (policy === undefined) return `argument(s) must be one of the following: ${POLICIES.join(', ')}`;
        settings.maxMemoryPolicy = policy;
        return undefined;
      },
    },
  ],
  ['maxmemory-samples', integer('maxMemorySamples', 1, MAX_SAMPLES)],
  ['lfu-log-factor', integer('lfuLogFactor', 0, MAX_INT)],
  ['lfu-decay-time', integer('lfuDecayMinutes', 0, MAX_INT)],
  ['maxclients', integer('maxClients', 1, 4_294_967_295)],
  ['timeout', integer('timeoutSeconds', 0, MAX_INT)],
  [
    'requirepass',
    {
      get: (settings) => settings.requirePass,
      set(settings, text) {
        settings.requirePass = text;
        return undefined;
      },
    },
  ],
  // What clients and tools ask for, and cannot change here.
  ['databases', fixed('1')],
  ['save', fixed('')],
  ['appendonly', fixed('no')],
  ['proto-max-bulk-len', fixed('536870912')],
  ['client-query-buffer-limit', fixed('1073741824')],
  ['cluster-enabled', fixed('no')],
  ['notify-keyspace-events', fixed('')],
]);

/** Bytes, with Redis's suffixes: k and kb, m and mb, g and gb. */
export function parseMemory(text: string): number | undefined {
  const match = /^(\d+)(b|k|kb|m|mb|g|gb)?$/i.exec(text);
  if (match === null) return undefined;
  const unit = { b: 1, k: 1e3, kb: 1024, m: 1e6, mb: 1024 ** 2, g: 1e9, gb: 1024 ** 3 }[
    (match[2] ?? 'b').toLowerCase()
  ];
  const bytes = Number(match[1]) * (unit ?? 1);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

function integerIn(text: string, min: number, max: number): number | string {
  if (!/^-?\d+$/.test(text)) return NOT_INTEGER;
  const value = Number(text);
  return value < min || value > max ? `argument must be between ${min} and ${max} inclusive` : value;
}

export class ServerConfig {
  settings: Settings;
  readonly #changed: () => void;

  /** @param changed called after each change */
  constructor(settings: Settings, changed: () => void) {
    this.settings = settings;
    this.#changed = changed;
  }

  /** Name and value of each parameter that one of the glob patterns matches; one asked for by name as it was spelled. */
  matching(patterns: readonly string[]): [string, string][] {
    const globs = patterns.map((pattern) => ({ pattern, glob: pattern.toLowerCase() }));
    return [...PARAMETERS].flatMap(([name, parameter]): [string, string][] => {
      const match = globs.find(({ glob }) => matchesGlob(glob, name));
      if (match === undefined) return [];
      return [[match.glob === name ? match.pattern : name, parameter.get(this.settings)]];
    });
  }

  /** Applies all pairs or none. Returns what is wrong, as Redis says it, or `undefined`. */
  apply(pairs: readonly (readonly [string, string])[]): string | undefined {
    const next = { ...this.settings };
    const seen = new Set<string>();
    for (const [name, value] of pairs) {
      const parameter = PARAMETERS.get(name.toLowerCase());
      if (parameter === undefined)
        return `ERR Unknown option or number of arguments for CONFIG SET - '${name.slice(0, 128)}'`;
      if (seen.has(name.toLowerCase()))
        return `ERR CONFIG SET failed (possibly related to argument '${name}') - duplicate parameter`;
      seen.add(name.toLowerCase());
      const problem = parameter.set === undefined ? "can't set immutable config" : parameter.set(next, value);
      if (problem !== undefined) return `ERR CONFIG SET failed (possibly related to argument '${name}') - ${problem}`;
    }
    this.settings = next;
    this.#changed();
    return undefined;
  }
}
