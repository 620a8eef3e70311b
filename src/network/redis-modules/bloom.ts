/** BF.*: scalable Bloom filters, with the replies of Redis's Bloom module. */

import { ModuleType } from '../../../bindings/kernels/protocols/resp.js';
import { ScalableBloomFilter } from '../../sketches/bloom-filter/index.js';
import { type CommandContext, WRONG_TYPE } from '../resp/commands/context.js';
import type { RedisModule } from '../resp/commands/table.js';
import { type DumpKind, loadChunk, scanDump } from './dump.js';
import {
  commandsOf,
  doubleAt,
  integerAt,
  isTaken,
  optionAt,
  replyExists,
  replyFields,
  seedOf,
  store,
  withPresent,
  withValue,
  wrongArity,
} from './module.js';

const KIND: DumpKind<ScalableBloomFilter> = {
  type: ModuleType.bloom,
  Structure: ScalableBloomFilter,
  fromBytes: (bytes, { server }) => ScalableBloomFilter.fromBytes(bytes, { arena: server.engine.arena }),
};
/** Detail of an entry whose filter does not grow. */
const FIXED = 0x100;

const NOT_FOUND = 'ERR not found';
const EXISTS = 'ERR item exists';
const FULL = 'ERR non scaling filter is full';

interface Shape {
  rate: number;
  capacity: number;
  expansion: number;
  fixed: boolean;
}

const DEFAULTS: Readonly<Shape> = { rate: 0.01, capacity: 100, expansion: 2, fixed: false };
/** A rate above this is taken for this. */
const RATE_CAP = 0.25;
const MAX_CAPACITY = 2 ** 30;
const MAX_EXPANSION = 32_768;
/** Rate of a layer over that of the one before, as Redis has it; a filter of one layer uses nearly all of its rate. */
const TIGHTENING = 0.5;
const TIGHTENING_FIXED = 0.1;

function make(context: CommandContext, { rate, capacity, expansion, fixed }: Shape): void {
  const filter = new ScalableBloomFilter({
    arena: context.server.engine.arena,
    seed: seedOf(context),
    capacity,
    falsePositiveRate: Math.min(rate, RATE_CAP),
    growth: Math.max(1, expansion),
    tightening: fixed ? TIGHTENING_FIXED : TIGHTENING,
  });
  store(context, KIND, 1, filter, fixed ? FIXED : 0);
}

function reserve(context: CommandContext): void {
  const { args, reply } = context;
  if (args.length > 7) return wrongArity(context);
  const rate = doubleAt(context, 2);
  if (rate === undefined) return reply.error('ERR bad error rate');
  if (!(rate > 0 && rate < 1)) return reply.error('ERR error rate must be in the range (0.000000, 1.000000)');
  const capacity = integerAt(context, 3);
  if (capacity === undefined) return reply.error('ERR bad capacity');
  if (!isWithin(capacity, 1, MAX_CAPACITY))
    return reply.error(`ERR capacity must be in the range [1, ${MAX_CAPACITY}]`);
  const shape = { ...DEFAULTS, rate, capacity };
  shape.fixed = optionAt(context, 'nonscaling', 4) !== -1;
  const at = optionAt(context, 'expansion', 4);
  if (at !== -1) {
    if (at + 1 === args.length) return reply.error('ERR no expansion');
    const expansion = integerAt(context, at + 1);
    if (expansion === undefined) return reply.error('ERR bad expansion');
    if (expansion !== 0 && shape.fixed) return reply.error('Nonscaling filters cannot expand');
    if (!isWithin(expansion, 0, MAX_EXPANSION)) {
      return reply.error(`ERR expansion must be in the range [0, ${MAX_EXPANSION}]`);
    }
    shape.expansion = expansion;
    shape.fixed ||= expansion === 0;
  }
  withValue(context, KIND, 1, ({ problem }) => {
    if (problem === 'wrong type') return reply.error(WRONG_TYPE);
    if (problem === undefined) return reply.error(EXISTS);
    make(context, shape);
    reply.ok();
  });
}

function isWithin(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}

/** Adds the arguments from `from` on; one reply, or a list of them, which ends with the first that finds no room. */
function addAll(context: CommandContext, from: number, shape: Shape | undefined, isList: boolean): void {
  const { args, reply } = context;
  if (!isTaken(context, 1)) {
    if (shape === undefined) return reply.error(NOT_FOUND);
    make(context, shape);
  }
  withPresent(context, KIND, NOT_FOUND, (filter, detail) => {
    const added: (boolean | undefined)[] = [];
    for (let i = from; i < args.length; i++) {
      const item = args.copy(i);
      const isFull = (detail & FIXED) !== 0 && filter.additions >= filter.capacity;
      const one = isFull ? (filter.has(item) ? false : undefined) : filter.add(item);
      added.push(one);
      if (one === undefined) break;
    }
    if (isList) reply.array(added.length);
    for (const one of added) {
      if (one === undefined) reply.error(FULL);
      else reply.boolean(one);
    }
  });
}

