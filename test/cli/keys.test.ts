import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { runAgentflow } from '../harness/agentflow.js';
import { changesMadeHere } from '../harness/audit-rows.js';
import { keyCalls } from '../harness/issued-keys.js';
import { createProject, createSecret, echoGraph } from '../harness/project.js';
import { serve } from '../harness/served.js';

/* An operator at the machine sees and takes back what callers have made, while the server runs. */

const pepper = createSecret();
const server = serve(
  { agent: echoGraph, auth: ['jwt', { method: 'api_key', issued: true }] },
  { env: { AGENTFLOW_PEPPER: pepper } },
);
const { ask, make } = keyCalls(() => server.url);
const run = (...args: string[]) => runAgentflow(['keys', ...args], { directory: server.directory, env: {} });

test('lists everybody’s keys, takes one back, and says so of what is none', { timeout: 60_000 }, async () => {
  expect(await run()).toEqual({ code: 0, output: 'no keys\n' });
  const mine = await make(server.tokenFor('alice'));
  // The latest is listed first: of two of one millisecond, either.
  await sleep(2);
  const other = await make(server.tokenFor('bob'));
  const listed = await run('list', '--json');
  expect(listed.code).toBe(0);
  expect(JSON.parse(listed.output)).toMatchObject([
    { id: other.id, owner: { subject: 'bob' }, name: 'a test' },
    { id: mine.id, owner: { subject: 'alice' }, lastUsedAt: null },
  ]);
  expect(listed.output).not.toContain(mine.key.slice(-38));
  expect((await run('list')).output).toContain(`${mine.id}  alice (local, default)`);

  const revoked = await run('revoke', mine.id, 'key_none');
  expect(revoked.code).toBe(1);
  expect(revoked.output).toContain(`${mine.id}: revoked`);
  expect(revoked.output).toContain('key_none: there is no such key');
  await expect.poll(async () => (await ask({ key: mine.key }, '/v1/auth/me')).status).toBe(401);
  expect((await ask({ key: other.key }, '/v1/auth/me')).status).toBe(200);
  expect(changesMadeHere(server.directory)).toMatchObject([
    ['api-key-revoked', { keyId: mine.id, name: 'a test', owner: { realm: 'local', subject: 'alice' } }],
  ]);
});

test('where no keys are issued, there are none to list', async () => {
  const project = createProject({ 'agentflow.json': { agent: echoGraph, auth: 'jwt' } });
  const { code, output } = await runAgentflow(['keys', 'list'], { directory: project.directory });
  expect([code, output]).toEqual([2, expect.stringMatching(/no keys are issued here.*Nothing is changed/s)]);
  project.remove();
});
