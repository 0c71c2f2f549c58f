import { inspect } from 'node:util';
import { AgentFlowClient, type AgentFlowClientOptions, AuthenticationError, type SessionEnd } from '@agentflow/client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { answerJson, serveScript } from '../harness/scripted-server.js';
import { password, playSessions, type SessionServer } from '../harness/scripted-sessions.js';

/* One client, one session: which token goes with which request, and how many requests it takes to have the next one. */

const server = serveScript();
let sessions: SessionServer;
const ends: SessionEnd[] = [];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  ends.length = 0;
  sessions = playSessions(server);
});
afterEach(() => void vi.useRealTimers());

/** All clocks go on by so much: the server's, and the client's. */
const pass = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);

const make = (options: Partial<AgentFlowClientOptions> = {}) =>
  new AgentFlowClient({ baseUrl: server.url, onSessionEnd: (end) => void ends.push(end), ...options });

async function signIn(options?: Partial<AgentFlowClientOptions>): Promise<AgentFlowClient> {
  const client = make(options);
  await client.auth.login({ username: 'ann', password });
  return client;
}

const atOnce = <T>(count: number, call: () => Promise<T>) => Promise.allSettled(Array.from({ length: count }, call));
const outcomes = (settled: readonly PromiseSettledResult<unknown>[]) => [
  ...new Set(settled.map((one) => (one.status === 'fulfilled' ? 'good' : one.reason.code))),
];
const refreshes = () => sessions.count('/v1/auth/refresh');
const tokensOf = (path: string) =>
  server.seen.filter((one) => one.path === path).map(({ headers }) => headers.authorization?.replace('Bearer ', ''));

describe('login', () => {
  test('sends what was typed and no credential; from then on every request carries the token', async () => {
    const client = make({ headers: { Authorization: 'Bearer given-before' } });
    await client.me().catch(() => {});
    const signedIn = await client.auth.login({ username: 'ann', password });
    await client.me();
    const [token] = sessions.secrets;
    expect(tokensOf('/v1/auth/login')).toEqual([undefined]);
    expect(tokensOf('/v1/auth/me')).toEqual(['given-before', token]);
    expect([signedIn.user.username, client.auth.user?.id]).toEqual(['ann', 'usr_ann']);
    expect(Object.keys(signedIn)).toEqual(['user', 'expiresAt', 'refreshExpiresAt']);
    const printed = inspect([client, signedIn], { depth: 12, showHidden: true, getters: true });
    expect(sessions.secrets.filter((secret) => printed.includes(secret))).toEqual([]);
    expect(refreshes()).toBe(0);
  });

  test('a wrong password is asked once, and so is one after too many', async () => {
    const client = make();
    await expect(client.auth.login({ username: 'ann', password: 'wrong' })).rejects.toMatchObject({ status: 401 });
    server.script((_request, response) =>
      answerJson(response, 429, { code: 'RATE_LIMIT_EXCEEDED' }, { 'Retry-After': '0' }),
    );
    await expect(client.auth.login({ username: 'ann', password })).rejects.toMatchObject({ name: 'RateLimitError' });
    expect(server.seen).toHaveLength(2);
    expect(client.auth.user).toBeNull();
  });

  test('an answer that is no session is none', async () => {
    server.script((_request, response) => answerJson(response, 200, { token: 'only-a-token' }));
    const client = make();
    await expect(client.auth.login({ username: 'ann', password })).rejects.toMatchObject({ name: 'ProtocolError' });
    expect(client.auth.user).toBeNull();
  });

  test('a password that is changed is sent once where it is what was wrong, and again where the token was', async () => {
    const client = await signIn();
    const change = () => client.auth.changePassword({ currentPassword: 'mistaken', newPassword: 'another' });
    sessions.refuseTokens();
    await expect(change()).rejects.toMatchObject({ status: 401, code: 'AUTH_REQUIRED' });
    expect([sessions.count('/v1/auth/password'), refreshes()]).toEqual([1, 0]);
    await client.auth.refresh();
    sessions.rules.skew = 3600;
    await change();
    expect([sessions.count('/v1/auth/password'), refreshes()]).toEqual([3, 2]);
  });
});

