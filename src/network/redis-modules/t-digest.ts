/** TDIGEST.*: quantiles of a stream, with the replies of Redis's Bloom module. */

import { ModuleType } from '../../../bindings/kernels/protocols/resp.js';
import { TDigest } from '../../sketches/t-digest/index.js';
import { type CommandContext, WRONG_TYPE } from '../resp/commands/context.js';
import type { RedisModule } from '../resp/commands/table.js';
import {
  commandsOf,
  doubleAt,
  integerAt,
  optionAt,
  replyFields,
  store,
  type ValueKind,
  withPresent,
  withValue,
  wrongArity,
} from './module.js';

const KIND: ValueKind<TDigest> = { type: ModuleType.tDigest, Structure: TDigest };

const ABSENT = 'ERR T-Digest: key does not exist';
const WRONG_KEYWORD = 'ERR T-Digest: wrong keyword';
const DEFAULT_COMPRESSION = 100;
const MOST_COMPRESSION = 65_536;

/** A compression, or what is wrong with it. */
function compressionAt(context: CommandContext, argument: number): number | string {
  const compression = integerAt(context, argument);
  if (compression === undefined) return 'ERR T-Digest: error parsing compression parameter';
  if (compression <= 0) return 'ERR T-Digest: compression parameter needs to be a positive integer';
  return compression > MOST_COMPRESSION ? 'ERR T-Digest: allocation failed' : compression;
}

function create(context: CommandContext): void {
  const { args, reply } = context;
  if (args.length !== 2 && args.length !== 4) return wrongArity(context);
  withValue(context, KIND, 1, ({ problem }) => {
    if (problem === 'wrong type') return reply.error(WRONG_TYPE);
    if (problem === undefined) return reply.error('ERR T-Digest: key already exists');
    let compression: number | string = DEFAULT_COMPRESSION;
    if (args.length === 4) {
      if (optionAt(context, 'compression', 2) !== 2) return reply.error(WRONG_KEYWORD);
      compression = compressionAt(context, 3);
    }
    if (typeof compression === 'string') return reply.error(compression);
    store(context, KIND, 1, new TDigest({ arena: context.server.engine.arena, compression }));
    reply.ok();
  });
}

/** The arguments from `from` on as doubles, or undefined when one is none. */
function doublesFrom(context: CommandContext, from: number): Float64Array | undefined {
  const values = new Float64Array(context.args.length - from);
  for (let i = 0; i < values.length; i++) {
    const value = doubleAt(context, from + i);
    if (value === undefined) return undefined;
    values[i] = value;
  }
  return values;
}

function add(context: CommandContext): void {
  const { reply } = context;
  withPresent(context, KIND, ABSENT, (digest) => {
    const values = doublesFrom(context, 2);
    if (values === undefined) return reply.error('ERR T-Digest: error parsing val parameter');
    if (!values.every(Number.isFinite)) return reply.error('ERR T-Digest: val parameter needs to be a finite number');
    digest.addMany(values);
    reply.ok();
  });
}

/** MERGE destination numkeys key … [COMPRESSION c] [OVERRIDE]: all is read before the destination changes. */
function merge(context: CommandContext): void {
  const { args, reply, server } = context;
  const keys = integerAt(context, 2);
  if (keys === undefined) return reply.error('ERR T-Digest: error parsing numkeys');
  if (keys <= 0) return reply.error('ERR T-Digest: numkeys needs to be a positive integer');
  const options = 3 + keys;
  if (options > args.length) return wrongArity(context);
  const at = optionAt(context, 'compression', options);
  const override = optionAt(context, 'override', options) !== -1;
  if (at !== -1 && at + 1 === args.length) return wrongArity(context);
  const chosen = at === -1 ? undefined : compressionAt(context, at + 1);
  if (typeof chosen === 'string') return reply.error(chosen);
  if (args.length > options && at === -1 && !override) return reply.error(WRONG_KEYWORD);
  withValue(context, KIND, 1, ({ value: old, problem }) => {
    if (problem === 'wrong type') return reply.error(WRONG_TYPE);
    const compression = chosen ?? (old === undefined || override ? largestCompression(context, keys) : old.compression);
    if (typeof compression === 'string') return reply.error(compression);
    const merged = new TDigest({ arena: server.engine.arena, compression });
    try {
      if (old !== undefined && !override) merged.merge(old);
      const trouble = mergeKeys(context, keys, merged);
      if (trouble !== undefined) return reply.error(trouble);
      // This frees the old digest: nothing may use it any more.
      store(context, KIND, 1, merged);
      reply.ok();
    } finally {
      merged.dispose();
    }
  });
}

