import { join } from 'node:path';
import { AgentFlowClient, type AgentFlowClientOptions, Message, type SessionEnd } from '@agentflow/client';
import { beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { root } from '../harness/project.js';
import { memoryStore } from '../harness/scripted-sessions.js';
import { type Served, serve } from '../harness/served.js';

/* The client's sessions, against the server that gives them. */

const agent = `${join(root, 'test/graphs/slow.ts')}:app`;
const authorization = { method: 'roles', roles: { admin: ['*'], user: ['*'] } };
const password = 'a pony in the attic';
const lasting = serve({ agent, auth: ['login', 'jwt'], authorization });
const short = serve({
  ...{ agent, authorization },
  auth: [{ method: 'login', token_ttl: '4s', refresh_grace: '0s' }, 'jwt'],
});

const ends: string[] = [];
const make = (server: Served, options: Partial<AgentFlowClientOptions> = {}) =>
  new AgentFlowClient({ baseUrl: server.url, webSocketImpl: WebSocket, ...options });

async function addUser(server: Served, username: string): Promise<void> {
  const administrator = make(server, { authToken: server.tokenFor('root', { roles: ['admin'] }) });
  await administrator.request('POST /v1/users', { body: { username, password, roles: ['user'] } });
}

async function signIn(server: Served, username: string, options?: Partial<AgentFlowClientOptions>) {
  const client = make(server, {
    onSessionEnd: ({ reason, user }: SessionEnd) => void ends.push(`${user.username}: ${reason}`),
    ...options,
  });
  await client.auth.login({ username, password });
  return client;
}

/** Counts how often something is asked for. */
function counting() {
  const asked: string[] = [];
  return {
    fetch: (...[input, init]: Parameters<typeof fetch>) => {
      asked.push(new URL(input instanceof Request ? input.url : input).pathname);
      return fetch(input, init);
    },
    count: (path: string) => asked.filter((one) => one === path).length,
  };
}

describe('a session', () => {
  beforeAll(async () => {
    for (const name of ['ann', 'ben', 'cleo', 'dora']) await addUser(lasting, name);
  });

  test('begins with the right password alone, and is of whoever has it', async () => {
    const client = make(lasting);
    expect(await client.auth.methods()).toMatchObject({ password: true, providers: [] });
    for (const [username, wrong] of [
      ['ann', 'another pony'],
      ['nobody', password],
    ] as const) {
      await expect(client.auth.login({ username, password: wrong })).rejects.toMatchObject({
        ...{ name: 'AuthenticationError', status: 401, code: 'AUTH_REQUIRED' },
      });
    }
    const { user } = await client.auth.login({ username: 'ann', password });
    const me = await client.auth.me();
    expect([user.username, user.roles, me.user_id, me.username]).toEqual(['ann', ['user'], user.id, 'ann']);
    const { sessions } = await client.auth.sessions();
    expect(sessions).toMatchObject([{ id: me.session_id, current: true, via: 'password' }]);
  });

  test('is renewed by one request, whenever that is asked for, and goes on', async () => {
    const { fetch: counted, count } = counting();
    const client = await signIn(lasting, 'ben', { fetch: counted });
    const { session_id: before } = await client.me();
    await Promise.all(Array.from({ length: 10 }, () => client.auth.refresh()));
    expect(count('/v1/auth/refresh')).toBe(1);
    await client.auth.refresh();
    expect(count('/v1/auth/refresh')).toBe(2);
    expect((await client.me()).session_id).toBe(before);
  });

  test('is ended: by itself, from another one, and with all others', async () => {
    const [first, second, third] = await Promise.all([1, 2, 3].map(() => signIn(lasting, 'cleo')));
    if (first === undefined || second === undefined || third === undefined) throw new Error('three were made');
    const { session_id: id = '' } = await second.me();
    expect(await first.auth.endSession(id)).toEqual({ ended: 1 });
    await expect(first.auth.endSession(id)).rejects.toMatchObject({ status: 404 });
    await expect(second.me()).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    expect(await first.auth.endOtherSessions()).toEqual({ ended: 1 });
    await expect(third.me()).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    expect((await first.auth.sessions()).sessions).toHaveLength(1);
    const fourth = await signIn(lasting, 'cleo');
    expect(await first.auth.logoutAll()).toEqual({ ended: 2 });
    await expect(fourth.me()).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    expect(ends.splice(0)).toEqual([...['cleo: refused', 'cleo: refused'], ...['cleo: signed-out', 'cleo: refused']]);
    await expect(first.me()).rejects.toMatchObject({ status: 401 });
  });

  test('goes on after its password was changed, and no other does', async () => {
    const [client, other] = [await signIn(lasting, 'dora'), await signIn(lasting, 'dora')];
    const change = (currentPassword: string) =>
      client.auth.changePassword({ currentPassword, newPassword: 'a mule in the cellar' });
    await expect(change('not my password')).rejects.toMatchObject({ status: 422 });
    expect((await other.me()).username).toBe('dora');
    expect(await change(password)).toEqual({ changed: true });
    expect((await client.me()).username).toBe('dora');
    await expect(other.me()).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    await expect(signIn(lasting, 'dora')).rejects.toMatchObject({ status: 401 });
    await make(lasting).auth.login({ username: 'dora', password: 'a mule in the cellar' });
  });
});

describe('tokens of a few seconds', () => {
  beforeAll(async () => {
    await addUser(short, 'ann');
  });
  test('a run on a socket goes on past the end of its token: the next one is shown on it, and taken', async () => {
    const { fetch: counted, count } = counting();
    const lines: string[] = [];
    const client = await signIn(short, 'ann', { fetch: counted, debug: (line) => void lines.push(line) });
    const stream = client.wsStream([Message.text_message('bread: 60 steps of 100 ms')], { recursion_limit: 100 });
    await stream.next();
    const { expires_at: first } = await client.me();
    const shown = await stream.reauthenticate();
    expect(Date.parse(shown ?? '')).toBeGreaterThanOrEqual(Date.parse(first ?? ''));
    expect(count('/v1/auth/refresh')).toBe(1);
    for await (const _chunk of stream);
    expect(await stream.ended).toMatchObject({ reason: 'completed' });
    expect(count('/v1/auth/refresh')).toBeGreaterThan(1);
    expect(lines.filter((line) => line.includes('keeps its credential'))).toEqual([]);
    expect((await client.me()).username).toBe('ann');
  });

  test('a stream begins with a token that has half of its time left', async () => {
    const { fetch: counted, count } = counting();
    const client = await signIn(short, 'ann', { fetch: counted });
    const end = Date.parse((await client.me()).expires_at ?? '');
    await expect.poll(() => end - Date.now(), { timeout: 5000 }).toBeLessThan(900);
    expect(count('/v1/auth/refresh')).toBe(0);
    const stream = client.stream([Message.text_message('bread: 2 steps of 10 ms')]);
    for await (const _chunk of stream);
    expect(await stream.ended).toMatchObject({ reason: 'completed' });
    expect(count('/v1/auth/refresh')).toBe(1);
  });

  test('two clients of one store, without grace: neither ends the session of the other', async () => {
    const sessionStore = memoryStore();
    const first = await signIn(short, 'ann', { sessionStore });
    const second = make(short, { sessionStore });
    for (let round = 0; round < 3; round += 1) {
      const all = await Promise.all([first, second, first, second].map((client) => client.auth.refresh()));
      expect(new Set(all.map(({ user }) => user.username))).toEqual(new Set(['ann']));
      expect((await first.me()).session_id).toBe((await second.me()).session_id);
    }
    await first.auth.logout();
    await expect(second.me()).rejects.toMatchObject({ code: 'SESSION_ENDED' });
  });
});
