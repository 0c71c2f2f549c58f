import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseSync } from '@photostructure/sqlite';
import { expect, test } from 'vitest';
import { describeOnDatabases, type TestDatabase } from '../harness/databases.js';
import {
  administrator,
  administratorEnvironment,
  asAdministrator,
  createPerson,
  signIn,
  statusOf,
} from '../harness/people.js';
import { createSecret, echoGraph } from '../harness/project.js';
import { send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/* What is kept of a user is written as it is read: a few at once, for who reads it and still may, and never as if it were whole where it is not. */

/** More than lies in sockets between the server and somebody who does not read. */
const large = { threads: 3, letters: 7_000_000 };
const patient = { timeout: 60_000, interval: 50 };

interface ExportedBody {
  readonly threads: readonly {
    readonly id: string;
    readonly updatedAt: string;
    readonly messages: readonly object[];
  }[];
  readonly memories: readonly { readonly updatedAt: string; readonly value: { readonly content: string } }[];
}

describeOnDatabases((create, name) => {
  let database: TestDatabase;
  const server = serve(
    {
      agent: echoGraph,
      trusted_proxies: ['127.0.0.1'],
      auth: ['login'],
      authorization: { method: 'ownership', administrator_role: 'admin' },
    },
    {
      env: { ...administratorEnvironment, AGENTFLOW_PEPPER: createSecret() },
      async database() {
        database = await create();
        return database;
      },
    },
  );

  async function execute(sql: string): Promise<void> {
    if (name !== 'SQLite') return database.execute(sql);
    const embedded = new DatabaseSync(join(server.directory, '.agentflow/agentflow.db'), { timeout: 20_000 });
    embedded.exec(sql);
    embedded.close();
  }

  async function settle(username: string, threads: number, content: (index: number) => string) {
    const person = await createPerson(server.url, username);
    const { token } = await signIn(server.url, person);
    for (let index = 0; index < threads; index += 1) {
      const body = { messages: [{ role: 'user', content: content(index) }] };
      const { status } = await send(`${server.url}/v1/threads/t${index}/messages`, { token, body });
      expect(status).toBe(200);
    }
    return { person, token, url: `${server.url}/v1/users/${person.id}/export` };
  }

  let settled: ReturnType<typeof settle> | undefined;
  /** One for all tests, because what is kept is searched for secrets afterwards: the last of them may turn them out. */
  const settleLargely = () => {
    settled ??= settle('large', large.threads, (index) => String(index).repeat(large.letters));
    return settled;
  };

  /** Asks, and reads nothing of the answer until it is told to. */
  async function askOnly(url: string, token: string) {
    const asking = request(url, { headers: { Authorization: `Bearer ${token}` }, agent: false }).end();
    const [response] = (await once(asking, 'response')) as [IncomingMessage];
    const read = () =>
      text(response).then(
        () => 'whole',
        () => 'broken off',
      );
    return { status: response.statusCode, read, leave: () => response.destroy() };
  }

  test('all pages of it are there, once and in order', async () => {
    const { token, url } = await settle('olga', 13, (index) => `"${index}" 😀`);
    for (let index = 0; index < 12; index += 1) {
      const { status } = await send(`${server.url}/v1/store/memories`, { token, body: { content: `tea ${index}` } });
      expect(status).toBe(200);
    }
    const { status, body, headers } = await send(url, { token });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(Object.keys(body)).toEqual(['user', 'threads', 'memories', 'files', 'sessions', 'apiKeys']);
    const { threads, memories } = body as ExportedBody;
    const numbered = (count: number, one: (index: number) => string) =>
      Array.from({ length: count }, (_, index) => one(index)).toSorted();
    expect(threads.map(({ id }) => id).toSorted()).toEqual(numbered(13, (index) => `t${index}`));
    expect(memories.map(({ value }) => value.content).toSorted()).toEqual(numbered(12, (index) => `tea ${index}`));
    for (const list of [threads, memories]) {
      const times = list.map(({ updatedAt }) => updatedAt);
      expect(times).toEqual(times.toSorted().toReversed());
    }
    for (const { id, messages } of threads) expect(JSON.stringify(messages)).toContain(`\\"${id.slice(1)}\\" 😀`);
    expect(Object.keys(body.threads[0])).toEqual(['id', 'name', 'metadata', 'createdAt', 'updatedAt', 'messages']);
  });

  test('one of each user at a time; it ends with its reader', async () => {
    const { token, url } = await settleLargely();
    const first = await askOnly(url, token);
    expect(first.status).toBe(200);
    const second = await send(url, { token });
    expect([second.status, second.body.error.code]).toEqual([429, 'RATE_LIMIT_EXCEEDED']);
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(0);
    const root = await signIn(server.url, administrator);
    expect((await send(url, { token: root.token })).status).toBe(429);
    first.leave();
    const look = () => fetch(url, { method: 'HEAD', headers: { Authorization: `Bearer ${token}` } });
    await expect.poll(async () => (await look()).status, patient).toBe(200);
    // Whoever only asks about it takes nobody's place.
    expect((await look()).status).toBe(200);
    const whole = await send(url, { token });
    expect(whole.status).toBe(200);
    const lengths = (whole.body as ExportedBody).threads.map(({ messages }) => JSON.stringify(messages).length);
    expect(lengths.filter((length) => length > large.letters)).toHaveLength(large.threads);
  });

  test('it ends, and does not look whole, where whoever reads it may no more', async () => {
    const { person, token, url } = await settleLargely();
    const opened = await askOnly(url, token);
    expect(opened.status).toBe(200);
    await asAdministrator(server.url, `/v1/users/${person.id}`, { method: 'PUT', body: { disabled: true } });
    await expect.poll(() => statusOf(server.url, token), patient).toBe(401);
    // Longer than it takes to ask again whether what goes on still may.
    await delay(5_000);
    expect(await opened.read()).toBe('broken off');
  });

  test('it does not look whole where something cannot be read in the middle', async () => {
    const { token, url } = await settle('unlucky', 1, () => 'hello');
    await execute('alter table memories rename to memories_away');
    const broken = await askOnly(url, token);
    const outcome = await broken.read();
    await execute('alter table memories_away rename to memories');
    expect([broken.status, outcome]).toEqual([200, 'broken off']);
    expect((await send(url, { token })).status).toBe(200);
  });
});