/** The largest compression of the keys from argument 3 on, or what is wrong with one. */
function largestCompression(context: CommandContext, keys: number): number | string {
  let largest = 0;
  for (let i = 0; i < keys; i++) {
    const trouble = withValue(context, KIND, 3 + i, ({ value, problem }) => {
      if (value !== undefined) largest = Math.max(largest, value.compression);
      return problem;
    });
    if (trouble !== undefined) return trouble === 'absent' ? ABSENT : WRONG_TYPE;
  }
  return largest;
}

function mergeKeys(context: CommandContext, keys: number, into: TDigest): string | undefined {
  for (let i = 0; i < keys; i++) {
    const trouble = withValue(context, KIND, 3 + i, ({ value, problem }) => {
      if (value !== undefined) into.merge(value);
      return problem;
    });
    if (trouble !== undefined) return trouble === 'absent' ? ABSENT : WRONG_TYPE;
  }
  return undefined;
}

/** Answers one number; NaN when there are no values. */
function one(context: CommandContext, of: (digest: TDigest) => number): void {
  withPresent(context, KIND, ABSENT, (digest) => context.reply.double(of(digest)));
}

/** Answers a number for each argument. */
function each(
  context: CommandContext,
  problemOf: (value: number | undefined) => string | undefined,
  answer: (digest: TDigest, value: number) => void,
): void {
  const { args, reply } = context;
  withPresent(context, KIND, ABSENT, (digest) => {
    const values: number[] = [];
    for (let i = 2; i < args.length; i++) {
      const value = doubleAt(context, i);
      const problem = problemOf(value);
      if (problem !== undefined) return reply.error(problem);
      values.push(value as number);
    }
    reply.array(values.length);
    for (const value of values) answer(digest, value);
  });
}

function rank(context: CommandContext, reverse: boolean): void {
  each(
    context,
    (value) => (value === undefined ? 'ERR T-Digest: error parsing value' : undefined),
    (digest, value) => {
      const found = reverse ? digest.reverseRank(value) : digest.rank(value);
      context.reply.integer(Number.isNaN(found) ? RANK_OF_NOTHING : found);
    },
  );
}

/** Redis's answer where there are no values. */
const RANK_OF_NOTHING = -2;

function byRank(context: CommandContext, reverse: boolean): void {
  each(
    context,
    (value) => {
      if (value === undefined || !Number.isInteger(value)) return 'ERR T-Digest: error parsing rank';
      return value < 0 ? 'ERR T-Digest: rank needs to be non negative' : undefined;
    },
    (digest, value) => context.reply.double(reverse ? digest.byReverseRank(value) : digest.byRank(value)),
  );
}

function quantile(context: CommandContext): void {
  each(
    context,
    (value) => {
      if (value === undefined) return 'ERR T-Digest: error parsing quantile';
      return value >= 0 && value <= 1 ? undefined : 'ERR T-Digest: quantile should be in [0,1]';
    },
    (digest, value) => context.reply.double(digest.quantile(value)),
  );
}

function cdf(context: CommandContext): void {
  each(
    context,
    (value) => (value === undefined ? 'ERR T-Digest: error parsing cdf' : undefined),
    (digest, value) => context.reply.double(digest.cdf(value)),
  );
}

function trimmedMean(context: CommandContext): void {
  const { reply } = context;
  withPresent(context, KIND, ABSENT, (digest) => {
    const [low, high] = [doubleAt(context, 2), doubleAt(context, 3)];
    if (low === undefined) return reply.error('ERR T-Digest: error parsing low_cut_percentile');
    if (high === undefined) return reply.error('ERR T-Digest: error parsing high_cut_percentile');
    if (!(low >= 0 && low <= 1 && high >= 0 && high <= 1)) {
      return reply.error('ERR T-Digest: low_cut_percentile and high_cut_percentile should be in [0,1]');
    }
    if (low >= high) return reply.error('ERR T-Digest: low_cut_percentile should be lower than high_cut_percentile');
    reply.double(digest.trimmedMean(low, high));
  });
}

