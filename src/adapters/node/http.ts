/** A small HTTP listener over `node:http` for handlers in the web's form: a Request in, a Response out. */

import { builtin } from './builtin.js';

export type HttpHandler = (request: Request) => Response | Promise<Response>;

export interface HttpListener {
  readonly port: number;
  /** As `host:port`. */
  readonly address: string;
  /** Stops accepting and closes idle connections; requests under way are answered. */
  close(): Promise<void>;
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
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(new Uint8Array(await response.arrayBuffer()));
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where.port, where.host, () => {
      const bound = server.address();
      const port = typeof bound === 'object' && bound !== null ? bound.port : where.port;
      const host = where.host.includes(':') ? `[${where.host}]` : where.host;
      resolve({
        port,
        address: `${host}:${port}`,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            server.closeIdleConnections();
          }),
      });
    });
  });
}
