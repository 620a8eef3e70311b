/** `/health`, `/metrics` (Prometheus text 0.0.4) and the status page. */

import type { HttpHandler } from '../../adapters/node/http.js';
import { LATENCY_BOUNDS_SECONDS, type RedisServer, type RedisServerStats } from '../../network/resp/index.js';

export function statusHandler(server: RedisServer): HttpHandler {
  return (request) => {
    const { pathname } = new URL(request.url);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return new Response('method not allowed\n', { status: 405, headers: { allow: 'GET, HEAD' } });
    }
    if (pathname === '/health') return Response.json({ status: 'ok', uptimeSeconds: server.stats().uptimeSeconds });
    if (pathname === '/metrics') {
      return new Response(metricsText(server.stats()), {
        headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
      });
    }
    if (pathname === '/') {
      return new Response(statusPage(server), { headers: { 'content-type': 'text/html; charset=utf-8' } });
    }
    return new Response('not found; there are /, /health and /metrics\n', { status: 404 });
  };
}

type Metric = readonly [
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  value: (stats: RedisServerStats) => number,
];

const METRICS: readonly Metric[] = [
  ['ashlar_commands_total', 'counter', 'Commands processed.', (s) => s.commands],
  ['ashlar_keyspace_hits_total', 'counter', 'Lookups that found their key.', (s) => s.hits],
  ['ashlar_keyspace_misses_total', 'counter', 'Lookups that did not.', (s) => s.misses],
  ['ashlar_expired_keys_total', 'counter', 'Keys removed because their time had come.', (s) => s.expiredKeys],
  ['ashlar_evicted_keys_total', 'counter', 'Keys removed to stay within the memory budget.', (s) => s.evictedKeys],
  ['ashlar_connections_accepted_total', 'counter', 'Connections accepted.', (s) => s.connectionsAccepted],
  ['ashlar_connections_rejected_total', 'counter', 'Connections refused.', (s) => s.connectionsRejected],
  ['ashlar_clients', 'gauge', 'Connections open.', (s) => s.clients],
  ['ashlar_keys', 'gauge', 'Keys stored.', (s) => s.keys],
  ['ashlar_keys_with_expiry', 'gauge', 'Keys that will expire.', (s) => s.keysWithExpiry],
  ['ashlar_memory_data_bytes', 'gauge', 'Bytes of keys, values and index.', (s) => s.dataBytes],
  ['ashlar_memory_used_bytes', 'gauge', 'Bytes of data and buffers.', (s) => s.usedBytes],
  ['ashlar_memory_reserved_bytes', 'gauge', 'Bytes taken from the system.', (s) => s.reservedBytes],
  ['ashlar_memory_max_bytes', 'gauge', 'Budget for data; 0 for none.', (s) => s.maxMemory],
  ['ashlar_uptime_seconds', 'gauge', 'Seconds since the start.', (s) => s.uptimeSeconds],
];

const LATENCY = 'ashlar_read_duration_seconds';

function metricsText(stats: RedisServerStats): string {
  const lines = METRICS.flatMap(([name, type, help, value]) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    `${name} ${value(stats)}`,
  ]);
  lines.push(
    `# HELP ${LATENCY} Time from a socket read to its replies, all commands in it together.`,
    `# TYPE ${LATENCY} histogram`,
  );
  let below = 0;
  LATENCY_BOUNDS_SECONDS.forEach((bound, index) => {
    below += stats.latency.counts[index] ?? 0;
    lines.push(`${LATENCY}_bucket{le="${bound}"} ${below}`);
  });
  lines.push(
    `${LATENCY}_bucket{le="+Inf"} ${stats.latency.count}`,
    `${LATENCY}_sum ${stats.latency.sumSeconds}`,
    `${LATENCY}_count ${stats.latency.count}`,
  );
  return `${lines.join('\n')}\n`;
}

function statusPage(server: RedisServer): string {
  const sections = [...server.info()].map(([section, figures]) => {
    const rows = [...figures].map(
      ([name, value]) => `<tr><th>${escapeHtml(name)}</th><td>${escapeHtml(String(value))}</td></tr>`,
    );
    return rows.length === 0 ? '' : `<h2>${escapeHtml(section)}</h2><table>${rows.join('')}</table>`;
  });
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="5"><title>ashlar serve</title>
<style>body{font:15px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#1c1c1c;background:#fdfdfb}
h1{font-size:1.4rem}h2{font-size:1rem;margin:1.5rem 0 .3rem}table{border-collapse:collapse;width:100%}
th{text-align:left;font-weight:normal;color:#555}td{text-align:right;font-variant-numeric:tabular-nums}
tr{border-bottom:1px solid #e4e2da}</style>
<h1>ashlar serve</h1><p><code>redis-cli -p ${server.port}</code> · <a href="/metrics">metrics</a> · <a href="/health">health</a></p>
${sections.join('\n')}
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
