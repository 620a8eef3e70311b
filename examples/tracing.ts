/** One trace through a client and a server, and what is known of its spans. */

import { MemoryExporter, Tracer, traceFetch, traceHandler } from 'ashlar/observability/tracing';

const memory = new MemoryExporter();
const tracer = new Tracer({ processors: [memory] });

const handler = traceHandler(
  tracer,
  async (request) =>
    tracer.span('look up', (span) => {
      span.setAttribute('item', new URL(request.url).pathname.slice(7)).addEvent('cache miss');
      return new Response('found');
    }),
  { routeOf: () => '/items/:id' },
);

// A fetch that goes nowhere: straight to the handler above, headers and all.
const send = traceFetch(tracer, { fetch: async (request) => handler(request as Request) });
await tracer.span('checkout', async () => {
  const response = await send('http://shop.example/items/7');
  console.log(await response.text());
});

const [first] = memory.spans;
for (const span of memory.spans) {
  const parent = memory.spans.find((other) => other.spanId === span.parentSpanId)?.name ?? 'nobody';
  console.log(`${span.kind} "${span.name}", child of ${parent}`, span.traceId === first?.traceId);
}
console.log(
  first?.attributes,
  first?.events.map((event) => event.name),
);

// Prints:
// found
// internal "look up", child of GET /items/:id true
// server "GET /items/:id", child of GET true
// client "GET", child of checkout true
// internal "checkout", child of nobody true
// { item: '7' } [ 'cache miss' ]
