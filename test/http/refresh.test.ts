import { describe, expect, test } from 'vitest';
import { auditRowsOf } from '../harness/audit-rows.js';
import {
  administratorEnvironment,
  createPerson,
  readSignedIn,
  signIn,
  statusOf,
  tryRefresh,
} from '../harness/people.js';
import { echoGraph } from '../harness/project.js';
import { send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/* Security bar 12 and 41 to 43: a refresh token is good once, and what was used before ends everything that came of it. */

const configuration = { agent: echoGraph, auth: 'login', trusted_proxies: ['127.0.0.1'] };

const concurrently = <T>(count: number, work: () => Promise<T>) => Promise.all(Array.from({ length: count }, work));

describe('with the grace that there is by default', () => {
  const server = serve(configuration, { env: administratorEnvironment });

  test('an earlier refresh token ends the session: the latest, and each access token of it', async () => {
    const alice = await createPerson(server.url, 'alice');
    const other = await signIn(server.url, alice);
    const one = await signIn(server.url, alice);
    const two = readSignedIn(await tryRefresh(server.url, one.refreshToken));
    const three = readSignedIn(await tryRefresh(server.url, two.refreshToken));
    expect(await Promise.all([one, two, three].map(({ token }) => statusOf(server.url, token)))).toEqual([
      200, 200, 200,
    ]);
    const replayed = await tryRefresh(server.url, one.refreshToken);
    expect(replayed.status).toBe(401);
    const again = await tryRefresh(server.url, three.refreshToken);
    expect(again.status).toBe(401);
    expect(await Promise.all([one, two, three].map(({ token }) => statusOf(server.url, token)))).toEqual([
      401, 401, 401,
    ]);
    expect(await auditRowsOf(server.directory, replayed)).toMatchObject([
      { event: 'refresh-reused', status: 401, outcome: 'refused', subject: alice.id },
      { event: 'request', status: 401, outcome: 'refused', subject: alice.id },
    ]);
    expect(await auditRowsOf(server.directory, again)).toMatchObject([{ event: 'request', status: 401 }]);
    // Another session of the same user goes on, and the trail tells the two apart.
    const asked = await send(`${server.url}/v1/auth/me`, { token: other.token });
    expect(asked.status).toBe(200);
    const detail = JSON.stringify({ session: other.sessionId });
    expect(await auditRowsOf(server.directory, asked)).toMatchObject([{ event: 'request', subject: alice.id, detail }]);
    expect((await tryRefresh(server.url, other.refreshToken)).status).toBe(200);
  });

  test('twenty at once get the same successor, which works', async () => {
    const { refreshToken } = await signIn(server.url, await createPerson(server.url, 'bob'));
    const answers = await concurrently(20, () => tryRefresh(server.url, refreshToken));
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(20).fill(200));
    const all = answers.map(readSignedIn);
    expect(new Set(all.map((one) => one.refreshToken)).size).toBe(1);
    expect(await statusOf(server.url, all[19]?.token ?? '')).toBe(200);
    expect((await tryRefresh(server.url, all[0]?.refreshToken ?? '')).status).toBe(200);
  });

  test('only the one before the latest has a grace', async () => {
    const one = await signIn(server.url, await createPerson(server.url, 'carol'));
    const two = readSignedIn(await tryRefresh(server.url, one.refreshToken));
    expect(readSignedIn(await tryRefresh(server.url, one.refreshToken)).refreshToken).toBe(two.refreshToken);
    const three = readSignedIn(await tryRefresh(server.url, two.refreshToken));
    expect((await tryRefresh(server.url, one.refreshToken)).status).toBe(401);
    expect(await statusOf(server.url, three.token)).toBe(401);
  });

  test('a forged one that names a session changes nothing, and no cookie is set', async () => {
    const { token, refreshToken } = await signIn(server.url, await createPerson(server.url, 'dora'));
    const forged = `${refreshToken.slice(0, -1)}${refreshToken.endsWith('A') ? 'B' : 'A'}`;
    for (const text of [forged, refreshToken.replace('_0_', '_1_'), 'af_rt_', 'x', '']) {
      const answer = await tryRefresh(server.url, text);
      expect([answer.status, answer.headers.get('set-cookie')]).toEqual([401, null]);
    }
    expect((await send(`${server.url}/v1/auth/refresh`, { method: 'POST' })).status).toBe(401);
    const misspelt = await send(`${server.url}/v1/auth/refresh`, { body: { refresh_token: refreshToken } });
    expect([misspelt.status, misspelt.body.message]).toEqual([
      422,
      'body.refresh_token: is not known here. Did you mean "refreshToken"?',
    ]);
    expect(await statusOf(server.url, token)).toBe(200);
    const refreshed = await tryRefresh(server.url, refreshToken);
    expect([refreshed.status, refreshed.headers.get('set-cookie')]).toEqual([200, null]);
  });

  test('to revoke ends what a token stands for, and answers alike for every text', async () => {
    const erin = await createPerson(server.url, 'erin');
    const [byRefresh, byAccess, kept] = [
      await signIn(server.url, erin),
      await signIn(server.url, erin),
      await signIn(server.url, erin),
    ];
    const revoke = (token: string) => send(`${server.url}/v1/auth/revoke`, { body: { token } });
    const texts = [byRefresh.refreshToken, byAccess.token, 'unknown', '', byRefresh.refreshToken, 'a.b.c'];
    const answers = [];
    for (const text of texts) answers.push(await revoke(text));
    expect(answers.map(({ status, body }) => [status, body])).toEqual(texts.map(() => [200, {}]));
    const say = (body: object) => send(`${server.url}/v1/auth/revoke`, { body });
    expect((await say({ token: 'unknown', token_type_hint: 'refresh_token' })).status).toBe(200);
    expect((await say({ Token: kept.refreshToken })).status).toBe(422);
    for (const { token, refreshToken } of [byRefresh, byAccess]) {
      expect(await statusOf(server.url, token)).toBe(401);
      expect((await tryRefresh(server.url, refreshToken)).status).toBe(401);
    }
    expect(await statusOf(server.url, kept.token)).toBe(200);
    expect((await tryRefresh(server.url, kept.refreshToken)).status).toBe(200);
  });

  test('a token that was taken back stays so in every spelling of it, and none of a good one is good', async () => {
    const frank = await createPerson(server.url, 'frank');
    const [gone, kept] = [await signIn(server.url, frank), await signIn(server.url, frank)];
    expect((await send(`${server.url}/v1/auth/revoke`, { body: { token: gone.token } })).status).toBe(200);
    for (const { token } of [gone, kept]) {
      const [header = '', payload = '', signature = ''] = token.split('.');
      // 64 bytes are 86 letters, the last of which has four bits that say nothing.
      const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      const last = letters.indexOf(signature.slice(-1));
      const spellings = [
        `${token}=`,
        `${header}=.${payload}.${signature}`,
        `${header}.${payload}%3D.${signature}`,
        `${header}.${payload}.${signature.slice(0, -1)}${letters[last ^ 1]}`,
        `${header}.${payload}. ${signature}`,
        `${token}.`,
      ];
      expect(Buffer.from(spellings[3]?.split('.')[2] ?? '', 'base64url')).toEqual(Buffer.from(signature, 'base64url'));
      for (const spelling of spellings)
        expect([spelling, await statusOf(server.url, spelling)]).toEqual([spelling, 401]);
    }
    expect(await Promise.all([gone, kept].map(({ token }) => statusOf(server.url, token)))).toEqual([401, 200]);
  });
});

