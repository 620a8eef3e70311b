/** A small HTTP listener over `node:http` for handlers in the web's form: a Request in, a Response out. */

import { builtin } from './builtin.js';

export type HttpHandler = (request: Request) => Response | Promise<Response>;

export interface HttpListener {
  readonly port: number;
  /** As `host:port`. */
  readonly address: string;
  /** Stops accepting and closes idle connections; requests under way are answered within `graceMs`, or cut. */
  close(graceMs: number): Promise<void>;
}

/** Requests here have no bodies worth reading: answers are given on the head alone. */
export function listenHttp(where: { host: string; port: number }, handler: HttpHandler): Promise<HttpListener> {
  const { createServer } = builtin('node:http');
  const server = createServer(async (incoming, outgoing) => {
    incoming.resume();
    let response: Response;
    try {
      const url = new URL(incoming.url ?? '/', `http://${incoming.headers.host ?? 'localhost'}`);
      response = await handler(new Request(url, { method: incoming.method ?? 'GET' }));
    } catch {
      response = new Response('bad request\n', { status: 400 });
    }
    const body = new Uint8Array(await response.arrayBuffer());
    outgoing.writeHead(response.status, { ...Object.fromEntries(response.headers), 'content-length': body.length });
    outgoing.end(body);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where.port, where.host, () => {
      server.off('error', reject);
      // A failed accept (out of descriptors) must not end the process.
      server.on('error', () => {});
      const bound = server.address();
      const port = typeof bound === 'object' && bound !== null ? bound.port : where.port;
      const host = where.host.includes(':') ? `[${where.host}]` : where.host;
      resolve({
        port,
        address: `${host}:${port}`,
        close: (graceMs) =>
          new Promise((done) => {
            // A connection on which nothing was ever sent does not count as idle.
            const cut = setTimeout(() => server.closeAllConnections(), graceMs);
            server.close(() => {
              clearTimeout(cut);
              done();
            });
            server.closeIdleConnections();
          }),
      });
    });
  });
}
