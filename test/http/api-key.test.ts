import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runAgentflow } from '../harness/agentflow.js';
import { createProject, createSecret, echoGraph, exampleGraph, type Project } from '../harness/project.js';
import { head, sendRaw } from '../harness/raw-request.js';
import { lastText, say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/** What a 401 says to whoever has no good key. */
const challenge = 'ApiKey realm="agentflow"';

describe('one shared key and one line of configuration', () => {
  const key = createSecret();
  const server = serve({ agent: exampleGraph, auth: 'api_key' }, { env: { API_KEY: key } });
  const ask = (path: string, headers: Readonly<Record<string, string>>, body?: object) =>
    send(`${server.url}${path}`, { headers, ...(body && { body }) });

  test('the key invokes the graph, which knows who asks', async () => {
    const answer = await ask('/v1/graph/invoke', { 'X-API-Key': key }, say('Who am I?', 'test-1'));
    expect(answer.status).toBe(200);
    expect(lastText(answer)).toContain('You are env:API_KEY');
  });

  test('its bearer is the administrator, and the start says so', async () => {
    expect(server.output()).toContain(
      '"name":"api_key","how":"X-API-Key, 1 key from API_KEY; whoever has it is the administrator"',
    );
    const me = await ask('/v1/auth/me', { 'X-API-Key': key });
    expect(me.body).toMatchObject({ user_id: 'env:API_KEY', realm: 'local', roles: ['administrator'] });
    expect(me.body.permissions).toContain('graph:fix');
  });

  test.each<[string, Record<string, string>]>([
    ['nothing', {}],
    ['another key', { 'X-API-Key': createSecret() }],
    ['a prefix', { 'X-API-Key': key.slice(0, -1) }],
    ['a suffix', { 'X-API-Key': key.slice(1) }],
    ['in capitals', { 'X-API-Key': key.toUpperCase() }],
    ['under another name', { 'Api-Key': key }],
    ['as Bearer', { Authorization: `Bearer ${key}` }],
    ['as ApiKey', { Authorization: `ApiKey ${key}` }],
    ['in a cookie', { Cookie: `X-API-Key=${key}` }],
    ['long', { 'X-API-Key': key.repeat(100) }],
  ])('%s: 401, always the same', async (_what, headers) => {
    const answer = await ask('/v1/threads', headers);
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, challenge]);
    expect(answer.body).toMatchObject({ detail: 'Unauthorized', code: 'AUTH_REQUIRED' });
    expect(answer.text).not.toContain(key.slice(0, 8));
    expect((await ask('/v1/threads', { 'X-API-Key': key })).status).toBe(200);
  });

  test('in the address it is not looked for', async () => {
    expect((await ask(`/v1/threads?X-API-Key=${key}&api_key=${key}`, {})).status).toBe(401);
    expect((await ask('/v1/threads', { 'X-API-Key': key })).status).toBe(200);
  });

  test.each([
    ['two different ones', [`X-API-Key: ${key}`, 'X-API-Key: other'], 400],
    ['the other way round', ['X-API-Key: other', `X-API-Key: ${key}`], 400],
    ['one and an empty one', [`X-API-Key: ${key}`, 'X-API-Key:'], 400],
    ['with a comma after it', [`X-API-Key: ${key},`], 400],
    ['the same one twice', [`X-API-Key: ${key}`, `x-api-key: ${key}`], 200],
    ['beside a Bearer token that nobody reads', [`X-API-Key: ${key}`, 'Authorization: Bearer other'], 200],
    ['a look-alike of the field', [`X\u2010API\u2010Key: ${key}`], 400],
    ['a raw byte behind it', [`X-API-Key: ${key}\u00e9`], 401],
  ])('%s: %j', async (_what, lines, status) => {
    expect((await sendRaw(server.port, head('GET', '/v1/threads', [...lines, 'Connection: close']))).status).toBe(
      status,
    );
  });

  test('it stands in no log', async () => {
    await ask('/v1/graph/invoke', { 'X-API-Key': key }, say('Hello'));
    expect(server.output()).toContain('env:API_KEY');
    expect(server.output()).not.toContain(key.slice(0, 8));
  });
});

