import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningAgentflow, startAgentflow } from '../harness/agentflow.js';
import { describeOnDatabases, type TestDatabase } from '../harness/databases.js';
import { createProject, createSecret, echoGraph, type Project } from '../harness/project.js';
import { type SendOptions, send } from '../harness/requests.js';
import { tokenFor } from '../harness/tokens.js';

/*
 * Security bar 69: two processes over one database, where rights are given and taken back in a tight loop, with checks on both.
 * With the revision asked for, no answer is older; without, none is older than a second.
 */

const seed = 'p, admin, policy, *\np, reader, threads, read\ng, user:root, admin\n';
const authorization = { method: 'casbin', policy: 'database', seed: 'seed.csv' };
const link = ['g', 'user:gina', 'reader'];

describeOnDatabases((createDatabase, kind) => {
  const secret = createSecret();
  const [root, gina] = ['root', 'gina'].map((subject) => tokenFor(subject, secret));
  let database: TestDatabase;
  let project: Project;
  let instances: readonly RunningAgentflow[];

  beforeAll(async () => {
    database = await createDatabase();
    const where = database.configuration;
    const configuration = { agent: echoGraph, auth: 'jwt', authorization, ...(where && { database: where }) };
    project = createProject({ 'agentflow.json': configuration, 'seed.csv': seed });
    const options = { directory: project.directory, env: { JWT_SECRET_KEY: secret } };
    // Both at once: one of them seeds.
    instances = await Promise.all([startAgentflow(options), startAgentflow(options)]);
  });

  afterAll(async () => {
    expect(await Promise.all(instances.map((instance) => instance.stop()))).toEqual([0, 0]);
    project.remove();
    await database.remove();
  });

  const ask = (index: number, token: string | undefined, path: string, options: SendOptions = {}) =>
    send(`${instances[index]?.url}${path}`, { ...(token !== undefined && { token }), ...options });
  const change = async (index: number, body: object): Promise<number> => {
    const answer = await ask(index, root, '/v1/policies', { body });
    expect(answer.status).toBe(200);
    return answer.body.revision;
  };
  const threads = async (index: number, revision?: number) => {
    const headers = revision === undefined ? {} : { 'X-Policy-Revision': String(revision) };
    return (await ask(index, gina, '/v1/threads', { headers })).status;
  };

  test('the seed is put in once', async () => {
    const lists = await Promise.all([0, 1].map((index) => ask(index, root, '/v1/policies')));
    expect(lists.map(({ body }) => [body.revision, body.lines.length])).toEqual([
      [1, 3],
      [1, 3],
    ]);
  });

  test('with the revision asked for, no answer of either is stale', { timeout: 60_000 }, async () => {
    const stale: string[] = [];
    for (let round = 0; round < 100; round += 1) {
      for (const [kept, expected] of [
        [{ add: [link] }, 200],
        [{ remove: [link] }, 403],
      ] as const) {
        const revision = await change(round % 2, kept);
        const statuses = await Promise.all([threads(0, revision), threads(1, revision), threads(1, revision)]);
        if (statuses.some((status) => status !== expected)) stale.push(`${round}: ${statuses.join(' ')}`);
      }
    }
    expect(stale).toEqual([]);
  });

  test('without, none is older than a second', { timeout: 60_000 }, async () => {
    for (let round = 0; round < 6; round += 1) {
      const [kept, expected] = round % 2 === 0 ? [{ add: [link] }, 200] : [{ remove: [link] }, 403];
      await change(round % 3 === 0 ? 0 : 1, kept);
      await wait(1_000);
      expect(await Promise.all([threads(0), threads(1)])).toEqual([expected, expected]);
    }
  });

  test('whoever may change it no more does not, with what they sent before', { timeout: 60_000 }, async () => {
    const given = ['g', 'user:gina', 'admin'];
    for (let round = 0; round < 5; round += 1) {
      const revision = await change(0, { add: [given] });
      expect(await ask(1, gina, '/v1/policies', { headers: { 'X-Policy-Revision': String(revision) } })).toMatchObject({
        status: 200,
      });
      const sent = Array.from({ length: 20 }, (_, index) =>
        ask(1, gina, '/v1/policies', { body: { add: [['p', `${round} ${index}`, 'graph', 'read']] } }),
      );
      await Promise.race(sent);
      const taken = await change(0, { remove: [given] });
      const answers = await Promise.all(sent);
      expect(answers.filter(({ status }) => status !== 200 && status !== 403)).toEqual([]);
      expect(answers.filter(({ status, body }) => status === 200 && body.revision > taken)).toEqual([]);
    }
    const { lines } = (await ask(0, root, '/v1/policies')).body;
    const made = lines
      .map(({ line }: { line: string[] }) => line)
      .filter(([, name = '']: string[]) => /^\d/.test(name));
    await change(0, { remove: made });
  });

  test('changes on both at once are all made, and both end with the same policy', { timeout: 60_000 }, async () => {
    const lines = Array.from({ length: 40 }, (_, index) => ['p', `role ${index}`, 'graph', 'read']);
    const revisions = await Promise.all(lines.map((line, index) => change(index % 2, { add: [line] })));
    expect(new Set(revisions).size).toBe(40);
    const newest = String(Math.max(...revisions));
    const lists = await Promise.all(
      [0, 1].map((index) => ask(index, root, '/v1/policies', { headers: { 'X-Policy-Revision': newest } })),
    );
    expect(lists[0]?.body).toEqual(lists[1]?.body);
    expect(lists[0]?.body.lines).toHaveLength(43);
  });

  test('while rights come and go, nobody sees a policy that never was', { timeout: 60_000 }, async () => {
    // At each moment gina has exactly one of two roles, changed in one step: she is never without, and never has both.
    const [reader, runner] = [
      ['g', 'user:gina', 'reader'],
      ['g', 'user:gina', 'runner'],
    ];
    const begun = await change(0, { add: [['p', 'runner', 'run', 'read'], reader] });
    expect(await threads(1, begun)).toBe(200);
    const seen = new Set<string>();
    const done = new AbortController();
    const watching = [0, 1].map(async (index) => {
      while (!done.signal.aborted) {
        const { permissions } = (await ask(index, gina, '/v1/auth/me')).body;
        seen.add(permissions.join(' '));
      }
    });
    for (let round = 0; round < 60; round += 1) {
      const [give, take] = round % 2 === 0 ? [runner, reader] : [reader, runner];
      await change(round % 2, { add: [give], remove: [take] });
    }
    done.abort();
    await Promise.all(watching);
    await change(0, { remove: [reader] });
    expect([...seen].toSorted()).toEqual(['checkpointer:read', 'run:read']);
  });

  if (kind === 'SQLite') return;

  test('where word is lost with the connection that listens, none is older than a second', async () => {
    for (let round = 0; round < 4; round += 1) {
      await database.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen agentflow' and pid <> pg_backend_pid()",
      );
      const [kept, expected] = round % 2 === 0 ? [{ add: [link] }, 200] : [{ remove: [link] }, 403];
      await change(0, kept);
      await wait(1_000);
      expect(await Promise.all([threads(0), threads(1)])).toEqual([expected, expected]);
    }
  });

  test('word that comes often, or of nothing, changes nothing', async () => {
    const before = await ask(1, root, '/v1/policies');
    const schema = database.configuration?.schema ?? '';
    await database.execute(
      `select pg_notify('agentflow', '${schema} policy') from generate_series(1, 500); select pg_notify('agentflow', 'x')`,
    );
    expect((await ask(1, root, '/v1/policies')).body).toEqual(before.body);
    const revision = await change(0, { add: [link] });
    expect(await threads(1, revision)).toBe(200);
    await change(1, { remove: [link] });
  });
});
