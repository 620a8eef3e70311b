// A client's socket where there is `node:net`: Node, Deno, Bun.

import { connect } from 'node:net';

/** Sends a request to a port of loopback; resolves to the first `replyBytes` of what comes back. */
export function exchange(port, request, replyBytes) {
  return new Promise((done, failed) => {
    let text = '';
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(request));
    socket.on('error', failed);
    socket.on('close', () => failed(new Error(`the connection closed after: ${text}`)));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (text.length < replyBytes) return;
      done(text);
      socket.destroy();
    });
  });
}
