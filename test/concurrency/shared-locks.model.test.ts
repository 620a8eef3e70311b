/** The table behind the locks between threads, against a list: who holds, who waits, whose turn it is, whoever dies. */

import { describe, expect, it } from 'vitest';
import { Arena } from '../../bindings/index.js';
import { QueueFullError } from '../../src/concurrency/shared-locks/index.js';
import { makeTable, PermitTable, Place, Preference } from '../../src/concurrency/shared-locks/permit-table.js';
import { systemClock } from '../../src/ports/clock.js';
import { seededRandom, testSeed } from '../support/random.js';

describe('the table of permits', () => {
  interface Entry {
    readonly who: number;
    weight: number;
    readonly place: number;
    readonly turn: number;
    holds: boolean;
  }

  it.each(['inOrder', 'anyWhoFits', 'shared', 'all'] as const)('agrees with a list, whoever dies (%s)', (name) => {
    const preference = Preference[name];
    const random = seededRandom(testSeed(`permit table ${name}`));
    for (let round = 0; round < 20; round++) {
      const home = new Arena({ shared: true, maxBytes: 1 << 20 });
      const capacity = 1 + random.below(6);
      const root = home.exclusive(() => makeTable(home, { places: 16, capacity, preference }));
      const join = () => {
        const joined = Arena.attach(home.share());
        return { joined, table: new PermitTable(joined, root, systemClock) };
      };
      const parties = [join(), join(), join()];
      const tableOf = (who: number) => (parties[who] as (typeof parties)[0]).table;
      let entries: Entry[] = [];
      let turn = 0;
      const available = () => capacity - entries.reduce((sum, each) => sum + (each.holds ? each.weight : 0), 0);
      const wantsOne = (each: Entry) => each.weight === 1;
      const order = (a: Entry, b: Entry) => {
        const first = preference === Preference.shared ? [a, b] : preference === Preference.all ? [b, a] : undefined;
        if (first !== undefined && wantsOne(a) !== wantsOne(b)) return wantsOne(first[0] as Entry) ? -1 : 1;
        return a.turn - b.turn;
      };
      const handOn = () => {
        for (;;) {
          const fits = (each: Entry) => each.weight <= available();
          const waiting = entries.filter((each) => !each.holds).sort(order);
          const next = preference === Preference.anyWhoFits ? waiting.find(fits) : waiting[0];
          if (next === undefined || !fits(next)) return;
          next.holds = true;
        }
      };
      for (let step = 0; step < 120; step++) {
        const who = random.below(3);
        const action = random.below(10);
        if (action < 5) {
          const weight = random.below(2) ? 1 : 1 + random.below(capacity);
          const mayWait = random.below(3) > 0;
          const waiting = entries.some((each) => !each.holds);
          const passes = preference === Preference.anyWhoFits || (preference === Preference.shared && weight === 1);
          const fits = weight <= available() && (!waiting || passes);
          if (entries.length === 16 && (fits || mayWait)) {
            expect(() => tableOf(who).enter(weight, mayWait, 'x')).toThrow(QueueFullError);
            continue;
          }
          const place = tableOf(who).enter(weight, mayWait, 'x');
          if (!fits && !mayWait) expect(place).toBe(-2);
          else entries.push({ who, weight, place, turn: turn++, holds: fits });
        } else if (action < 8 && entries.length > 0) {
          const index = random.below(entries.length);
          const [gone] = entries.splice(index, 1) as [Entry];
          tableOf(gone.who).leave(gone.place);
          handOn();
        } else if (action === 8) {
          const holder = entries.find((each) => each.holds && each.weight > 1);
          if (holder === undefined) continue;
          expect(tableOf(holder.who).shrink(holder.place, 1)).toBe(true);
          holder.weight = 1;
          handOn();
        } else if (random.below(4) === 0) {
          const { joined } = parties[who] as (typeof parties)[0];
          home.bury((joined.participant as { number: number }).number);
          parties.splice(who, 1, join());
          entries = entries.filter((each) => each.who !== who);
          // The dead are found by whoever lets go next.
          const probe = tableOf(who);
          expect(probe.letIn(0)).toBe(0);
          handOn();
          const place = probe.enter(capacity, true, 'probe');
          if (place >= 0) probe.leave(place);
          handOn();
        }
        for (const each of entries) {
          const became = tableOf(each.who).look(each.place);
          expect(became !== Place.waits, `round ${round} step ${step}`).toBe(each.holds);
        }
        expect(tableOf(who).check()).toBe(0);
        expect([tableOf(who).available, tableOf(who).waiting]).toEqual([
          available(),
          entries.filter((each) => !each.holds).length,
        ]);
      }
    }
  });
});
