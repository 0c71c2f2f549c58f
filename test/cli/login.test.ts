import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentFlowClient } from '@agentflow/client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { storedSession } from '../../packages/agentflow/src/cli/credentials/index.js';
import { runAgentflow } from '../harness/agentflow.js';
import { createCertificate } from '../harness/certificate.js';
import { identityProvider } from '../harness/identity-provider.js';
import { generateKeys } from '../harness/key-pairs.js';
import { exampleGraph } from '../harness/project.js';
import { send } from '../harness/requests.js';
import { scriptedProvider } from '../harness/scripted-provider.js';
import { serve } from '../harness/served.js';
import { openTerminal } from '../harness/terminal.js';

/* Signing in from a terminal: by a code that is typed in elsewhere, at a real provider and at one that says what a test wants; by a password. */

const real = identityProvider();
const scripted = scriptedProvider();

const environment = {};
for (const [name, provider] of Object.entries({ REAL: real, SCRIPTED: scripted })) {
  Object.defineProperty(environment, name, { get: () => provider.issuer, enumerable: true });
}

const provider = { client_id: 'agentflow', roles: ['user'], device: true };
const server = serve(
  {
    agent: exampleGraph,
    auth: {
      method: 'login',
      providers: {
        real: { issuer: '${REAL}', ...provider },
        scripted: { issuer: '${SCRIPTED}', ...provider, allow: { emails: ['alice@example.test'] } },
        'browser-only': { issuer: '${REAL}', ...provider, device: false },
      },
    },
  },
  {
    env: environment,
    prepare: () =>
      real.register({
        ...{ client_id: 'agentflow', token_endpoint_auth_method: 'none', application_type: 'native' },
        ...{ redirect_uris: ['http://127.0.0.1/callback'] },
        grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'],
      }),
  },
);

let home = '';
const file = () => join(home, 'agentflow', 'credentials.json');
const env = () => ({ XDG_CONFIG_HOME: home });
const run = (...args: string[]) => runAgentflow(args, { directory: home, env: env() });
const kept = () => JSON.parse(readFileSync(file(), 'utf8')).servers;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'agentflow-home-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

async function signIn(isTerminal = false) {
  const args = ['login', '--server', server.url, '--provider', 'real'];
  const terminal = openTerminal(args, { directory: home, env: env(), isTerminal });
  const [, address = ''] = await terminal.see(/or open\s+(\S+)/);
  await real.approveDevice(address, 'alice');
  return { terminal, code: await terminal.ended };
}