describe('a hundred calls at once', () => {
  test('after the token is over: one refresh, and none of them goes with the old one', async () => {
    const client = await signIn();
    pass(901);
    expect(outcomes(await atOnce(100, () => client.me()))).toEqual(['good']);
    expect([refreshes(), sessions.count('/v1/auth/me')]).toEqual([1, 100]);
    expect(new Set(tokensOf('/v1/auth/me'))).toEqual(new Set([sessions.secrets[2]]));
  });

  test('when the token is refused: one refresh, and each is sent again', async () => {
    const client = await signIn();
    sessions.refuseTokens();
    sessions.rules.delay = 20;
    expect(outcomes(await atOnce(100, () => client.me()))).toEqual(['good']);
    expect([refreshes(), sessions.count('/v1/auth/me')]).toEqual([1, 200]);
    expect(tokensOf('/v1/auth/refresh')).toEqual([undefined]);
  });

  test('when the session is over as well: one refresh, one end, and the same error for all', async () => {
    const client = await signIn({ authToken: 'given-before', headers: { Authorization: 'Bearer also-before' } });
    sessions.refuseTokens();
    sessions.endAll();
    const settled = await atOnce(100, () => client.me());
    expect(outcomes(settled).every((code) => ['SESSION_ENDED', 'AUTH_REQUIRED'].includes(code))).toBe(true);
    for (const one of settled) expect((one as PromiseRejectedResult).reason).toBeInstanceOf(AuthenticationError);
    expect(refreshes()).toBe(1);
    expect(ends).toMatchObject([{ reason: 'refused', user: { username: 'ann' }, error: { code: 'AUTH_REQUIRED' } }]);
    // Nobody is signed in: not as what the client was made with either.
    await expect(client.me()).rejects.toMatchObject({ status: 401 });
    expect([tokensOf('/v1/auth/me').at(-1), refreshes(), client.auth.user]).toEqual([undefined, 1, null]);
    await client.auth.login({ username: 'ann', password });
    expect(await client.me()).toMatchObject({ session: 1 });
    expect(ends).toHaveLength(1);
  });
});

describe('before the end', () => {
  test('the next token is fetched beside the requests that still go with this one', async () => {
    const client = await signIn();
    pass(860);
    await client.me();
    expect(refreshes()).toBe(0);
    pass(15);
    sessions.rules.delay = 30;
    await atOnce(10, () => client.me());
    await expect.poll(refreshes).toBe(1);
    const latest = async () => {
      await client.me();
      return tokensOf('/v1/auth/me').at(-1) === sessions.secrets[2];
    };
    await expect.poll(latest).toBe(true);
    expect(tokensOf('/v1/auth/me').slice(0, 11)).toEqual(Array(11).fill(sessions.secrets[0]));
    expect(refreshes()).toBe(1);
  });

  test('where that fails, requests go on with it, and not each of them tries again', async () => {
    const client = await signIn({ retry: { retries: 0 } });
    sessions.rules.refresh = (_request, response) => response.destroy();
    pass(875);
    await client.me();
    await expect.poll(refreshes).toBe(1);
    expect(outcomes(await atOnce(10, () => client.me()))).toEqual(['good']);
    expect([refreshes(), ends]).toEqual([1, []]);
    sessions.rules.refresh = undefined;
    pass(6);
    await client.me();
    await expect.poll(refreshes).toBe(2);
    pass(100);
    await client.me();
    expect(refreshes()).toBe(2);
  });

  test('what goes on for as long as its token begins with one that has half of its time left', async () => {
    const client = await signIn();
    await client.invoke([]).catch(() => {});
    pass(500);
    await client.me();
    expect(refreshes()).toBe(0);
    await client.invoke([]).catch(() => {});
    const stream = client.stream([]);
    await stream.next().catch(() => {});
    const [first, , second] = sessions.secrets;
    expect([tokensOf('/v1/graph/invoke'), tokensOf('/v1/graph/stream')]).toEqual([[first, second], [second]]);
    expect(refreshes()).toBe(1);
    pass(500);
    sessions.rules.refresh = (_request, response) => answerJson(response, 503, {});
    await client.invoke([]).catch(() => {});
    expect(tokensOf('/v1/graph/invoke').at(-1)).toBe(second);
  });
});

describe('clocks', () => {
  test.each([
    ['ahead', 3600],
    ['behind', -3600],
  ])('the server an hour %s: a token lasts as long as it says, from its arrival', async (_where, skew) => {
    sessions.rules.skew = skew;
    const client = await signIn();
    await client.me();
    pass(600);
    await client.me();
    expect(refreshes()).toBe(0);
    pass(299);
    await client.me();
    expect([refreshes(), sessions.count('/v1/auth/me')]).toEqual([1, 3]);
  });

  test('where only a time tells the end, and it is past by our clock, the server has the say', async () => {
    Object.assign(sessions.rules, { isOpaque: true, skew: -3600 });
    const client = await signIn();
    await client.me();
    pass(600);
    await client.me();
    expect(refreshes()).toBe(0);
    pass(400);
    await client.me();
    expect([refreshes(), sessions.count('/v1/auth/me')]).toEqual([1, 4]);
  });
});

