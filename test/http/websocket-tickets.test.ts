import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningAgentflow, startAgentflow } from '../harness/agentflow.js';
import { describeOnDatabases, type TestDatabase } from '../harness/databases.js';
import { openEmbedded } from '../harness/embedded-database.js';
import { createProject, createSecret, echoGraph, type Project } from '../harness/project.js';
import { type Answer, send } from '../harness/requests.js';
import { type OpenedSocket, openSocket, refusedSocket, sayFrame } from '../harness/sockets.js';
import { inSeconds, tokenFor } from '../harness/tokens.js';

/* Security bar 60: a ticket opens one socket, once, soon, and for whoever asked for it by what they have. */

const [key, otherKey, secret] = [createSecret(), createSecret(), createSecret()];
const keys = (names: readonly string[]) => ({
  method: 'api_key',
  keys: names.map((name) => ({ id: name, key: { env: `${name.toUpperCase()}_KEY` }, subject: name })),
});
const plugin = `import { BaseAuth } from 'agentflow';
export class Basic extends BaseAuth {
  authenticate(_request: any, _context: any, credential: any): any {
    return credential?.scheme === 'basic' && credential.credentials === 'Y2Fyb2w6cHc=' ? { user_id: 'carol' } : null;
  }
}
export class Custom extends BaseAuth {
  authenticate({ headers }: any): any {
    return headers.get('x-team-pass') === 'open sesame' ? { user_id: 'dave' } : null;
  }
}
`;
const plugins = ['auth.ts:Basic', 'auth.ts:Custom'].map((path) => ({ method: 'custom', path }));
const configuration = (names: readonly string[]) => ({
  ...{ agent: echoGraph, auth: [{ method: 'jwt', clock_tolerance: '0s' }, keys(names), ...plugins] },
  cors: { origins: ['https://app.example.com'] },
});

const withKey = { 'X-API-Key': key };
const ask = (server: RunningAgentflow, headers: Readonly<Record<string, string>>): Promise<Answer> =>
  send(`${server.url}/v1/auth/ws-ticket`, { headers, body: {} });
const withTicket = (ticket: string, more: object = {}) => ({ protocols: ['agentflow-ticket', ticket], ...more });

async function whoRuns(socket: OpenedSocket): Promise<string> {
  const frames = await socket.run(sayFrame('Hello'));
  await socket.close();
  const answer = frames.find(({ message }) => message?.role === 'assistant');
  return JSON.parse(answer.message.content[0].text).user_id;
}

