import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningAgentflow, startAgentflow } from '../harness/agentflow.js';
import { describeOnDatabases, type TestDatabase } from '../harness/databases.js';
import { keyCalls } from '../harness/issued-keys.js';
import { createProject, createSecret, type Project, root } from '../harness/project.js';
import { say, send } from '../harness/requests.js';
import { openStream } from '../harness/streams.js';
import { tokenFor } from '../harness/tokens.js';

/* Security bar 33: two processes and one database: what one takes back, the other refuses; what both count, they count together. */

describeOnDatabases((createDatabase, databaseName) => {
  const secret = createSecret();
  const token = tokenFor('alice', secret);
  let database: TestDatabase;
  let project: Project;
  let instances: readonly RunningAgentflow[];

  beforeAll(async () => {
    database = await createDatabase();
    const where = database.configuration;
    const agent = `${join(root, 'test/graphs/long-runs.ts')}:app`;
    const auth = ['jwt', { method: 'api_key', issued: true }];
    project = createProject({ 'agentflow.json': { agent, auth, ...(where && { database: where }) } });
    const env = { JWT_SECRET_KEY: secret, AGENTFLOW_PEPPER: createSecret() };
    const options = { directory: project.directory, env };
    instances = [await startAgentflow(options), await startAgentflow(options)];
  });

  afterAll(async () => {
    expect(await Promise.all(instances.map((instance) => instance.stop()))).toEqual([0, 0]);
    project.remove();
    await database.remove();
  });

  const url = (index: number) => instances[index]?.url ?? '';
  const first = keyCalls(() => url(0));
  const me = (index: number, key: string) => send(`${url(index)}/v1/auth/me`, { headers: { 'X-API-Key': key } });

  test('revoked while it is used on both: neither lets it through within a second, and never again', async () => {
    const [taken, innocent] = [await first.make(token), await first.make(token)];
    const answers: { readonly index: number; readonly askedAt: number; readonly status: number }[] = [];
    const over = new AbortController();
    const use = async (index: number) => {
      while (!over.signal.aborted) {
        const askedAt = performance.now();
        const { status } = await me(index, taken.key);
        answers.push({ index, askedAt, status });
      }
    };
    const users = [0, 1, 0, 1].map(use);
    const other = openStream(url(1), {
      headers: { 'X-API-Key': taken.key },
      body: say('other: step 95 times every 100 ms', 'other', { recursion_limit: 100 }),
    });
    await (await other).has(3);
    await expect.poll(() => answers.filter(({ status }) => status === 200).length).toBeGreaterThan(20);
    const revoked = await first.ask({ token }, `/v1/api-keys/${taken.id}`, { method: 'DELETE' });
    const acknowledged = performance.now();
    expect(revoked.status).toBe(200);
    await expect
      .poll(() => new Set(answers.filter(({ status }) => status === 401).map(({ index }) => index)).size)
      .toBe(2);
    const refusedOnBoth = performance.now();
    const since = () => answers.filter(({ askedAt }) => askedAt > refusedOnBoth).map(({ status }) => status);
    await expect.poll(() => since().length).toBeGreaterThan(20);
    over.abort();
    await Promise.all(users);
    // By when they were asked: how long an answer takes to arrive on a busy machine is not how long the key is good.
    const late = answers.filter(({ askedAt, status }) => askedAt > acknowledged && status === 200);
    const longest = Math.max(0, ...late.map(({ askedAt }) => askedAt - acknowledged));
    process.stdout.write(
      `  ${databaseName}: the last use ${longest.toFixed(0)} ms after the key was revoked elsewhere\n`,
    );
    expect(late.filter(({ askedAt }) => askedAt - acknowledged > 1000)).toEqual([]);
    expect(since()).not.toContain(200);
    expect(await (await other).ended).toBe('complete');
    expect((await other).chunks.at(-1)).toMatchObject({ event: 'error', data: { status: 401 } });
    expect([(await me(0, innocent.key)).status, (await me(1, innocent.key)).status]).toEqual([200, 200]);
  });

  test('of fifty on both at once, exactly ten', async () => {
    const { key } = await first.make(token, { quota: 10 });
    const answers = await Promise.all(Array.from({ length: 50 }, (_none, index) => me(index % 2, key)));
    const count = (status: number) => answers.filter((answer) => answer.status === status).length;
    expect([count(200), count(429)]).toEqual([10, 40]);
  });

  test('made by one, it is good on the other at once; rotated by one, both are', async () => {
    const { key, id } = await first.make(token);
    expect((await me(1, key)).status).toBe(200);
    const next = await first.ask({ token }, `/v1/api-keys/${id}/rotate`, { body: { overlap: '1h' } });
    expect([(await me(1, key)).status, (await me(1, next.body.key)).status]).toEqual([200, 200]);
    const both = await Promise.all(
      [0, 1].map((index) =>
        send(`${url(index)}/v1/api-keys/${next.body.id}/rotate`, {
          headers: { Authorization: `Bearer ${token}` },
          body: {},
        }),
      ),
    );
    expect(both.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([200, 409]);
  });
});
