/** TOPK.*: the most frequent items of a stream, with the replies of Redis's Bloom module. */

import { ModuleType } from '../../../bindings/kernels/protocols/resp.js';
import { TopK } from '../../sketches/top-k/index.js';
import type { CommandContext } from '../resp/commands/context.js';
import type { RedisModule } from '../resp/commands/table.js';
import { readBinary } from '../resp/engine.js';
import {
  commandsOf,
  doubleAt,
  integerAt,
  isTaken,
  itemsFrom,
  seedOf,
  store,
  type ValueKind,
  withPresent,
  wrongArity,
} from './module.js';

const KIND: ValueKind<TopK<'bytes'>> = { type: ModuleType.topK, Structure: TopK<'bytes'> };

const ABSENT = 'TopK: key does not exist';
const DEFAULTS = { width: 8, depth: 7, decay: 0.9 };
const MOST_K = 2 ** 20;
const MOST_DEPTH = 64;
const MOST_INCREMENT = 100_000;
const NO_MEMORY = 'ERR Insufficient memory to create topk data structure';
/** Bytes of buckets that a sketch may have. */
const MOST_BUCKET_BYTES = 2 ** 31;

function reserve(context: CommandContext): void {
  const { args, reply } = context;
  if (args.length !== 3 && args.length !== 6) return wrongArity(context);
  if (isTaken(context, 1)) return reply.error('TopK: key already exists');
  const k = integerAt(context, 2);
  if (k === undefined || k < 1 || k > MOST_K) return reply.error('TopK: invalid k');
  const shape = { ...DEFAULTS };
  if (args.length === 6) {
    const [width, depth, decay] = [integerAt(context, 3), integerAt(context, 4), doubleAt(context, 5)];
    if (width === undefined || width < 1) return reply.error('TopK: invalid width');
    if (depth === undefined || depth < 1 || depth > MOST_DEPTH) return reply.error('TopK: invalid depth');
    if (decay === undefined || !(decay > 0 && decay <= 1)) {
      return reply.error("TopK: invalid decay value. must be '<= 1' & '> 0'");
    }
    Object.assign(shape, { width, depth, decay });
  }
  if (shape.width * shape.depth * 8 > MOST_BUCKET_BYTES) return reply.error(NO_MEMORY);
  store(
    context,
    KIND,
    1,
    new TopK({ arena: context.server.engine.arena, seed: seedOf(context), k, keys: 'bytes', ...shape }),
  );
  reply.ok();
}

/** Answers what each addition dropped from the list. */
function replyDropped({ reply }: CommandContext, dropped: readonly (Uint8Array | undefined)[]): void {
  reply.array(dropped.length);
  for (const item of dropped) {
    if (item === undefined) reply.null();
    else reply.bulk(readBinary(item, 0, item.length));
  }
}

function add(context: CommandContext): void {
  withPresent(context, KIND, ABSENT, (sketch) => replyDropped(context, sketch.addMany(itemsFrom(context, 2))));
}

/** All increments are looked at before the first is made. */
function increment(context: CommandContext): void {
  const { args, reply } = context;
  if (args.length % 2 === 1) return wrongArity(context);
  withPresent(context, KIND, ABSENT, (sketch) => {
    const increments: number[] = [];
    for (let i = 3; i < args.length; i += 2) {
      const by = integerAt(context, i);
      if (by === undefined || by < 0 || by > MOST_INCREMENT) {
        return reply.error('TopK: increment must be an integer greater or equal to 0 and smaller or equal to 100,000');
      }
      increments.push(by);
    }
    const items = itemsFrom(context, 2, 2);
    // An increment of 0 is none: the sketch takes those from 1 on.
    const dropped = sketch.addMany(
      items.filter((_, i) => increments[i] !== 0),
      increments.filter((by) => by !== 0),
    );
    replyDropped(
      context,
      increments.map((by) => (by === 0 ? undefined : dropped.shift())),
    );
  });
}

function query(context: CommandContext): void {
  const { reply } = context;
  withPresent(context, KIND, ABSENT, (sketch) => {
    const listed = sketch.queryMany(itemsFrom(context, 2));
    reply.array(listed.length);
    for (const one of listed) reply.boolean(one !== 0);
  });
}

function count(context: CommandContext): void {
  const { args, reply } = context;
  withPresent(context, KIND, ABSENT, (sketch) => {
    reply.array(args.length - 2);
    for (let i = 2; i < args.length; i++) reply.integer(sketch.count(args.copy(i)));
  });
}

function list(context: CommandContext): void {
  const { args, reply } = context;
  if (args.length > 3) return wrongArity(context);
  const withCount = args.length === 3;
  if (withCount && args.lower(2) !== 'withcount') return reply.error('WITHCOUNT keyword expected');
  withPresent(context, KIND, ABSENT, (sketch) => {
    const entries = sketch.list();
    reply.array(entries.length * (withCount ? 2 : 1));
    for (const entry of entries) {
      reply.bulk(readBinary(entry.key, 0, entry.key.length));
      if (withCount) reply.integer(entry.count);
    }
  });
}

function info(context: CommandContext): void {
  const { reply } = context;
  withPresent(context, KIND, ABSENT, (sketch) => {
    const stats = sketch.stats();
    reply.map(4);
    for (const name of ['k', 'width', 'depth'] as const) {
      reply.simple(name);
      reply.integer(stats[name]);
    }
    reply.simple('decay');
    reply.double(stats.decay);
  });
}

/** TOPK.*: the most frequent items, by HeavyKeeper. */
export const topKModule: RedisModule = {
  name: 'topk',
  version: 20_812,
  commands: /* @__PURE__ */ commandsOf('topk', '2.0.0', [
    {
      name: 'topk.reserve',
      arity: -3,
      flags: 'write denyoom module fast',
      complexity: 'O(1)',
      summary: 'Creates a sketch of the most frequent items.',
      run: reserve,
    },
    {
      name: 'topk.add',
      arity: -3,
      flags: 'write denyoom module',
      complexity: 'O(n * k) where n is the number of items and k is the depth',
      summary: 'Adds items, and answers which ones each drops from the list.',
      run: add,
    },
    {
      name: 'topk.incrby',
      arity: -4,
      flags: 'write denyoom module',
      complexity: 'O(n * k * incr) where n is the number of items, k is the depth and incr is the increment',
      summary: 'Adds items several times, and answers which ones each drops from the list.',
      run: increment,
    },
    {
      name: 'topk.query',
      arity: -3,
      flags: 'readonly module',
      complexity: 'O(n) where n is the number of items',
      summary: 'Which items are among the most frequent.',
      run: query,
    },
    {
      name: 'topk.count',
      arity: -3,
      flags: 'readonly module',
      complexity: 'O(n) where n is the number of items',
      summary: 'About how often items came.',
      run: count,
    },
    {
      name: 'topk.list',
      arity: -2,
      flags: 'readonly module',
      complexity: 'O(k*log k) where k is the value of top-k',
      summary: 'The most frequent items, the most frequent first.',
      run: list,
    },
    {
      name: 'topk.info',
      arity: 2,
      flags: 'readonly module fast',
      complexity: 'O(1)',
      summary: 'The shape of a sketch.',
      run: info,
    },
  ]),
};
