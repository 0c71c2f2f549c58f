import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startAgentflow } from '../harness/agentflow.js';
import { describeOnPostgres } from '../harness/databases.js';
import { createProject, createSecret, echoGraph } from '../harness/project.js';
import { send } from '../harness/requests.js';
import { tokenFor } from '../harness/tokens.js';

/* What every process must hear of in time does not wait behind requests: whoever needs no busy table is answered all the while. */

/** Longer than what was revoked may go unread, and a look at it may take. */
const busyMilliseconds = 9_000;

// The embedded one has no connections that could run out.
describeOnPostgres((createDatabase) => {
  test('while all connections of requests are held', async () => {
    const database = await createDatabase();
    const secret = createSecret();
    const project = createProject({
      'agentflow.json': {
        ...{ agent: echoGraph, auth: 'jwt' },
        database: { ...database.configuration, max_connections: 2 },
      },
    });
    const server = await startAgentflow({ directory: project.directory, env: { JWT_SECRET_KEY: secret } });
    const ask = async (path: string) =>
      (await send(`${server.url}${path}`, { token: tokenFor('alice', secret) })).status;
    expect(await ask('/v1/threads')).toBe(200);

    const held = database.execute(
      `lock table threads in access exclusive mode; select pg_sleep(${busyMilliseconds / 1000})`,
    );
    const isHeld = async () =>
      database.execute('begin; lock table threads in access exclusive mode nowait; rollback').then(
        () => false,
        () => true,
      );
    await expect.poll(isHeld, { timeout: 5_000, interval: 20 }).toBe(true);
    const waiting = Array.from({ length: 6 }, () => ask('/v1/threads'));
    const statuses = new Map<number, number>();
    const end = performance.now() + busyMilliseconds - 2_000;
    while (performance.now() < end) {
      const status = await ask('/v1/auth/me');
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      await delay(50);
    }
    await held;
    // Two had a connection, and waited for the table; the others gave up waiting for one.
    expect((await Promise.all(waiting)).toSorted((one, other) => one - other)).toEqual([200, 200, 503, 503, 503, 503]);
    expect([...statuses.keys()]).toEqual([200]);
    expect(statuses.get(200)).toBeGreaterThan(20);
    expect(await ask('/v1/threads')).toBe(200);
    expect(await server.stop()).toBe(0);
    project.remove();
    await database.remove();
  });
});
