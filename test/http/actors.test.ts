import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { auditRowsOf } from '../harness/audit-rows.js';
import { createSecret, echoGraph, exampleGraph, root } from '../harness/project.js';
import { type Answer, lastText, say, send } from '../harness/requests.js';
import { type Served, serve } from '../harness/served.js';
import { answering, verifyEndpoint } from '../harness/verify-endpoint.js';

/*
 * Security bar 72: whoever acts for another may what both may, wherever a decision is made; what is done is the other's; and the
 * trail says who did it.
 */

/** Asks as the bearer of one token. */
function clientOf(server: Served, subject: string, claims: object = {}) {
  const token = server.tokenFor(subject, claims);
  return (path: string, body?: object, method?: string) =>
    send(`${server.url}${path}`, { token, ...(body && { body }), ...(method && { method }) });
}

const roles = (role: string | undefined) => (role === undefined ? {} : { roles: [role] });

/** Alice's token, through the bot. */
function throughBot(server: Served, alices?: string, bots?: string, more: object = {}) {
  return clientOf(server, 'alice', { ...roles(alices), act: { sub: 'bot', ...roles(bots), ...more } });
}

const lastRow = async (server: Served, answer: Answer) => (await auditRowsOf(server.directory, answer)).at(-1);

const policyByRole = 'p, user, graph, invoke\np, user, threads, *\np, chief, *, *\n';
const plugin = `export class Mine {
  authorize(user, resource, action) {
    return user.roles.includes('chief') || (user.roles.includes('user') && action !== 'fix');
  }
}`;

describe.each<[string, unknown]>([
  ['ownership', { method: 'ownership', administrator_role: 'chief' }],
  ['roles', { method: 'roles', roles: { user: ['graph:invoke', 'threads:*'], chief: ['*'] } }],
  ['casbin', { method: 'casbin', policy: 'policy.csv' }],
  ['a class', 'auth.ts:Mine'],
  ['two of them', [{ method: 'casbin', policy: 'policy.csv' }, 'auth.ts:Mine']],
])('the rights of both, by %s', (_method, authorization) => {
  const files = { 'policy.csv': policyByRole, 'auth.ts': plugin };
  const server = serve({ agent: exampleGraph, auth: 'jwt', authorization }, { files });
  const fix = (call: ReturnType<typeof clientOf>) => call('/v1/graph/fix', { thread_id: 'fixed' });

  test('each by itself, the positive twins', async () => {
    for (const [subject, thread] of [
      ['alice', 'fixed'],
      ['bot', 'of-the-bot'],
    ] as const) {
      const chief = clientOf(server, subject, { roles: ['chief'] });
      expect((await chief('/v1/graph/invoke', say('Hello', thread))).status).toBe(200);
      expect((await chief('/v1/graph/fix', { thread_id: thread })).status).toBe(200);
      const user = clientOf(server, subject, { roles: ['user'] });
      expect((await user('/v1/graph/fix', { thread_id: thread })).status).toBe(403);
    }
  });

  test.each<[string | undefined, string | undefined, number]>([
    ['chief', 'chief', 200],
    ['chief', 'user', 403],
    ['chief', undefined, 403],
    ['user', 'chief', 403],
    [undefined, 'chief', 403],
    ['user', 'user', 403],
  ])('alice, %s, through a bot, %s: %i', async (alices, bots, status) => {
    const answer = await fix(throughBot(server, alices, bots));
    expect([answer.status, answer.body.code]).toEqual([status, status === 200 ? undefined : 'ACCESS_DENIED']);
    // Who lacks it is told to nobody but the operator.
    expect(answer.text).not.toContain('bot');
    const isBots = alices === 'chief' && status === 403;
    const { reason, subject, actors } = (await lastRow(server, answer)) ?? {};
    expect(subject).toBe('alice');
    expect(JSON.parse(actors ?? '')).toEqual([
      { realm: 'local', subject: 'bot', roles: bots === undefined ? [] : [bots] },
    ]);
    expect(reason?.startsWith('the actor bot may not: ')).toBe(isBots);
  });

  test('who acted before the bot changes nothing', async () => {
    const through = (bots: string, planners: string) =>
      fix(throughBot(server, 'chief', bots, { act: { sub: 'planner', roles: [planners], act: { sub: 'gate' } } }));
    expect((await through('chief', 'user')).status).toBe(200);
    const refused = await through('user', 'chief');
    expect(refused.status).toBe(403);
    const { actors } = (await lastRow(server, refused)) ?? {};
    expect(JSON.parse(actors ?? '').map(({ subject }: { subject: string }) => subject)).toEqual([
      'bot',
      'planner',
      'gate',
    ]);
  });

  test('the scopes of the token bound both', async () => {
    const claims = { ...roles('chief'), act: { sub: 'bot', ...roles('chief'), scope: '*' }, scope: 'graph:invoke' };
    const scoped = clientOf(server, 'alice', claims);
    expect((await fix(scoped)).status).toBe(403);
    expect((await scoped('/v1/graph/invoke', say('Hello', 'scoped'))).status).toBe(200);
  });

  test('/v1/auth/me names who acts, and what both may', async () => {
    const me = async (call: ReturnType<typeof clientOf>) => (await call('/v1/auth/me')).body;
    const chief = await me(clientOf(server, 'alice', { roles: ['chief'] }));
    expect([chief.actor, chief.permissions.includes('graph:fix')]).toEqual([null, true]);
    const acted = await me(throughBot(server, 'chief', 'user', { act: { sub: 'planner' } }));
    expect(acted).toMatchObject({
      subject: 'alice',
      roles: ['chief'],
      actor: { sub: 'bot', realm: 'local', roles: ['user'], actor: { sub: 'planner', realm: 'local', roles: [] } },
    });
    expect(acted.permissions).toContain('graph:invoke');
    expect(acted.permissions).not.toContain('graph:fix');
    const both = await me(throughBot(server, 'chief', 'chief'));
    expect(both.permissions).toEqual(chief.permissions);
  });
});

