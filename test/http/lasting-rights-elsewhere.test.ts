import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningAgentflow, runAgentflow, startAgentflow } from '../harness/agentflow.js';
import { describeOnDatabases, type TestDatabase } from '../harness/databases.js';
import { createProject, createSecret, type Project, root } from '../harness/project.js';
import { say, send } from '../harness/requests.js';
import { type OpenStream, openStream } from '../harness/streams.js';
import { tokenFor } from '../harness/tokens.js';

/* What one process does ends what another has going on: rules in the database, and threads that are shared. */

const seed = 'p, admin, *, *\np, reader, graph, *\np, reader, threads, *\ng, user:root, admin\n';
const authorization = { method: 'casbin', policy: 'database', seed: 'seed.csv' };

describeOnDatabases((createDatabase) => {
  const secret = createSecret();
  const headersOf = (subject: string) => ({ Authorization: `Bearer ${tokenFor(subject, secret)}` });
  let database: TestDatabase;
  let project: Project;
  let env: Record<string, string>;
  let instances: readonly RunningAgentflow[];

  beforeAll(async () => {
    database = await createDatabase();
    const where = database.configuration;
    const agent = `${join(root, 'test/graphs/long-runs.ts')}:app`;
    project = createProject({
      'agentflow.json': { agent, auth: 'jwt', authorization, ...(where && { database: where }) },
      'seed.csv': seed,
    });
    env = { JWT_SECRET_KEY: secret };
    const options = { directory: project.directory, env };
    instances = await Promise.all([startAgentflow(options), startAgentflow(options)]);
  });

  afterAll(async () => {
    expect(await Promise.all(instances.map((instance) => instance.stop()))).toEqual([0, 0]);
    project.remove();
    await database.remove();
  });

  const url = (index: number) => instances[index]?.url ?? '';
  const ask = async (index: number, subject: string, path: string, body?: object, method?: string) => {
    const more = { ...(body && { body }), ...(method !== undefined && { method }) };
    const answer = await send(`${url(index)}${path}`, { headers: headersOf(subject), ...more });
    expect([answer.status, answer.status === 200 ? '' : answer.text]).toEqual([200, '']);
    return answer.body;
  };
  const give = (subject: string) => ask(0, 'root', '/v1/policies', { add: [['g', `user:${subject}`, 'reader']] });
  const takeFrom = (index: number, subject: string) =>
    ask(index, 'root', '/v1/policies', { remove: [['g', `user:${subject}`, 'reader']] });
  /** On the first process. */
  const open = (subject: string, thread = subject, plan = 'step 30 times every 100 ms') => {
    const body = say(`${subject}: ${plan}`, thread, { recursion_limit: 100 });
    return openStream(url(0), { headers: headersOf(subject), body });
  };

  /** It ends soon after the cause, and root's own goes on to its end. */
  async function expectEnd(stream: OpenStream, cause: () => unknown, data: object): Promise<void> {
    const innocent = await open('root', 'innocent');
    await stream.has(4);
    await cause();
    const told = stream.chunks.length;
    expect(await stream.ended).toBe('complete');
    expect(stream.chunks.at(-1)).toMatchObject({ event: 'error', data });
    expect(stream.chunks.length - told).toBeLessThanOrEqual(14);
    await innocent.ended;
    expect(innocent.chunks.at(-1)).toMatchObject({ data: { reason: 'completed' } });
  }

  const denied = { code: 'ACCESS_DENIED', status: 403 };

  test.each([
    ['the process that runs it', 0],
    ['another process', 1],
  ])('a rule that %s takes out of the database', async (_who, index) => {
    const subject = `gina-${index}`;
    await give(subject);
    await expectEnd(await open(subject), () => takeFrom(index, subject), denied);
  });

  test('rules that the command line replaces', async () => {
    await give('hanna');
    const replace = async () => {
      project.write('next.csv', seed);
      const { code, output } = await runAgentflow(['policy', 'import', 'next.csv'], {
        directory: project.directory,
        env,
      });
      expect([code, code === 0 ? '' : output]).toEqual([0, '']);
    };
    // A command takes its time to start.
    await expectEnd(await open('hanna', 'hanna', 'step 99 times every 200 ms'), replace, denied);
  });

  test.each([
    ['the process that runs it', 0],
    ['another process', 1],
  ])('a thread that its owner shares no more by %s', async (_who, index) => {
    const [owner, guest] = [`olga-${index}`, `paul-${index}`];
    await give(owner);
    await give(guest);
    await ask(0, owner, '/v1/graph/invoke', say('olga: step 1 times', 'shared'));
    const grant = await ask(0, owner, '/v1/threads/shared/grants', { user: guest, access: 'write' });
    // The other process, too, knows by then that the owner may.
    const known = async () => send(`${url(index)}/v1/threads/shared/grants`, { headers: headersOf(owner) });
    await expect.poll(async () => (await known()).status).toBe(200);
    const takeBack = () => ask(index, owner, `/v1/threads/shared/grants/${grant.grant_id}`, undefined, 'DELETE');
    await expectEnd(await open(guest, grant.uuid), takeBack, { code: 'NOT_FOUND', status: 404 });
  });
});
