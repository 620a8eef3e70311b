/** A loop over a little more than fits: what each policy hits, and what could be hit. */

import { hitRatios, parseTrace, tableText } from 'ashlar/cache/simulator';

const requests: string[] = [];
for (let round = 0; round < 30; round++) for (let page = 0; page < 120; page++) requests.push(`page ${page}`);

const trace = parseTrace(requests.join('\n'));
console.log(tableText(hitRatios(trace, { capacities: [60, 100, 120], policies: ['lru', 's3-fifo', 'w-tinylfu'] })));

// Prints:
// hits, %       60    100    120
// lru         0.00   0.00  96.67
// s3-fifo     0.00  61.44  96.67
// w-tinylfu  44.14  73.89  96.67
// optimum    48.33  80.56  96.67
