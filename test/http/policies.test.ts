import { beforeAll, describe, expect, test } from 'vitest';
import { startAgentflow } from '../harness/agentflow.js';
import { describeOnDatabases } from '../harness/databases.js';
import { modelWithIds } from '../harness/models.js';
import { echoGraph } from '../harness/project.js';
import { type SendOptions, say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/* A policy that is kept in the database, and changed through /v1/policies while it decides. */

const seed = 'p, admin, policy, *\np, admin, threads, read\np, reader, policy, read\ng, user#operators|root, admin\n';
const authorization = { method: 'casbin', policy: 'database', seed: 'seed.csv', operator_tenant: 'operators' };
const configuration = { agent: echoGraph, auth: { method: 'jwt', claims: { tenant: 'org' } }, authorization };

describeOnDatabases((createDatabase) => {
  const server = serve(configuration, { files: { 'seed.csv': seed }, database: createDatabase });
  const call = (who: string, path: string, options: SendOptions = {}, claims: object = {}) =>
    send(`${server.url}${path}`, { token: server.tokenFor(who, { org: 'operators', ...claims }), ...options });
  const list = (query = '') => call('root', `/v1/policies${query}`);
  const change = (body: object, who = 'root') => call(who, '/v1/policies', { body });
  const invoke = (who: string) => call(who, '/v1/graph/invoke', { body: say('Hello', `of ${who}`) });
  const linesIn = async () => (await list()).body.lines.map(({ line }: { line: string[] }) => line.join(', '));
  const faultsOf = async (body: object) => {
    const answer = await change(body);
    expect(answer.status).toBe(422);
    return answer.body.error.details.map(({ loc, msg }: { loc: unknown[]; msg: string }) => `${loc.join('.')}: ${msg}`);
  };

  test('begins with the seed, in full, each line with an id', async () => {
    const answer = await list();
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      revision: 1,
      lines: [
        { id: 1, line: ['p', 'admin', 'policy', '*', 'allow'] },
        { id: 2, line: ['p', 'admin', 'checkpointer', 'read', 'allow'] },
        { id: 3, line: ['p', 'reader', 'policy', 'read', 'allow'] },
        { id: 4, line: ['g', 'user#operators|root', 'admin'] },
      ],
      next_cursor: null,
    });
    expect(server.output()).toContain('the database (4 lines, revision 1)');
  });

  test('a change decides when it is answered, and so does its taking back', async () => {
    for (let round = 0; round < 20; round += 1) {
      expect((await invoke('gina')).status).toBe(403);
      const added = await change({ add: [['p', 'user#operators|gina', 'graph', 'invoke']] });
      expect(added.status).toBe(200);
      expect(added.body).toMatchObject({
        added: [{ line: ['p', 'user#operators|gina', 'graph', 'invoke', 'allow'] }],
        removed: [],
      });
      expect((await invoke('gina')).status).toBe(200);
      const removed = await change({ remove: [['p', 'user#operators|gina', 'graph', 'invoke', 'allow']] });
      expect(removed.body).toEqual({ revision: added.body.revision + 1, added: [], removed: added.body.added });
    }
  });

  test('a change is an event of its own, beside that of the request', async () => {
    const line = ['p', 'noted', 'graph', 'read', 'allow'];
    const answer = await change({ add: [line], remove: [['p', 'nobody', 'graph', 'read']] });
    const id = answer.headers.get('x-request-id');
    const events = () =>
      server
        .output()
        .split('\n')
        .flatMap((text) => (text.startsWith('{') ? [JSON.parse(text).audit] : []))
        .filter((event) => event?.requestId === id);
    await expect.poll(() => events().length).toBe(2);
    const who = {
      principal: { tenant: 'operators', subject: 'root' },
      resource: 'policy',
      action: 'write',
      status: 200,
    };
    const detail = { revision: answer.body.revision, added: [line], removed: [] };
    expect(events()).toMatchObject([
      { ...who, event: 'policy-changed', detail },
      { ...who, event: 'request', detail: null },
    ]);
  });

  test('what is there already, or not there, changes nothing and makes no revision', async () => {
    const { revision } = (await list()).body;
    const again = await change({
      add: [
        ['g', 'user#operators|root', 'admin'],
        ['p', 'admin', 'threads', 'read'],
      ],
      remove: [['p', 'nobody', 'graph', 'invoke']],
    });
    expect([again.status, again.body]).toEqual([200, { revision, added: [], removed: [] }]);
  });

  test('a change is made whole or not at all, and says where it is wrong', async () => {
    const before = await list();
    expect(
      await faultsOf({
        add: [
          ['p', 'user', 'graph', 'invoke'],
          ['p', 'user', 'graf', 'invoke'],
          ['p', 'user', 'graph\ninvoke', '*'],
        ],
        remove: [['p', ' user', 'graph', 'invoke']],
      }),
    ).toEqual([
      expect.stringMatching(/^body\.remove\.0: a file could not hold this line/),
      expect.stringMatching(/^body\.add\.1: there is no resource "graf".*Did you mean "graph"/),
      expect.stringMatching(/^body\.add\.2: /),
    ]);
    expect(
      await faultsOf({
        add: [
          ['g', 'admin', 'boss'],
          ['g', 'boss', 'admin'],
        ],
      }),
    ).toEqual([expect.stringMatching(/^body\.add\.1: the roles of "g" go round in a circle/)]);
    expect(await faultsOf({ add: [['p', 'user', 'graph']] })).toEqual([
      expect.stringMatching(/^body\.add\.0: .*fields/),
    ]);
    expect(await faultsOf({ add: [['p2', 'user', 'graph', 'invoke']] })).toEqual([
      expect.stringMatching(/^body\.add\.0: there is no section "p2"/),
    ]);
    expect(await faultsOf({ add: [['p', 'user', 'graph', 'x'.repeat(5000)]] })).toHaveLength(1);
    expect(await faultsOf({})).toEqual(['body.add: must hold at least one line']);
    expect(await faultsOf({ add: [['p', 1, 'graph', 'invoke']] })).toHaveLength(1);
    expect(await faultsOf({ remove: [['p']] })).toHaveLength(1);
    expect((await list()).body).toEqual(before.body);
  });

  test('nobody locks themselves out without saying so', async () => {
    const remove = [['g', 'user#operators|root', 'admin']];
    expect(await faultsOf({ remove })).toEqual([expect.stringContaining('you could not change the policy any more')]);
    expect(await faultsOf({ add: [['p', 'user#operators|root', 'policy', 'write', 'deny']] })).toHaveLength(1);
    await change({ add: [['g', 'user#operators|vera', 'admin']] });
    expect(
      (await change({ remove: [['g', 'user#operators|vera', 'admin']], even_if_locked_out: true }, 'vera')).status,
    ).toBe(200);
    expect((await change({ add: [['p', 'x', 'graph', 'read']] }, 'vera')).status).toBe(403);
  });

  test('nor whoever acts for them: without its right, there is none left to either', async () => {
    await change({ add: [['g', 'user#operators|clerk', 'admin']] });
    const throughClerk = (path: string, options: SendOptions) => call('root', path, options, { act: { sub: 'clerk' } });
    const refused = 'you could not change the policy any more';
    const line = ['g', 'user#operators|clerk', 'admin'];
    const taken = await throughClerk('/v1/policies', { body: { remove: [line] } });
    expect([taken.status, taken.text]).toEqual([422, expect.stringContaining(refused)]);
    const { id } = (await list()).body.lines.find(({ line: [, name] }: { line: string[] }) => name === line[1]);
    const deleted = await throughClerk(`/v1/policies/${id}`, { method: 'DELETE' });
    expect([deleted.status, deleted.text]).toEqual([422, expect.stringContaining(refused)]);
    const ofRoot = await throughClerk('/v1/policies', { body: { remove: [['g', 'user#operators|root', 'admin']] } });
    expect(ofRoot.status).toBe(422);
    // The positive twins: what leaves both their right, and the principal, who loses nothing by it.
    const other = { add: [['p', 'clerks', 'graph', 'read']], remove: [] };
    expect((await throughClerk('/v1/policies', { body: other })).status).toBe(200);
    expect((await change({ remove: [line, ...other.add] })).status).toBe(200);
    expect((await throughClerk('/v1/policies', { body: other })).status).toBe(403);
  });

  test('each needs its own right, and a reader has only theirs', async () => {
    const roles = { roles: ['reader'] };
    const [first] = (await list()).body.lines;
    expect((await call('rita', '/v1/policies', {}, roles)).status).toBe(200);
    expect((await call('rita', '/v1/policies', { body: { add: [['p', 'a', 'graph', '*']] } }, roles)).status).toBe(403);
    expect((await call('rita', `/v1/policies/${first.id}`, { method: 'DELETE' }, roles)).status).toBe(403);
    for (const options of [{}, { body: { add: [['p', 'a', 'graph', '*']] } }]) {
      const refused = await call('gina', '/v1/policies', options);
      expect([refused.status, refused.body.message]).toEqual([403, expect.stringMatching(/policy:(?:read|write)/)]);
      expect(refused.text).not.toContain('admin');
    }
  });

  test('one line is removed by its id, once', async () => {
    const { body } = await change({ add: [['p', 'temp', 'graph', 'read']] });
    const remove = () => call('root', `/v1/policies/${body.added[0].id}`, { method: 'DELETE' });
    expect((await remove()).body).toEqual({ revision: body.revision + 1, added: [], removed: body.added });
    expect((await remove()).status).toBe(404);
    for (const id of ['0', '-1', 'x', '1.5', '9999999999999999999']) {
      expect([404, 422]).toContain((await call('root', `/v1/policies/${id}`, { method: 'DELETE' })).status);
    }
  });

  test('no tenant sees or changes the policy of all', async () => {
    const claims = { roles: ['admin'], org: 'acme' };
    for (const options of [{}, { body: { add: [['p', 'admin', 'graph', '*']] } }]) {
      const answer = await call('root', '/v1/policies', options, claims);
      expect([answer.status, answer.body.code]).toEqual([403, 'ACCESS_DENIED']);
    }
    expect((await call('root', '/v1/threads', {}, claims)).status).toBe(200);
  });

  test('a change for a revision that has passed is a conflict', async () => {
    const { revision } = (await list()).body;
    const add = [['p', 'cas', 'graph', 'read']];
    expect((await change({ add, expected_revision: revision - 1 })).status).toBe(409);
    expect((await change({ add, expected_revision: revision + 1 })).status).toBe(409);
    expect((await change({ add, expected_revision: revision })).status).toBe(200);
    expect((await change({ remove: add, expected_revision: revision })).status).toBe(409);
  });

  test('changes at once are all made, each its own revision', async () => {
    const { revision } = (await list()).body;
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => change({ add: [['p', `many ${index}`, 'graph', 'read']] })),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(answers.map(({ body }) => body.revision - revision).toSorted((a, b) => a - b)).toEqual(
      answers.map((_, index) => index + 1),
    );
    expect((await linesIn()).filter((line: string) => line.startsWith('p, many'))).toHaveLength(30);
  });

  test('lines are told page by page, and found by a part of them', async () => {
    const first = await list('?search=MANY&limit=20');
    const second = await list(`?search=many&limit=20&cursor=${first.body.next_cursor}`);
    expect([first.body.lines.length, second.body.lines.length, second.body.next_cursor]).toEqual([20, 10, null]);
    expect((await list('?limit=0')).status).toBe(422);
    expect((await list('?cursor=x')).status).toBe(422);
  });

  test('a decision no older than a revision: one that is there is waited for, none other is', async () => {
    const { revision } = (await list()).body;
    const asked = (text: string) => call('root', '/v1/threads', { headers: { 'X-Policy-Revision': text } });
    for (const text of ['0', String(revision - 1), String(revision)]) expect((await asked(text)).status).toBe(200);
    const later = await asked(String(revision + 1));
    expect([later.status, later.body.code]).toEqual([409, 'CONFLICT']);
    for (const text of ['', 'x', '-1', '1.0', '01', '1, 2', '99999999999999999']) {
      expect([text, (await asked(text)).status]).toEqual([text, 400]);
    }
    // Who is asking is still asked first.
    expect((await send(`${server.url}/v1/threads`, { headers: { 'X-Policy-Revision': 'x' } })).status).toBe(401);
  });

  test('is what it was after a restart, whatever the seed says by then', async () => {
    const before = await list();
    expect(before.body.revision).toBeGreaterThan(1);
    const again = await startAgentflow({ directory: server.directory, env: { JWT_SECRET_KEY: server.secret } });
    const after = await send(`${again.url}/v1/policies`, { token: server.tokenFor('root', { org: 'operators' }) });
    expect(after.body).toEqual(before.body);
    expect(await again.stop()).toBe(0);
  });
});

