import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { type Route, routeList } from '@agentflow/protocol';
import { describe, expect, test } from 'vitest';
import { echoGraph } from '../harness/project.js';
import { lastText, type SendOptions, say, send } from '../harness/requests.js';
import { bodyTo, encodeBody, pathTo, sourceOf, type Target } from '../harness/route-requests.js';
import { serve } from '../harness/served.js';
import { steadyHeaders } from '../harness/steady-headers.js';
import { upload } from '../harness/uploads.js';

/*
 * Security bar 67: another's thread behaves exactly like one that is not there, whatever the policy allows. The attacks are
 * made from the route table, so that a route which is added later is attacked as well.
 */

const policy = `export class Everything { authorize() { return true; } }`;
const server = serve(
  { agent: echoGraph, auth: { method: 'jwt', claims: { tenant: 'org' } }, authorization: './policy.ts:Everything' },
  { files: { 'policy.ts': policy } },
);
const tokenFor = (subject: string, org = 'acme') => server.tokenFor(subject, { org });
const [alice, bob, aliceElsewhere] = [tokenFor('alice'), tokenFor('bob'), tokenFor('alice', 'other')];
const words = 'what only alice may read';

const call = (path: string, options: SendOptions) => send(`${server.url}${path}`, options);
const invoke = (token: string, body: object) => call('/v1/graph/invoke', { token, body });

/** Where an id can be put that is not the place where the route looks for it. */
interface Hidden {
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly config?: object;
}

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Any route to a thread, with an id hidden where the route does not look for it. `fetch` would send no body with GET. */
function attack(route: Route, token: string, thread: Thread, hidden: Hidden = {}): Promise<Reply> {
  const { config, ...needed } = bodyTo(route, thread) ?? {};
  const hasBody = Object.keys(needed).length > 0 || hidden.body !== undefined || hidden.config !== undefined;
  const whole = { ...needed, ...hidden.body, config: { ...(config as object), ...hidden.config } };
  return new Promise((resolve, reject) => {
    const body = encodeBody(route, hasBody ? whole : undefined);
    const type = body?.type ?? 'application/json';
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': type, ...hidden.headers };
    const options = { method: route.method, headers };
    const url = `${server.url}${pathTo(route, thread)}${hidden.query ?? ''}`;
    const outgoing = httpRequest(url, options, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text }));
    });
    outgoing.on('error', reject);
    if (body !== undefined) outgoing.setHeader('Content-Length', Buffer.byteLength(body.text));
    outgoing.end(body?.text);
  });
}

interface Thread extends Target {
  /** LangGraph's own id of it, which no route tells; a graph could. */
  readonly uuid: string;
}

let made = 0;

/** Ids of equal length, so that answers about two of them can be compared byte by byte. */
function nextId(kind: 'thread' | 'unused'): string {
  made += 1;
  return `${kind}-${String(made).padStart(4, '0')}`;
}

async function startThread(token: string, id = nextId('thread')): Promise<Thread> {
  const answer = await invoke(token, say(token === alice ? words : 'Hello', id));
  expect(answer.status).toBe(200);
  const { messages, meta } = answer.body.data;
  const uuid = JSON.parse(lastText(answer)).thread_id;
  const memory = await call('/v1/store/memories', { token, body: { content: token === alice ? words : 'Hello' } });
  const memoryId = memory.body.data.memory_id;
  const grant = await call(`/v1/threads/${id}/grants`, { token, body: { user: 'carol', access: 'write' } });
  const grantId = grant.body.grant_id;
  const file = await upload(server.url, token, { name: 'kept.txt', bytes: token === alice ? words : 'Hello' });
  const fileId = file.body.data.file_id;
  return { id, uuid, messageId: messages[0].message_id, runId: meta.run_id, memoryId, grantId, fileId };
}

const unused = (like: Thread): Thread => ({
  ...like,
  id: nextId('unused'),
  runId: crypto.randomUUID(),
  memoryId: crypto.randomUUID(),
  grantId: crypto.randomUUID(),
  fileId: crypto.randomUUID().replaceAll('-', ''),
});

