import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { expect, test } from 'vitest';
import { administrator, administratorEnvironment, signIn, statusOf, trySignIn } from '../harness/people.js';
import { echoGraph } from '../harness/project.js';
import { send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/* Security bar 37: whoever hashes passwords for everybody at once hashes for nobody. */

const configuration = { agent: echoGraph, auth: 'login', trusted_proxies: ['127.0.0.1'] };
const server = serve(configuration, { env: administratorEnvironment });

const crowdSize = 2000;
const batchSize = 200;

/** So many connections, few enough of them at a time that the system takes them all. */
async function openSockets(): Promise<readonly Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < crowdSize) {
    const batch = Array.from({ length: batchSize }, () => connect(server.port, '127.0.0.1'));
    await Promise.all(batch.map((socket) => once(socket, 'connect')));
    sockets.push(...batch);
  }
  return sockets;
}

/** The status of the answer; 0 where there is none. */
function statusFrom(socket: Socket): Promise<number> {
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0)));
  });
}

function ask(socket: Socket, index: number): void {
  const body = JSON.stringify({ username: `crowd-${index}`, password: 'one of the crowd' });
  const address = `10.9.${index >> 8}.${index & 255}`;
  const head = ['POST /v1/auth/login HTTP/1.1', 'Host: 127.0.0.1', 'Content-Type: application/json'];
  head.push(`X-Forwarded-For: ${address}`, `Content-Length: ${body.length}`, 'Connection: close');
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
}

test('two thousand who sign in at once leave room for everybody else', async () => {
  const { token } = await signIn(server.url, administrator);
  const sockets = await openSockets();
  const statuses = sockets.map(statusFrom);
  const progress = { isOver: false };
  const all = Promise.all(statuses).finally(() => {
    progress.isOver = true;
  });
  const began = performance.now();
  for (const [index, socket] of sockets.entries()) ask(socket, index);
  const others: number[] = [];
  let slowest = 0;
  while (!progress.isOver) {
    const asked = performance.now();
    const [health, me] = await Promise.all([send(`${server.url}/health`), statusOf(server.url, token)]);
    slowest = Math.max(slowest, performance.now() - asked);
    others.push(health.status, me);
  }
  const counts = new Map<number, number>();
  for (const status of await all) counts.set(status, (counts.get(status) ?? 0) + 1);
  process.stdout.write(
    `${crowdSize} sign-ins at once: ${JSON.stringify([...counts])} in ${Math.round(performance.now() - began)} ms; ` +
      `meanwhile ${others.length} other answers, the slowest after ${Math.round(slowest)} ms\n`,
  );
  // Two are hashed, fifty wait: whoever comes then is told so at once.
  expect([...counts.keys()].toSorted((a, b) => a - b)).toEqual([401, 503]);
  expect(counts.get(401)).toBeGreaterThanOrEqual(52);
  expect(counts.get(503)).toBeGreaterThan(0);
  expect(new Set(others)).toEqual(new Set([200]));
  expect((await trySignIn(server.url, administrator)).status).toBe(200);
}, 120_000);