describe('without a grace', () => {
  const strict = { ...configuration, auth: { method: 'login', refresh_grace: '0s', token_ttl: '2s' } };
  const server = serve(strict, { env: administratorEnvironment });

  test('one of twenty at once is answered, and the session goes on', async () => {
    const { refreshToken } = await signIn(server.url, await createPerson(server.url, 'alice'));
    const answers = await concurrently(20, () => tryRefresh(server.url, refreshToken));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200,
      ...Array<number>(19).fill(401),
    ]);
    const won = answers.find(({ status }) => status === 200);
    if (won === undefined) throw new Error('nobody was answered');
    expect((await tryRefresh(server.url, readSignedIn(won).refreshToken)).status).toBe(200);
  });

  test('another client that comes with it ends the session', async () => {
    const { refreshToken } = await signIn(server.url, await createPerson(server.url, 'bob'));
    const next = readSignedIn(await tryRefresh(server.url, refreshToken, { 'User-Agent': 'laptop' }));
    expect((await tryRefresh(server.url, refreshToken, { 'User-Agent': 'thief' })).status).toBe(401);
    expect((await tryRefresh(server.url, next.refreshToken, { 'User-Agent': 'laptop' })).status).toBe(401);
  });

  test('an access token ends after its time, and the next one is good', async () => {
    const { token, refreshToken } = await signIn(server.url, await createPerson(server.url, 'carol'));
    expect(await statusOf(server.url, token)).toBe(200);
    // Its two seconds, and the five by which clocks may differ.
    await expect
      .poll(async () => (await send(`${server.url}/v1/auth/me`, { token })).body.code, {
        timeout: 15_000,
        interval: 250,
      })
      .toBe('TOKEN_EXPIRED');
    expect(await statusOf(server.url, readSignedIn(await tryRefresh(server.url, refreshToken)).token)).toBe(200);
  });
});