describe('refusals and failures', () => {
  test('a second refusal is told, with one refresh for each call, and ends nothing', async () => {
    const client = await signIn();
    sessions.rules.refresh = (_request, response) => {
      const user = { id: 'usr_ann', username: 'ann', roles: [], tenant: 'default' };
      const until = { expiresAt: '2999-01-01T00:00:00Z', refreshExpiresAt: '2999-01-01T00:00:00Z' };
      answerJson(response, 200, { token: `bad-${refreshes()}`, refreshToken: `af_rt_${refreshes()}`, user, ...until });
    };
    sessions.refuseTokens();
    for (const count of [1, 2]) {
      await expect(client.me()).rejects.toMatchObject({ status: 401, code: 'AUTH_REQUIRED' });
      expect([refreshes(), sessions.count('/v1/auth/me')]).toEqual([count, 2 * count]);
    }
    expect([ends, client.auth.user?.username]).toEqual([[], 'ann']);
  });

  test.each<readonly [string, Parameters<typeof playSessions>[1], object]>([
    ['the network', { refresh: (_request, response) => void response.destroy() }, { name: 'NetworkError' }],
    ['a server that is not well', { refresh: (_r, response) => answerJson(response, 503, {}) }, { status: 503 }],
    ['a page of a proxy', { refresh: (_r, response) => void response.end('<html>') }, { name: 'ProtocolError' }],
    ['an answer that is no session', { refresh: (_r, response) => answerJson(response, 200, {}) }, { status: 200 }],
  ])('%s ends no session: the call says what happened, the next one tries again', async (_what, rules, error) => {
    const client = await signIn({ retry: { retries: 0 } });
    pass(901);
    Object.assign(sessions.rules, rules);
    const settled = await atOnce(10, () => client.me());
    for (const one of settled) expect(one).toMatchObject({ status: 'rejected', reason: error });
    expect([refreshes(), sessions.count('/v1/auth/me'), ends]).toEqual([1, 0, []]);
    sessions.rules.refresh = undefined;
    expect(await client.me()).toMatchObject({ session: 0 });
    expect(client.auth.user?.username).toBe('ann');
  });

  test('a signal ends the wait for a refresh, and only for who gave it', async () => {
    const client = await signIn();
    pass(901);
    sessions.rules.delay = 100;
    const controller = new AbortController();
    const leaving = client.me({ signal: controller.signal });
    const staying = client.me();
    setTimeout(() => controller.abort(), 10);
    await expect(leaving).rejects.toMatchObject({ name: 'AbortedError' });
    expect(await staying).toMatchObject({ session: 0 });
    expect(refreshes()).toBe(1);
  });
});

describe('leaving', () => {
  test('logout ends the session at the server and here, and is told once', async () => {
    const client = await signIn();
    expect(await client.auth.logout()).toEqual({ ended: 1 });
    expect([ends.map(({ reason }) => reason), client.auth.user]).toEqual([['signed-out'], null]);
    await expect(client.me()).rejects.toMatchObject({ status: 401 });
    expect([tokensOf('/v1/auth/me'), refreshes()]).toEqual([[undefined], 0]);
    await expect(client.auth.refresh()).rejects.toMatchObject({ code: 'NO_SESSION' });
  });

  test('a session that had ended already is left all the same', async () => {
    const client = await signIn();
    sessions.refuseTokens();
    sessions.endAll();
    expect(await client.auth.logoutAll()).toEqual({ ended: 0 });
    expect([ends.length, client.auth.user]).toEqual([1, null]);
  });

  test('where the server cannot be told, that is said, and here it is over', async () => {
    const client = await signIn();
    server.script((_request, response) => response.destroy());
    await expect(client.auth.logout()).rejects.toMatchObject({ name: 'NetworkError' });
    expect([ends.map(({ reason }) => reason), client.auth.user]).toEqual([['signed-out'], null]);
  });

  test('an answer to a refresh that comes after that brings nobody back', async () => {
    const client = await signIn();
    sessions.rules.delay = 50;
    pass(875);
    await client.me();
    await client.auth.logout();
    await expect.poll(refreshes).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect([client.auth.user, ends.length]).toEqual([null, 1]);
  });

  test('what was refused to one is not sent again as another', async () => {
    const client = await signIn();
    let refuse: () => void = () => {};
    server.script((_request, response) => {
      refuse = () => answerJson(response, 401, { code: 'AUTH_REQUIRED' });
    });
    const asked = client.me();
    await expect.poll(() => sessions.count('/v1/auth/me')).toBe(1);
    const others = playSessions(server);
    await client.auth.login({ username: 'ann', password });
    refuse();
    await expect(asked).rejects.toMatchObject({ status: 401, code: 'AUTH_REQUIRED' });
    expect(await client.me()).toMatchObject({ session: 0 });
    expect([tokensOf('/v1/auth/me'), refreshes()]).toEqual([[sessions.secrets[0], others.secrets[0]], 0]);
  });
});
