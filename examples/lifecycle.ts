/** A program of three components: it begins in order, answers probes, and ends in order while a request is under way. */

import { guardHandler, Lifecycle, probeHandler } from 'ashlar/concurrency/lifecycle';

const say = (text: string) => () => console.log(text);
const lifecycle = new Lifecycle({ stopTimeoutMs: 1000 })
  .add({ name: 'web', dependsOn: ['queue', 'db'], start: say('web up'), stop: say('web down') })
  .add({ name: 'queue', dependsOn: ['db'], start: say('queue up'), stop: say('queue down') })
  .add({ name: 'db', start: say('db up'), stop: say('db down'), health: () => ({ connections: 4 }) });
lifecycle.on('state', ({ state }) => console.log('—', state));

await lifecycle.start();

const probe = probeHandler(lifecycle);
const health = await probe(new Request('http://localhost/healthz'));
if (health) console.log(health.status, JSON.stringify((await health.json()).components[2]));

// A request that is under way is answered before anything stops; one that comes later is told to go elsewhere.
let finish = (): void => {};
const handler = guardHandler(
  lifecycle,
  () => new Promise<Response>((done) => (finish = () => done(new Response('ok')))),
);
const underWay = handler(new Request('http://localhost/slow'));
const stopped = lifecycle.stop();
const late = await handler(new Request('http://localhost/late'));
console.log('late:', late.status);
finish();
console.log('under way:', (await underWay).status);
await stopped;

// Prints:
// — starting
// db up
// queue up
// web up
// — running
// 200 {"name":"db","state":"running","status":"up","detail":{"connections":4}}
// — stopping
// late: 503
// under way: 200
// web down
// queue down
// db down
// — stopped
