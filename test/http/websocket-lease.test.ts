import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createSecret, root } from '../harness/project.js';
import { type ReloadingServer, startReloading } from '../harness/reloading.js';
import { send } from '../harness/requests.js';
import {
  bearer,
  type Frame,
  isDone,
  isError,
  type OpenedSocket,
  openSocket,
  refusedSocket,
  sayFrame,
} from '../harness/sockets.js';
import { inSeconds, tokenFor } from '../harness/tokens.js';

/* Security bar 61 and 62: a socket is as good as its credential, and its permission, at every moment. Counted: what happens after. */

const slow = `${join(root, 'test/graphs/slow.ts')}:app`;
const [secret, aliceKey, bobKey] = [createSecret(), createSecret(), createSecret()];
const jwt = { method: 'jwt', clock_tolerance: '0s' };
const keys = (...names: string[]) => ({
  method: 'api_key',
  keys: names.map((name) => ({ id: name, key: { env: `${name.toUpperCase()}_KEY` }, subject: name, roles: ['user'] })),
});
const roles = (...user: string[]) => ({ method: 'roles', roles: { user, chief: ['*'] }, default_role: 'user' });
const configuration = (more: object = {}) => ({
  ...{ agent: slow, auth: [jwt, keys('alice', 'bob')], authorization: roles('*') },
  ...more,
});

async function start(more?: object): Promise<ReloadingServer> {
  const env = { JWT_SECRET_KEY: secret, ALICE_KEY: aliceKey, BOB_KEY: bobKey, STEPS_FILE: 'steps.txt' };
  const files = { 'agentflow.json': configuration(more), 'steps.txt': '' };
  return startReloading(files, { env });
}

const tokenOf = (subject: string, seconds: number, claims: object = {}) =>
  tokenFor(subject, secret, { exp: inSeconds(seconds), ...claims });
const byKey = (key: string) => ({ headers: { 'X-API-Key': key } });
const long = (what: string, steps = 60) =>
  sayFrame(`${what}: ${steps} steps of 100 ms`, what, { recursion_limit: 100 });
const isStep = ({ message }: Frame) => message?.role === 'assistant';

/** How often the graph has begun a step for what was asked. */
function stepsOf({ project }: ReloadingServer, what: string): number {
  const lines = readFileSync(join(project.directory, 'steps.txt'), 'utf8').split('\n');
  return lines.filter((line) => line.startsWith(what)).length;
}

/** It has ended for this reason: told, closed, and nothing of what goes on comes or happens any more. */
async function expectEnded(server: ReloadingServer, socket: OpenedSocket, what: string, code: string): Promise<void> {
  expect(await socket.closed).toEqual({ code: 1008, reason: code });
  const at = socket.frames.findIndex(isError);
  const error = socket.frames[at];
  expect(error.data).toMatchObject({ code, problem: { code } });
  expect(socket.frames.slice(at + 1).filter((frame) => !isDone(frame) && !isError(frame))).toEqual([]);
  const steps = stepsOf(server, what);
  const witness = await openSocket(server.url, bearer(tokenOf('witness', 60, { role: 'chief' })));
  await witness.run(sayFrame('witness: 5 steps of 100 ms'));
  await witness.close();
  expect(stepsOf(server, what)).toBe(steps);
  expect(steps).toBeLessThan(60);
}

/** The twin: it goes on to its own end. */
async function expectCompleted(socket: OpenedSocket, steps = 60): Promise<void> {
  const end = await socket.find(({ data }) => data.status === 'graph_invoked');
  expect(end.data.reason).toBe('completed');
  expect(socket.frames.filter(isError)).toEqual([]);
  expect(socket.frames.filter(isStep)).toHaveLength(steps);
  await socket.close();
}

const patient = 30_000;

