import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningAgentflow, startAgentflow } from '../harness/agentflow.js';
import { describeOnDatabases, type TestDatabase } from '../harness/databases.js';
import {
  administratorEnvironment,
  asAdministrator,
  createPassword,
  createPerson,
  freshAddress,
  type Person,
  signIn,
  trySignIn,
} from '../harness/people.js';
import { createProject, createSecret, type Project, root } from '../harness/project.js';
import { type Answer, say, send } from '../harness/requests.js';
import { openStream } from '../harness/streams.js';

/* Basic with the users of the server: slow to guess, quick for whoever is known, and what changes about a user holds at once, everywhere. */

const configuration = {
  agent: `${join(root, 'test/graphs/long-runs.ts')}:app`,
  auth: ['login', 'basic'],
  trusted_proxies: ['127.0.0.1'],
};

const essence = ({ status, headers, body }: Answer) => {
  const { metadata: _metadata, instance: _instance, ...rest } = body;
  return { status, challenges: headers.get('www-authenticate'), rest };
};

describeOnDatabases((createDatabase) => {
  let database: TestDatabase;
  let project: Project;
  let servers: readonly RunningAgentflow[] = [];
  const url = (index = 0) => servers[index]?.url ?? '';
  const fieldsOf = ({ username, password }: Pick<Person, 'username' | 'password'>, address = freshAddress()) => ({
    Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
    ...{ 'X-Forwarded-For': address, 'X-Forwarded-Proto': 'https' },
  });
  const me = (person: Pick<Person, 'username' | 'password'>, index = 0, address?: string) =>
    send(`${url(index)}/v1/auth/me`, { headers: fieldsOf(person, address) });
  const everywhere = async (person: Pick<Person, 'username' | 'password'>) =>
    (await Promise.all([me(person, 0), me(person, 1)])).map(({ status }) => status);

  beforeAll(async () => {
    database = await createDatabase();
    const where = database.configuration && { database: database.configuration };
    project = createProject({ 'agentflow.json': { ...configuration, ...where } });
    const env = { ...administratorEnvironment, AGENTFLOW_PEPPER: createSecret(), RATE_LIMIT_SIGN_IN_ATTEMPTS: '10' };
    const start = () => startAgentflow({ directory: project.directory, env });
    servers = [await start(), await start()];
  });

  afterAll(async () => {
    const codes = await Promise.all(servers.map((one) => one.stop()));
    project?.remove();
    await database.remove();
    expect(codes).toEqual([0, 0]);
  });

  test('somebody is the same by their password as by their token', async () => {
    const alice = await createPerson(url(), 'alice', ['user', 'editor']);
    const { token } = await signIn(url(), alice);
    const byToken = (await send(`${url()}/v1/auth/me`, { token })).body;
    const byPassword = (await me(alice)).body;
    expect(byPassword).toMatchObject({ user_id: alice.id, roles: ['user', 'editor'], method: 'basic' });
    for (const key of ['user_id', 'roles', 'permissions', 'tenant']) expect(byPassword[key], key).toEqual(byToken[key]);
    expect(await everywhere({ ...alice, username: 'ALICE' })).toEqual([200, 200]);
  });

  test('whatever is wrong is refused in the same words', async () => {
    const bob = await createPerson(url(), 'bob');
    const gone = await createPerson(url(), 'gone');
    await asAdministrator(url(), `/v1/users/${gone.id}`, { method: 'PUT', body: { disabled: true } });
    const answers = await Promise.all(
      [
        { ...bob, password: createPassword() },
        { username: 'nobody', password: bob.password },
        gone,
        { username: 'bo\u200bb', password: bob.password },
        { ...bob, password: `${bob.password}x` },
        { username: 'root', password: 'admin' },
      ].map((person) => me(person)),
    );
    const [first] = answers;
    for (const answer of answers) expect(essence(answer)).toEqual(essence(first as Answer));
    expect(first?.status).toBe(401);
    expect((await me(bob)).status).toBe(200);
  });

  test('another password holds at once, and the former is good no more', async () => {
    const carol = await createPerson(url(), 'carol');
    expect(await everywhere(carol)).toEqual([200, 200]);
    const changed = { ...carol, password: createPassword() };
    const body = { newPassword: changed.password };
    await asAdministrator(url(), `/v1/users/${carol.id}/password`, { body });
    expect(await everywhere(carol)).toEqual([401, 401]);
    expect(await everywhere(changed)).toEqual([200, 200]);
  });

  test('other roles hold at once, and whoever is disabled is out, also of what goes on', async () => {
    const dave = await createPerson(url(), 'dave', ['user']);
    const erin = await createPerson(url(), 'erin', ['user']);
    expect((await me(dave, 1)).body).toMatchObject({ roles: ['user'] });
    await asAdministrator(url(), `/v1/users/${dave.id}`, { method: 'PUT', body: { roles: ['chief'] } });
    expect((await me(dave, 1)).body).toMatchObject({ roles: ['chief'] });
    const open = (person: Person, steps: number) => {
      const body = say(`r: step ${steps} times every 100 ms`, 'long', { recursion_limit: 100 });
      return openStream(url(1), { headers: fieldsOf(person), body });
    };
    const [ending, going] = [await open(dave, 90), await open(erin, 25)];
    await ending.has(3);
    await asAdministrator(url(0), `/v1/users/${dave.id}`, { method: 'PUT', body: { disabled: true } });
    expect(await everywhere(dave)).toEqual([401, 401]);
    await ending.ended;
    expect(ending.chunks.at(-1)).toMatchObject({ event: 'error', data: { code: 'AUTH_REQUIRED' } });
    await going.ended;
    expect(going.text()).not.toContain('"event":"error"');
  });

  test('ending all sessions ends no password', async () => {
    const frank = await createPerson(url(), 'frank');
    expect(await everywhere(frank)).toEqual([200, 200]);
    await asAdministrator(url(), `/v1/users/${frank.id}/sessions`, { method: 'DELETE' });
    expect(await everywhere(frank)).toEqual([200, 200]);
  });

  test('whoever guesses is slowed down by the same count as at the login; whoever is known is not', async () => {
    const grace = await createPerson(url(), 'grace');
    const address = freshAddress();
    expect((await me(grace, 0, address)).status).toBe(200);
    const guesses: Answer[] = [];
    for (let count = 0; count < 12; count += 1) {
      guesses.push(await me({ username: 'grace', password: createPassword() }, 0, address));
    }
    expect(guesses.slice(0, 10).map(({ status }) => status)).toEqual(Array(10).fill(401));
    expect(guesses.at(-1)?.status).toBe(429);
    expect(Number(guesses.at(-1)?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await trySignIn(url(), { username: 'grace', password: createPassword() }, { address })).status).toBe(429);
    // What was found good before is not tried again; and from elsewhere it may be.
    expect((await me(grace, 0, address)).status).toBe(200);
    expect((await me(grace, 1)).status).toBe(200);
  });

  test('a hundred requests at once are answered, and a burst of guesses leaves room for them', async () => {
    const heidi = await createPerson(url(), 'heidi');
    const address = freshAddress();
    const asked = await Promise.all(Array.from({ length: 100 }, () => me(heidi, 0, address)));
    expect(asked.map(({ status }) => status)).toEqual(Array(100).fill(200));
    const guess = () => me({ username: 'heidi', password: createPassword() });
    const guesses = Promise.all(Array.from({ length: 100 }, guess));
    const meanwhile = await Promise.all(Array.from({ length: 20 }, () => me(heidi, 0, address)));
    expect(meanwhile.map(({ status }) => status)).toEqual(Array(20).fill(200));
    const statuses = new Set((await guesses).map(({ status }) => status));
    expect([...statuses].filter((status) => ![401, 429, 503].includes(status))).toEqual([]);
  });
});
