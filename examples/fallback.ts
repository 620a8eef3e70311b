/** The last good answer where there is no new one. */

import { fallback } from 'ashlar/resilience/fallback';

let last = 'nothing yet';
const policy = fallback(() => `${last} (old)`, { handleIf: (error) => (error as Error).message !== 'forbidden' });
const price = async (answer: string | Error) => {
  const value = await policy.execute(async () => {
    if (answer instanceof Error) throw answer;
    last = answer;
    return answer;
  });
  console.log(value);
};

await price('12.50');
await price(new Error('down'));
await price(new Error('forbidden')).catch((error) => console.log('not handled:', error.message));

// Prints:
// 12.50
// 12.50 (old)
// not handled: forbidden
