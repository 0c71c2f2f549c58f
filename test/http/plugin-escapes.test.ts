import { join } from 'node:path';
import { type Route, routeList } from '@agentflow/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type RunningAgentflow, runAgentflow, type StartOptions, startAgentflow } from '../harness/agentflow.js';
import { amongInnocents } from '../harness/innocents.js';
import { createProject, exampleGraph, type Project, root } from '../harness/project.js';
import { type Answer, type SendOptions, say, send } from '../harness/requests.js';
import { bodyTo, encodeBody, pathTo } from '../harness/route-requests.js';
import { authenticationPlugins, authorizationPlugin } from './misbehaving-plugins.js';

/*
 * Security bar 66 and 75, where a plugin goes on after its answer, behind its answer, or around its answer: what it breaks is
 * its own request, and no other.
 */

let project: Project;
let server: RunningAgentflow;
/** Of one test alone: what ends it must not take the other tests with it. */
let other: RunningAgentflow | undefined;

beforeAll(async () => {
  project = createProject({
    'agentflow.json': {
      agent: `${join(root, 'test/graphs/echo-config.ts')}:app`,
      auth: ['Meddler', 'Cases'].map((name) => ({ method: 'custom', path: `auth.ts:${name}`, deadline: '1s' })),
      authorization: { method: 'custom', path: 'authorization.ts:Verdicts', deadline: '1s' },
    },
    'auth.ts': authenticationPlugins,
    'authorization.ts': authorizationPlugin,
  });
  server = await startAgentflow({ directory: project.directory });
});

afterEach(async () => {
  await other?.stop();
  other = undefined;
});

afterAll(async () => {
  expect(await server.stop()).toBe(0);
  project.remove();
});

async function startOther(options: Omit<StartOptions, 'directory'>): Promise<RunningAgentflow> {
  other = await startAgentflow({ directory: project.directory, ...options });
  return other;
}

const key = 'key-0123456789abcdef';

function ask(path: string, headers: Readonly<Record<string, string>> = {}, options: SendOptions = {}): Promise<Answer> {
  return send(`${server.url}${path}`, { ...options, headers: { 'X-API-Key': key, ...headers } });
}

/** What stood beside a misbehaving plugin, over all tests. */
const total = { misbehaviours: 0, asked: 0, served: 0 };

/** One request with a misbehaving plugin, in the midst of others' on the same server; none of these is touched. */
async function besideOthers(bad: () => Promise<Answer>): Promise<Answer> {
  const { answer, innocents } = await amongInnocents(server.url, (name) => ({ 'X-API-Key': key, 'X-User': name }), bad);
  total.misbehaviours += 1;
  total.asked += innocents.asked;
  total.served += innocents.served;
  expect(innocents.served).toBe(innocents.asked);
  return answer;
}