function info(context: CommandContext): void {
  withPresent(context, KIND, ABSENT, (digest) => {
    const stats = digest.stats();
    replyFields(context, [
      ['Compression', stats.compression],
      ['Capacity', stats.capacity],
      ['Merged nodes', stats.centroids],
      ['Unmerged nodes', stats.waiting],
      ['Merged weight', stats.total - stats.waitingWeight],
      ['Unmerged weight', stats.waitingWeight],
      ['Observations', stats.total],
      ['Total compressions', stats.merges],
      ['Memory usage', stats.bytes],
    ]);
  });
}

function reset(context: CommandContext): void {
  withPresent(context, KIND, ABSENT, (digest) => {
    digest.clear();
    context.reply.ok();
  });
}

const PER_VALUE = 'O(N) where N is the number of arguments';

/** TDIGEST.*: quantiles. */
export const tDigestModule: RedisModule = {
  name: 'tdigest',
  version: 20_812,
  commands: /* @__PURE__ */ commandsOf('tdigest', '2.4.0', [
    {
      name: 'tdigest.create',
      arity: -2,
      flags: 'write denyoom module fast',
      complexity: 'O(1)',
      summary: 'Creates a t-digest.',
      run: create,
    },
    {
      name: 'tdigest.add',
      arity: -3,
      flags: 'write denyoom module',
      complexity: 'O(N), where N is the number of samples to add',
      summary: 'Adds values to a t-digest.',
      run: add,
    },
    {
      name: 'tdigest.merge',
      arity: -4,
      flags: 'write denyoom module',
      complexity: 'O(N*K), where N is the number of centroids and K being the number of input sketches',
      summary: 'Merges t-digests into one.',
      run: merge,
    },
    {
      name: 'tdigest.reset',
      arity: 2,
      flags: 'write module fast',
      complexity: 'O(1)',
      summary: 'Empties a t-digest.',
      run: reset,
    },
    {
      name: 'tdigest.min',
      arity: 2,
      flags: 'readonly module fast',
      complexity: 'O(1)',
      summary: 'The least value of a t-digest.',
      run: (context) => one(context, ({ min }) => min),
    },
    {
      name: 'tdigest.max',
      arity: 2,
      flags: 'readonly module fast',
      complexity: 'O(1)',
      summary: 'The greatest value of a t-digest.',
      run: (context) => one(context, ({ max }) => max),
    },
    {
      name: 'tdigest.quantile',
      arity: -3,
      flags: 'readonly module',
      complexity: PER_VALUE,
      summary: 'The values below which shares of all values lie.',
      run: quantile,
    },
    {
      name: 'tdigest.cdf',
      arity: -3,
      flags: 'readonly module',
      complexity: PER_VALUE,
      summary: 'The shares of all values that lie below values.',
      run: cdf,
    },
    {
      name: 'tdigest.rank',
      arity: -3,
      flags: 'readonly module',
      complexity: PER_VALUE,
      summary: 'How many values lie below values.',
      run: (context) => rank(context, false),
    },
    {
      name: 'tdigest.revrank',
      arity: -3,
      flags: 'readonly module',
      complexity: PER_VALUE,
      summary: 'How many values lie above values.',
      run: (context) => rank(context, true),
    },
    {
      name: 'tdigest.byrank',
      arity: -3,
      flags: 'readonly module',
      complexity: PER_VALUE,
      summary: 'The values of ranks, the least first.',
      run: (context) => byRank(context, false),
    },
    {
      name: 'tdigest.byrevrank',
      arity: -3,
      flags: 'readonly module',
      complexity: PER_VALUE,
      summary: 'The values of ranks, the greatest first.',
      run: (context) => byRank(context, true),
    },
    {
      name: 'tdigest.trimmed_mean',
      arity: 4,
      flags: 'readonly module',
      complexity: 'O(N) where N is the number of centroids',
      summary: 'The mean of the values between two quantiles.',
      run: trimmedMean,
    },
    {
      name: 'tdigest.info',
      arity: 2,
      flags: 'readonly module fast',
      complexity: 'O(1)',
      summary: 'Figures about a t-digest.',
      run: info,
    },
  ]),
};