describe('what is done is the principal’s', () => {
  const server = serve({
    agent: exampleGraph,
    auth: 'jwt',
    authorization: { method: 'ownership', administrator_role: 'chief' },
  });
  const alice = () => clientOf(server, 'alice');
  const bob = () => clientOf(server, 'bob');
  const bot = () => clientOf(server, 'bot');
  const ids = async (call: ReturnType<typeof clientOf>) =>
    (await call('/v1/threads')).body.data.threads.map(({ thread_id: id }: { thread_id: string }) => id).toSorted();
  const memory = (content: string) => ({ content, memory_type: 'episodic', category: 'general' });
  const memories = async (call: ReturnType<typeof clientOf>) =>
    (await call('/v1/store/memories/list', {})).body.data.memories;

  test('threads, runs and memories: hers to see, and not the actor’s', async () => {
    await alice()('/v1/graph/invoke', say('Hello', 'hers'));
    const acted = throughBot(server);
    expect((await acted('/v1/graph/invoke', say('Hello', 'for-her'))).status).toBe(200);
    expect((await acted('/v1/store/memories', memory('She likes blue'))).status).toBe(200);
    expect(await ids(alice())).toEqual(['for-her', 'hers']);
    expect(await ids(acted)).toEqual(['for-her', 'hers']);
    expect(await ids(bot())).toEqual([]);
    expect((await memories(alice())).length).toBe(1);
    expect((await memories(acted)).length).toBe(1);
    expect(await memories(bot())).toEqual([]);
    expect((await alice()('/v1/runs')).body.runs.length).toBe((await acted('/v1/runs')).body.runs.length);
    expect((await bot()('/v1/runs')).body.runs).toEqual([]);
  });

  test('a confused deputy finds nothing of somebody else, nor of its own', async () => {
    await bob()('/v1/graph/invoke', say('Secret', 'of-bob'));
    await bot()('/v1/graph/invoke', say('Secret', 'of-bot'));
    const kept = (await bob()('/v1/store/memories', memory('He likes red'))).body.data.memory_id;
    const acted = throughBot(server);
    const missing = await acted('/v1/threads/nowhere');
    for (const id of ['of-bob', 'of-bot']) {
      for (const path of [`/v1/threads/${id}`, `/v1/threads/${id}/messages`, `/v1/threads/${id}/state`]) {
        const answer = await acted(path);
        expect([path, answer.status, answer.body.message]).toEqual([path, 404, missing.body.message]);
      }
      expect((await acted(`/v1/threads/${id}`, undefined, 'DELETE')).status).toBe(404);
    }
    expect((await acted(`/v1/store/memories/${kept}`, {})).status).toBe(404);
    expect((await acted(`/v1/store/memories/${kept}`, undefined, 'DELETE')).status).toBe(404);
    // The twins: both are still there, for whom they belong to; and hers is within its reach.
    expect((await bob()('/v1/threads/of-bob')).status).toBe(200);
    expect((await bot()('/v1/threads/of-bot')).status).toBe(200);
    expect((await bob()(`/v1/store/memories/${kept}`, {})).status).toBe(200);
    await alice()('/v1/graph/invoke', say('Hello', 'in-reach'));
    expect((await acted('/v1/threads/in-reach')).status).toBe(200);
  });

  test.each<[string | undefined, string | undefined, boolean]>([
    ['chief', 'chief', true],
    ['chief', undefined, false],
    [undefined, 'chief', false],
    ['chief', 'user', false],
  ])('what is others’ is seen where both may see it: %s through %s, %s', async (alices, bots, reaches) => {
    await bob()('/v1/graph/invoke', say('Secret', 'seen'));
    const acted = throughBot(server, alices, bots);
    const all = await acted('/v1/threads?all=true');
    expect(all.status).toBe(reaches ? 200 : 403);
    const listed = (await clientOf(server, 'carol', roles('chief'))('/v1/threads?all=true')).body.data.threads;
    const { uuid } = listed.find((one: { thread_id: string }) => one.thread_id === 'seen');
    expect((await acted(`/v1/threads/${uuid}`)).status).toBe(reaches ? 200 : 404);
  });
});

