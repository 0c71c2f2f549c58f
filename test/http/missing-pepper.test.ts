import { expect, test } from 'vitest';
import { startAgentflow } from '../harness/agentflow.js';
import { describeOnDatabases } from '../harness/databases.js';
import { keyCalls } from '../harness/issued-keys.js';
import { administrator, administratorEnvironment, signIn, statusOf } from '../harness/people.js';
import { createProject, createSecret, echoGraph } from '../harness/project.js';

/* A server that starts with another pepper than its database refuses what was issued before: it says so at once. */

describeOnDatabases((createDatabase) => {
  test('another pepper is told at the start, with its remedy; the former beside it is enough', async () => {
    const database = await createDatabase();
    const project = createProject({
      'agentflow.json': {
        ...{ agent: echoGraph, auth: ['login', { method: 'api_key', issued: true }] },
        ...(database.configuration && { database: database.configuration }),
      },
    });
    const [former, next] = [createSecret(), createSecret()];
    const start = (env: Readonly<Record<string, string>>) =>
      startAgentflow({ directory: project.directory, env: { ...administratorEnvironment, ...env } });
    const told = /another AGENTFLOW_PEPPER than is set here/;

    const first = await start({ AGENTFLOW_PEPPER: former });
    const { token } = await signIn(first.url, administrator);
    const { key } = await keyCalls(() => first.url).make(token);
    expect(await first.stop()).toBe(0);
    expect(first.output()).not.toMatch(told);

    const other = await start({ AGENTFLOW_PEPPER: next });
    expect(other.output()).toMatch(/1 signing key, 1 session, 1 API key in the database: .*Set the former as/);
    expect(other.output()).toContain('AGENTFLOW_PEPPER_PREVIOUS');
    const me = async (url: string) => (await keyCalls(() => url).ask({ key }, '/v1/auth/me')).status;
    expect([await statusOf(other.url, token), await me(other.url)]).toEqual([401, 401]);
    expect(await other.stop()).toBe(0);
    expect(other.output()).toContain('the key id names no key for EdDSA');

    const both = await start({ AGENTFLOW_PEPPER: next, AGENTFLOW_PEPPER_PREVIOUS: former });
    expect([await statusOf(both.url, token), await me(both.url)]).toEqual([200, 200]);
    expect(await both.stop()).toBe(0);
    expect(both.output()).not.toMatch(told);
    project.remove();
    await database.remove();
  });
});