describe('by a code', () => {
  test('in a terminal: the session is kept for its owner alone, and is used by what follows', {
    timeout: 60_000,
  }, async () => {
    const { terminal, code } = await signIn(true);
    expect([code, terminal.output()]).toEqual([
      0,
      expect.stringContaining(`signed in to ${server.url} as alice (user)`),
    ]);
    expect(terminal.output()).toMatch(/and type\s+\S{4}-?\S{4}/);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(statSync(join(home, 'agentflow')).mode & 0o777).toBe(0o700);

    const who = await run('whoami');
    expect([who.code, who.output]).toEqual([0, expect.stringMatching(/user\s+alice\n/)]);
    expect(who.output).toContain(real.issuer);
    const token = (await run('token', 'current')).output.trim();
    expect((await send(`${server.url}/v1/auth/me`, { token })).body).toMatchObject({
      subject: 'alice',
      roles: ['user'],
    });
    const client = new AgentFlowClient({ baseUrl: server.url, sessionStore: storedSession(server.url, file()) });
    expect(await client.me()).toMatchObject({ subject: 'alice', realm: real.issuer });
    // Of the provider, nothing is kept.
    expect(Object.keys(kept()[server.url]).toSorted()).toEqual([
      ...['expiresAt', 'receivedAt', 'refreshExpiresAt', 'refreshToken', 'token', 'user'],
    ]);

    const out = await run('logout');
    expect([out.code, out.output, kept()]).toEqual([0, `signed out of ${server.url}\n`, {}]);
    expect((await send(`${server.url}/v1/auth/me`, { token })).status).toBe(401);
    expect(await run('whoami')).toMatchObject({ code: 1, output: expect.stringContaining('nobody is signed in') });
  });

  test('a file that others can read is not used', { timeout: 60_000 }, async () => {
    expect((await signIn()).code).toBe(0);
    chmodSync(file(), 0o644);
    for (const command of [['whoami'], ['token', 'current'], ['logout'], ['login', '--server', server.url]]) {
      const refused = await run(...command);
      expect([command, refused.code, refused.output]).toEqual([command, 1, expect.stringContaining('chmod 600')]);
    }
    chmodSync(file(), 0o600);
    expect((await run('whoami')).code).toBe(0);
  });

  test('whoever signs in again ends the session before', { timeout: 60_000 }, async () => {
    await signIn();
    const former = kept()[server.url].token;
    await signIn();
    expect(kept()[server.url].token).not.toBe(former);
    expect((await send(`${server.url}/v1/auth/me`, { token: former })).status).toBe(401);
    expect((await run('whoami')).code).toBe(0);
  });

  test('a token that has run out is renewed, by one of several at once', { timeout: 60_000 }, async () => {
    await signIn();
    const store = storedSession(server.url, file());
    const before = await store.load();
    if (before === null) throw new Error('nobody is signed in');
    await store.save({ ...before, expiresAt: '2020-01-01T00:00:00.000Z' });
    const tokens = await Promise.all([1, 2, 3].map(() => run('token', 'current')));
    expect(tokens.map(({ code }) => code)).toEqual([0, 0, 0]);
    for (const { output } of tokens) {
      expect(output.trim()).not.toBe(before.token);
      expect((await send(`${server.url}/v1/auth/me`, { token: output.trim() })).status).toBe(200);
    }
    // The lock was given back by all of them, or this would wait until it gave up.
    expect(await store.exclusive?.(() => Promise.resolve('mine'))).toBe('mine');
    const last = await store.load();
    if (last === null) throw new Error('nobody is signed in');
    expect((await send(`${server.url}/v1/auth/logout`, { method: 'POST', token: last.token })).status).toBe(200);
    for (const args of [['whoami'], ['token', 'current']]) {
      await store.save({ ...last, expiresAt: '2020-01-01T00:00:00.000Z' });
      const ended = await run(...args);
      expect([ended.code, ended.output]).toEqual([
        1,
        expect.stringContaining(`sign in again: agentflow login --server ${server.url}`),
      ]);
    }
  });
});

describe('what a provider may answer meanwhile', () => {
  let count = 0;
  const begun = (more: object = {}) => {
    count += 1;
    const body = {
      ...{ device_code: `the-device-code-${count}`, user_code: 'ABCD-EFGH' },
      ...{ verification_uri: 'https://login.example/device', expires_in: 600, interval: 0.05, ...more },
    };
    return { body };
  };
  const login = () =>
    openTerminal(['login', '--server', server.url, '--provider', 'scripted'], { directory: home, env: env() });
  const says = (...answers: readonly (() => { status?: number; body: object } | undefined)[]) => {
    const waiting = [...answers];
    scripted.onDevice = () => begun();
    scripted.onToken = () => (waiting.length > 1 ? waiting.shift() : waiting[0])?.();
    scripted.asked.splice(0);
  };
  const error = (code: string) => () => ({ status: 400, body: { error: code } });
  const tokens = (claims: object) => () => {
    const id_token = scripted.idToken({ ...claims });
    return { body: { access_token: 'the-access-token', token_type: 'bearer', id_token } };
  };
  const alice = { email: 'alice@example.test', email_verified: true };

  test('not yet, not yet, and then who it was', { timeout: 30_000 }, async () => {
    says(error('authorization_pending'), error('authorization_pending'), tokens(alice));
    const terminal = login();
    expect([await terminal.ended, terminal.output()]).toEqual([0, expect.stringContaining('signed in to')]);
    expect(scripted.asked.map(({ device_code: code }) => code)).toEqual(Array(3).fill(`the-device-code-${count}`));
    expect(terminal.output()).not.toContain('the-device-code');
    expect(readFileSync(file(), 'utf8')).not.toMatch(/the-access-token|the-device-code/);
  });

  test.each([
    ['access_denied', 'the sign-in was refused'],
    ['expired_token', 'the code has run out'],
    ['invalid_grant', 'the code has run out'],
  ])('%s ends it', { timeout: 30_000 }, async (code, told) => {
    says(error('authorization_pending'), error(code));
    const terminal = login();
    expect([await terminal.ended, terminal.output()]).toEqual([1, expect.stringContaining(told)]);
    expect([scripted.asked.length, existsSync(file())]).toEqual([2, false]);
  });

  test('slower: the next question comes later, and is the last', { timeout: 30_000 }, async () => {
    says(error('slow_down'), tokens(alice));
    const terminal = login();
    expect(await terminal.ended).toBe(0);
    expect(scripted.asked).toHaveLength(2);
  });

  test('no answer: it is asked again', { timeout: 30_000 }, async () => {
    says(() => undefined, tokens(alice));
    const terminal = login();
    expect(await terminal.ended).toBe(0);
    expect(scripted.asked.length).toBeGreaterThanOrEqual(2);
  });

  test.each<[string, object]>([
    ['whoever may not sign in', { email: 'mallory@example.test', email_verified: true }],
    ['a token for somebody else', { ...alice, aud: 'another' }],
    ['a token of another issuer', { ...alice, iss: 'https://evil.example' }],
    ['a token that has run out', { ...alice, exp: 1, iat: 0 }],
  ])('%s is refused', { timeout: 30_000 }, async (_what, claims) => {
    says(tokens(claims));
    const terminal = login();
    expect([await terminal.ended, existsSync(file())]).toEqual([1, false]);
  });

  test('no terminal is told what is no address, or no code', { timeout: 30_000 }, async () => {
    for (const more of [{ verification_uri: 'javascript:alert(1)' }, { user_code: 'A\u001b[2J' }]) {
      scripted.onDevice = () => begun(more);
      const terminal = login();
      expect(await terminal.ended).toBe(1);
      for (const part of ['javascript', '\u001b[2J']) expect(terminal.output()).not.toContain(part);
    }
  });

  test('a device code is of its provider and of this server, and good once', { timeout: 30_000 }, async () => {
    says(tokens(alice));
    const path = `${server.url}/v1/auth/oauth`;
    const { body } = await send(`${path}/scripted/device`, { method: 'POST' });
    const ask = (name: string, deviceCode: string) => send(`${path}/${name}/device/token`, { body: { deviceCode } });
    expect((await ask('real', body.deviceCode)).status).toBe(400);
    expect((await ask('scripted', `${body.deviceCode}A`)).status).toBe(400);
    expect((await ask('scripted', `the-device-code-${count}`)).status).toBe(400);
    expect((await ask('browser-only', body.deviceCode)).status).toBe(404);
    expect((await send(`${path}/browser-only/device`, { method: 'POST' })).status).toBe(404);
    expect((await ask('scripted', body.deviceCode)).body.status).toBe('signed-in');
    expect((await ask('scripted', body.deviceCode)).body).toEqual({ status: 'expired' });
  });
});

