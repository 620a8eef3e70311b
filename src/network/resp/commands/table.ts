/** What there is to say about every command: the source of arity checks, COMMAND INFO and COMMAND DOCS. */

import type { Handler, ServerView } from './context.js';

/** One command, or one subcommand of a container such as CLIENT. */
export interface CommandSpec {
  /** Lower case; a subcommand as `client|list`. */
  readonly name: string;
  /** Argument count with the name; negative: at least so many. */
  readonly arity: number;
  readonly flags: readonly string[];
  readonly firstKey: number;
  readonly lastKey: number;
  readonly keyStep: number;
  readonly categories: readonly string[];
  /** The Redis version that brought it. */
  readonly since: string;
  readonly group: string;
  readonly complexity: string;
  readonly summary: string;
  readonly subcommands: readonly CommandSpec[];
}

type Row = readonly [
  name: string,
  arity: number,
  flags: string,
  firstKey: number,
  lastKey: number,
  keyStep: number,
  categories: string,
  since: string,
  group: string,
  complexity: string,
  summary: string,
];

// biome-ignore format: a row a line
const ROWS: readonly Row[] = [
  ['ping', -1, 'fast', 0, 0, 0, 'fast connection', '1.0.0', 'connection', 'O(1)', 'Answers PONG, or the message it is given.'],
  ['echo', 2, 'loading stale fast', 0, 0, 0, 'fast connection', '1.0.0', 'connection', 'O(1)', 'Answers its argument.'],
  ['hello', -1, 'noscript loading stale fast no_auth allow_busy', 0, 0, 0, 'fast connection', '6.0.0', 'connection', 'O(1)', 'Chooses the protocol version, and may authenticate and name the connection.'],
  ['auth', -2, 'noscript loading stale fast no_auth allow_busy', 0, 0, 0, 'fast connection', '1.0.0', 'connection', 'O(N)', 'Authenticates the connection.'],
  ['quit', -1, 'noscript loading stale fast no_auth allow_busy', 0, 0, 0, 'fast connection', '1.0.0', 'connection', 'O(1)', 'Closes the connection after the reply.'],
  ['select', 2, 'loading stale fast', 0, 0, 0, 'fast connection', '1.0.0', 'connection', 'O(1)', 'Selects a database; there is one, 0.'],
  ['client', -2, '', 0, 0, 0, 'slow', '2.4.0', 'connection', 'Depends on subcommand', 'Commands about client connections.'],
  ['command', -1, 'loading stale', 0, 0, 0, 'slow connection', '2.8.13', 'server', 'O(N)', 'Describes the commands.'],
  ['info', -1, 'loading stale', 0, 0, 0, 'slow dangerous', '1.0.0', 'server', 'O(1)', 'Figures about the server.'],
  ['config', -2, '', 0, 0, 0, 'slow', '2.0.0', 'server', 'Depends on subcommand', 'Reads and changes the configuration.'],
  ['dbsize', 1, 'readonly fast', 0, 0, 0, 'keyspace read fast', '1.0.0', 'server', 'O(1)', 'Number of keys.'],
  ['flushdb', -1, 'write', 0, 0, 0, 'keyspace write slow dangerous', '1.0.0', 'server', 'O(N)', 'Removes every key.'],
  ['flushall', -1, 'write', 0, 0, 0, 'keyspace write slow dangerous', '1.0.0', 'server', 'O(N)', 'Removes every key.'],
  ['time', 1, 'loading stale fast', 0, 0, 0, 'fast', '2.6.0', 'server', 'O(1)', "The server's clock."],
  ['get', 2, 'readonly fast', 1, 1, 1, 'read string fast', '1.0.0', 'string', 'O(1)', 'The value of a key.'],
  ['set', -3, 'write denyoom', 1, 1, 1, 'write string slow', '1.0.0', 'string', 'O(1)', 'Sets a key to a string, whatever it held.'],
  ['getset', 3, 'write denyoom fast', 1, 1, 1, 'write string fast', '1.0.0', 'string', 'O(1)', 'Sets a key and answers its old value.'],
  ['getdel', 2, 'write fast', 1, 1, 1, 'write string fast', '6.2.0', 'string', 'O(1)', 'Answers a value and removes its key.'],
  ['getex', -2, 'write fast', 1, 1, 1, 'write string fast', '6.2.0', 'string', 'O(1)', 'Answers a value and changes when it expires.'],
  ['setnx', 3, 'write denyoom fast', 1, 1, 1, 'write string fast', '1.0.0', 'string', 'O(1)', 'Sets a key that does not exist.'],
  ['setex', 4, 'write denyoom', 1, 1, 1, 'write string slow', '2.0.0', 'string', 'O(1)', 'Sets a key with an expiry in seconds.'],
  ['psetex', 4, 'write denyoom', 1, 1, 1, 'write string slow', '2.6.0', 'string', 'O(1)', 'Sets a key with an expiry in milliseconds.'],
  ['mget', -2, 'readonly fast', 1, -1, 1, 'read string fast', '1.0.0', 'string', 'O(N)', 'The values of several keys.'],
  ['mset', -3, 'write denyoom', 1, -1, 2, 'write string slow', '1.0.1', 'string', 'O(N)', 'Sets several keys.'],
  ['msetnx', -3, 'write denyoom', 1, -1, 2, 'write string slow', '1.0.1', 'string', 'O(N)', 'Sets several keys if none of them exists.'],
  ['append', 3, 'write denyoom fast', 1, 1, 1, 'write string fast', '2.0.0', 'string', 'O(1)', 'Appends to a string.'],
  ['strlen', 2, 'readonly fast', 1, 1, 1, 'read string fast', '2.2.0', 'string', 'O(1)', 'Length of a string in bytes.'],
  ['getrange', 4, 'readonly', 1, 1, 1, 'read string slow', '2.4.0', 'string', 'O(N)', 'Part of a string.'],
  ['substr', 4, 'readonly', 1, 1, 1, 'read string slow', '1.0.0', 'string', 'O(N)', 'Part of a string; an older name of GETRANGE.'],
  ['setrange', 4, 'write denyoom', 1, 1, 1, 'write string slow', '2.2.0', 'string', 'O(1)', 'Overwrites part of a string.'],
  ['incr', 2, 'write denyoom fast', 1, 1, 1, 'write string fast', '1.0.0', 'string', 'O(1)', 'Adds one to an integer.'],
  ['decr', 2, 'write denyoom fast', 1, 1, 1, 'write string fast', '1.0.0', 'string', 'O(1)', 'Subtracts one from an integer.'],
  ['incrby', 3, 'write denyoom fast', 1, 1, 1, 'write string fast', '1.0.0', 'string', 'O(1)', 'Adds to an integer.'],
  ['decrby', 3, 'write denyoom fast', 1, 1, 1, 'write string fast', '1.0.0', 'string', 'O(1)', 'Subtracts from an integer.'],
  ['incrbyfloat', 3, 'write denyoom fast', 1, 1, 1, 'write string fast', '2.6.0', 'string', 'O(1)', 'Adds to a decimal number.'],
  ['setbit', 4, 'write denyoom', 1, 1, 1, 'write bitmap slow', '2.2.0', 'bitmap', 'O(1)', 'Sets one bit of a string and answers what it was.'],
  ['getbit', 3, 'readonly fast', 1, 1, 1, 'read bitmap fast', '2.2.0', 'bitmap', 'O(1)', 'One bit of a string.'],
  ['bitcount', -2, 'readonly', 1, 1, 1, 'read bitmap slow', '2.6.0', 'bitmap', 'O(N)', 'Counts the set bits of a string, or of a range of it.'],
  ['bitpos', -3, 'readonly', 1, 1, 1, 'read bitmap slow', '2.8.7', 'bitmap', 'O(N)', 'Where the first set or clear bit of a string stands.'],
  ['bitop', -4, 'write denyoom', 2, -1, 1, 'write bitmap slow', '2.6.0', 'bitmap', 'O(N)', 'Combines strings bit by bit and stores the result.'],
  ['bitfield', -2, 'write denyoom', 1, 1, 1, 'write bitmap slow', '3.2.0', 'bitmap', 'O(1) for each subcommand specified', 'Reads, sets and increments integers of any width within a string.'],
  ['bitfield_ro', -2, 'readonly fast', 1, 1, 1, 'read bitmap fast', '6.0.0', 'bitmap', 'O(1) for each subcommand specified', 'Reads integers of any width within a string.'],
  ['pfadd', -2, 'write denyoom fast', 1, 1, 1, 'write hyperloglog fast', '2.8.9', 'hyperloglog', 'O(1) to add every element.', 'Adds elements to a HyperLogLog.'],
  ['pfcount', -2, 'readonly', 1, -1, 1, 'read hyperloglog slow', '2.8.9', 'hyperloglog', 'O(1) with a very small average constant time when called with a single key. O(N) with N being the number of keys, and much bigger constant times, when called with multiple keys.', 'About how many different elements were added to one or several HyperLogLogs.'],
  ['pfmerge', -2, 'write denyoom', 1, -1, 1, 'write hyperloglog slow', '2.8.9', 'hyperloglog', 'O(N) to merge N HyperLogLogs, but with high constant times.', 'Merges HyperLogLogs into one.'],
  ['bzpopmin', -3, 'write noscript blocking fast', 1, -2, 1, 'write sortedset fast blocking', '5.0.0', 'sorted-set', 'O(log(N)) with N being the number of elements in the sorted set.', 'Removes and answers the member with the lowest score of the first sorted set that is there, or waits for one.'],
  ['bzpopmax', -3, 'write noscript blocking fast', 1, -2, 1, 'write sortedset fast blocking', '5.0.0', 'sorted-set', 'O(log(N)) with N being the number of elements in the sorted set.', 'Removes and answers the member with the highest score of the first sorted set that is there, or waits for one.'],
  ['bzmpop', -5, 'write blocking', 0, 0, 0, 'write sortedset slow blocking', '7.0.0', 'sorted-set', 'O(K) + O(M*log(N)) where K is the number of provided keys, N being the number of elements in the sorted set, and M being the number of elements popped.', 'Removes and answers members of the first sorted set that is there, or waits for one.'],
  ['zadd', -4, 'write denyoom fast', 1, 1, 1, 'write sortedset fast', '1.2.0', 'sorted-set', 'O(log(N)) for each item added, where N is the number of elements in the sorted set.', 'Adds members with scores, or changes their scores.'],
  ['zincrby', 4, 'write denyoom fast', 1, 1, 1, 'write sortedset fast', '1.2.0', 'sorted-set', 'O(log(N)) where N is the number of elements in the sorted set.', 'Adds to the score of a member.'],
  ['zrem', -3, 'write fast', 1, 1, 1, 'write sortedset fast', '1.2.0', 'sorted-set', 'O(M*log(N)) with N being the number of elements in the sorted set and M the number of elements to be removed.', 'Removes members.'],
  ['zcard', 2, 'readonly fast', 1, 1, 1, 'read sortedset fast', '1.2.0', 'sorted-set', 'O(1)', 'Number of members.'],
  ['zscore', 3, 'readonly fast', 1, 1, 1, 'read sortedset fast', '1.2.0', 'sorted-set', 'O(1)', 'Score of a member.'],
  ['zmscore', -3, 'readonly fast', 1, 1, 1, 'read sortedset fast', '6.2.0', 'sorted-set', 'O(N) where N is the number of members being requested.', 'Scores of several members.'],
  ['zrank', 3, 'readonly fast', 1, 1, 1, 'read sortedset fast', '2.0.0', 'sorted-set', 'O(log(N))', 'How many members stand below one.'],
  ['zrevrank', 3, 'readonly fast', 1, 1, 1, 'read sortedset fast', '2.0.0', 'sorted-set', 'O(log(N))', 'How many members stand above one.'],
  ['zcount', 4, 'readonly fast', 1, 1, 1, 'read sortedset fast', '2.0.0', 'sorted-set', 'O(log(N)) with N being the number of elements in the sorted set.', 'Number of members within scores.'],
  ['zlexcount', 4, 'readonly fast', 1, 1, 1, 'read sortedset fast', '2.8.9', 'sorted-set', 'O(log(N)) with N being the number of elements in the sorted set.', 'Number of members within a lexicographical range.'],
  ['zrange', -4, 'readonly', 1, 1, 1, 'read sortedset slow', '1.2.0', 'sorted-set', 'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements returned.', 'Members by rank, score or name, from either end.'],
  ['zrevrange', -4, 'readonly', 1, 1, 1, 'read sortedset slow', '1.2.0', 'sorted-set', 'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements returned.', 'Members by rank, the highest first.'],
  ['zrangebyscore', -4, 'readonly', 1, 1, 1, 'read sortedset slow', '1.0.5', 'sorted-set', 'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).', 'Members within scores.'],
  ['zrevrangebyscore', -4, 'readonly', 1, 1, 1, 'read sortedset slow', '2.2.0', 'sorted-set', 'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).', 'Members within scores, the highest first.'],
  ['zrangebylex', -4, 'readonly', 1, 1, 1, 'read sortedset slow', '2.8.9', 'sorted-set', 'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).', 'Members within a lexicographical range.'],
  ['zrevrangebylex', -4, 'readonly', 1, 1, 1, 'read sortedset slow', '2.8.9', 'sorted-set', 'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).', 'Members within a lexicographical range, the last first.'],
  ['zrangestore', -5, 'write denyoom', 1, 2, 1, 'write sortedset slow', '6.2.0', 'sorted-set', 'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements stored into the destination key.', 'Stores a range of members under another key.'],
  ['zremrangebyrank', 4, 'write', 1, 1, 1, 'write sortedset slow', '2.0.0', 'sorted-set', 'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed by the operation.', 'Removes members by rank.'],
  ['zremrangebyscore', 4, 'write', 1, 1, 1, 'write sortedset slow', '1.2.0', 'sorted-set', 'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed by the operation.', 'Removes members within scores.'],
  ['zremrangebylex', 4, 'write', 1, 1, 1, 'write sortedset slow', '2.8.9', 'sorted-set', 'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed by the operation.', 'Removes members within a lexicographical range.'],
  ['zpopmin', -2, 'write fast', 1, 1, 1, 'write sortedset fast', '5.0.0', 'sorted-set', 'O(log(N)*M) with N being the number of elements in the sorted set, and M being the number of elements popped.', 'Removes and answers the members with the lowest scores.'],
  ['zpopmax', -2, 'write fast', 1, 1, 1, 'write sortedset fast', '5.0.0', 'sorted-set', 'O(log(N)*M) with N being the number of elements in the sorted set, and M being the number of elements popped.', 'Removes and answers the members with the highest scores.'],
  ['zmpop', -4, 'write', 0, 0, 0, 'write sortedset slow', '7.0.0', 'sorted-set', 'O(K) + O(M*log(N)) where K is the number of provided keys, N being the number of elements in the sorted set, and M being the number of elements popped.', 'Removes and answers members of the first set that has any.'],
  ['zrandmember', -2, 'readonly', 1, 1, 1, 'read sortedset slow', '6.2.0', 'sorted-set', 'O(N) where N is the number of elements returned', 'Members picked at random.'],
  ['zscan', -3, 'readonly', 1, 1, 1, 'read sortedset slow', '2.8.0', 'sorted-set', 'O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection..', 'Members step by step, by a cursor.'],
  ['zunion', -3, 'readonly', 0, 0, 0, 'read sortedset slow', '6.2.0', 'sorted-set', 'O(N)+O(M*log(M)) with N being the sum of the sizes of the input sorted sets, and M being the number of elements in the resulting sorted set.', 'Members of any of several sets.'],
  ['zunionstore', -4, 'write denyoom', 1, 1, 1, 'write sortedset slow', '2.0.0', 'sorted-set', 'O(N)+O(M log(M)) with N being the sum of the sizes of the input sorted sets, and M being the number of elements in the resulting sorted set.', 'Stores the members of any of several sets.'],
  ['zinter', -3, 'readonly', 0, 0, 0, 'read sortedset slow', '6.2.0', 'sorted-set', 'O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted set, K being the number of input sorted sets and M being the number of elements in the resulting sorted set.', 'Members that several sets share.'],
  ['zinterstore', -4, 'write denyoom', 1, 1, 1, 'write sortedset slow', '2.0.0', 'sorted-set', 'O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted set, K being the number of input sorted sets and M being the number of elements in the resulting sorted set.', 'Stores the members that several sets share.'],
  ['zintercard', -3, 'readonly', 0, 0, 0, 'read sortedset slow', '7.0.0', 'sorted-set', 'O(N*K) worst case with N being the smallest input sorted set, K being the number of input sorted sets.', 'How many members several sets share.'],
  ['zdiff', -3, 'readonly', 0, 0, 0, 'read sortedset slow', '6.2.0', 'sorted-set', 'O(L + (N-K)log(N)) worst case where L is the total number of elements in all the sets, N is the size of the first set, and K is the size of the result set.', 'Members of the first set that the others lack.'],
  ['zdiffstore', -4, 'write denyoom', 1, 1, 1, 'write sortedset slow', '6.2.0', 'sorted-set', 'O(L + (N-K)log(N)) worst case where L is the total number of elements in all the sets, N is the size of the first set, and K is the size of the result set.', 'Stores the members of the first set that the others lack.'],
  ['subscribe', -2, 'pubsub noscript loading stale', 0, 0, 0, 'pubsub slow', '2.0.0', 'pubsub', 'O(N) where N is the number of channels to subscribe to.', 'Listens to channels.'],
  ['unsubscribe', -1, 'pubsub noscript loading stale', 0, 0, 0, 'pubsub slow', '2.0.0', 'pubsub', 'O(N) where N is the number of clients already subscribed to a channel.', 'Listens to channels no more.'],
  ['psubscribe', -2, 'pubsub noscript loading stale', 0, 0, 0, 'pubsub slow', '2.0.0', 'pubsub', 'O(N) where N is the number of patterns the client is already subscribed to.', 'Listens to channels whose names match patterns.'],
  ['punsubscribe', -1, 'pubsub noscript loading stale', 0, 0, 0, 'pubsub slow', '2.0.0', 'pubsub', 'O(N+M) where N is the number of patterns the client is already subscribed and M is the number of total patterns subscribed in the system (by any client).', 'Listens to patterns no more.'],
  ['publish', 3, 'pubsub loading stale fast', 0, 0, 0, 'pubsub fast', '2.0.0', 'pubsub', 'O(N+M) where N is the number of clients subscribed to the receiving channel and M is the total number of subscribed patterns (by any client).', 'Sends a message to all who listen to a channel.'],
  ['pubsub', -2, '', 0, 0, 0, 'slow', '2.8.0', 'pubsub', 'Depends on subcommand', 'Who listens to what.'],
  ['del', -2, 'write', 1, -1, 1, 'keyspace write slow', '1.0.0', 'generic', 'O(N)', 'Removes keys.'],
  ['unlink', -2, 'write fast', 1, -1, 1, 'keyspace write fast', '4.0.0', 'generic', 'O(1)', 'Removes keys.'],
  ['exists', -2, 'readonly fast', 1, -1, 1, 'keyspace read fast', '1.0.0', 'generic', 'O(N)', 'How many of the keys exist.'],
  ['type', 2, 'readonly fast', 1, 1, 1, 'keyspace read fast', '1.0.0', 'generic', 'O(1)', "Type of a key's value."],
  ['rename', 3, 'write', 1, 2, 1, 'keyspace write slow', '1.0.0', 'generic', 'O(1)', 'Gives a value another key.'],
  ['renamenx', 3, 'write fast', 1, 2, 1, 'keyspace write fast', '1.0.0', 'generic', 'O(1)', 'Gives a value another key if that is free.'],
  ['copy', -3, 'write denyoom', 1, 2, 1, 'keyspace write slow', '6.2.0', 'generic', 'O(N)', 'Copies a value to another key.'],
  ['touch', -2, 'readonly fast', 1, -1, 1, 'keyspace read fast', '3.2.1', 'generic', 'O(N)', 'Marks keys as used.'],
  ['randomkey', 1, 'readonly', 0, 0, 0, 'keyspace read slow', '1.0.0', 'generic', 'O(1)', 'A key at random.'],
  ['keys', 2, 'readonly', 0, 0, 0, 'keyspace read slow dangerous', '1.0.0', 'generic', 'O(N)', 'The keys that match a pattern.'],
  ['scan', -2, 'readonly', 0, 0, 0, 'keyspace read slow', '2.8.0', 'generic', 'O(1)', 'Walks the keys, a batch a call.'],
  ['object', -2, '', 0, 0, 0, 'slow', '2.2.3', 'generic', 'Depends on subcommand', 'The internals of a value.'],
  ['memory', -2, '', 0, 0, 0, 'slow', '4.0.0', 'server', 'Depends on subcommand', 'Memory figures.'],
  ['expire', -3, 'write fast', 1, 1, 1, 'keyspace write fast', '1.0.0', 'generic', 'O(1)', 'Sets when a key expires, in seconds from now.'],
  ['pexpire', -3, 'write fast', 1, 1, 1, 'keyspace write fast', '2.6.0', 'generic', 'O(1)', 'Sets when a key expires, in milliseconds from now.'],
  ['expireat', -3, 'write fast', 1, 1, 1, 'keyspace write fast', '1.2.0', 'generic', 'O(1)', 'Sets when a key expires, as a Unix time in seconds.'],
  ['pexpireat', -3, 'write fast', 1, 1, 1, 'keyspace write fast', '2.6.0', 'generic', 'O(1)', 'Sets when a key expires, as a Unix time in milliseconds.'],
  ['ttl', 2, 'readonly fast', 1, 1, 1, 'keyspace read fast', '1.0.0', 'generic', 'O(1)', 'Seconds until a key expires.'],
  ['pttl', 2, 'readonly fast', 1, 1, 1, 'keyspace read fast', '2.6.0', 'generic', 'O(1)', 'Milliseconds until a key expires.'],
  ['expiretime', 2, 'readonly fast', 1, 1, 1, 'keyspace read fast', '7.0.0', 'generic', 'O(1)', 'When a key expires, as a Unix time in seconds.'],
  ['pexpiretime', 2, 'readonly fast', 1, 1, 1, 'keyspace read fast', '7.0.0', 'generic', 'O(1)', 'When a key expires, as a Unix time in milliseconds.'],
  ['persist', 2, 'write fast', 1, 1, 1, 'keyspace write fast', '2.2.0', 'generic', 'O(1)', 'Removes the expiry of a key.'],
];

