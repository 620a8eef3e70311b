/** CMS.*: count-min sketches, with the replies of Redis's Bloom module. */

import { ModuleType } from '../../../bindings/kernels/protocols/resp.js';
import { CountMinSketch } from '../../sketches/count-min-sketch/index.js';
import { type CommandContext, WRONG_TYPE } from '../resp/commands/context.js';
import type { RedisModule } from '../resp/commands/table.js';
import {
  commandsOf,
  doubleAt,
  integerAt,
  isTaken,
  itemsFrom,
  optionAt,
  replyFields,
  seedOf,
  store,
  type ValueKind,
  withPresent,
  withValue,
  wrongArity,
} from './module.js';

const KIND: ValueKind<CountMinSketch> = { type: ModuleType.countMin, Structure: CountMinSketch };

const ABSENT = 'CMS: key does not exist';
const MOST_COUNT = 2 ** 32 - 1;
const MOST_WEIGHT = 2 ** 32;
const MOST_CELLS = 2 ** 29;
const MOST_DEPTH = 64;

function make(context: CommandContext, width: number, depth: number): void {
  if (isTaken(context, 1)) return context.reply.error('CMS: key already exists');
  if (depth > MOST_DEPTH || width * depth > MOST_CELLS) {
    return context.reply.error('CMS: Insufficient memory to create the key');
  }
  // Sketches whose updates are conservative could not be merged.
  const options = { arena: context.server.engine.arena, seed: seedOf(context), conservative: false };
  store(context, KIND, 1, CountMinSketch.withDimensions(width, depth, options));
  context.reply.ok();
}

function initByDimensions(context: CommandContext): void {
  const [width, depth] = [integerAt(context, 2), integerAt(context, 3)];
  if (width === undefined || width < 1) return context.reply.error('CMS: invalid width');
  if (depth === undefined || depth < 1) return context.reply.error('CMS: invalid depth');
  make(context, width, depth);
}

function initByProbability(context: CommandContext): void {
  const [error, probability] = [doubleAt(context, 2), doubleAt(context, 3)];
  if (error === undefined || !(error > 0 && error < 1)) {
    return context.reply.error('CMS: invalid overestimation value');
  }
  if (probability === undefined || !(probability > 0 && probability < 1)) {
    return context.reply.error('CMS: invalid prob value');
  }
  // Markov's inequality with a half, as Redis sizes them.
  make(context, Math.ceil(2 / error), Math.ceil(Math.log10(probability) / Math.log10(0.5)));
}

function increment(context: CommandContext): void {
  const { args, reply } = context;
  if (args.length % 2 === 1) return wrongArity(context);
  withPresent(context, KIND, ABSENT, (sketch) => {
    const counts: number[] = [];
    for (let i = 3; i < args.length; i += 2) {
      const count = integerAt(context, i);
      if (count === undefined) return reply.error('CMS: Cannot parse number');
      if (count < 0) return reply.error('CMS: Number cannot be negative');
      counts.push(Math.min(count, MOST_COUNT));
    }
    reply.array(counts.length);
    for (const [i, count] of counts.entries()) {
      const estimate = sketch.add(args.copy(2 + 2 * i), count);
      if (estimate === MOST_COUNT) reply.error('CMS: INCRBY overflow');
      else reply.integer(estimate);
    }
  });
}

function query(context: CommandContext): void {
  const { reply } = context;
  withPresent(context, KIND, ABSENT, (sketch) => {
    const estimates = sketch.estimateMany(itemsFrom(context, 2));
    reply.array(estimates.length);
    for (const estimate of estimates) reply.integer(estimate);
  });
}

function merge(context: CommandContext): void {
  const { args, reply } = context;
  withPresent(context, KIND, ABSENT, (target) => {
    const keys = integerAt(context, 2);
    if (keys === undefined) return reply.error('CMS: invalid numkeys');
    if (keys <= 0) return reply.error('CMS: Number of keys must be positive');
    const at = optionAt(context, 'weights', 3);
    if (at === -1 && args.length !== 3 + keys) return reply.error('CMS: wrong number of keys');
    if (at !== -1 && (at !== 3 + keys || args.length !== 4 + 2 * keys)) {
      return reply.error('CMS: wrong number of keys/weights');
    }
    const weights: number[] = [];
    for (let i = 0; i < keys; i++) {
      const weight = at === -1 ? 1 : integerAt(context, at + 1 + i);
      if (weight === undefined || Math.abs(weight) > MOST_WEIGHT) return reply.error('CMS: invalid weight value');
      weights.push(weight);
    }
    withSources(context, target, keys, [], (sources) => {
      target.assign(sources, weights);
      reply.ok();
    });
  });
}

/** Opens the sketches of the next `left` keys too, and gives all to `use` unless one is not there or does not fit. */
function withSources(
  context: CommandContext,
  target: CountMinSketch,
  left: number,
  opened: readonly CountMinSketch[],
  use: (sources: readonly CountMinSketch[]) => void,
): void {
  if (left === 0) return use(opened);
  withValue(context, KIND, 3 + opened.length, ({ value, problem }) => {
    if (problem === 'absent') return context.reply.error(ABSENT);
    if (problem !== undefined) return context.reply.error(WRONG_TYPE);
    if (value.width !== target.width || value.depth !== target.depth) {
      return context.reply.error('CMS: width/depth is not equal');
    }
    withSources(context, target, left - 1, [...opened, value], use);
  });
}

function info(context: CommandContext): void {
  withPresent(context, KIND, ABSENT, ({ width, depth, total }) => {
    replyFields(context, [
      ['width', width],
      ['depth', depth],
      ['count', total],
    ]);
  });
}

/** CMS.*: how often each item came. */
export const countMinModule: RedisModule = {
  name: 'cms',
  version: 20_812,
  commands: /* @__PURE__ */ commandsOf('cms', '2.0.0', [
    {
      name: 'cms.initbydim',
      arity: 4,
      flags: 'write denyoom module fast',
      complexity: 'O(1)',
      summary: 'Creates a count-min sketch of a width and a depth.',
      run: initByDimensions,
    },
    {
      name: 'cms.initbyprob',
      arity: 4,
      flags: 'write denyoom module fast',
      complexity: 'O(1)',
      summary: 'Creates a count-min sketch for an error and its probability.',
      run: initByProbability,
    },
    {
      name: 'cms.incrby',
      arity: -4,
      flags: 'write denyoom module',
      complexity: 'O(n) where n is the number of items',
      summary: 'Adds to the counts of items.',
      run: increment,
    },
    {
      name: 'cms.query',
      arity: -3,
      flags: 'readonly module',
      complexity: 'O(n) where n is the number of items',
      summary: 'The counts of items, or more.',
      run: query,
    },
    {
      name: 'cms.merge',
      arity: -4,
      flags: 'write denyoom module',
      complexity: 'O(n) where n is the number of sketches',
      summary: 'Sets a sketch to the weighted sum of others.',
      run: merge,
    },
    {
      name: 'cms.info',
      arity: 2,
      flags: 'readonly module fast',
      complexity: 'O(1)',
      summary: 'Width, depth and total of a count-min sketch.',
      run: info,
    },
  ]),
};
