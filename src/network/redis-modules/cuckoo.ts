/** CF.*: cuckoo filters, with the replies of Redis's Bloom module. */

import { ArenaFullError } from '../../../bindings/errors.js';
import { ModuleType } from '../../../bindings/kernels/protocols/resp.js';
import { CuckooFilter, CuckooFilterFullError } from '../../sketches/cuckoo-filter/index.js';
import { type CommandContext, WRONG_TYPE } from '../resp/commands/context.js';
import type { RedisModule } from '../resp/commands/table.js';
import { type DumpKind, loadChunk, scanDump } from './dump.js';
import {
  commandsOf,
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

const KIND: DumpKind<CuckooFilter> = {
  type: ModuleType.cuckoo,
  Structure: CuckooFilter,
  fromBytes: (bytes, { server }) => CuckooFilter.fromBytes(bytes, { arena: server.engine.arena }),
};

const NOT_FOUND = 'ERR not found';

const MAX_CAPACITY = 2 ** 30;
const MAX_ITERATIONS = 65_535;
const MAX_EXPANSION = 32_768;
/** Redis allows 255; a bucket here is at most so large. */
const MAX_BUCKET_SIZE = 8;
const DEFAULTS = { capacity: 1024, bucketSize: 2, iterations: 20, expansion: 1 };
type Shape = typeof DEFAULTS;

function make(context: CommandContext, { capacity, bucketSize, iterations, expansion }: Shape): void {
  const filter = new CuckooFilter({
    arena: context.server.engine.arena,
    seed: seedOf(context),
    capacity,
    bucketSize,
    maxKicks: iterations,
    // A power of two, as in Redis: the next one up.
    expansion: expansion === 0 ? 0 : 2 ** Math.ceil(Math.log2(expansion)),
    // That of fingerprints of eight bits, which Redis has.
    falsePositiveRate: (2 * bucketSize) / 255,
  });
  store(context, KIND, 1, filter);
}

function reserve(context: CommandContext): void {
  const { args, reply } = context;
  if (args.length % 2 === 0) return wrongArity(context);
  const capacity = integerAt(context, 2);
  if (capacity === undefined) return reply.error('Bad capacity');
  const shape = { ...DEFAULTS, capacity };
  const options = [
    ['maxiterations', 'iterations', 1, MAX_ITERATIONS],
    ['bucketsize', 'bucketSize', 1, MAX_BUCKET_SIZE],
    ['expansion', 'expansion', 0, MAX_EXPANSION],
  ] as const;
  for (const [name, field, least, most] of options) {
    const at = optionAt(context, name, 3);
    if (at === -1) continue;
    const value = integerAt(context, at + 1);
    if (value === undefined) return reply.error(`Couldn't parse ${name.toUpperCase()}`);
    if (value < least || value > most) {
      return reply.error(`${name.toUpperCase()}: value must be in the range [${least}, ${most}]`);
    }
    shape[field] = value;
  }
  if (shape.bucketSize * 2 > capacity || capacity > MAX_CAPACITY) {
    return reply.error(`Capacity must be in the range [2 * BUCKETSIZE, ${MAX_CAPACITY}]`);
  }
  withValue(context, KIND, 1, ({ problem }) => {
    if (problem === 'wrong type') return reply.error(WRONG_TYPE);
    if (problem === undefined) return reply.error('ERR item exists');
    make(context, shape);
    reply.ok();
  });
}

/** What adding one item came to. */
type Added = 'added' | 'present' | 'full' | 'no memory';

function addOne(filter: CuckooFilter, item: Uint8Array, onlyNew: boolean): Added {
  try {
    if (onlyNew) return filter.addIfAbsent(item) ? 'added' : 'present';
    filter.add(item);
    return 'added';
  } catch (error) {
    if (error instanceof CuckooFilterFullError) return 'full';
    if (error instanceof ArenaFullError) return 'no memory';
    throw error;
  }
}

function add(context: CommandContext, onlyNew: boolean): void {
  const { args, reply } = context;
  if (!isTaken(context, 1)) make(context, DEFAULTS);
  withPresent(context, KIND, NOT_FOUND, (filter) => {
    const added = addOne(filter, args.copy(2), onlyNew);
    if (added === 'full') reply.error('Filter is full');
    else if (added === 'no memory') reply.error('ERR Insufficient memory');
    else reply.boolean(added === 'added');
  });
}

function insert(context: CommandContext, onlyNew: boolean): void {
  const { args, reply } = context;
  let [capacity, create] = [DEFAULTS.capacity, true];
  for (let i = 2; i < args.length; i++) {
    const option = args.bytes(i) > 16 ? '' : args.lower(i);
    if (option === 'items') {
      if (i + 1 === args.length) return wrongArity(context);
      return insertItems(context, i + 1, create ? { ...DEFAULTS, capacity } : undefined, onlyNew);
    }
    if (option === 'nocreate') {
      create = false;
    } else if (option === 'capacity') {
      const value = integerAt(context, ++i);
      if (value === undefined) return reply.error('Bad capacity');
      if (value < DEFAULTS.bucketSize * 2 || value > MAX_CAPACITY) {
        return reply.error(`Capacity must be in the range [cf-bucket-size * 2, ${MAX_CAPACITY}]`);
      }
      capacity = value;
    } else {
      return reply.error('Unknown argument received');
    }
  }
  wrongArity(context);
}

function insertItems(context: CommandContext, from: number, shape: Shape | undefined, onlyNew: boolean): void {
  const { args, reply } = context;
  if (!isTaken(context, 1)) {
    if (shape === undefined) return reply.error(NOT_FOUND);
    make(context, shape);
  }
  withPresent(context, KIND, NOT_FOUND, (filter) => {
    reply.array(args.length - from);
    for (let i = from; i < args.length; i++) {
      const added = addOne(filter, args.copy(i), onlyNew);
      const number = added === 'added' ? 1 : added === 'present' ? 0 : -1;
      // Three outcomes do not fit a boolean: INSERTNX answers numbers in RESP3 too.
      if (reply.resp3 && !onlyNew) reply.boolean(number === 1);
      else reply.integer(number);
    }
  });
}

function count(context: CommandContext): void {
  withValue(context, KIND, 1, ({ value }) => context.reply.integer(value?.count(context.args.copy(2)) ?? 0));
}

function remove(context: CommandContext): void {
  withValue(context, KIND, 1, ({ value }) => {
    if (value === undefined) context.reply.error('Not found');
    else context.reply.boolean(value.delete(context.args.copy(2)));
  });
}

function info(context: CommandContext): void {
  withPresent(context, KIND, NOT_FOUND, (filter) => {
    const stats = filter.stats();
    replyFields(context, [
      ['Size', stats.bytes],
      ['Number of buckets', stats.buckets],
      ['Number of filters', stats.tables],
      ['Number of items inserted', stats.size],
      ['Number of items deleted', stats.deletions],
      ['Bucket size', stats.bucketSize],
      ['Expansion rate', stats.expansion],
      ['Max iterations', stats.maxKicks],
    ]);
  });
}

const DUMP_TEXTS = { absent: NOT_FOUND, taken: 'ERR item exists', badIterator: 'Invalid position' };
const PER_ITEM = 'O(k + i), where k is the number of sub-filters and i is maxIterations';
const PER_ITEMS =
  'O(n * (k + i)), where n is the number of items, k is the number of sub-filters and i is maxIterations';

/** CF.*: filters from which items can be deleted. */
export const cuckooModule: RedisModule = {
  name: 'cf',
  version: 20_812,
  commands: /* @__PURE__ */ commandsOf('cf', '1.0.0', [
    {
      name: 'cf.reserve',
      arity: -3,
      flags: 'write denyoom module fast',
      complexity: 'O(1)',
      summary: 'Creates a cuckoo filter.',
      run: reserve,
    },
    {
      name: 'cf.add',
      arity: 3,
      flags: 'write denyoom module fast',
      complexity: PER_ITEM,
      summary: 'Adds an item to a cuckoo filter.',
      run: (context) => add(context, false),
    },
    {
      name: 'cf.addnx',
      arity: 3,
      flags: 'write denyoom module fast',
      complexity: PER_ITEM,
      summary: 'Adds an item to a cuckoo filter unless it may be there.',
      run: (context) => add(context, true),
    },
    {
      name: 'cf.insert',
      arity: -4,
      flags: 'write denyoom module',
      complexity: PER_ITEMS,
      summary: 'Adds items to a cuckoo filter, which it may create.',
      run: (context) => insert(context, false),
    },
    {
      name: 'cf.insertnx',
      arity: -4,
      flags: 'write denyoom module',
      complexity: PER_ITEMS,
      summary: 'Adds those items to a cuckoo filter that are not there.',
      run: (context) => insert(context, true),
    },
    {
      name: 'cf.exists',
      arity: 3,
      flags: 'readonly module fast',
      complexity: 'O(k), where k is the number of sub-filters',
      summary: 'Whether a cuckoo filter may hold an item.',
      run: (context) => replyExists(context, KIND, false),
    },
    {
      name: 'cf.mexists',
      arity: -3,
      flags: 'readonly module',
      complexity: 'O(k * n), where k is the number of sub-filters and n is the number of items',
      summary: 'Which items a cuckoo filter may hold.',
      run: (context) => replyExists(context, KIND, true),
    },
    {
      name: 'cf.del',
      arity: 3,
      flags: 'write module fast',
      complexity: 'O(k), where k is the number of sub-filters',
      summary: 'Deletes an item once from a cuckoo filter.',
      run: remove,
    },
    {
      name: 'cf.count',
      arity: 3,
      flags: 'readonly module fast',
      complexity: 'O(k), where k is the number of sub-filters',
      summary: 'How often a cuckoo filter may hold an item.',
      run: count,
    },
    {
      name: 'cf.info',
      arity: 2,
      flags: 'readonly module fast',
      complexity: 'O(1)',
      summary: 'Figures about a cuckoo filter.',
      run: info,
    },
    {
      name: 'cf.scandump',
      arity: 3,
      flags: 'readonly module',
      complexity: 'O(n), where n is the bytes of the filter',
      summary: 'A cuckoo filter as bytes, piece by piece.',
      run: (context) => scanDump(context, KIND, DUMP_TEXTS),
    },
    {
      name: 'cf.loadchunk',
      arity: 4,
      flags: 'write denyoom module',
      complexity: 'O(n), where n is the bytes of the filter',
      summary: 'Takes a piece of a cuckoo filter that was dumped.',
      run: (context) => loadChunk(context, KIND, DUMP_TEXTS),
    },
  ]),
};