describe('otherwise', () => {
  test('which provider, is said or asked for; and of one that is none', { timeout: 30_000 }, async () => {
    const several = await run('login', '--server', server.url);
    expect([several.code, several.output]).toEqual([1, expect.stringContaining('--provider real, scripted')]);
    const positional = await run('login', server.url);
    expect([positional.code, positional.output]).toEqual([1, several.output]);
    const none = await run('login', '--server', server.url, '--provider', 'browser-only');
    expect([none.code, none.output]).toEqual([
      1,
      expect.stringContaining('with "browser-only"; it has: real, scripted'),
    ]);
    const away = await run('login', '--server', 'http://127.0.0.1:9');
    expect([away.code, away.output]).toEqual([
      1,
      expect.stringContaining('cannot be reached; name another with --server'),
    ]);
    const clear = await run('login', '--server', 'http://agents.example.com');
    expect([clear.code, clear.output]).toEqual([1, expect.stringContaining('is not https')]);
  });

  test("a certificate of an authority of one's own is told, and how to trust it", { timeout: 30_000 }, async () => {
    const { privateKey, publicKey } = generateKeys('ec', { namedCurve: 'P-256' });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
    const secure = createServer({ key, cert: createCertificate(privateKey, publicKey) });
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
    const { code, output } = await run('login', `https://127.0.0.1:${(secure.address() as AddressInfo).port}`);
    secure.close();
    expect(output).toMatch(
      /the certificate of https:\/\/127\.0\.0\.1:\d+ is not trusted here \(.+\).*NODE_EXTRA_CA_CERTS/,
    );
    expect(code).toBe(1);
  });

  test('a password is not shown, and a wrong one not kept', { timeout: 60_000 }, async () => {
    const args = ['login', '--server', server.url, '--username', 'nobody'];
    const terminal = openTerminal(args, { directory: home, env: env(), isTerminal: true });
    await terminal.see(/Password: /);
    terminal.type('wrong-horse-battery\r');
    expect(await terminal.ended).toBe(1);
    expect([terminal.output().includes('wrong-horse'), existsSync(file())]).toEqual([false, false]);
    expect(terminal.output()).toContain('the name or the password is wrong, or the account is closed');
  });
});