/** A refusal tells that there was one, and nothing of what the plugin said. */
async function expectUnavailable(bad: () => Promise<Answer>): Promise<void> {
  const answer = await besideOthers(bad);
  expect([answer.status, answer.body.code]).toEqual([503, 'UNAVAILABLE']);
  expect(answer.text).not.toMatch(/plugin's own words|\.ts|node:/);
}

describe('an answer that is none', () => {
  test.each([
    'a function',
    'a symbol',
    'a date',
    'a map',
    'an error',
    'a proxy that throws',
    'a getter that throws',
    'a then that throws',
    'a thenable that resolves to a text',
    'a thenable that rejects with nothing',
    'an id of 256 characters',
    'an id with a line feed',
    'a second id that is no text',
    'scopes that are a number',
    'roles with a number among them',
    'rejects with nothing',
    'throws nothing',
    'an answer made to look like ours',
    'an answer of ours with an unknown kind',
    'a principal made by hand',
    'a user instead of a principal',
    'a principal with its subject in a list',
    'a principal with its roles in one text',
    'an end that is no time',
    'hangs',
    'holds everybody up and throws',
    'a thenable that never settles',
    'a promise of a thenable that never settles',
    'a claim of a million letters',
    'a hundred thousand roles',
    'changes the headers',
    'changes the request',
  ])('%s', async (name) => {
    await expectUnavailable(() => ask('/v1/threads', { 'X-Case': name }));
  });
});

describe('an answer that is one, with more behind it', () => {
  test.each([
    ['a thenable', 200],
    ['resolves twice', 200],
    ['leaves a timer', 200],
    ['changes its answer afterwards', 200],
    ['the same object for everybody', 200],
    ['holds everybody up', 200],
    ['a thenable that settles twice', 200],
    ['a promise of a promise', 200],
    ['a proxy of a user', 200],
    ['a proxy that is somebody else each time', 200],
    ['a claim that holds itself', 200],
  ])('%s: %i', async (name, expected) => {
    const answer = await besideOthers(() => ask('/v1/auth/me', { 'X-Case': name }));
    expect([answer.status, answer.body.user_id, answer.body.roles]).toEqual([expected, 'alice', ['user']]);
  });

  // Nobody but the plugin can know: that it is found is the conformance suite's. Here: that it is that request's alone.
  test('the user of another request', async () => {
    const answer = await besideOthers(() => ask('/v1/auth/me', { 'X-Case': 'the user of another request' }));
    expect([answer.status, answer.body.roles]).toEqual([200, ['user']]);
  });

  test('whoever holds everybody up is named in the log', async () => {
    await ask('/v1/auth/me', { 'X-Case': 'holds everybody up' });
    await expect.poll(() => server.output()).toMatch(/auth\.ts:Cases held up every request for \d+ ms/);
  });

  test("a rejection after the deadline is nobody else's", async () => {
    await expectUnavailable(() => ask('/v1/threads', { 'X-Case': 'rejects after its deadline' }));
    expect((await ask('/v1/auth/me', { 'X-Case': 'waits for what happens on the side' })).status).toBe(200);
  });

  test.each(['rejects on the side', 'throws on the side'])('%s: the server goes on', async (name) => {
    const running = await startOther({});
    const at = (path: string, headers: Readonly<Record<string, string>>) =>
      send(`${running.url}${path}`, { headers: { 'X-API-Key': key, ...headers } }).then(
        ({ status }) => status,
        () => 'no answer',
      );
    const waiting = at('/v1/auth/me', { 'X-Case': 'waits for what happens on the side' });
    const answer = await at('/v1/auth/me', { 'X-Case': name });
    expect([answer, await waiting, await at('/v1/auth/me', {})]).toEqual([200, 200, 200]);
    expect(await running.stop()).toBe(0);
  });
});

describe('an answer with the names of others', () => {
  test('fields that only the server sets are no claims', async () => {
    const me = await ask('/v1/auth/me', { 'X-Case': 'reserved fields' });
    expect(me.body).toMatchObject({ user_id: 'alice', realm: 'local', tenant: 'default', claims: { email: 'a@b' } });
    expect(me.text).not.toContain('mallory');
    const ran = await ask('/v1/graph/invoke', { 'X-Case': 'reserved fields' }, { body: say('Hello') });
    expect(ran.status).toBe(200);
    expect(ran.text).not.toContain('mallory');
  });

  test.each([
    ['as a value', 'the key as a claim'],
    ['deep inside', 'the key inside claims'],
    ['as the Bearer token of another header', 'the bearer token as a claim'],
  ])('the credential is told to nobody, %s', async (_where, name) => {
    const headers = { 'X-Case': name, Authorization: 'Bearer token-0123456789abcdef' };
    const answers = [
      await ask('/v1/auth/me', headers),
      await ask('/v1/graph/invoke', headers, { body: say('Hello', name) }),
      await ask(`/v1/threads/${encodeURIComponent(name)}/state`, headers),
    ];
    for (const { status, text } of answers) {
      expect(status).toBe(200);
      expect(text).not.toMatch(/(?:key|token)-0123456789abcdef/);
    }
    expect(answers[0]?.body.claims.email).toBe('a@b');
    expect(server.output()).not.toMatch(/(?:key|token)-0123456789abcdef/);
  });

  test.each([
    ['as the name of a claim', 'the key as the name of a claim', '[secret]'],
    ['as a name deep inside', 'the key as a name inside claims', 'keys'],
    ['beside the credential, as a claim', 'a bearer token that proved nothing', 'token'],
  ])('what is presented is told to nobody, %s: refused, and the log says where', async (_where, name, claim) => {
    const headers = { 'X-Case': name, Authorization: 'Bearer token-0123456789abcdef' };
    for (const path of ['/v1/auth/me', '/v1/threads']) {
      const { status, text } = await ask(path, headers);
      expect(status).toBe(503);
      expect(text).not.toMatch(/(?:key|token)-0123456789abcdef/);
    }
    const why = `authentication backend auth.ts:Cases: the claim ${JSON.stringify(claim)} holds what the request presents`;
    await vi.waitFor(() => expect(server.output()).toContain(JSON.stringify(why).slice(1, -1)), 5000);
    expect(server.output()).not.toMatch(/(?:key|token)-0123456789abcdef/);
  });

  test('what one plugin does to its request is not seen by the next', async () => {
    const headers = { 'X-Case': 'tells what it sees', 'X-Meddle': 'yes', Authorization: 'Bearer token-0123456789' };
    const me = await ask('/v1/auth/me', headers);
    expect(me.body).toMatchObject({
      user_id: 'alice',
      claims: { sees: { case: 'tells what it sees', method: 'GET', asMallory: false } },
    });
    expect((await ask('/v1/auth/me', { 'X-Meddle': 'throws' })).status).toBe(503);
  });
});

describe('a challenge that is none', () => {
  const configuration = { agent: exampleGraph, auth: { method: 'custom', path: 'auth.ts:Challenges' } };

  test.each(['throws', 'has no scheme', 'has a line feed', 'has a number'])(
    'one that %s is refused at start, before anybody can be',
    async (name) => {
      project.write(`challenge-${name}.json`, configuration);
      const args = ['check', '--config', `challenge-${name}.json`];
      const { code, output } = await runAgentflow(args, { directory: project.directory, env: { CHALLENGE: name } });
      expect(code).toBe(2);
      expect(output).toContain('what auth.ts:Challenges says of itself cannot be used');
    },
  );

  test('where there is none, another is told', async () => {
    project.write('challenges.json', configuration);
    const running = await startOther({
      args: ['api', '--config', 'challenges.json'],
      env: { CHALLENGE: 'is nothing' },
    });
    const refused = await send(`${running.url}/v1/threads`);
    const letIn = await send(`${running.url}/v1/threads`, { headers: { 'X-API-Key': key } });
    expect([refused.status, letIn.status]).toEqual([401, 200]);
    expect(refused.headers.get('www-authenticate')).toBe('Custom realm="agentflow"');
    expect(await running.stop()).toBe(0);
  });
});

describe('a verdict that is none', () => {
  const verdicts = [
    'the text true',
    'a true object',
    'a list',
    'an empty object',
    'allow as a flag',
    'effect in capitals',
    'a reason that is no text',
    'a policy that is no text',
    'a later text',
    'a later decision without a reason',
    'a function',
    'changes the principal',
    'changes the claims',
    'throws',
    'changes the address',
    'rejects later',
    'hangs',
    'a thenable that never settles',
    'a getter that throws',
    'a proxy that throws',
  ];

  test.each(verdicts)('%s', async (name) => {
    await expectUnavailable(() => ask('/v1/threads', { 'X-Verdict': name }));
  });

  // A socket is asked about like a request, once it is asked for like one (test/http/websocket-rights.test.ts).
  const decided: readonly Route[] = routeList.filter(
    (route) => 'requires' in route && !('self' in route) && route.answer !== 'socket',
  );

  test.each(decided)('$method $path does nothing without a verdict', async (route) => {
    const id = `undecided-${route.name}`;
    const any = { messageId: 'any', runId: 'any', memoryId: 'any', grantId: 'any', fileId: 'f'.repeat(32) };
    const target = { id, ...any };
    const path = pathTo(route, target);
    const body = encodeBody(route, bodyTo(route, target));
    const withBody = body === undefined ? {} : { body: body.text };
    const typed: Record<string, string> = body === undefined ? {} : { 'Content-Type': body.type };
    const judged = (verdict: string) =>
      ask(path, { ...typed, 'X-Verdict': verdict }, { method: route.method, ...withBody });
    await expectUnavailable(() => judged('the text true'));
    const denied = await judged('denies');
    const permission = 'requires' in route ? `${route.requires.resource}:${route.requires.action}` : '';
    expect([denied.status, denied.body.message]).toEqual([403, `Forbidden: this needs the permission ${permission}.`]);
    expect((await ask(`/v1/threads/${id}`)).status).toBe(404);
    // The positive twin: the same request is let through, whatever it then finds.
    expect([200, 404]).toContain((await ask(path, typed, { method: route.method, ...withBody })).status);
  });

  test('a verdict is read once: a denial does not become an allowance by being looked at again', async () => {
    const answer = await ask('/v1/threads', { 'X-Verdict': 'another effect at each reading' });
    expect(answer.status).toBe(403);
  });

  test('who one is may be asked all the same, and nothing is promised that is not allowed', async () => {
    const denied = await ask('/v1/auth/me', { 'X-Verdict': 'denies' });
    expect([denied.status, denied.body.permissions]).toEqual([200, []]);
    const unknown = await ask('/v1/auth/me', { 'X-Verdict': 'throws' });
    expect([200, 503]).toContain(unknown.status);
    expect(unknown.body.permissions ?? []).toEqual([]);
  });
});

test('no misbehaviour has touched the request of another', () => {
  expect(total.misbehaviours).toBeGreaterThan(60);
  expect(total.asked).toBe(10 * total.misbehaviours);
  expect(total.served).toBe(total.asked);
});