const digestOf = (key: string) => createHash('sha256').update(key).digest('hex').slice(0, 12);

describe('several keys', () => {
  const [one, two, internal] = [createSecret(), createSecret(), createSecret()];
  const server = serve(
    { agent: echoGraph, auth: 'api_key' },
    { env: { VALID_API_KEYS: ` ${one}, ,${two},`, INTERNAL_API_KEY: internal } },
  );

  test('each is a principal of its own, and none the administrator', async () => {
    const me = await Promise.all(
      [internal, one, two].map((key) => send(`${server.url}/v1/auth/me`, { headers: { 'X-API-Key': key } })),
    );
    expect(me.map(({ body }) => [body.user_id, body.roles])).toEqual([
      ['env:INTERNAL_API_KEY', []],
      [`env:VALID_API_KEYS:${digestOf(one)}`, []],
      [`env:VALID_API_KEYS:${digestOf(two)}`, []],
    ]);
    expect(server.output()).not.toContain('administrator');
    expect(me[0]?.body.permissions).not.toContain('graph:fix');
  });

  test('what one begins, the other does not find', async () => {
    const at = (key: string) => ({ headers: { 'X-API-Key': key } });
    const begun = await send(`${server.url}/v1/graph/invoke`, { ...at(one), body: say('Hello', 'mine') });
    expect(begun.status).toBe(200);
    expect((await send(`${server.url}/v1/threads/mine`, at(one))).status).toBe(200);
    expect((await send(`${server.url}/v1/threads/mine`, at(two))).status).toBe(404);
  });

  test.each(['', ' ', ','])('the empty text between commas is no key: %j', async (text) => {
    expect([400, 401]).toContain((await send(`${server.url}/v1/threads`, { headers: { 'X-API-Key': text } })).status);
    expect((await send(`${server.url}/v1/threads`, { headers: { 'X-API-Key': one } })).status).toBe(200);
  });
});

describe('keys with owners, of the configuration and of a file', () => {
  const [ci, reader, old] = [createSecret(), createSecret(), createSecret()];
  const server = serve(
    {
      agent: echoGraph,
      auth: {
        method: 'api_key',
        header: 'X-Service-Key',
        bearer: true,
        file: 'keys.json',
        keys: [
          { id: 'ci', key: '${CI_KEY}', subject: 'builder', roles: ['runner'], tenant: 'acme', claims: { team: 'a' } },
        ],
      },
    },
    {
      env: { CI_KEY: ci },
      files: {
        'keys.json': [
          { id: 'reader', key: reader, subject: 'reader', scopes: ['graph:read'], expires_at: '2099-01-01T00:00:00Z' },
          { id: 'old', key: old, subject: 'old', expires_at: '2020-01-01T00:00:00Z' },
        ],
      },
    },
  );

  test.each(['X-Service-Key', 'Bearer', 'ApiKey'])('by %s', async (how) => {
    const headers: Record<string, string> = how.startsWith('X-') ? { [how]: ci } : { Authorization: `${how} ${ci}` };
    const me = await send(`${server.url}/v1/auth/me`, { headers });
    expect(me.body).toMatchObject({ user_id: 'builder', roles: ['runner'], tenant: 'acme', claims: { team: 'a' } });
  });

  test('scopes of a key are a bound', async () => {
    const headers = { 'X-Service-Key': reader };
    expect((await send(`${server.url}/v1/graph`, { headers })).status).toBe(200);
    expect((await send(`${server.url}/v1/graph/invoke`, { headers, body: say('Hello') })).status).toBe(403);
  });

  test('a key that has ended says no more than one that never was', async () => {
    const [ended, unknown] = await Promise.all(
      [old, createSecret()].map((key) => send(`${server.url}/v1/threads`, { headers: { 'X-Service-Key': key } })),
    );
    for (const answer of [ended, unknown]) {
      expect([answer?.status, answer?.body.code]).toEqual([401, 'AUTH_REQUIRED']);
      expect(answer?.headers.get('www-authenticate')).toBe(challenge);
    }
    // The answer may overtake what is printed.
    await expect.poll(() => server.output()).toContain('the key has expired');
  });
});