type SubcommandRow = readonly [name: string, arity: number, kind: SubcommandKind];

/** What subcommands differ in: flags, position of the key (or 0) and categories. */
const KINDS = {
  help: ['loading stale', 0, 'slow'],
  own: ['noscript loading stale', 0, 'slow'],
  admin: ['admin noscript loading stale', 0, 'admin slow dangerous'],
  key: ['readonly', 2, 'read slow'],
  pubsub: ['pubsub loading stale', 0, 'pubsub slow'],
} as const;

type SubcommandKind = keyof typeof KINDS;

/** Subcommands with their arities, which count the container's name too. */
// biome-ignore format: a container a line
const SUBCOMMANDS: Readonly<Record<string, readonly SubcommandRow[]>> = {
  client: [['id', 2, 'own'], ['info', 2, 'own'], ['getname', 2, 'own'], ['setname', 3, 'own'], ['setinfo', 4, 'own'], ['list', -2, 'admin'], ['kill', -3, 'admin'], ['no-evict', 3, 'admin'], ['unblock', -3, 'admin'], ['help', 2, 'help']],
  command: [['count', 2, 'help'], ['docs', -2, 'help'], ['info', -2, 'help'], ['list', -2, 'help'], ['help', 2, 'help']],
  config: [['get', -3, 'admin'], ['set', -4, 'admin'], ['resetstat', 2, 'admin'], ['help', 2, 'help']],
  object: [['encoding', 3, 'key'], ['freq', 3, 'key'], ['idletime', 3, 'key'], ['refcount', 3, 'key'], ['help', 2, 'help']],
  memory: [['usage', -3, 'key'], ['help', 2, 'help']],
  pubsub: [['channels', -2, 'pubsub'], ['numsub', -2, 'pubsub'], ['numpat', 2, 'pubsub'], ['help', 2, 'help']],
};