function insert(context: CommandContext): void {
  const { args, reply } = context;
  const shape = { ...DEFAULTS };
  let create = true;
  for (let i = 2; i < args.length; i++) {
    const option = args.bytes(i) > 16 ? '' : args.lower(i);
    if (option === 'items') {
      if (i + 1 === args.length) return wrongArity(context);
      return addAll(context, i + 1, create ? shape : undefined, true);
    }
    if (option === 'nocreate') create = false;
    else if (option === 'nonscaling') shape.fixed = true;
    else {
      const problem = readOption(context, option, ++i, shape);
      if (problem !== undefined) return reply.error(problem);
    }
  }
  wrongArity(context);
}

/** Takes an option with its value into the shape; what is wrong with it, if anything. */
function readOption(context: CommandContext, option: string, at: number, shape: Shape): string | undefined {
  const number = option === 'error' ? doubleAt(context, at) : integerAt(context, at);
  if (option === 'error') {
    if (number === undefined || !(number > 0 && number < 1)) return 'Bad error rate';
    shape.rate = number;
  } else if (option === 'capacity') {
    if (number === undefined || !isWithin(number, 1, MAX_CAPACITY)) return 'Bad capacity';
    shape.capacity = number;
  } else if (option === 'expansion') {
    if (number === undefined || !isWithin(number, 0, MAX_EXPANSION)) return 'Bad expansion';
    shape.expansion = number;
    shape.fixed ||= number === 0;
  } else {
    return 'Unknown argument received';
  }
  return undefined;
}

function info(context: CommandContext): void {
  const { args, reply } = context;
  if (args.length > 3) return wrongArity(context);
  withPresent(context, KIND, NOT_FOUND, (filter, detail) => {
    const fields = {
      capacity: ['Capacity', filter.capacity],
      size: ['Size', filter.dataBytes],
      filters: ['Number of filters', filter.layers],
      items: ['Number of items inserted', filter.additions],
      expansion: ['Expansion rate', detail & FIXED ? null : filter.growth],
    } as const;
    if (args.length === 2) return replyFields(context, Object.values(fields));
    const field = Object.entries(fields).find(([name]) => name === args.lower(2))?.[1];
    if (field === undefined) return reply.error('Invalid information value');
    if (reply.resp3) return replyFields(context, [field]);
    reply.array(1);
    if (field[1] === null) reply.null();
    else reply.integer(field[1]);
  });
}

function card(context: CommandContext): void {
  if (!isTaken(context, 1)) return context.reply.integer(0);
  withPresent(context, KIND, NOT_FOUND, (filter) => context.reply.integer(filter.additions));
}

const DUMP_TEXTS = { absent: NOT_FOUND, taken: EXISTS, badIterator: 'ERR Second argument must be numeric' };

/** BF.*: Bloom filters that grow. */
export const bloomModule: RedisModule = {
  name: 'bf',
  version: 20_812,
  commands: /* @__PURE__ */ commandsOf('bf', '1.0.0', [
    {
      name: 'bf.reserve',
      arity: -4,
      flags: 'write denyoom module fast',
      complexity: 'O(1)',
      summary: 'Creates a Bloom filter.',
      run: reserve,
    },
    {
      name: 'bf.add',
      arity: 3,
      flags: 'write denyoom module fast',
      complexity: 'O(k), where k is the number of hash functions',
      summary: 'Adds an item to a Bloom filter.',
      run: (context) => addAll(context, 2, DEFAULTS, false),
    },
    {
      name: 'bf.madd',
      arity: -3,
      flags: 'write denyoom module',
      complexity: 'O(k * n), where k is the number of hash functions and n is the number of items',
      summary: 'Adds items to a Bloom filter.',
      run: (context) => addAll(context, 2, DEFAULTS, true),
    },
    {
      name: 'bf.insert',
      arity: -4,
      flags: 'write denyoom module',
      complexity: 'O(k * n), where k is the number of hash functions and n is the number of items',
      summary: 'Adds items to a Bloom filter, which it may create.',
      run: insert,
    },
    {
      name: 'bf.exists',
      arity: 3,
      flags: 'readonly module fast',
      complexity: 'O(k), where k is the number of hash functions',
      summary: 'Whether a Bloom filter may hold an item.',
      run: (context) => replyExists(context, KIND, false),
    },
    {
      name: 'bf.mexists',
      arity: -3,
      flags: 'readonly module',
      complexity: 'O(k * n), where k is the number of hash functions and n is the number of items',
      summary: 'Which items a Bloom filter may hold.',
      run: (context) => replyExists(context, KIND, true),
    },
    {
      name: 'bf.card',
      arity: 2,
      flags: 'readonly module fast',
      complexity: 'O(1)',
      summary: 'How many different items were added to a Bloom filter.',
      run: card,
    },
    {
      name: 'bf.info',
      arity: -2,
      flags: 'readonly module fast',
      complexity: 'O(1)',
      summary: 'Figures about a Bloom filter.',
      run: info,
    },
    {
      name: 'bf.scandump',
      arity: 3,
      flags: 'readonly module',
      complexity: 'O(n), where n is the bytes of the filter',
      summary: 'A Bloom filter as bytes, piece by piece.',
      run: (context) => scanDump(context, KIND, DUMP_TEXTS),
    },
    {
      name: 'bf.loadchunk',
      arity: 4,
      flags: 'write denyoom module',
      complexity: 'O(n), where n is the bytes of the filter',
      summary: 'Takes a piece of a Bloom filter that was dumped.',
      run: (context) => loadChunk(context, KIND, DUMP_TEXTS),
    },
  ]),
};
