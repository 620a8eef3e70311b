/** What each of the six lets through, two limits at once, a wait for its turn, and requests that are refused with headers. */

import {
  FixedWindow,
  Gcra,
  LeakyBucket,
  limitRequests,
  RateLimiterUnion,
  SlidingWindowCounter,
  SlidingWindowLog,
  TokenBucket,
} from 'ashlar/resilience/rate-limiter';

// A clock that the program moves by hand: leave it out to have the platform's.
let nowMs = 0;
const clock = { now: () => nowMs, monotonic: () => nowMs };
const limiters = {
  'token bucket': new TokenBucket({ capacity: 10, refill: 5, clock }),
  'leaky bucket': new LeakyBucket({ capacity: 10, leak: 5, clock }),
  'fixed window': new FixedWindow({ limit: 10, windowMs: 2000, clock }),
  'sliding log': new SlidingWindowLog({ limit: 10, windowMs: 2000, clock }),
  'sliding counter': new SlidingWindowCounter({ limit: 10, windowMs: 2000, clock }),
  gcra: new Gcra({ limit: 5, periodMs: 1000, burst: 1, clock }),
};
// A hundred requests a second, for three seconds.
const through = new Map<string, number[]>();
for (nowMs = 0; nowMs < 3000; nowMs += 10) {
  for (const [name, limiter] of Object.entries(limiters)) {
    const seconds = through.get(name) ?? [0, 0, 0];
    if (limiter.tryConsume('ada')) seconds[Math.floor(nowMs / 1000)] = (seconds[Math.floor(nowMs / 1000)] ?? 0) + 1;
    through.set(name, seconds);
  }
}
for (const [name, seconds] of through) console.log(`${name}: ${seconds.join(', ')}`);

const both = new RateLimiterUnion([
  new FixedWindow({ limit: 2, windowMs: 1000, clock }),
  new SlidingWindowLog({ limit: 3, windowMs: 60_000, clock }),
]);
console.log([both.consume('ada'), both.consume('ada'), both.consume('ada')].map(({ allowed }) => allowed).join(', '));
nowMs += 1000;
console.log(both.consume('ada').remaining, 'left;', both.consume('ada').retryAfterMs, 'ms to wait');

const slow = new TokenBucket({ capacity: 1, refill: 1, intervalMs: 20 });
const order: string[] = [];
await Promise.all(['first', 'second', 'third'].map((name) => slow.acquire('queue').then(() => order.push(name))));
console.log(order.join(', '));

const limit = limitRequests({
  limiter: new TokenBucket({ capacity: 1, refill: 1, intervalMs: 30_000, clock }),
  key: (request) => request.headers.get('x-client') ?? 'nobody',
});
const handle = limit.wrap(() => new Response('hello'));
for (let i = 0; i < 2; i++) {
  const { status, headers } = await handle(new Request('http://localhost/', { headers: { 'x-client': 'ada' } }));
  console.log(status, headers.get('ratelimit-policy'), headers.get('ratelimit'), headers.get('retry-after'));
}

// Prints:
// token bucket: 14, 5, 5
// leaky bucket: 14, 5, 5
// fixed window: 10, 0, 10
// sliding log: 10, 0, 10
// sliding counter: 10, 0, 4
// gcra: 5, 5, 5
// true, true, false
// 0 left; 59000 ms to wait
// first, second, third
// 200 "default";q=1;w=30 "default";r=0;t=30 null
// 429 "default";q=1;w=30 "default";r=0;t=30 30