/** A category that all subcommands of a container have. */
const SHARED_CATEGORY: Readonly<Record<string, string>> = {
  client: ' connection',
  command: ' connection',
  object: ' keyspace',
};

function words(text: string): string[] {
  return text === '' ? [] : text.split(' ');
}

function fromRow(row: Row): CommandSpec {
  const [name, arity, flags, firstKey, lastKey, keyStep, categories, since, group, complexity, summary] = row;
  const about = { since, group, complexity, summary };
  const subcommands = (SUBCOMMANDS[name] ?? []).map(([sub, subArity, kind]): CommandSpec => {
    const [subFlags, key, subCategories] = KINDS[kind];
    return {
      ...about,
      name: `${name}|${sub}`,
      arity: subArity,
      flags: words(subFlags),
      firstKey: key,
      lastKey: key,
      keyStep: key === 0 ? 0 : 1,
      categories: words(subCategories + (SHARED_CATEGORY[name] ?? '')),
      subcommands: [],
    };
  });
  return {
    ...about,
    name,
    arity,
    flags: words(flags),
    firstKey,
    lastKey,
    keyStep,
    categories: words(categories),
    subcommands,
  };
}

/** A command that a module brings, and what answers it. */
export interface ModuleCommand {
  readonly spec: CommandSpec;
  readonly run: Handler;
}

/** Commands to add to a server: `redisModules` of `ashlar/network/redis-modules` has those for the sketches. */
export interface RedisModule {
  readonly name: string;
  readonly version: number;
  readonly commands: readonly ModuleCommand[];
  /** Lets go of what it holds for a server that is closed. */
  close?(server: ServerView): void;
}

/** Every command by its lower-case name, but for those of modules. */
export const COMMANDS: ReadonlyMap<string, CommandSpec> = /* @__PURE__ */ new Map(
  /* @__PURE__ */ ROWS.map((row) => [row[0], fromRow(row)]),
);
