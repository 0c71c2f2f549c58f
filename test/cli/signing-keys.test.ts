import { expect, test } from 'vitest';
import { runAgentflow } from '../harness/agentflow.js';
import { changesMadeHere } from '../harness/audit-rows.js';
import { openEmbedded } from '../harness/embedded-database.js';
import { administrator, administratorEnvironment, signIn, statusOf, tryRefresh } from '../harness/people.js';
import { createProject, echoGraph } from '../harness/project.js';
import { send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/* A key that signs access tokens may have come into other hands. */

const server = serve({ agent: echoGraph, auth: 'login' }, { env: administratorEnvironment });
const run = (...args: string[]) => runAgentflow(['signing-keys', ...args], { directory: server.directory, env: {} });
const keyIdOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;
const published = async () => {
  const { body } = await send(`${server.url}/.well-known/jwks.json`);
  return body.keys.map(({ kid }: { readonly kid: string }) => kid);
};

test('what it has signed is refused at once, and people go on with another', { timeout: 60_000 }, async () => {
  const session = await signIn(server.url, administrator);
  const stolen = keyIdOf(session.token);
  const listed = await run('list', '--json');
  expect(JSON.parse(listed.output)).toEqual([{ id: stolen, algorithm: 'EdDSA', createdAt: expect.any(String) }]);
  expect((await run()).output).toMatch(new RegExp(`^${stolen}  EdDSA  made 20\\S+\n$`));
  expect(await statusOf(server.url, session.token)).toBe(200);

  const retired = await run('retire', stolen, 'another');
  expect([retired.code, retired.output]).toEqual([
    1,
    expect.stringMatching(new RegExp(`^${stolen}: retired; .*jwks.*\nanother: there is no such key\n$`)),
  ]);
  await expect.poll(() => statusOf(server.url, session.token), { timeout: 1_000, interval: 20 }).toBe(401);

  const { status, body } = await tryRefresh(server.url, session.refreshToken);
  expect([status, keyIdOf(body.token) === stolen]).toEqual([200, false]);
  expect(await statusOf(server.url, body.token)).toBe(200);
  expect(await published()).toEqual([keyIdOf(body.token)]);
  expect(JSON.parse((await run('list', '--json')).output)).toMatchObject([{ id: keyIdOf(body.token) }]);
  expect(changesMadeHere(server.directory)).toEqual([['signing-key-retired', { keyId: stolen }]]);
});

test('what is done is told, also where the trail cannot be written; and the next is done all the same', async () => {
  const { token, refreshToken } = await signIn(server.url, administrator);
  const database = openEmbedded(server.directory);
  database.exec("create trigger full before insert on audit_events begin select raise(abort, 'disk full'); end");
  try {
    const { code, output } = await run('retire', keyIdOf(token), 'another');
    expect(code).toBe(1);
    expect(output).toContain(`${keyIdOf(token)}: retired`);
    expect(output).toContain('that was done, and could not be written to the audit trail: disk full');
    expect(output).toContain('another: there is no such key');
  } finally {
    database.exec('drop trigger full');
    database.close();
  }
  await expect.poll(() => statusOf(server.url, token)).toBe(401);
  expect((await tryRefresh(server.url, refreshToken)).status).toBe(200);
});

test.each([
  ['without "login"', 'jwt', /auth.*no "login".*Nothing is changed/s],
  ['with a shared secret', { method: 'login', algorithm: 'HS256' }, /HS256.*JWT_SECRET_KEY.*Nothing is changed/s],
])('%s there are none', async (_what, auth, said) => {
  const project = createProject({ 'agentflow.json': { agent: echoGraph, auth } });
  for (const args of [['list'], ['retire', 'key']]) {
    const { code, output } = await runAgentflow(['signing-keys', ...args], { directory: project.directory });
    expect([code, output]).toEqual([2, expect.stringMatching(said)]);
  }
  project.remove();
});