describe('a key of the configuration that is used as never before', () => {
  const [ci, other] = [createSecret(), createSecret()];
  const server = serve(
    {
      agent: echoGraph,
      trusted_proxies: ['127.0.0.1'],
      auth: {
        method: 'api_key',
        keys: [
          { id: 'ci', key: { env: 'CI_KEY' }, subject: 'builder', acts_for: 'any' },
          { id: 'other', key: { env: 'OTHER_KEY' }, subject: 'builder' },
        ],
      },
    },
    { env: { CI_KEY: ci, OTHER_KEY: other } },
  );
  const from = async (address: string, key: string, more: Readonly<Record<string, string>> = {}) => {
    const headers = { 'X-API-Key': key, 'X-Forwarded-For': address, ...more };
    return (await send(`${server.url}/v1/auth/me`, { headers })).status;
  };
  const told = (id: string) =>
    server
      .output()
      .split('\n')
      .filter((line) => line.includes('"api-key-used-elsewhere"') && line.includes(`"keyId":"${id}"`)).length;

  test('from another network: one event, and no refusal', async () => {
    expect([await from('192.0.2.1', ci), await from('192.0.2.2', ci)]).toEqual([200, 200]);
    expect([await from('203.0.113.1', other), await from('198.51.100.1', ci)]).toEqual([200, 200]);
    await expect.poll(() => told('ci'), { timeout: 5_000 }).toBe(1);
    expect([await from('198.51.100.7', other), await from('198.51.100.8', ci)]).toEqual([200, 200]);
    await expect.poll(() => told('other'), { timeout: 5_000 }).toBe(1);
    expect(told('ci')).toBe(1);
    expect(server.output()).not.toContain(ci.slice(0, 12));
  });
});

describe('beside tokens', () => {
  const key = createSecret();
  const server = serve({ agent: echoGraph, auth: ['jwt', 'api_key'] }, { env: { API_KEY: key } });
  const statusOf = async (headers: Readonly<Record<string, string>>) => {
    const { status, body } = await send(`${server.url}/v1/auth/me`, { headers });
    return [status, body.user_id ?? body.code];
  };

  test('either is good, and neither makes an administrator', async () => {
    expect(await statusOf({ Authorization: `Bearer ${server.tokenFor('alice')}` })).toEqual([200, 'alice']);
    expect(await statusOf({ 'X-API-Key': key })).toEqual([200, 'env:API_KEY']);
    expect(server.output()).not.toContain('administrator');
    const me = await send(`${server.url}/v1/auth/me`, { headers: { 'X-API-Key': key } });
    expect(me.body.own_permissions).toEqual(['session:read', 'session:write', 'session:delete', 'config:read']);
  });

  test('both at once are two credentials', async () => {
    const bearer = { Authorization: `Bearer ${server.tokenFor('alice')}` };
    expect(await statusOf({ ...bearer, 'X-API-Key': key })).toEqual([400, 'BAD_REQUEST']);
    expect(await statusOf({ ...bearer, 'X-API-Key': 'no key' })).toEqual([400, 'BAD_REQUEST']);
    expect(await statusOf({ Authorization: 'Bearer a.b.c', 'X-API-Key': key })).toEqual([400, 'BAD_REQUEST']);
  });

  test('what no backend reads does not count', async () => {
    const bearer = { Authorization: `Bearer ${server.tokenFor('alice')}` };
    expect(await statusOf({ ...bearer, 'X-Other-Key': key })).toEqual([200, 'alice']);
    expect(await statusOf({ Authorization: 'Basic YTpi', 'X-API-Key': key })).toEqual([200, 'env:API_KEY']);
  });

  test('without any, both challenges', async () => {
    const answer = await send(`${server.url}/v1/threads`);
    expect(answer.headers.get('www-authenticate')).toBe(`Bearer realm="agentflow", ${challenge}`);
  });

  test('the same text in two places is one credential', async () => {
    const token = server.tokenFor('alice');
    expect(await statusOf({ Authorization: `Bearer ${token}`, 'X-API-Key': token })).toEqual([200, 'alice']);
  });
});

