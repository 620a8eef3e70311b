/** A service that is asked more than it can do: who is important waits little, and the rest is told at once. */

import { type LoadShedError, loadShedder } from 'ashlar/resilience/load-shedder';

const shedder = loadShedder({ limit: 1, maxQueue: 2, targetMs: 5, intervalMs: 100 });
const serve = (name: string, priority: number) =>
  shedder.execute(
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      console.log('served', name);
    },
    { priority },
  );
const shed = (name: string) => (error: LoadShedError) => console.log('shed', name, error.code, error.reason);

await Promise.all([
  serve('the first', 0),
  serve('a report', -1).catch(shed('a report')),
  serve('a page', 0),
  serve('a crawler', -2).catch(shed('a crawler')),
  serve('a payment', 10),
]);
console.log(shedder.stats());

// Prints:
// shed a crawler LOAD_SHED queue-full
// shed a report LOAD_SHED queue-full
// served the first
// served a payment
// served a page
// { active: 0, waiting: 0, shed: 2, shedding: false }