describe('the credential runs out', () => {
  test('in the middle of a run; one that lasts longer does not', { timeout: patient }, async () => {
    const server = await start();
    const socket = await openSocket(server.url, bearer(tokenOf('alice', 3)));
    const twin = await openSocket(server.url, bearer(tokenOf('bob', 60)));
    socket.send(long('bread'));
    twin.send(long('milk'));
    await expectEnded(server, socket, 'bread', 'TOKEN_EXPIRED');
    expect(stepsOf(server, 'bread')).toBeGreaterThan(3);
    await expectCompleted(twin);
  });

  test('while nothing goes on', async () => {
    const server = await start();
    const socket = await openSocket(server.url, bearer(tokenOf('alice', 2)));
    const twin = await openSocket(server.url, bearer(tokenOf('alice', 60)));
    expect(await socket.closed).toEqual({ code: 1008, reason: 'TOKEN_EXPIRED' });
    expect(socket.frames).toMatchObject([{ event: 'error', data: { code: 'TOKEN_EXPIRED', status: 401 } }]);
    expect((await twin.run(sayFrame('bread'))).filter(isError)).toEqual([]);
    await twin.close();
  });

  test('a run that should outlive its reader does not outlive its right', { timeout: patient }, async () => {
    const server = await start();
    const socket = await openSocket(server.url, bearer(tokenOf('alice', 3)));
    socket.send({ ...long('bread'), on_disconnect: 'continue' });
    const { run_id: runId } = await socket.find(isStep);
    socket.socket.terminate();
    const token = tokenOf('alice', 60);
    const statusOf = async () => (await send(`${server.url}/v1/runs/${runId}`, { token })).body.status;
    await expect.poll(statusOf, { timeout: 15_000 }).toBe('error');
    expect(stepsOf(server, 'bread')).toBeLessThan(60);
  });
});

describe('another credential on an open socket', () => {
  test.each(['token', 'ticket'])(
    'by a %s of the same principal it goes on, and so does its run',
    async (by) => {
      const server = await start();
      const socket = await openSocket(server.url, bearer(tokenOf('alice', 7)));
      socket.send(long('bread', 95));
      await socket.find(isStep);
      const issued = await send(`${server.url}/v1/auth/ws-ticket`, { ...byKey(aliceKey), body: {} });
      const credential = by === 'token' ? tokenOf('alice', 60) : issued.body.ticket;
      socket.send({ type: 'authenticate', [by]: credential });
      const { data } = await socket.find((frame) => frame.data.status === 'authenticated');
      expect(data.expires_at).toEqual(by === 'token' ? expect.stringMatching(/^\d{4}-.*Z$/) : null);
      await expectCompleted(socket, 95);
    },
    patient,
  );

  test('by one that is not theirs, not good, or not enough nothing changes: it ends when it would have', async () => {
    const server = await start();
    const ticketOf = async (key: string) =>
      (await send(`${server.url}/v1/auth/ws-ticket`, { ...byKey(key), body: {} })).body.ticket;
    const attacks: readonly (readonly [code: string, credential: object])[] = [
      ['AUTH_REQUIRED', { token: tokenOf('bob', 60) }],
      ['AUTH_REQUIRED', { token: tokenOf('alice', 60, { act: { sub: 'bot' } }) }],
      ['AUTH_REQUIRED', { token: tokenFor('alice', createSecret()) }],
      ['TOKEN_EXPIRED', { token: tokenOf('alice', -60) }],
      ['ACCESS_DENIED', { token: tokenOf('alice', 60, { scope: 'threads:*' }) }],
      ['AUTH_REQUIRED', { ticket: await ticketOf(bobKey) }],
      ['AUTH_REQUIRED', { ticket: 'a'.repeat(43) }],
    ];
    const attack = async ([code, credential]: (typeof attacks)[number]) => {
      const socket = await openSocket(server.url, bearer(tokenOf('alice', 7)));
      socket.send({ type: 'authenticate', ...credential });
      expect((await socket.find(isError)).data.code).toBe(code);
      expect((await socket.run(sayFrame('bread'))).filter(isError)).toEqual([]);
      expect(await socket.closed).toEqual({ code: 1008, reason: 'TOKEN_EXPIRED' });
    };
    await Promise.all(attacks.map(attack));
  });

  test('what the former could not do, the next one can; frames are asked by the one that is there', async () => {
    const server = await start({ authorization: 'ownership' });
    const socket = await openSocket(server.url, bearer(tokenOf('alice', 60, { scope: 'graph:stream' })));
    socket.send(long('bread'));
    await socket.find(isStep);
    socket.send({ type: 'stop' });
    expect((await socket.find(isError)).data.code).toBe('ACCESS_DENIED');
    socket.send({ type: 'authenticate', token: tokenOf('alice', 60) });
    await socket.find(({ data }) => data.status === 'authenticated');
    socket.send({ type: 'stop' });
    const end = await socket.find(({ data }) => data.status === 'graph_invoked');
    expect(end.data.reason).toBe('stopped');
    await socket.close();
  });
});

