import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningAgentflow, startAgentflow } from '../harness/agentflow.js';
import { describeOnDatabases, type TestDatabase } from '../harness/databases.js';
import {
  administratorEnvironment,
  asAdministrator,
  createPassword,
  createPerson,
  type Person,
  readSignedIn,
  type SignedIn,
  signIn,
  statusOf,
  tryRefresh,
} from '../harness/people.js';
import { createProject, createSecret, type Project, root } from '../harness/project.js';
import { say, send } from '../harness/requests.js';
import { openStream } from '../harness/streams.js';

/* Security bar 43 on several instances: what one process ends, another refuses. */

const agent = `${join(root, 'test/graphs/long-runs.ts')}:app`;

describeOnDatabases((createDatabase, name) => {
  let database: TestDatabase;
  let project: Project;
  let instances: readonly RunningAgentflow[];

  beforeAll(async () => {
    database = await createDatabase();
    const where = database.configuration;
    const auth = { method: 'login', refresh_grace: '0s' };
    const configuration = { agent, auth, trusted_proxies: ['127.0.0.1'], ...(where && { database: where }) };
    project = createProject({ 'agentflow.json': configuration });
    const env = { ...administratorEnvironment, AGENTFLOW_PEPPER: createSecret() };
    const options = { directory: project.directory, env };
    // Both want to be the first, with the first user and the first key.
    instances = await Promise.all([startAgentflow(options), startAgentflow(options)]);
  });

  afterAll(async () => {
    expect(await Promise.all(instances.map((instance) => instance.stop()))).toEqual([0, 0]);
    project.remove();
    await database.remove();
  });

  const here = () => instances[0]?.url ?? '';
  const there = () => instances[1]?.url ?? '';

  /** On the process that has not been told. */
  async function expectRefusedThere(what: string, { token }: SignedIn, cause: () => Promise<unknown>): Promise<void> {
    expect(await statusOf(there(), token)).toBe(200);
    await cause();
    const told = performance.now();
    expect(await statusOf(here(), token)).toBe(401);
    await expect.poll(() => statusOf(there(), token), { timeout: 5_000, interval: 10 }).toBe(401);
    process.stdout.write(
      `${name}: ${what}: refused by the other process after ${Math.round(performance.now() - told)} ms\n`,
    );
  }

  const post = (url: string, path: string, { token }: SignedIn, body?: object) =>
    send(`${url}${path}`, { token, method: 'POST', ...(body && { body }) });

  test('there is one first user and one key, whoever was first', async () => {
    const { users } = (await asAdministrator(here(), '/v1/users')).body;
    expect(users).toHaveLength(1);
    const keys = await Promise.all([here(), there()].map((url) => send(`${url}/.well-known/jwks.json`)));
    expect(keys[0]?.body.keys).toHaveLength(1);
    expect(keys[1]?.body).toEqual(keys[0]?.body);
  });

  test('a token of one is good at the other, and refreshed there', async () => {
    const session = await signIn(here(), await createPerson(here(), 'traveller'));
    expect(await statusOf(there(), session.token)).toBe(200);
    const next = readSignedIn(await tryRefresh(there(), session.refreshToken));
    expect(await statusOf(here(), next.token)).toBe(200);
  });

  const causes: readonly (readonly [string, (person: Person, session: SignedIn) => Promise<unknown>])[] = [
    ['a logout', (_person, session) => post(here(), '/v1/auth/logout', session)],
    [
      'a revoked token',
      (_person, session) => post(here(), '/v1/auth/revoke', session, { token: session.refreshToken }),
    ],
    [
      'a disabled user',
      ({ id }) => asAdministrator(here(), `/v1/users/${id}`, { method: 'PUT', body: { disabled: true } }),
    ],
    [
      'other roles',
      ({ id }) => asAdministrator(here(), `/v1/users/${id}`, { method: 'PUT', body: { roles: ['guest'] } }),
    ],
    [
      'another password',
      ({ id }) => asAdministrator(here(), `/v1/users/${id}/password`, { body: { newPassword: createPassword() } }),
    ],
    [
      'a refresh token that was used before',
      async (_person, session) => {
        const next = readSignedIn(await tryRefresh(there(), session.refreshToken));
        readSignedIn(await tryRefresh(here(), next.refreshToken));
        expect((await tryRefresh(here(), session.refreshToken)).status).toBe(401);
      },
    ],
  ];

  test.each(causes)('%s', async (what, cause) => {
    const person = await createPerson(here(), what.replace(/\W+/g, '-'));
    const session = await signIn(here(), person);
    await expectRefusedThere(what, session, () => cause(person, session));
  });

  test('of those who refresh at both at once, one is answered', async () => {
    const { refreshToken } = await signIn(here(), await createPerson(here(), 'hasty'));
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => tryRefresh(index % 2 === 0 ? here() : there(), refreshToken)),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200,
      ...Array<number>(19).fill(401),
    ]);
    const won = answers.find(({ status }) => status === 200);
    if (won !== undefined) expect((await tryRefresh(there(), readSignedIn(won).refreshToken)).status).toBe(200);
  });

  test('a stream at one ends with a logout at the other', async () => {
    const session = await signIn(here(), await createPerson(here(), 'streamer'));
    const body = say('streamer: step 95 times every 100 ms', 'a-thread', { recursion_limit: 100 });
    const stream = await openStream(there(), { headers: { Authorization: `Bearer ${session.token}` }, body });
    await stream.has(3);
    await post(here(), '/v1/auth/logout', session);
    expect(await stream.ended).toBe('complete');
    expect(stream.chunks.at(-1)).toMatchObject({ event: 'error', data: { code: 'AUTH_REQUIRED', status: 401 } });
  });

  test('a user who is deleted at one, leaves nothing that goes on at the other', async () => {
    const person = await createPerson(here(), 'leaver');
    const session = await signIn(here(), person);
    const body = say('leaver: step 95 times every 100 ms', 'a-thread', { recursion_limit: 100 });
    const stream = await openStream(there(), { headers: { Authorization: `Bearer ${session.token}` }, body });
    await stream.has(3);
    await asAdministrator(here(), `/v1/users/${person.id}`, { method: 'DELETE' });
    await stream.ended;
    expect(stream.chunks.at(-1)).toMatchObject({ event: 'error' });
    expect(await statusOf(there(), session.token)).toBe(401);
  });
});