const modelWithIds = `[request_definition]
r = sub, obj, act, id
[policy_definition]
p = sub, obj, act, id, eft
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = g(r.sub, p.sub) && r.obj == p.obj && (p.act == "*" || r.act == p.act) && (p.id == "*" || keyMatch(r.id, p.id))
`;

const policyWithIds = `p, user, graph, *, *
p, user, threads, read, team-*
p, user, threads, read, team-secret, deny
p, runner, graph, *, *
p, runner, threads, read, team-1
p, runner, threads, read, team-secret
p, runner, threads, read, private
p, clerk, graph, *, *
g, user:bot, runner
`;

describe('lists', () => {
  const authorization = { method: 'casbin', policy: 'policy.csv', model: 'model.conf' };
  const files = { 'policy.csv': policyWithIds, 'model.conf': modelWithIds };
  const server = serve({ agent: exampleGraph, auth: 'jwt', authorization }, { files });
  const threads = ['team-1', 'team-2', 'team-secret', 'private'];

  test('hold what both may read, which is what can be read one by one', async () => {
    const alice = clientOf(server, 'alice', { roles: ['user'] });
    for (const id of threads) expect((await alice('/v1/graph/invoke', say('Hello', id))).status).toBe(200);
    const list = async (call: ReturnType<typeof clientOf>) =>
      (await call('/v1/threads')).body.data.threads.map(({ thread_id: id }: { thread_id: string }) => id).toSorted();
    expect(await list(alice)).toEqual(['team-1', 'team-2']);
    // The bot's rights come from its name in the policy: its token says nothing of roles.
    const acted = throughBot(server, 'user');
    expect(await list(acted)).toEqual(['team-1']);
    const readable = await Promise.all(threads.map(async (id) => (await acted(`/v1/threads/${id}`)).status));
    expect(readable).toEqual([200, 403, 403, 403]);
    const refused = await throughBot(server, 'clerk')('/v1/threads');
    expect(refused.status).toBe(403);
    const other = clientOf(server, 'alice', { roles: ['user'], act: { sub: 'other-bot' } });
    expect((await other('/v1/threads')).status).toBe(403);
  });
});

const traces = mkdtempSync(join(tmpdir(), 'agentflow-actors-'));
afterAll(() => rmSync(traces, { recursive: true, force: true }));

