import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../harness/project.js';
import { head } from '../harness/raw-request.js';
import { send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/* One connection never has two answers on it that could be taken for each other's. */

const server = serve({ agent: `${join(root, 'test/graphs/slow.ts')}:app`, auth: 'jwt' });

/** Writes texts to a connection, each as soon as what came before it has been answered with this. */
async function exchange(...texts: readonly (readonly [text: string, until: RegExp])[]): Promise<string> {
  let received = '';
  const socket = connect(server.port, '127.0.0.1');
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    received += chunk;
  });
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  for (const [text, until] of texts) {
    socket.write(text, 'latin1');
    const isAnswered = () => expect.poll(() => received, { timeout: 10_000 }).toMatch(until);
    await Promise.race([isAnswered(), closed]);
  }
  socket.destroy();
  return received;
}

const credential = () => `Authorization: Bearer ${server.tokenFor('alice')}`;

function invoke(): string {
  const body = JSON.stringify({ messages: [{ role: 'user', content: 'bread: 3 steps of 200 ms' }] });
  const fields = [credential(), 'Content-Type: application/json', `Content-Length: ${body.length}`];
  return head('POST', '/v1/graph/invoke', fields) + body;
}

const socketOpening = (authorization: string) =>
  head('GET', '/v1/graph/ws', [
    ...['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', authorization],
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ]);
const otherUpgrade = (authorization: string) =>
  head('GET', '/v1/auth/me', ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', authorization]);

describe.each([
  ['a WebSocket', socketOpening, / 101 /],
  ['a WebSocket that is refused', () => socketOpening('Authorization: Bearer x'), / 401 /],
  ['something else', otherUpgrade, / 200 [\s\S]*"subject":"alice"/],
] as const)('an upgrade to %s', (_what, upgrade, answer) => {
  test('before the answer to an earlier request gets none, and nor does that', async () => {
    expect(await exchange([invoke() + upgrade(credential()), /never/])).toBe('');
    expect((await send(`${server.url}/ping`)).status).toBe(200);
  });

  test('after it is answered', async () => {
    const received = await exchange([invoke(), /"step 3"[\s\S]*\}$/], [upgrade(credential()), answer]);
    expect(received).toMatch(/^HTTP\/1\.1 200 /);
    expect(received).toMatch(answer);
  });
});
