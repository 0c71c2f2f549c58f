import { expect, test } from 'vitest';
import { runAgentflow } from '../harness/agentflow.js';
import { changesMadeHere } from '../harness/audit-rows.js';
import { identityProvider } from '../harness/identity-provider.js';
import {
  administratorEnvironment,
  createPerson,
  readSignedIn,
  signIn,
  statusOf,
  tryRefresh,
} from '../harness/people.js';
import { createProject, echoGraph } from '../harness/project.js';
import { send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/* An operator at the machine sees who is signed in, and signs them out: also whom a provider has named, who are no users here. */

const real = identityProvider();
const environment = { ...administratorEnvironment };
Object.defineProperty(environment, 'REAL', { get: () => real.issuer, enumerable: true });

const provider = { issuer: '${REAL}', client_id: 'agentflow', roles: ['user'], device: true };
const server = serve(
  { agent: echoGraph, auth: { method: 'login', providers: { real: provider } } },
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
const run = (...args: string[]) =>
  runAgentflow(['sessions', ...args], { directory: server.directory, env: { REAL: real.issuer } });

async function signInWithProvider(name: string) {
  const device = `${server.url}/v1/auth/oauth/real/device`;
  const { body } = await send(device, { method: 'POST' });
  await real.approveDevice(body.verificationUriComplete, name);
  const answer = await send(`${device}/token`, { body: { deviceCode: body.deviceCode } });
  return readSignedIn({ ...answer, body: answer.body.session });
}

test('lists everybody’s sessions, ends some, and says so of what is none', { timeout: 60_000 }, async () => {
  expect(await run()).toEqual({ code: 0, output: 'no sessions\n' });
  const bob = await createPerson(server.url, 'bob');
  const mine = await signIn(server.url, bob);
  const other = await signIn(server.url, bob);
  const carol = await signInWithProvider('carol');
  const listed = await run('list', '--json');
  expect(listed.code).toBe(0);
  expect(JSON.parse(listed.output)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        id: mine.sessionId,
        via: 'password',
        owner: expect.objectContaining({ subject: bob.id }),
      }),
      expect.objectContaining({
        ...{ id: carol.sessionId, via: 'real' },
        owner: { tenant: 'default', realm: real.issuer, subject: 'carol' },
      }),
    ]),
  );
  const shown = (await run('list')).output;
  expect(shown).toContain(`${other.sessionId}  bob (local, default)  by password  last used `);
  expect(shown).toContain(`${carol.sessionId}  carol (${real.issuer}, default)  by real  last used `);

  const ended = await run('end', carol.sessionId, mine.sessionId, 'ses_none');
  expect(ended.code).toBe(1);
  expect(ended.output).toContain(
    `${carol.sessionId}: ended\n${mine.sessionId}: ended\nses_none: there is no such session`,
  );
  for (const { token, refreshToken } of [carol, mine]) {
    await expect.poll(() => statusOf(server.url, token)).toBe(401);
    expect((await tryRefresh(server.url, refreshToken)).status).toBe(401);
  }
  expect(await statusOf(server.url, other.token)).toBe(200);
  expect((await run('end', mine.sessionId)).code).toBe(1);
  const owner = { tenant: 'default', realm: real.issuer, subject: 'carol' };
  expect(changesMadeHere(server.directory)).toMatchObject([
    ['session-ended', { session: carol.sessionId, ...owner }],
    ['session-ended', { session: mine.sessionId, realm: 'local', subject: bob.id }],
  ]);
});

test('where nobody signs in, there are none to list', async () => {
  const project = createProject({ 'agentflow.json': { agent: echoGraph, auth: 'jwt' } });
  const { code, output } = await runAgentflow(['sessions', 'list'], { directory: project.directory });
  expect([code, output]).toEqual([2, expect.stringMatching(/nobody signs in here.*Nothing is changed/s)]);
  project.remove();
});