describeOnDatabases((createDatabase) => {
  let database: TestDatabase;
  let project: Project;
  let servers: readonly RunningAgentflow[] = [];
  const server = (index = 0) => servers[index] as RunningAgentflow;

  /** Behind the program's back. */
  async function change(sql: string): Promise<void> {
    if (database.configuration !== undefined) return database.execute(sql);
    const file = openEmbedded(project.directory);
    file.exec(sql);
    file.close();
  }

  async function issue(headers: Readonly<Record<string, string>> = withKey, index = 0): Promise<string> {
    const { status, body } = await ask(server(index), headers);
    expect(status).toBe(200);
    return body.ticket;
  }

  beforeAll(async () => {
    database = await createDatabase();
    const where = database.configuration && { database: database.configuration };
    project = createProject({ 'agentflow.json': { ...configuration(['alice', 'bob']), ...where }, 'auth.ts': plugin });
    const env = { JWT_SECRET_KEY: secret, ALICE_KEY: key, BOB_KEY: otherKey };
    servers = await Promise.all([0, 1].map(() => startAgentflow({ directory: project.directory, env })));
  });

  afterAll(async () => {
    const codes = await Promise.all(servers.map((one) => one.stop()));
    project.remove();
    await database.remove();
    expect(codes).toEqual([0, 0]);
  });

  test('what it is: for a moment, for one path, and kept by nobody on the way', async () => {
    const { body, headers } = await ask(server(), withKey);
    expect(body).toEqual({
      ...{ ticket: expect.stringMatching(/^[\w-]{43}$/), expires_in_seconds: 30, path: '/v1/graph/ws' },
      expires_at: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(headers.get('cache-control')).toBe('no-store');
    expect((await ask(server(), {})).status).toBe(401);
    expect((await ask(server(), { 'X-API-Key': createSecret() })).status).toBe(401);
    const narrow = tokenFor('erin', secret, { scope: 'graph:stream' });
    expect((await ask(server(), { Authorization: `Bearer ${narrow}` })).status).toBe(403);
    const wide = tokenFor('erin', secret, { scope: 'graph:stream session:write' });
    const ticket = await issue({ Authorization: `Bearer ${wide}` });
    expect(await whoRuns(await openSocket(server().url, withTicket(ticket)))).toBe('erin');
  });

  test.each<readonly [string, string, Readonly<Record<string, string>>]>([
    ['a key', 'alice', withKey],
    ['a token', 'erin', { Authorization: `Bearer ${tokenFor('erin', secret)}` }],
    ['a name and a password', 'carol', { Authorization: 'Basic Y2Fyb2w6cHc=' }],
    ['a header of a plugin', 'dave', { 'X-Team-Pass': 'open sesame' }],
  ])('by %s, for that principal, in a browser that sends cookies of its own', async (_how, subject, headers) => {
    const ticket = await issue(headers);
    const page = { headers: { Origin: 'https://app.example.com', Cookie: 'a=b', 'User-Agent': 'a browser' } };
    const socket = await openSocket(server().url, withTicket(ticket, page));
    expect(socket.socket.protocol).toBe('agentflow-ticket');
    expect(await whoRuns(socket)).toBe(subject);
  });

  test('once, whichever of two processes is asked, and however many ask', async () => {
    const ticket = await issue(withKey, 0);
    const asked = Array.from({ length: 20 }, (_none, index) =>
      openSocket(server(index % 2).url, withTicket(ticket)).then(whoRuns, ({ status }) => status as number),
    );
    const outcomes = await Promise.all(asked);
    expect(outcomes.filter((one) => one === 'alice')).toHaveLength(1);
    expect(outcomes.filter((one) => one === 401)).toHaveLength(19);
    const elsewhere = await issue(withKey, 1);
    expect(await whoRuns(await openSocket(server(0).url, withTicket(elsewhere)))).toBe('alice');
  });

  test('a used one, one of no form, and one that is not there are alike', async () => {
    const used = await issue();
    await whoRuns(await openSocket(server().url, withTicket(used)));
    const refusals = await Promise.all(
      [used, 'x', 'a'.repeat(43)].map((one) => refusedSocket(server().url, withTicket(one))),
    );
    for (const { status, body } of refusals) expect([status, body.message]).toEqual([401, refusals[0]?.body.message]);
  });

  test('not after its time', async () => {
    const [late, early] = [await issue(), await issue({ 'X-API-Key': otherKey })];
    await change(`update tickets set expires_at = 1 where subject = 'alice'`);
    expect((await refusedSocket(server().url, withTicket(late))).status).toBe(401);
    expect(await whoRuns(await openSocket(server().url, withTicket(early)))).toBe('bob');
  });

  test('on no other path, and as no other credential; what is refused there has used nothing', async () => {
    const ticket = await issue();
    expect((await refusedSocket(server().url, withTicket(ticket, { path: '/v1/threads' }))).status).toBe(401);
    const bearer = { protocols: ['agentflow-bearer', ticket] };
    expect((await refusedSocket(server().url, bearer)).status).toBe(401);
    expect((await send(`${server().url}/v1/auth/me`, { token: ticket })).status).toBe(401);
    const header = { 'Sec-WebSocket-Protocol': `agentflow-ticket, ${ticket}` };
    expect((await send(`${server().url}/v1/auth/me`, { headers: header })).status).toBe(401);
    expect(await whoRuns(await openSocket(server().url, withTicket(ticket)))).toBe('alice');
  });

  test('one of another route is none here', async () => {
    const [moved, here] = [await issue(), await issue({ 'X-API-Key': otherKey })];
    await change(`update tickets set route = 'streamGraph' where subject = 'alice'`);
    expect((await refusedSocket(server().url, withTicket(moved))).status).toBe(401);
    // Nor does who can write to the database make it somebody else's, or another route's.
    await change(`update tickets set route = 'openSocket' where subject = 'alice'`);
    await change(`update tickets set subject = 'mallory' where subject = 'bob'`);
    expect((await refusedSocket(server().url, withTicket(here))).status).toBe(401);
    expect(await whoRuns(await openSocket(server().url, withTicket(moved)))).toBe('alice');
  });

  test('beside another credential it is one too many', async () => {
    const both = async (headers: object) =>
      (await refusedSocket(server().url, withTicket(await issue(), { headers }))).status;
    expect(await both({ 'X-API-Key': otherKey })).toBe(400);
    expect(await both({ Authorization: `Bearer ${tokenFor('alice', secret)}` })).toBe(400);
    const same = await openSocket(server().url, withTicket(await issue(), { headers: withKey }));
    expect(await whoRuns(same)).toBe('alice');
  });

  test('a token that has ended meanwhile opens nothing', async () => {
    const short = await issue({ Authorization: `Bearer ${tokenFor('erin', secret, { exp: inSeconds(2) })}` });
    const long = await issue({ Authorization: `Bearer ${tokenFor('erin', secret, { exp: inSeconds(60) })}` });
    const me = tokenFor('erin', secret, { exp: inSeconds(2) });
    await expect
      .poll(async () => (await send(`${server().url}/v1/auth/me`, { token: me })).status, { timeout: 10_000 })
      .toBe(401);
    expect((await refusedSocket(server().url, withTicket(short))).body.code).toBe('TOKEN_EXPIRED');
    expect(await whoRuns(await openSocket(server().url, withTicket(long)))).toBe('erin');
  });

  test('so many may wait, and no more; those of others are not counted', async () => {
    const statuses: number[] = [];
    const asking = { Authorization: `Bearer ${tokenFor('many', secret)}` };
    for (let index = 0; index < 51; index += 1) statuses.push((await ask(server(index % 2), asking)).status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(50);
    expect(statuses.at(-1)).toBe(429);
    await issue();
  });

  // The last one here: what it changes stays.
  test('after its key was removed it opens nothing', async () => {
    const [hers, his] = [await issue(), await issue({ 'X-API-Key': otherKey })];
    const where = database.configuration && { database: database.configuration };
    project.write('agentflow.json', { ...configuration(['bob']), ...where });
    for (const { process } of servers) process.kill('SIGHUP');
    for (const one of servers) {
      await expect.poll(() => one.output(), { timeout: 20_000 }).toContain('configuration is in force');
    }
    expect((await refusedSocket(server().url, withTicket(hers))).status).toBe(401);
    expect(await whoRuns(await openSocket(server().url, withTicket(his)))).toBe('bob');
  });
});

describe('at rest', () => {
  test('neither the ticket nor what it stands for is in the database, the log or the trail', async () => {
    const project = createProject({ 'agentflow.json': configuration(['alice', 'bob']), 'auth.ts': plugin });
    const env = { JWT_SECRET_KEY: secret, ALICE_KEY: key, BOB_KEY: otherKey };
    const server = await startAgentflow({ directory: project.directory, env });
    const tickets: string[] = [];
    for (let index = 0; index < 3; index += 1) tickets.push((await ask(server, withKey)).body.ticket);
    await whoRuns(await openSocket(server.url, withTicket(tickets[0] ?? '')));
    await refusedSocket(server.url, withTicket(tickets[0] ?? ''));
    expect(await server.stop()).toBe(0);
    const data = join(project.directory, '.agentflow');
    const files = readdirSync(data).filter((file) => file.startsWith('agentflow.db'));
    const kept = files.map((file) => readFileSync(join(data, file)).toString('latin1')).join('') + server.output();
    const base64 = Buffer.from(key).toString('base64').slice(0, 40);
    for (const one of [...tickets, key, key.slice(0, 16), base64]) expect(kept).not.toContain(one);
    expect(kept).toContain('socket-opened');
    project.remove();
  });
});
