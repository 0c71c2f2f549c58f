import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { root } from '../harness/project.js';
import { head } from '../harness/raw-request.js';
import { send } from '../harness/requests.js';
import { type Served, serve } from '../harness/served.js';
import { bearer, isDone, isError, type OpenedSocket, openSocket, refusedSocket, sayFrame } from '../harness/sockets.js';

/* Security bar 64: so many sockets, so much of each, and nobody who only holds on. */

const agent = `${join(root, 'test/graphs/slow.ts')}:app`;
const opened: Socket[] = [];

afterEach(() => {
  for (const socket of opened.splice(0)) socket.destroy();
});

const open = (server: Served, subject = 'alice') => openSocket(server.url, bearer(server.tokenFor(subject)));

/** What is sent on a connection of its own, and what became of it. */
function raw(server: Served, text: string) {
  const socket = connect(server.port, '127.0.0.1', () => socket.write(text, 'latin1'));
  opened.push(socket);
  let received = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    received += chunk;
  });
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  return { socket, closed, received: () => received };
}

const handshake = (token: string) =>
  head('GET', '/v1/graph/ws', [
    ...['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
    ...['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', `Authorization: Bearer ${token}`],
  ]);

async function expectServed(server: Served): Promise<void> {
  const socket = await open(server, 'healthy');
  expect((await socket.run(sayFrame('bread'))).filter(isError)).toEqual([]);
  await socket.close();
}

describe('caps', () => {
  const websocket = { max_connections: 5, max_connections_per_user: 2 };
  const server = serve({ agent, auth: 'jwt', websocket });

  test('of one principal, whatever credential they show; others are not kept from theirs', async () => {
    const held = [await open(server), await open(server)];
    const another = bearer(server.tokenFor('alice', { jti: 'another' }));
    const { status, body, headers } = await refusedSocket(server.url, another);
    expect([status, body.code, headers['retry-after']]).toEqual([429, 'RATE_LIMIT_EXCEEDED', '1']);
    await expectServed(server);
    await held.shift()?.close();
    await expect
      .poll(() =>
        refusedSocket(server.url, another).then(
          () => 'refused',
          () => 'opened',
        ),
      )
      .toBe('opened');
    await Promise.all(held.map((socket) => socket.close()));
  });

  test('of all', async () => {
    const held: OpenedSocket[] = [];
    for (const subject of ['a', 'a', 'b', 'b', 'c']) held.push(await open(server, subject));
    const { status, body } = await refusedSocket(server.url, bearer(server.tokenFor('d')));
    expect([status, body.code]).toEqual([503, 'UNAVAILABLE']);
    // HTTP is not what is full.
    expect((await send(`${server.url}/v1/auth/me`, { token: server.tokenFor('d') })).status).toBe(200);
    held[0]?.socket.terminate();
    await expect
      .poll(() =>
        open(server, 'd').then(
          (socket) => socket.close().then(() => 'opened'),
          () => 'refused',
        ),
      )
      .toBe('opened');
    await Promise.all(held.slice(1).map((socket) => socket.close()));
  });

  test('who is refused is not counted', async () => {
    for (let index = 0; index < 10; index += 1) await refusedSocket(server.url, bearer('nobody'));
    await expectServed(server);
  });
});

describe('who holds on', () => {
  const websocket = { ping_interval: '1s', idle_timeout: '2s', max_connections_per_user: 0 };
  const server = serve({ agent, auth: 'jwt', websocket, stream_buffer: 2_097_152 });

  test('3,000 handshakes that are never ended are closed, and others are served meanwhile', {
    timeout: 60_000,
  }, async () => {
    const half = handshake(server.tokenFor('alice')).slice(0, -2);
    const all = Array.from({ length: 3_000 }, () => raw(server, half));
    await expectServed(server);
    await Promise.all(all.map(({ closed }) => closed));
    expect(all.every(({ received }) => !received().includes(' 101 '))).toBe(true);
    await expectServed(server);
  });

  test('a frame that says it has 200 MB is not waited for', async () => {
    const { socket, closed, received } = raw(server, handshake(server.tokenFor('alice')));
    await expect.poll(received).toContain(' 101 ');
    const announced = Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0x0c, 0x80, 0, 0, 1, 2, 3, 4]);
    socket.write(announced);
    await closed;
    // RFC 6455 §5.5.1: a close frame with 1009.
    expect(Buffer.from(received(), 'latin1').includes(Buffer.from([0x88, 2, 0x03, 0xf1]))).toBe(true);
    await expectServed(server);
  });

  test.each<readonly [string, readonly number[], number]>([
    ['that is not masked', [0x81, 0x01, 0x7b], 1002],
    ['of an unknown kind', [0x83, 0x80, 1, 2, 3, 4], 1002],
    ['compressed, where nothing was agreed', [0xc1, 0x80, 1, 2, 3, 4], 1002],
    ['that is not UTF-8', [0x81, 0x81, 0, 0, 0, 0, 0xff], 1007],
  ])('a frame %s ends the socket', async (_what, bytes, code) => {
    const { socket, closed, received } = raw(server, handshake(server.tokenFor('alice')));
    await expect.poll(received).toContain(' 101 ');
    socket.write(Buffer.from(bytes));
    await closed;
    const said = Buffer.from(received(), 'latin1');
    expect(said.includes(Buffer.from([0x88, 2, code >> 8, code & 0xff]))).toBe(true);
  });

  test('who says nothing is let go; who runs something is not', async () => {
    const [idle, busy] = [await open(server), await open(server)];
    busy.send(sayFrame('bread: 40 steps of 100 ms', 'busy', { recursion_limit: 50 }));
    expect(await idle.closed).toEqual({ code: 1000, reason: 'idle' });
    const end = await busy.find(({ data }) => data.status === 'graph_invoked');
    expect(end.data.reason).toBe('completed');
    await busy.find(isDone);
    expect((await busy.closed).code).toBe(1000);
  });

  test('who answers no ping is gone', async () => {
    const deaf = new WebSocket(`${server.url.replace('http', 'ws')}/v1/graph/ws`, {
      ...{ autoPong: false, headers: bearer(server.tokenFor('alice')).headers },
    });
    deaf.on('message', () => undefined);
    deaf.on('open', () =>
      deaf.send(JSON.stringify(sayFrame('bread: 90 steps of 100 ms', 'deaf', { recursion_limit: 100 }))),
    );
    const code = await new Promise((resolve) => deaf.on('close', resolve));
    expect(code).toBe(1006);
    const token = server.tokenFor('alice');
    const running = async () => (await send(`${server.url}/v1/runs`, { token })).body.runs[0].status;
    await expect.poll(running, { timeout: 5_000 }).toBe('stopped');
  });

  test('who reads nothing is cut off, and their run ends; who reads gets all of it', { timeout: 60_000 }, async () => {
    const much = sayFrame(`${'x'.repeat(500_000)}: 60 steps of 100 ms`, crypto.randomUUID(), {
      ...{ response_granularity: 'full', recursion_limit: 100 },
    });
    const [slow, twin] = [await open(server, 'slow'), await open(server, 'twin')];
    const lasting = await open(server, 'lasting');
    slow.send(much);
    lasting.send({ ...much, on_disconnect: 'continue' });
    lasting.socket.pause();
    twin.send(much);
    slow.socket.pause();
    const latest = async (subject: string) =>
      (await send(`${server.url}/v1/runs`, { token: server.tokenFor(subject) })).body.runs[0]?.status;
    await expect.poll(() => latest('slow'), { timeout: 30_000 }).toBe('stopped');
    // Unless it was asked to go on without them.
    await expect.poll(() => latest('lasting'), { timeout: 30_000 }).toBe('completed');
    await twin.find(isDone);
    expect(twin.frames.filter(isError)).toEqual([]);
    slow.socket.resume();
    lasting.socket.resume();
    await Promise.all([slow.closed, lasting.closed]);
    expect(slow.frames.some(({ data }) => data.status === 'graph_invoked')).toBe(false);
    expect(slow.frames.length).toBeLessThan(twin.frames.length);
    await twin.close();
  });
});