describe('one shared key, and an authorization that is configured', () => {
  const key = createSecret();
  const server = serve({ agent: exampleGraph, auth: 'api_key', authorization: 'ownership' }, { env: { API_KEY: key } });

  test('nobody is the administrator', async () => {
    const me = await send(`${server.url}/v1/auth/me`, { headers: { 'X-API-Key': key } });
    expect([me.status, me.body.roles]).toEqual([200, []]);
    expect(server.output()).not.toContain('administrator');
  });
});

describe('what is refused at start', () => {
  let project: Project;
  beforeAll(() => {
    project = createProject();
  });
  afterAll(() => project.remove());
  const secret = createSecret();
  const keys = (...list: readonly object[]) => ({ method: 'api_key', keys: list });

  test.each<[string, object | string, Record<string, string>, RegExp]>([
    ['no key', 'api_key', {}, /:3:3 {2}no API key was found.*\n.*openssl rand -hex 32/],
    ['a short key', 'api_key', { API_KEY: 'secret-key-123' }, /"env:API_KEY" from API_KEY has 14 bytes/],
    ["the guide's placeholder", 'api_key', { API_KEY: 'your-secret-api-key-here' }, /is a placeholder from a guide/],
    ['an unset variable', keys({ id: 'a', key: '${NOT_SET}', subject: 'a' }), {}, /the variable NOT_SET is not set/],
    [
      'a literal',
      keys({ id: 'a', key: secret, subject: 'a' }),
      {},
      /a secret stands in the configuration itself \(auth\.keys\.0\.key\)/,
    ],
    [
      'the default of a variable',
      keys({ id: 'a', key: `\${K:-${secret}}`, subject: 'a' }),
      {},
      /stands in the configuration itself/,
    ],
    [
      'an unknown member',
      keys({ id: 'a', key: '${K}', subject: 'a', rolse: [] }),
      { K: secret },
      /unknown key "rolse"\n.*"roles"/,
    ],
    ['a missing member', keys({ id: 'a', key: '${K}' }), { K: secret }, /"subject" is missing/],
    [
      'an id twice',
      keys({ id: 'a', key: '${K}', subject: 'a' }, { id: 'a', key: '${K2}', subject: 'a' }),
      { K: secret, K2: `${secret}0` },
      /two keys have the id "a"/,
    ],
  ])('%s', async (name, auth, env, expected) => {
    const file = `${name.replace(/\W/g, '-')}.json`;
    project.write(file, JSON.stringify({ agent: exampleGraph, auth }, null, 2));
    const args = ['check', '--config', file, '--host', '0.0.0.0'];
    const { code, output } = await runAgentflow(args, { directory: project.directory, env });
    expect(output).toMatch(expected);
    expect(code).toBe(2);
    expect(output).not.toContain(secret);
  });

  test('a literal is only told on this machine', async () => {
    project.write('literal.json', { agent: exampleGraph, auth: keys({ id: 'a', key: secret, subject: 'a' }) });
    const { code, output } = await runAgentflow(['check', '--config', 'literal.json'], {
      directory: project.directory,
    });
    expect([code, output.includes('a secret stands in the configuration itself')]).toEqual([0, true]);
  });
});