describe('what is in force changes', () => {
  test('a key is removed: its socket ends, that of another key goes on', { timeout: patient }, async () => {
    const server = await start();
    const [socket, twin] = [await openSocket(server.url, byKey(aliceKey)), await openSocket(server.url, byKey(bobKey))];
    socket.send(long('bread'));
    twin.send(long('milk'));
    await Promise.all([socket.find(isStep), twin.find(isStep)]);
    await server.reload({ 'agentflow.json': configuration({ auth: [jwt, keys('bob')] }) });
    await expectEnded(server, socket, 'bread', 'AUTH_REQUIRED');
    await expectCompleted(twin);
  });

  test('a permission is taken away: whoever has it by another role goes on', { timeout: patient }, async () => {
    const server = await start();
    const socket = await openSocket(server.url, bearer(tokenOf('alice', 60)));
    const idle = await openSocket(server.url, bearer(tokenOf('carol', 60)));
    const twin = await openSocket(server.url, bearer(tokenOf('bob', 60, { role: 'chief' })));
    socket.send(long('bread'));
    twin.send(long('milk'));
    await Promise.all([socket.find(isStep), twin.find(isStep)]);
    await server.reload({ 'agentflow.json': configuration({ authorization: roles('graph:invoke', 'threads:*') }) });
    await expectEnded(server, socket, 'bread', 'ACCESS_DENIED');
    expect(await idle.closed).toEqual({ code: 1008, reason: 'ACCESS_DENIED' });
    await expectCompleted(twin);
  });

  test('a permission that is given is there with the next frame', async () => {
    const server = await start({ authorization: roles('graph:stream') });
    const socket = await openSocket(server.url, bearer(tokenOf('alice', 60)));
    const stop = async () => {
      const from = socket.frames.length;
      socket.send(long('bread'));
      await socket.find(isStep, from);
      socket.send({ type: 'stop' });
      return socket.find((frame) => isError(frame) || frame.data.status === 'graph_invoked', from);
    };
    expect((await stop()).data.code).toBe('ACCESS_DENIED');
    await server.reload({ 'agentflow.json': configuration({ authorization: roles('graph:stream', 'graph:stop') }) });
    socket.send({ type: 'stop' });
    await socket.find(isDone);
    expect((await stop()).data.reason).toBe('stopped');
    await socket.close();
  });

  test('caps hold for those who come from then on', async () => {
    const server = await start({ websocket: { max_connections_per_user: 1 } });
    const asking = bearer(tokenOf('alice', 60));
    const first = await openSocket(server.url, asking);
    expect((await refusedSocket(server.url, asking)).status).toBe(429);
    const more = configuration({ websocket: { max_connections_per_user: 2 } });
    expect(await server.reload({ 'agentflow.json': more })).toBe('in force');
    const second = await openSocket(server.url, asking);
    expect((await refusedSocket(server.url, asking)).status).toBe(429);
    await Promise.all([first, second].map((socket) => socket.close()));
  });

  test('who waits on an idle socket holds no snapshot: the former one is closed', async () => {
    const plugin = (name: string) => `import { appendFileSync } from 'node:fs';
import { BaseAuth } from 'agentflow';
export class Pass extends BaseAuth {
  authenticate({ headers }: any): any {
    return headers.get('X-Pass') === 'me' ? { user_id: 'alice' } : null;
  }
  close() {
    appendFileSync(process.env.LIFE_FILE!, 'closed ${name}\\n');
  }
}
`;
    const auth = [{ method: 'custom', path: 'auth.ts:Pass' }];
    const server = await startReloading({ 'agentflow.json': configuration({ auth }), 'auth.ts': plugin('first') });
    const socket = await openSocket(server.url, { headers: { 'X-Pass': 'me' } });
    await socket.run(sayFrame('bread'));
    expect(await server.reload({ 'auth.ts': plugin('second') })).toBe('in force');
    const closed = () => readFileSync(join(server.project.directory, 'life.txt'), 'utf8');
    await expect.poll(closed, { timeout: 10_000 }).toBe('closed first\n');
    expect((await socket.run(sayFrame('milk'))).filter(isError)).toEqual([]);
    await socket.close();
  });
});