/** Security bar 71. */
describe('hostile lines', () => {
  const server = serve(
    {
      agent: echoGraph,
      auth: 'jwt',
      authorization: { method: 'casbin', policy: 'database', seed: 'seed.csv', model: 'model.conf' },
    },
    { files: { 'seed.csv': 'p, admin, policy, write, *\np, admin, policy, read, *\n', 'model.conf': modelWithIds } },
  );
  const change = (add: unknown) =>
    send(`${server.url}/v1/policies`, { token: server.tokenFor('root', { roles: ['admin'] }), body: { add: [add] } });

  test.each<readonly [string, unknown]>([
    ['a pattern with a star inside', ['p', 'x', 'graph', 'invoke', 'a*b']],
    ['a newline', ['p', 'x\np, admin, graph, invoke, *', 'graph', 'invoke', '*']],
    ['a carriage return', ['p', 'x\r', 'graph', 'invoke', '*']],
    ['a line separator', ['p', 'x\u2028', 'graph', 'invoke', '*']],
    ['NUL', ['p', 'x\u0000', 'graph', 'invoke', '*']],
    ['a bidirectional override', ['p', 'x\u202e', 'graph', 'invoke', '*']],
    ['a byte order mark', ['p', '\ufeffx', 'graph', 'invoke', '*']],
    ['white space that is no space', ['p', 'x\u00a0', 'graph', 'invoke', '*']],
    ['half a surrogate pair', ['p', 'x\ud800', 'graph', 'invoke', '*']],
    ['a megabyte', ['p', 'x'.repeat(1_000_000), 'graph', 'invoke', '*']],
    ['a resource in look-alike letters', ['p', 'x', 'gr\u0430ph', 'invoke', '*']],
    ['an empty value', ['p', '', 'graph', 'invoke', '*']],
    ['a list in a value', ['p', ['x'], 'graph', 'invoke', '*']],
    ['an object in a value', ['p', { name: 'x' }, 'graph', 'invoke', '*']],
    ['a number', ['p', 1, 'graph', 'invoke', '*']],
    ['no list', 'p, x, graph, invoke, *'],
    ['another section', ['p2', 'x', 'graph', 'invoke', '*']],
    ['a definition', ['m', 'true']],
    ['a star for everybody where it means nothing', ['p', '*', 'graph', 'invoke', '*']],
    ['a role that is a principal', ['g', 'admin', 'user:root']],
    ['one that has itself as its role', ['g', 'admin', 'admin']],
    ['a section that every object has', ['__proto__', 'x']],
  ])('%s is refused, and says where', async (_what, line) => {
    const answer = await change(line);
    expect([answer.status, answer.body.error.details[0].loc.slice(0, 3)]).toEqual([422, ['body', 'add', 0]]);
  });

  test.each<readonly [string, readonly string[]]>([
    ['a comma', ['p', 'a, b', 'graph', 'invoke', '*']],
    ['brackets', ['p', 'a (b)', 'graph', 'invoke', '*']],
    ['a name in other letters', ['p', 'ädmin', 'graph', 'invoke', '*']],
    ['a name that every object has', ['p', '__proto__', 'graph', 'invoke', 'constructor']],
    ['a pattern of an expression', ['p', 'x', 'graph', 'invoke', '(a+)+$']],
  ])('%s is a value like any other', async (_what, line) => {
    const answer = await change(line);
    expect([answer.status, answer.body.added?.[0]?.line]).toEqual([200, line]);
  });
});

describe('a policy in a file', () => {
  const server = serve(
    { agent: echoGraph, auth: 'jwt', authorization: { method: 'casbin', policy: 'policy.csv' } },
    { files: { 'policy.csv': 'p, admin, *, *\n' } },
  );
  let token = '';
  beforeAll(() => {
    token = server.tokenFor('root', { roles: ['admin'] });
  });

  test('is not changed through the routes, and has no revisions', async () => {
    expect((await send(`${server.url}/v1/policies`, { token })).status).toBe(404);
    const add = [['p', 'user', 'graph', '*']];
    expect((await send(`${server.url}/v1/policies`, { token, body: { add } })).status).toBe(404);
    const asked = await send(`${server.url}/v1/threads`, { token, headers: { 'X-Policy-Revision': '1' } });
    expect([asked.status, asked.body.message]).toEqual([400, 'X-Policy-Revision: no policy here has revisions.']);
  });
});