/** Every word of an answer, but for what differs between any two requests. */
function comparable({ status, headers, text }: Reply, ...threads: readonly Thread[]) {
  const { 'content-length': length, ...rest } = steadyHeaders(headers);
  // A time has more or fewer digits, so the length is only held against the text that it announces.
  if (length !== undefined) expect(Number(length)).toBe(Buffer.byteLength(text));
  const masked = threads
    .reduce((left, { id }) => left.replaceAll(id, '<id>'), text)
    .replace(/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g, '<uuid>')
    .replace(/[\da-f]{32}/g, '<file>')
    .replace(/expires=\d+&signature=[\w-]{43}/g, '<link>')
    .replace(/"(\w*expires_at)":\d+/g, '"$1":<time>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replace(/"(timestamp|time_taken|duration_ms)":[\d.e-]+/g, '"$1":<time>')
    .replace(/"ticket":"[\w-]{43}"/g, '"ticket":<ticket>')
    // Of the caller's own there are more or fewer each time.
    .replace(/"removed_count":\d+/g, '"removed_count":<count>');
  return { status, headers: rest, text: masked };
}

/** All that its owner can see of a thread, but for the frame of each answer. */
async function viewOf(token: string, { id, messageId, runId, memoryId, fileId }: Thread) {
  const ofThread = ['', '/state', '/messages', `/messages/${messageId}`, '/grants'].map(
    (path) => `/v1/threads/${id}${path}`,
  );
  const paths = [...ofThread, `/v1/runs/${runId}`, `/v1/observability/${id}`];
  const answers = await Promise.all(paths.map((path) => call(path, { token })));
  answers.push(await call(`/v1/store/memories/${memoryId}`, { token, method: 'POST' }));
  for (const { status } of answers) expect(status).toBe(200);
  const kept = await call(`/v1/files/${fileId}`, { token });
  expect(kept.status).toBe(200);
  return [kept.text, ...answers.map(({ body }) => JSON.stringify(body.data ?? body))];
}

/** What is nobody's own: the policy is all principals', and only an operator's to see (test/http/policies.test.ts). */
const isOwned = (route: Route) => !('requires' in route && route.requires.resource === 'policy');

const aboutResources = routeList
  .filter((route) => sourceOf(route) !== undefined && isOwned(route))
  .map((route) => [route.name, route] as const);
/** A socket is opened for no thread; its frames are attacked in test/http/websocket-rights.test.ts. */
const protectedRoutes = routeList
  .filter((route) => !('public' in route) && isOwned(route) && route.answer !== 'socket')
  .map((route) => [route.name, route] as const);

test('a route with a parameter says what it is about, and is attacked below', () => {
  // The public one of a file is opened by nothing but a signature (test/http/file-links.test.ts).
  const withParameter = routeList.filter((route) => route.path.includes('{') && !('public' in route));
  expect(withParameter.filter((route) => sourceOf(route) === undefined)).toEqual([]);
  expect(aboutResources.length).toBeGreaterThanOrEqual(14);
});

describe.each(aboutResources)('%s', (_name, route) => {
  test('the positive twin: the owner is answered', async () => {
    const { status } = await attack(route, alice, await startThread(alice));
    expect(status).toBe(200);
  });

  test.each([
    ['another', bob],
    ['the same name in another tenant', aliceElsewhere],
  ])("to %s, somebody's thread is like one that nobody has, and stays as it was", async (_who, stranger) => {
    const hers = await startThread(alice);
    const before = await viewOf(alice, hers);
    const none = unused(hers);
    const taken = await attack(route, stranger, hers);
    expect(comparable(taken, hers)).toEqual(comparable(await attack(route, stranger, none), none));
    expect(taken.text).not.toContain(words);
    expect(await viewOf(alice, hers)).toEqual(before);
  });

  test('so it is under the id that the thread has inside', async () => {
    const hers = await startThread(alice);
    const before = await viewOf(alice, hers);
    const [inside, none] = [
      { ...hers, id: hers.uuid },
      { ...hers, id: crypto.randomUUID() },
    ];
    const taken = await attack(route, bob, inside);
    expect(comparable(taken, inside)).toEqual(comparable(await attack(route, bob, none), none));
    expect(taken.text).not.toContain(words);
    expect(await viewOf(alice, hers)).toEqual(before);
  });

  const otherPlaces: readonly (readonly [source: string, string, (id: string) => Hidden])[] = [
    ['body:thread_id', 'the body', (id) => ({ body: { thread_id: id } })],
    ['body:config.thread_id', 'config', (id) => ({ config: { thread_id: id } })],
    ['', 'config.configurable', (id) => ({ config: { configurable: { thread_id: id } } })],
  ];
  const isAboutThread = sourceOf(route)?.endsWith('thread_id') === true;
  const places = isAboutThread ? otherPlaces.filter(([source]) => source !== sourceOf(route)) : [];

  test.each(places.map(([, where, hide]) => [where, hide] as const))(
    'a second id in %s is 400; the same one again is no second',
    async (_where, hide) => {
      const [hers, his] = [await startThread(alice), await startThread(bob)];
      const before = await viewOf(alice, hers);
      expect((await attack(route, bob, his, hide(hers.id))).status).toBe(400);
      expect((await attack(route, bob, his, hide(nextId('unused')))).status).toBe(400);
      expect(await viewOf(alice, hers)).toEqual(before);
      expect((await attack(route, bob, his, hide(his.id))).status).toBe(200);
    },
  );
});

/** Places which no route reads: what stands there must not matter. */
const unread: readonly (readonly [string, (thread: Thread) => Hidden])[] = [
  ['the query', ({ id }) => ({ query: `?thread_id=${id}&config=${id}&user_id=alice` })],
  [
    'a header',
    ({ id }) => ({ headers: { 'X-Thread-Id': id, 'Thread-Id': id, 'X-User-Id': 'alice', 'Last-Event-ID': id } }),
  ],
  ['a nested config', ({ id }) => ({ config: { config: { thread_id: id }, nested: [{ thread_id: id }] } })],
  ['a configurable in a configurable', ({ id }) => ({ config: { configurable: { configurable: { thread_id: id } } } })],
  ['the metadata', ({ id }) => ({ body: { metadata: { thread_id: id } } })],
  [
    'options',
    ({ id, uuid, memoryId }) => ({
      body: { options: { thread_id: id, threadUuid: uuid, memory_id: memoryId, user_id: 'alice', subject: 'alice' } },
    }),
  ],
  ['filters', ({ id }) => ({ body: { filters: { thread_id: id, user_id: 'alice', subject: 'alice' } } })],
];

describe.each(unread)('an id hidden in %s', (_where, hide) => {
  test.each(protectedRoutes)('changes nothing for %s', async (_name, route) => {
    const hers = await startThread(alice);
    const before = await viewOf(alice, hers);
    const none = unused(hers);
    const [his, another] = [await startThread(bob), await startThread(bob)];
    const taken = await attack(route, bob, his, hide(hers));
    const twin = await attack(route, bob, another, hide(none));
    expect(taken.status).toBe(200);
    expect(comparable(taken, hers, none, his, another)).toEqual(comparable(twin, hers, none, his, another));
    expect(taken.text).not.toContain(words);
    expect(await viewOf(alice, hers)).toEqual(before);
  });
});

describe('one id, two threads', () => {
  test.each<readonly [string, (thread: Thread) => object]>([
    ['the body', ({ id }) => ({ thread_id: id })],
    ['config.configurable', ({ id }) => ({ config: { configurable: { thread_id: id } } })],
    [
      "config, under LangGraph's names",
      ({ id, uuid }) => ({ config: { thread_id: id, checkpoint_id: uuid, run_id: uuid } }),
    ],
    ['config.configurable, by its inner id', ({ uuid }) => ({ config: { configurable: { thread_id: uuid } } })],
    [
      'internal fields',
      ({ id, uuid }) => ({ config: { thread_id: id, __pregel_read: uuid, checkpoint_map: { '': uuid } } }),
    ],
  ])('a run on an id in %s starts a thread of the caller', async (_where, place) => {
    const hers = await startThread(alice);
    const before = await viewOf(alice, hers);
    const answer = await invoke(bob, { ...say('Hello'), response_granularity: 'full', ...place(hers) });
    expect(answer.status).toBe(200);
    expect(answer.body.data.meta.is_new_thread).toBe(true);
    expect(answer.body.data.context).toHaveLength(2);
    expect(JSON.parse(lastText(answer)).thread_id).not.toBe(hers.uuid);
    expect(answer.text).not.toContain(words);
    expect(await viewOf(alice, hers)).toEqual(before);
  });

  test('two users with the same thread id never meet', async () => {
    for (const [token, said] of [
      [alice, 'I am Alice'],
      [bob, 'I am Bob'],
      [alice, 'still Alice'],
    ] as const) {
      expect((await invoke(token, say(said, 'test-1'))).status).toBe(200);
    }
    const saidBy = async (token: string) => (await call('/v1/threads/test-1/messages', { token })).text;
    expect(await saidBy(alice)).not.toContain('I am Bob');
    expect(await saidBy(bob)).not.toContain('Alice');
    expect(await saidBy(alice)).toContain('still Alice');
    expect((await call('/v1/threads/test-1', { token: bob, method: 'DELETE' })).status).toBe(200);
    expect((await call('/v1/threads/test-1', { token: bob })).status).toBe(404);
    expect(await saidBy(alice)).toContain('still Alice');
  });

  test.each([
    'Alice',
    'ALICE',
    'alice ',
    ' alice',
    'alic\u0435',
    'alice/',
    'local:alice',
    '%',
    'a%',
    'alice\u00a0',
    "' or 1=1 --",
  ])('a subject that looks like hers, %j, is somebody else', async (subject) => {
    const hers = await startThread(alice);
    const lookAlike = tokenFor(subject);
    expect((await call('/v1/auth/me', { token: lookAlike })).body.user_id).toBe(subject);
    expect((await call(`/v1/threads/${hers.id}`, { token: lookAlike })).status).toBe(404);
    expect((await call('/v1/threads', { token: lookAlike })).body.data.threads).toEqual([]);
  });
});

test('without the tenant that the configuration asks for there is nobody', async () => {
  expect((await invoke(server.tokenFor('alice'), say('Hello'))).status).toBe(401);
});
