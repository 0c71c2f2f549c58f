import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { createSecret, echoGraph } from '../harness/project.js';
import { say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/* Whoever is let in and then takes their time over the body is let in by what holds when it is there. */

const administrator = createSecret();
const server = serve(
  {
    agent: echoGraph,
    auth: { method: 'api_key', keys: [{ id: 'boss', key: { env: 'BOSS' }, subject: 'boss' }], issued: true },
  },
  { env: { BOSS: administrator, AGENTFLOW_PEPPER: createSecret() } },
);

const by = (key: string, path: string, method = 'GET', body?: object) =>
  send(`${server.url}${path}`, { method, headers: { 'X-API-Key': key }, ...(body && { body }) });

/**
 * Sends everything but the end of the body, and resolves once the server has asked for it, and so has let its sender in. The end is sent when
 * the function that it returns is called.
 */
async function holdBack(key: string, path: string, body: object): Promise<() => Promise<number>> {
  const text = JSON.stringify(body);
  const socket = connect(server.port, '127.0.0.1');
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: localhost',
    `X-API-Key: ${key}`,
    'Content-Type: application/json',
    `Content-Length: ${text.length}`,
    'Expect: 100-continue',
    'Connection: close',
  ];
  let got = '';
  const isLetIn = new Promise<void>((resolve, reject) => {
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      got += chunk;
      if (got.startsWith('HTTP/1.1 100 Continue\r\n\r\n')) resolve();
      else reject(new Error(`not let in: ${got}`));
    });
    socket.once('error', reject);
  });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  await isLetIn;
  socket.write(text.slice(0, -1));
  return async () => {
    socket.write(text.slice(-1));
    await closed;
    return Number(/\r\n\r\nHTTP\/1\.1 (\d{3}) /.exec(got)?.[1]);
  };
}

const createKey = async () =>
  (await by(administrator, '/v1/api-keys', 'POST', { name: 'held' })).body as {
    readonly id: string;
    readonly key: string;
  };

test.each([
  ['runs nothing', '/v1/graph/invoke', say('hello', 'test-1')],
  ['changes nothing', '/v1/store/memories', { content: 'a memory' }],
])('a key that is revoked meanwhile %s', async (_what, path, body) => {
  const [kept, taken] = [await createKey(), await createKey()];
  const finish = [await holdBack(kept.key, path, body), await holdBack(taken.key, path, body)];
  expect((await by(administrator, `/v1/api-keys/${taken.id}`, 'DELETE')).status).toBe(200);
  // Longer than what goes on is asked about again; else it is what a request that takes a moment may always do.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect((await by(taken.key, '/v1/auth/me')).status).toBe(401);
  expect(await Promise.all(finish.map((end) => end()))).toEqual([200, 401]);
});
