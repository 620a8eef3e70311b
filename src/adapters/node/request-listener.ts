/** A handler in the web's form, a Request in and a Response out, as a listener of `node:http`. */

/** What is used of an IncomingMessage. */
export interface NodeRequest {
  readonly url?: string | undefined;
  readonly method?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  resume(): unknown;
}

/** What is used of a ServerResponse. */
export interface NodeResponse {
  readonly destroyed: boolean;
  writeHead(status: number, headers: Record<string, string>): unknown;
  write(bytes: Uint8Array): boolean;
  end(text?: string): unknown;
  destroy(): unknown;
  once(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
}

/**
 * Answers by the head of a request alone: bodies are not read. The body of the answer is streamed, no faster than it is
 * taken; a client that goes away aborts the request's signal.
 */
export function requestListener(
  handler: (request: Request) => Response | Promise<Response>,
): (incoming: NodeRequest, outgoing: NodeResponse) => void {
  return (incoming, outgoing) => {
    incoming.resume();
    const gone = new AbortController();
    outgoing.once('close', () => gone.abort(new Error('The client has gone away')));
    answer(handler, incoming, outgoing, gone.signal).catch(() => outgoing.destroy());
  };
}

async function answer(
  handler: (request: Request) => Response | Promise<Response>,
  incoming: NodeRequest,
  outgoing: NodeResponse,
  signal: AbortSignal,
): Promise<void> {
  const { host } = incoming.headers;
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value === undefined || name.startsWith(':')) continue;
    for (const one of Array.isArray(value) ? value : [value]) headers.append(name, one);
  }
  let request: Request;
  try {
    const url = new URL(incoming.url ?? '/', `http://${typeof host === 'string' ? host : 'localhost'}`);
    request = new Request(url, { method: incoming.method ?? 'GET', headers, signal });
  } catch {
    outgoing.writeHead(400, { 'content-type': 'text/plain' });
    outgoing.end('Bad request\n');
    return;
  }
  const response = await handler(request);
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (response.body !== null) await pour(response.body, outgoing, signal);
  outgoing.end();
}

async function pour(body: ReadableStream<Uint8Array>, outgoing: NodeResponse, signal: AbortSignal): Promise<void> {
  const reader = body.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    if (outgoing.destroyed || signal.aborted) {
      await reader.cancel();
      return;
    }
    if (outgoing.write(next.value)) continue;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        outgoing.off('drain', end);
        outgoing.off('close', end);
        resolve();
      };
      outgoing.once('drain', end);
      outgoing.once('close', end);
    });
  }
}
