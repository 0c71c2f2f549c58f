import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runAgentflow } from '../harness/agentflow.js';
import { createProject, createSecret, echoGraph, exampleGraph, type Project } from '../harness/project.js';
import { lastText, say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';
import { type Answer, answering, verifyEndpoint } from '../harness/verify-endpoint.js';

/* Security bar 22 to 26, over HTTP, with an endpoint on this machine that answers as each test says. */

const endpoint = verifyEndpoint();
const alice = {
  user_id: 'alice',
  role: 'user',
  scope: 'graph:read graph:invoke session:read',
  email: 'alice@example.com',
};

let count = 0;
function tokenFor(answer: Answer): string {
  count += 1;
  const token = `opaque-${count}-8d1f60a2c7`;
  endpoint.on(token, answer);
  return token;
}

/** The address is known once the endpoint listens; the server is started after it. */
const verifyUrl = '${VERIFY_URL}';
const env = {
  get VERIFY_URL() {
    return endpoint.url;
  },
};

describe("the guide's endpoint, without a class for it", () => {
  const fields = { roles: 'role', scopes: 'scope', claims: { email: 'email', echo: 'echo' } };
  const server = serve(
    {
      agent: exampleGraph,
      auth: { method: 'oauth', verify_url: verifyUrl, fields, deadline: '1s', max_connections: 5 },
    },
    { env },
  );
  const ask = (path: string, token: string, body?: object) =>
    send(`${server.url}${path}`, { token, ...(body && { body }) });
  const me = (token: string) => ask('/v1/auth/me', token);
  const statuses = async (...tokens: readonly string[]) =>
    (await Promise.all(tokens.map(me))).map(({ status }) => status);

  test('a token that it knows invokes the graph, which knows who asks', async () => {
    const answer = await ask('/v1/graph/invoke', tokenFor(answering(alice)), say('Who am I?', 'test-1'));
    expect(answer.status).toBe(200);
    expect(lastText(answer)).toContain('You are alice, with the roles user.');
  });

  test('what is mapped is known, in the realm of the endpoint, and the endpoint is named at the start', async () => {
    const { host, origin } = new URL(endpoint.url);
    const answer = await me(tokenFor(answering({ ...alice, secret: 1, echo: 'x' })));
    expect(answer.body).toMatchObject({
      user_id: 'alice',
      realm: origin,
      roles: ['user'],
      claims: { email: alice.email },
    });
    expect(answer.text).not.toContain('secret');
    expect(server.output()).toContain(`"name":"oauth","how":"${host} is asked about tokens"`);
  });

  test('without a token: 401 and a challenge without error; nobody is asked', async () => {
    const before = endpoint.calls.length;
    const answer = await send(`${server.url}/v1/threads`);
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="agentflow"']);
    expect(endpoint.calls.length).toBe(before);
  });

  test.each<[string, Answer]>([
    ['401', answering({}, 401)],
    ['active: false', answering({ ...alice, active: false })],
    ['an end that has passed', answering({ ...alice, exp: 1 })],
  ])('%s: 401, and why is told to nobody', async (_what, answer) => {
    const token = tokenFor(answer);
    const refused = await ask('/v1/threads', token);
    expect([refused.status, refused.body.code, refused.body.detail]).toEqual([401, 'AUTH_REQUIRED', 'Unauthorized']);
    expect(refused.headers.get('www-authenticate')).toBe('Bearer realm="agentflow", error="invalid_token"');
    expect(refused.text).not.toContain(token);
  });

  test.each<[string, Answer]>([
    ['500', answering({}, 500)],
    ['a redirect', (response) => void response.writeHead(307, { Location: endpoint.url }).end()],
    ['no answer', () => undefined],
    ['10 MB', answering({ ...alice, more: 'x'.repeat(10_000_000) })],
    ['half of JSON', answering('{"user_id":')],
    ['a member twice', answering('{"user_id":"alice","user_id":"bob"}')],
    ['active: "false"', answering({ ...alice, active: 'false' })],
    ['a subject of a wrong type', answering({ ...alice, user_id: { name: 'alice' } })],
    ['a break', (response) => void response.socket?.destroy()],
  ])('%s: 503, and the next answer counts', async (_what, answer) => {
    const token = tokenFor(answer);
    const refused = await me(token);
    expect([refused.status, refused.body.code, refused.headers.get('retry-after')]).toEqual([503, 'UNAVAILABLE', '1']);
    expect(refused.text).not.toMatch(/opaque-|endpoint|127\.0\.0\.1|\.ts/);
    expect(endpoint.callsFor(token)).toBe(1);
    endpoint.on(token, answering(alice));
    expect([(await me(token)).status, endpoint.callsFor(token)]).toEqual([200, 2]);
  });

  test('a hundred requests with one token are one call', async () => {
    const token = tokenFor((response, call) => setImmediate(() => answering(alice)(response, call)));
    const answers = await Promise.all(Array.from({ length: 100 }, () => me(token)));
    expect([new Set(answers.map(({ status }) => status)), endpoint.callsFor(token)]).toEqual([new Set([200]), 1]);
  });

  test('tokens that nobody knows open no more calls than are allowed, and keep nobody out who is known', async () => {
    const known = tokenFor(answering(alice));
    expect((await me(known)).status).toBe(200);
    const held: (() => void)[] = [];
    const tokens = Array.from({ length: 20 }, () =>
      tokenFor((response, call) => void held.push(() => answering({}, 401)(response, call))),
    );
    endpoint.takePeak();
    const asked = statuses(...tokens);
    await endpoint.waitForOpen(5);
    expect((await me(known)).status).toBe(200);
    for (const release of held) release();
    const answered = await asked;
    // Those that came late may have found room that was free again; more than five at once there were never.
    expect(answered.filter((status) => status === 503).length).toBeGreaterThan(0);
    expect(new Set(answered)).toEqual(new Set([401, 503]));
    expect(endpoint.takePeak()).toBe(5);
  });

  test('what a token may is asked anew for every request, of one call', async () => {
    const token = tokenFor(answering({ ...alice, scope: 'graph:read' }));
    expect((await ask('/v1/graph', token)).status).toBe(200);
    expect((await ask('/v1/graph/invoke', token, say('Hello'))).status).toBe(403);
    expect((await ask('/v1/graph', token)).status).toBe(200);
    expect(endpoint.callsFor(token)).toBe(1);
  });

  test('the token stands in no answer, no claim and no log', async () => {
    const token = tokenFor((response, call) =>
      answering({ ...alice, echo: { header: `Bearer ${call.token}` } })(response, call),
    );
    const answer = await me(token);
    expect([answer.status, answer.body.claims]).toEqual([200, { email: alice.email }]);
    expect(server.output()).toContain('alice');
    expect(server.output()).not.toContain('opaque-');
  });
});

describe('beside other ways', () => {
  const key = createSecret();
  const auth = ['jwt', 'api_key', { method: 'oauth', verify_url: verifyUrl, realm: 'corp' }];
  const server = serve(
    { agent: echoGraph, auth },
    {
      env: {
        API_KEY: key,
        get VERIFY_URL() {
          return endpoint.url;
        },
      },
    },
  );

  test('each takes its own', async () => {
    const opaque = tokenFor(answering(alice));
    const ask = async (headers: Readonly<Record<string, string>>) => {
      const { status, body } = await send(`${server.url}/v1/auth/me`, { headers });
      return [status, body.user_id, body.realm];
    };
    expect(await ask({ Authorization: `Bearer ${server.tokenFor('alice')}` })).toEqual([200, 'alice', 'local']);
    expect(await ask({ Authorization: `Bearer ${opaque}` })).toEqual([200, 'alice', 'corp']);
    expect(await ask({ 'X-API-Key': key })).toEqual([200, 'env:API_KEY', 'local']);
    expect(await ask({ Authorization: `Bearer ${opaque}`, 'X-API-Key': key })).toEqual([400, undefined, undefined]);
  });

  test('two who are called the same in two realms are two', async () => {
    const opaque = tokenFor(answering(alice));
    const begun = await send(`${server.url}/v1/graph/invoke`, { token: opaque, body: say('Hello', 'shared-name') });
    expect(begun.status).toBe(200);
    const [own, other] = [opaque, server.tokenFor('alice')].map((token) =>
      send(`${server.url}/v1/threads/shared-name`, { token }),
    );
    expect([(await own)?.status, (await other)?.status]).toEqual([200, 404]);
  });

  test('a bad JWT is not sent to anybody else', async () => {
    const before = endpoint.calls.length;
    const forged = `${server.tokenFor('alice').slice(0, -4)}AAAA`;
    expect((await send(`${server.url}/v1/threads`, { token: forged })).status).toBe(401);
    expect(endpoint.calls.length).toBe(before);
  });
});

describe('what is refused at start', () => {
  let project: Project;
  beforeAll(() => {
    project = createProject();
  });
  afterAll(() => project.remove());

  test.each<[string, object, RegExp]>([
    ['no address', {}, /needs "issuer", "introspection" or "verify_url"/],
    [
      'http to another machine',
      { verify_url: 'http://login.example.com/v' },
      /to login\.example\.com in the clear\n.*insecure_http/,
    ],
    ['an address that is none', { verify_url: 'login.example.com/v' }, /is not the address of a web endpoint/],
    ['a password in it', { verify_url: 'https://a:hunter2@login.example.com/v' }, /holds a name or password/],
    [
      'a secret in the file',
      { verify_url: 'https://a.example/v', headers: { 'X-Key': 'hunter2' } },
      /\(auth\.headers\.X-Key\)/,
    ],
    ['an unknown option', { verify_url: 'https://a.example/v', verify: 1 }, /unknown key "verify"/],
    ['a memory that is too long', { verify_url: 'https://a.example/v', cache: '1h' }, /at most 10m/],
  ])('%s', async (name, options, expected) => {
    const file = `${name.replace(/\W/g, '-')}.json`;
    project.write(file, { agent: exampleGraph, auth: { method: 'oauth', ...options } });
    const args = ['check', '--config', file, '--host', '0.0.0.0'];
    const { code, output } = await runAgentflow(args, { directory: project.directory });
    expect(output).toMatch(expected);
    expect(code).toBe(2);
    expect(output).not.toContain('hunter2');
  });

  test('and what is not', async () => {
    const auth = { method: 'oauth', verify_url: 'https://a.example/v', headers: { 'X-Key': '${K}' } };
    project.write('good.json', { agent: exampleGraph, auth });
    const args = ['check', '--config', 'good.json', '--host', '0.0.0.0'];
    const { code, output } = await runAgentflow(args, { directory: project.directory, env: { K: 'abc' } });
    expect([code, output.includes('authenticate oauth')]).toEqual([0, true]);
  });
});