describe('the server ends', () => {
  const server = serve({ agent, auth: 'jwt', shutdown_grace: '2s' });

  test('idle sockets at once, a run that is quick after its end, one that is not when the grace is over', async () => {
    const [idle, quick, long] = [await open(server), await open(server), await open(server)];
    quick.send(sayFrame('bread: 8 steps of 100 ms', 'quick'));
    long.send(sayFrame('milk: 90 steps of 100 ms', 'long', { recursion_limit: 100 }));
    const isStep = ({ message }: { message: { role: string } | null }) => message?.role === 'assistant';
    await Promise.all([quick.find(isStep), long.find(isStep)]);
    const exited = new Promise((resolve) => server.process.on('exit', resolve));
    server.process.kill('SIGTERM');
    expect((await idle.closed).code).toBe(1013);
    expect(idle.frames).toMatchObject([{ event: 'error', data: { code: 'UNAVAILABLE', status: 503 } }]);
    expect(isDone(quick.frames.at(-1))).toBe(false);
    expect((await quick.closed).code).toBe(1013);
    expect(quick.frames.some(({ data }) => data.reason === 'completed')).toBe(true);
    expect((await long.closed).code).toBe(1013);
    expect(long.frames.filter(isError)).toMatchObject([{ data: { code: 'UNAVAILABLE' } }]);
    expect(long.frames.some(({ data }) => data.status === 'graph_invoked')).toBe(false);
    expect(await exited).toBe(0);
  });
});
