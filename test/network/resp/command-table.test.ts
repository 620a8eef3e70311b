/** What COMMAND says of our commands, against what a real redis-server says of them. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { describePair } from '../../support/pair.js';
import type { RawClient, RawReply } from '../../support/resp.js';

/** Known to later versions than the one compared with. */
const LATER = new Set(['client|setinfo']);

interface Described {
  readonly arity: number;
  readonly flags: readonly string[];
  readonly keys: readonly number[];
  readonly subcommands: ReadonlyMap<string, Described>;
}

function itemsOf(reply: RawReply | undefined): readonly RawReply[] {
  return reply !== undefined && 'items' in reply ? reply.items : [];
}

function textOf(reply: RawReply | undefined): string {
  return reply !== undefined && 'text' in reply ? reply.text : '';
}

function numberOf(reply: RawReply | undefined): number {
  return reply?.type === ':' ? Number(reply.value) : Number.NaN;
}

function described(reply: RawReply): [string, Described] {
  const fields = itemsOf(reply);
  return [
    textOf(fields[0]),
    {
      arity: numberOf(fields[1]),
      // How Redis itself finds keys is no matter of a command's behaviour.
      flags: itemsOf(fields[2])
        .map(textOf)
        .filter((flag) => flag !== 'movablekeys')
        .sort(),
      keys: [3, 4, 5].map((index) => numberOf(fields[index])),
      subcommands: new Map(itemsOf(fields[9]).map(described)),
    },
  ];
}

describePair('COMMAND, against a real redis-server', (pair) => {
  let theirs: RawClient;
  let ours: RawClient;

  beforeAll(async () => {
    [theirs, ours] = await pair().open();
  });

  afterAll(() => {
    theirs.close();
    ours.close();
  });

  it('describes every command, and every subcommand, with the arity, flags and keys that Redis gives it', async () => {
    const names = itemsOf(await ours.call('COMMAND', 'LIST')).map(textOf);
    expect(names.length).toBeGreaterThan(50);
    const mine = new Map(itemsOf(await ours.call('COMMAND', 'INFO', ...names)).map(described));
    const real = new Map(itemsOf(await theirs.call('COMMAND', 'INFO', ...names)).map(described));
    expect([...mine.keys()]).toEqual(names);
    for (const [name, own] of mine) {
      const other = real.get(name);
      expect({ ...own, subcommands: 0 }, name).toEqual({ ...other, subcommands: 0 });
      for (const [sub, ownSub] of own.subcommands) {
        if (!LATER.has(sub)) expect(ownSub, sub).toEqual(other?.subcommands.get(sub));
      }
    }
  });

  it('counts what it lists, and gives null for what it does not know', async () => {
    const names = itemsOf(await ours.call('COMMAND', 'LIST'));
    expect(numberOf(await ours.call('COMMAND', 'COUNT'))).toBe(names.length);
    expect(itemsOf(await ours.call('COMMAND'))).toHaveLength(names.length);
    expect(await ours.call('COMMAND', 'INFO', 'nosuch', 'GET')).toMatchObject({
      items: [{ type: '_' }, { type: '*' }],
    });
    expect(await theirs.call('COMMAND', 'INFO', 'nosuch')).toMatchObject({ items: [{ type: '_' }] });
  });

  it('documents every command with summary, since, group and complexity, the last three as Redis states them', async () => {
    for (const client of [theirs, ours]) await client.call('HELLO', '3');
    const names = itemsOf(await ours.call('COMMAND', 'LIST')).map(textOf);
    const [mine, real] = await Promise.all(
      [ours, theirs].map(async (client) => docsOf(await client.call('COMMAND', 'DOCS', ...names))),
    );
    for (const client of [theirs, ours]) await client.call('HELLO', '2');
    for (const name of names) {
      const own = mine?.get(name);
      expect(own?.get('summary'), name).toMatch(/^[A-Z].*\.$/);
      for (const field of ['since', 'group'])
        expect(own?.get(field), `${name} ${field}`).toBe(real?.get(name)?.get(field));
    }
    expect(await ours.call('COMMAND', 'DOCS', 'nosuch')).toMatchObject({ items: [] });
  });
});

function docsOf(reply: RawReply): Map<string, Map<string, string>> {
  const pairs = <T>(items: readonly RawReply[], read: (value: RawReply | undefined) => T): Map<string, T> => {
    const out = new Map<string, T>();
    for (let i = 0; i + 1 < items.length; i += 2) out.set(textOf(items[i]), read(items[i + 1]));
    return out;
  };
  return pairs(itemsOf(reply), (fields) => pairs(itemsOf(fields), textOf));
}
