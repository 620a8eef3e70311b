/** Rendered pages in 64 KiB, through a crawler's visit. */

import { ByteCache } from 'ashlar/cache/byte-cache';

const render = (path: string): string => `<h1>${path}</h1>`.padEnd(200, ' ');

for (const policy of ['lru', 's3-fifo'] as const) {
  using cache = new ByteCache({ maxBytes: 65_536, policy });
  let rendered = 0;
  const page = (path: string): string => {
    const known = cache.getString(path);
    if (known !== undefined) return known;
    rendered++;
    const html = render(path);
    cache.set(path, html);
    return html;
  };

  // A hundred pages that people read, and then again.
  for (let visit = 0; visit < 300; visit++) page(`/popular/${visit % 100}`);
  // A crawler that reads everything once.
  for (let i = 0; i < 5000; i++) page(`/archive/${i}`);
  rendered = 0;
  for (let i = 0; i < 100; i++) page(`/popular/${i}`);
  const { bytes, size } = cache.stats();
  console.log(`${policy}: rendered ${rendered} of 100 popular pages again; ${size > 200} ${bytes <= 65_536}`);
}

// Prints:
// lru: rendered 100 of 100 popular pages again; true true
// s3-fifo: rendered 0 of 100 popular pages again; true true