describe('nodes and tools of a run', () => {
  const file = join(traces, randomUUID());
  const model = modelWithIds.replace('keyMatch(r.id, p.id)', 'r.id == p.id');
  const policy = `p, user, graph, *, *
p, user, node, use, *
p, user, tool, use, relay
p, user, tool, use, chain
p, chief, graph, *, *
p, chief, node, use, *
p, chief, tool, use, *
p, blind, graph, *, *
`;
  const authorization = { method: 'casbin', policy: 'policy.csv', model: 'model.conf' };
  const agent = `${join(root, 'test/graphs/tools.ts')}:react`;
  const server = serve(
    { agent, auth: 'jwt', guard: ['node', 'tool'], authorization },
    { env: { USES_FILE: file }, files: { 'policy.csv': policy, 'model.conf': model } },
  );
  const run = async (text: string, alices: string, bots: string) => {
    rmSync(file, { force: true });
    const answer = await throughBot(server, alices, bots)('/v1/graph/invoke', say(text, randomUUID()));
    const used = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
    const refusals = (await auditRowsOf(server.directory, answer)).filter(({ event }) => event === 'use-refused');
    return { answer, used, refusals };
  };

  test('a chain of three tools goes as far as both may', async () => {
    expect((await run('use relay', 'chief', 'chief')).used).toEqual(['erase']);
    for (const [alices, bots] of [
      ['chief', 'user'],
      ['user', 'chief'],
    ] as const) {
      const { answer, used, refusals } = await run('use relay', alices, bots);
      expect([answer.status, used]).toEqual([200, []]);
      expect(lastText(answer)).toContain('You may not use this tool.');
      expect(refusals).toEqual([
        expect.objectContaining({
          ...{ resource: 'tool', resource_id: 'erase', subject: 'alice', count: 1 },
          reason: expect.stringMatching(bots === 'user' ? /^the actor bot may not: / : /^no rule of the policy/),
          actors: JSON.stringify([{ realm: 'local', subject: 'bot', roles: [bots] }]),
        }),
      ]);
    }
  });

  test('a node that the actor may not use does not begin', async () => {
    const { answer, used, refusals } = await run('use look', 'chief', 'blind');
    expect([answer.status, used]).toEqual([403, []]);
    expect(refusals).toEqual([expect.objectContaining({ resource: 'node', subject: 'alice' })]);
    expect((await run('use look', 'chief', 'chief')).used).toEqual(['look']);
  });
});

/** Rights by name alone, as whoever is named by an API key has them. */
const policyByName = `p, user, graph, *
p, user, threads, *
p, runner, graph, *
g, user:alice, user
g, user:bob, user
g, user:bot, runner
`;

