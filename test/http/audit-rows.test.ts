import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { startAgentflow } from '../harness/agentflow.js';
import { describeOnDatabases } from '../harness/databases.js';
import { openEmbedded } from '../harness/embedded-database.js';
import { createProject, createSecret, exampleGraph, root } from '../harness/project.js';
import { say, send } from '../harness/requests.js';
import { tokenFor } from '../harness/tokens.js';

interface Row {
  readonly request_id: string;
  readonly event: string;
  readonly subject: string | null;
  readonly actors: string | null;
  readonly outcome: string;
  readonly status: number;
  readonly resource: string | null;
  readonly action: string | null;
  readonly resource_id: string | null;
  readonly count: number;
  readonly detail: string | null;
}

const columns = 'request_id, event, subject, actors, outcome, status, resource, action, resource_id, count, detail';

type Where = { readonly url: string; readonly schema: string } | undefined;

const operating = readFileSync(join(root, 'docs/operating.md'), 'utf8');
const questions = [...operating.matchAll(/^```sql\n([\s\S]*?)^```$/gm)].map(([, sql = '']) => sql);

describeOnDatabases((createDatabase) => {
  test('every decision is a row, before the server has ended', async () => {
    const database = await createDatabase();
    const where = database.configuration;
    const secret = createSecret();
    const files = { 'agentflow.json': { agent: exampleGraph, auth: 'jwt', ...(where && { database: where }) } };
    const project = createProject(files);
    const server = await startAgentflow({ directory: project.directory, env: { JWT_SECRET_KEY: secret } });
    const token = tokenFor('alice', secret, { jti: 'token-1' });
    const invoked = await send(`${server.url}/v1/graph/invoke`, { token, body: say('Hello', 'kept') });
    const fixed = await send(`${server.url}/v1/graph/fix`, { token, body: { thread_id: 'kept' } });
    const streamed = await send(`${server.url}/v1/graph/stream`, { token, body: say('Hello', 'kept') });
    const actors = [
      { realm: 'local', subject: 'bot', roles: ['runner'] },
      { realm: 'https://issuer.example', subject: 'planner', roles: [] },
    ];
    const act = { sub: 'bot', roles: ['runner'], act: { sub: 'planner', iss: 'https://issuer.example' } };
    const acted = await send(`${server.url}/v1/threads/kept`, { token: tokenFor('alice', secret, { act }) });
    expect(acted.status).toBe(200);
    for (let index = 0; index < 20; index += 1) await send(`${server.url}/v1/threads`);
    expect([invoked.status, fixed.status, streamed.status]).toEqual([200, 403, 200]);
    expect(await server.stop()).toBe(0);

    const [loaded, ...rows] = await readRows(where, project.directory);
    expect(loaded).toMatchObject({ event: 'configuration-loaded', subject: null, outcome: 'allowed', count: 1 });
    expect(JSON.parse(loaded?.detail ?? '')).toEqual({ from: null, to: expect.stringMatching(/^[\da-f]{64}$/) });
    const idOf = ({ headers }: { headers: Headers }) => headers.get('x-request-id');
    const facts = { subject: 'alice', actors: null, resource: 'graph', resource_id: 'kept', count: 1 };
    const detail = JSON.stringify({ credential: 'token-1' });
    expect(rows.slice(0, 5)).toEqual([
      {
        ...facts,
        detail,
        request_id: idOf(invoked),
        event: 'request',
        action: 'invoke',
        outcome: 'allowed',
        status: 200,
      },
      { ...facts, detail, request_id: idOf(fixed), event: 'request', action: 'fix', outcome: 'refused', status: 403 },
      {
        ...facts,
        detail,
        request_id: idOf(streamed),
        event: 'stream-opened',
        action: 'stream',
        outcome: 'allowed',
        status: 200,
      },
      {
        ...facts,
        detail,
        request_id: idOf(streamed),
        event: 'stream-closed',
        action: 'stream',
        outcome: 'allowed',
        status: 200,
      },
      {
        ...{ ...facts, detail: null, resource: 'checkpointer', action: 'read', actors: JSON.stringify(actors) },
        ...{ request_id: idOf(acted), event: 'request', outcome: 'allowed', status: 200 },
      },
    ]);
    // A minute may have ended between two of the strangers.
    const strangers = rows.slice(5);
    expect(strangers.length).toBeLessThanOrEqual(2);
    expect(strangers.every(({ subject, status }) => subject === null && status === 401)).toBe(true);
    expect(strangers.reduce((sum, { count }) => sum + count, 0)).toBe(20);
    // What docs/operating.md asks of the trail, for people to paste.
    expect(questions.length).toBeGreaterThan(4);
    for (const question of questions) await ask(where, project.directory, question);
    project.remove();
    await database.remove();
  });
});

const readRows = (where: Where, directory: string) =>
  ask(where, directory, `select ${columns} from audit_events order by sequence`);

async function ask(where: Where, directory: string, sql: string): Promise<Row[]> {
  if (where === undefined) {
    const database = openEmbedded(directory);
    const rows = database.prepare(sql).all() as unknown as Row[];
    database.close();
    return rows.map((row) => ({ ...row }));
  }
  const client = new Client({ connectionString: where.url });
  await client.connect();
  await client.query(`set search_path to "${where.schema}"`);
  const { rows } = await client.query<Row>(sql);
  await client.end();
  return rows;
}