describe('who acts, by each way to say so', () => {
  const endpoint = verifyEndpoint();
  const [acting, listed, plain] = [createSecret(), createSecret(), createSecret()];
  const asPlugin = `export class Named {
  authenticate({ headers }) {
    const user = headers.get('x-user');
    const act = headers.get('x-acting');
    return user === null ? null : { sub: user, ...(act !== null && { act: JSON.parse(act) }) };
  }
}`;
  const keys = [
    { id: 'k-any', key: { env: 'ACTING' }, subject: 'bot', acts_for: 'any' },
    { id: 'k-list', key: { env: 'LISTED' }, subject: 'bot', acts_for: ['bob'] },
    { id: 'k-plain', key: { env: 'PLAIN' }, subject: 'bot' },
  ];
  const server = serve(
    {
      agent: echoGraph,
      auth: [
        'jwt',
        { method: 'api_key', keys },
        'auth.ts:Named',
        { method: 'oauth', verify_url: '${VERIFY_URL}', realm: 'local' },
      ],
      authorization: { method: 'casbin', policy: 'policy.csv' },
    },
    {
      env: {
        ...{ ACTING: acting, LISTED: listed, PLAIN: plain },
        get VERIFY_URL() {
          return endpoint.url;
        },
      },
      files: { 'policy.csv': policyByName, 'auth.ts': asPlugin },
    },
  );
  const ask = (headers: Readonly<Record<string, string>>, path: string, body?: object) =>
    send(`${server.url}${path}`, { headers, ...(body && { body }) });
  const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
  const opaque = (answer: object) => {
    const token = `opaque-${randomUUID()}`;
    endpoint.on(token, answering(answer));
    return bearer(token);
  };
  const act = { sub: 'bot' };

  test.each<[string, string, () => Record<string, string>, () => Record<string, string>]>([
    ['jwt', 'jwt', () => bearer(server.tokenFor('alice', { act })), () => bearer(server.tokenFor('alice'))],
    [
      'an API key',
      'api_key',
      () => ({ 'X-API-Key': acting, 'X-Act-For': 'alice' }),
      () => bearer(server.tokenFor('alice')),
    ],
    [
      'a class',
      'auth.ts:Named',
      () => ({ 'x-user': 'alice', 'x-acting': JSON.stringify(act) }),
      () => ({ 'x-user': 'alice' }),
    ],
    ['a verify endpoint', 'oauth', () => opaque({ sub: 'alice', act }), () => opaque({ sub: 'alice' })],
  ])('%s: what both may, for the principal, and the trail has both', async (_what, method, acted, own) => {
    const thread = `by-${method}`;
    const ran = await ask(acted(), '/v1/graph/invoke', say('Hello', thread));
    expect(ran.status).toBe(200);
    expect(JSON.parse(lastText(ran))).toMatchObject({
      user: { user_id: 'alice', actor: { sub: 'bot', realm: 'local', roles: [] } },
      langgraph_auth_user: { identity: 'alice', actor: { sub: 'bot' } },
    });
    expect((await ask(own(), `/v1/threads/${thread}`)).status).toBe(200);
    const refused = await ask(acted(), `/v1/threads/${thread}`);
    expect(refused.status).toBe(403);
    expect(await lastRow(server, refused)).toMatchObject({
      ...{
        subject: 'alice',
        authenticated_by: method,
        reason: 'the actor bot may not: no rule of the policy allows it',
      },
      actors: JSON.stringify([{ realm: 'local', subject: 'bot', roles: [] }]),
    });
    const unacted = await ask(own(), `/v1/threads/${thread}`);
    expect(await lastRow(server, unacted)).toMatchObject({ subject: 'alice', actors: null });
  });

  test('a key acts for whom it lists, as itself where it names nobody, and for nobody else', async () => {
    const as = (key: string, name?: string) =>
      ask({ 'X-API-Key': key, ...(name !== undefined && { 'X-Act-For': name }) }, '/v1/auth/me');
    expect((await as(listed, 'bob')).body).toMatchObject({ subject: 'bob', roles: [], actor: { sub: 'bot' } });
    expect((await as(listed)).body).toMatchObject({ subject: 'bot', actor: null });
    const refused = await as(listed, 'alice');
    expect(refused.status).toBe(401);
    expect(refused.text).not.toContain('alice');
    const row = await lastRow(server, refused);
    expect(row?.reason).toBe('api_key: the key k-list does not act for "alice"');
    expect((await as(plain, 'bob')).status).toBe(401);
    expect((await as(plain)).body).toMatchObject({ subject: 'bot' });
  });

  test('no node is told a credential, or more of an actor than who it is', async () => {
    const token = server.tokenFor('alice', { act: { sub: 'bot', secret: 'of-the-actor', exp: 1 } });
    for (const [headers, secret] of [
      [bearer(token), token],
      [{ 'X-API-Key': acting, 'X-Act-For': 'alice' }, acting],
    ] as const) {
      const report = lastText(await ask(headers, '/v1/graph/invoke', say('Hello', randomUUID())));
      expect(report).toContain('"actor":{"sub":"bot"');
      expect(report).not.toContain(secret);
      expect(report).not.toMatch(/of-the-actor|act-for|k-any|"act"/i);
    }
    expect(server.output()).not.toContain(acting.slice(0, 8));
  });

  test('nothing that a client says makes an actor, or takes one away', async () => {
    const forged = { actor: { sub: 'mallory' }, act: { sub: 'mallory' } };
    const config = { user: { sub: 'mallory', ...forged }, configurable: { user: forged } };
    const asked = (token: string) =>
      send(`${server.url}/v1/graph/invoke`, { token, body: { ...say('Hello'), config: { ...config } } });
    const own = JSON.parse(lastText(await asked(server.tokenFor('alice', { actor: { sub: 'mallory' } }))));
    expect(own.user).toEqual({ user_id: 'alice', sub: 'alice', realm: 'local', tenant: 'default', roles: [] });
    const acted = JSON.parse(lastText(await asked(server.tokenFor('alice', { act, actor: { sub: 'mallory' } }))));
    expect(acted.user.actor).toEqual({ sub: 'bot', realm: 'local', roles: [] });
    expect(JSON.stringify([own, acted])).not.toContain('mallory');
  });
});

describe('on a laptop', () => {
  const server = serve({ agent: exampleGraph, auth: 'jwt' }, { args: ['dev', '--no-reload'] });

  test('the terminal says through whom', async () => {
    const chain = { sub: 'bot', act: { sub: 'planner' } };
    await clientOf(server, 'alice', { act: chain })('/v1/auth/me');
    await clientOf(server, 'alice', { act: { sub: 'bot' } })('/v1/auth/me');
    await clientOf(server, 'carol')('/v1/auth/me');
    await expect.poll(() => server.output()).toMatch(/carol · jwt +\d+ ms/);
    expect(server.output()).toMatch(/alice · jwt, through bot, planner +\d+ ms/);
    expect(server.output()).toMatch(/alice · jwt, through bot +\d+ ms/);
  });
});
