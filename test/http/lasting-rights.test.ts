import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { auditRowsOf } from '../harness/audit-rows.js';
import { modelWithIds } from '../harness/models.js';
import { createSecret, root } from '../harness/project.js';
import { say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';
import { type OpenStream, openStream } from '../harness/streams.js';
import { answering, verifyEndpoint } from '../harness/verify-endpoint.js';

/* Security bar 61 and 62 over HTTP: whatever ends somebody's right ends what they have going on, and nobody else's. */

const outside = mkdtempSync(join(tmpdir(), 'agentflow-rights-'));
afterAll(() => rmSync(outside, { recursive: true, force: true }));
const uses = join(outside, 'uses');
const says = (name: string) => join(outside, name);

/** Both answer as a file says: the one who somebody is, the other whether they may. */
const plugins = `import { readFileSync } from 'node:fs';
import { AuthorizationBackend, BaseAuth } from 'agentflow';

const word = (name) => readFileSync(process.env.OUTSIDE + '/' + name, 'utf8').trim();

function answer(said) {
  if (said === 'throw') throw new Error('the directory is away');
  return said === 'hang' ? new Promise(() => {}) : said;
}

export class Badges extends BaseAuth {
  async authenticate({ headers }) {
    const badge = headers.get('X-Badge');
    if (badge === null) return null;
    const said = await answer(word(badge));
    return said === 'yes' ? { user_id: badge, role: 'user' } : said === 'other' ? { user_id: 'another', role: 'user' } : null;
  }
}

export class Hours extends AuthorizationBackend {
  async authorize({ user_id }) {
    return user_id !== 'hourly' || (await answer(word('hours'))) === 'yes';
  }
}
`;

const policy = ['p, user, *, *, *', 'p, guest, threads, *, *', 'g, user:linked, user', ''];
const keys = (roles: readonly string[], names = ['kay', 'kim']) =>
  names.map((name) => ({ id: name, key: { env: `KEY_${name.toUpperCase()}` }, subject: name, roles }));
const keyOf = { kay: createSecret(), kim: createSecret() };
const endpoint = verifyEndpoint();

const configuration = (declared: readonly object[]) => ({
  agent: `${join(root, 'test/graphs/long-runs.ts')}:app`,
  auth: [
    { method: 'jwt', clock_tolerance: '0s' },
    { method: 'api_key', keys: declared },
    { method: 'oauth', verify_url: `\${VERIFY_URL}`, cache: '0s', fields: { subject: 'sub', roles: 'roles' } },
    { method: 'custom', path: 'plugins.ts:Badges', deadline: '1s' },
  ],
  authorization: [
    { method: 'casbin', model: 'model.conf', policy: 'policy.csv', reload_interval: '1s' },
    { method: 'custom', path: 'plugins.ts:Hours', deadline: '1s' },
  ],
});

describe('what goes on', () => {
  const server = serve(configuration(keys(['user'])), {
    env: {
      ...{ OUTSIDE: outside, USES_FILE: uses, KEY_KAY: keyOf.kay, KEY_KIM: keyOf.kim },
      get VERIFY_URL() {
        return endpoint.url;
      },
    },
    files: { 'plugins.ts': plugins, 'model.conf': modelWithIds, 'policy.csv': policy.join('\n') },
    prepare: async () => {
      writeFileSync(says('hours'), 'yes');
    },
  });
  const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
  const tokenOf = (subject: string, claims: object = { roles: ['user'] }) => bearer(server.tokenFor(subject, claims));
  const traces = (what: string) =>
    existsSync(uses)
      ? readFileSync(uses, 'utf8')
          .split('\n')
          .filter((line) => line === what).length
      : 0;
  const replace = (file: string, content: string) => {
    writeFileSync(`${file}.new`, content);
    renameSync(`${file}.new`, file);
  };
  const write = (name: string, content: string) => replace(join(server.directory, name), content);
  const reload = (declared: readonly object[]) => {
    write('agentflow.json', JSON.stringify(configuration(declared)));
    server.process.kill('SIGHUP');
  };

  let started = 0;
  /** A run that uses a tool ten times a second, for longer than it takes to end it. */
  const open = (headers: Readonly<Record<string, string>>, way = 'step 30 times every 100 ms') => {
    started += 1;
    const name = `run-${started}`;
    return {
      name,
      asked: openStream(server.url, { headers, body: say(`${name}: ${way}`, name, { recursion_limit: 100 }) }),
    };
  };
  const lastOf = ({ chunks }: OpenStream) => chunks.at(-1);
  const completed = { event: 'updates', data: { status: 'graph_invoked', reason: 'completed' } };
  const errorOf = (stream: OpenStream, code: string, status: number) => ({
    ...{ event: 'error', message: null, state: null },
    data: {
      ...{ code, status, reason: expect.any(String), request_id: stream.headers['x-request-id'] },
      problem: expect.objectContaining({
        code,
        status,
        instance: `urn:uuid:${String(stream.headers['x-request-id'])}`,
      }),
    },
  });

  /** The stream ends soon after the cause, with why; nothing is told or done later; one of somebody else's goes on to its end. */
  async function expectEnd(
    headers: Readonly<Record<string, string>>,
    cause: () => unknown,
    [code, status]: readonly [string, number],
  ): Promise<OpenStream> {
    const run = open(headers);
    const stream = await run.asked;
    expect([stream.status, stream.status === 200 ? '' : stream.text()]).toEqual([200, '']);
    const innocent = await open(tokenOf('ina')).asked;
    await stream.has(4);
    await cause();
    const told = stream.chunks.length;
    expect(await stream.ended).toBe('complete');
    const done = traces(run.name);
    expect(lastOf(stream)).toMatchObject(errorOf(stream, code, status));
    // Ten are told in a second; the end is one more.
    expect(stream.chunks.length - told).toBeLessThanOrEqual(14);
    // The other run measures the time in which nothing must happen any more.
    await innocent.ended;
    expect(lastOf(innocent)).toMatchObject(completed);
    expect(traces(run.name)).toBe(done);
    return stream;
  }

  test('a token that ends after three seconds ends a stream of ten seconds; one that does not, does not', async () => {
    const long = 'step 95 times every 105 ms';
    const [short, twin] = await Promise.all(
      [
        open(tokenOf('alice', { roles: ['user'], exp: Math.floor(Date.now() / 1000) + 3 }), long),
        open(tokenOf('alice'), long),
      ].map(async ({ name, asked }) => ({ name, stream: await asked })),
    );
    if (short === undefined || twin === undefined) throw new Error('two were started');
    await short.stream.ended;
    const done = traces(short.name);
    expect(lastOf(short.stream)).toMatchObject(errorOf(short.stream, 'TOKEN_EXPIRED', 401));
    expect(short.stream.chunks.length).toBeLessThanOrEqual(44);
    await twin.stream.ended;
    expect([traces(short.name), traces(twin.name)]).toEqual([done, 95]);
    expect(lastOf(twin.stream)).toMatchObject(completed);
  });

  test('a static key that is removed from the file', async () => {
    await expectEnd({ 'X-API-Key': keyOf.kay }, () => reload(keys(['user'], ['kim'])), ['AUTH_REQUIRED', 401]);
    reload(keys(['user']));
  });

  test('a static key whose roles are others', async () => {
    await expect
      .poll(async () => (await send(`${server.url}/v1/threads`, { headers: { 'X-API-Key': keyOf.kay } })).status)
      .toBe(200);
    await expectEnd({ 'X-API-Key': keyOf.kay }, () => reload(keys(['guest'])), ['ACCESS_DENIED', 403]);
    reload(keys(['user']));
  });

  test('a token that its verify endpoint knows no more', async () => {
    const token = 'opaque-1-8d1f60a2c7';
    endpoint.on(token, answering({ sub: 'vera', roles: ['user'] }));
    await expectEnd(bearer(token), () => endpoint.on(token, answering({}, 401)), ['AUTH_REQUIRED', 401]);
  });

  test('a verify endpoint that is away: who somebody is cannot be asked', async () => {
    const token = 'opaque-2-8d1f60a2c7';
    endpoint.on(token, answering({ sub: 'vera', roles: ['user'] }));
    await expectEnd(bearer(token), () => endpoint.on(token, answering('gone', 500)), ['UNAVAILABLE', 503]);
  });

  test.each([
    ['does not know them any more', 'no', ['AUTH_REQUIRED', 401]],
    ['takes them for somebody else', 'other', ['AUTH_REQUIRED', 401]],
    ['throws', 'throw', ['UNAVAILABLE', 503]],
    ['hangs', 'hang', ['UNAVAILABLE', 503]],
  ] as const)('a class that authenticates, and now %s', async (_how, said, end) => {
    replace(says('badge'), 'yes');
    await expectEnd({ 'X-Badge': 'badge' }, () => replace(says('badge'), said), end);
  });

  test.each([
    ['says no', 'no', ['ACCESS_DENIED', 403]],
    ['throws', 'throw', ['UNAVAILABLE', 503]],
    ['hangs', 'hang', ['UNAVAILABLE', 503]],
  ] as const)('a class that authorizes, and now %s', async (_how, said, end) => {
    replace(says('hours'), 'yes');
    await expectEnd(tokenOf('hourly'), () => replace(says('hours'), said), end);
    replace(says('hours'), 'yes');
  });

  test('a role that the policy gives no more', async () => {
    await expectEnd(
      tokenOf('linked', {}),
      () => write('policy.csv', policy.filter((line) => !line.startsWith('g,')).join('\n')),
      ['ACCESS_DENIED', 403],
    );
    write('policy.csv', policy.join('\n'));
  });

  test('the audit trail has both ends of the stream, and why it ended', async () => {
    replace(says('badge'), 'yes');
    const stream = await expectEnd({ 'X-Badge': 'badge' }, () => replace(says('badge'), 'no'), ['AUTH_REQUIRED', 401]);
    const rows = await auditRowsOf(server.directory, {
      headers: new Headers({ 'x-request-id': String(stream.headers['x-request-id']) }),
    });
    expect(rows.map(({ event, outcome }) => [event, outcome])).toEqual([
      ['stream-opened', 'allowed'],
      ['stream-closed', 'refused'],
    ]);
  });

  describe('that listens to nothing', () => {
    const way = 'insist 60 times every 50 ms';

    test.each([['stream'], ['invoke']] as const)('uses no tool and no memory after its end: %s', async (kind) => {
      replace(says('badge'), 'yes');
      const headers = { 'X-Badge': 'badge' };
      const ask = (path: string, body: object) => send(`${server.url}${path}`, { headers, body });
      const memories = async () => (await ask('/v1/store/search', { query: '', limit: 100 })).body.data.results.length;
      await ask('/v1/store/memories/forget', {});
      const name = `deaf-${kind}`;
      const answer = ask(`/v1/graph/${kind}`, say(`${name}: ${way}`, name));
      await expect.poll(() => traces(name)).toBeGreaterThan(6);
      replace(says('badge'), 'no');
      const { status, text } = await answer;
      const done = traces(name);
      const tried = traces(`${name} tries`);
      expect([status, text]).toEqual([kind === 'invoke' ? 401 : 200, expect.stringContaining('"AUTH_REQUIRED"')]);
      expect(done).toBeLessThan(3 * 40);
      await expect.poll(() => traces(`${name} tries`), { timeout: 10_000 }).toBe(60);
      expect([traces(name), tried < 50]).toEqual([done, true]);
      replace(says('badge'), 'yes');
      expect(await memories()).toBeLessThanOrEqual(Math.ceil(done / 3));
      expect(await memories()).toBeGreaterThan(0);
    });

    test('does all of it where nothing ends it', async () => {
      const name = 'deaf-innocent';
      const { status } = await send(`${server.url}/v1/graph/invoke`, {
        headers: tokenOf('ina'),
        body: say(`${name}: ${way}`, name),
      });
      expect([status, traces(name)]).toEqual([200, 180]);
    });
  });

  describe('an invoke', () => {
    test.each([
      ['401', { 'X-Badge': 'badge' }, says('badge'), 401],
      ['403', undefined, says('hours'), 403],
    ] as const)('that lasts ends as %s', async (_end, headers, file, status) => {
      replace(file, 'yes');
      const name = `invoke-${status}`;
      const body = say(`${name}: step 30 times every 100 ms`, name, { recursion_limit: 100 });
      const answer = send(`${server.url}/v1/graph/invoke`, { headers: headers ?? tokenOf('hourly'), body });
      await expect.poll(() => traces(name)).toBeGreaterThan(2);
      replace(file, 'no');
      const { status: told, headers: answered } = await answer;
      expect([told, answered.has('www-authenticate')]).toEqual([status, true]);
      expect(traces(name)).toBeLessThan(20);
      replace(file, 'yes');
    });

    test('that waits for its thread ends there, and its run never begins', async () => {
      replace(says('badge'), 'yes');
      const headers = { 'X-Badge': 'badge' };
      const ask = (text: string) => send(`${server.url}/v1/graph/invoke`, { headers, body: say(text, 'queue') });
      // The same principal, by another credential.
      const first = send(`${server.url}/v1/graph/invoke`, {
        headers: tokenOf('badge'),
        body: say('first: step 20 times every 100 ms', 'queue'),
      });
      await expect.poll(() => traces('first')).toBeGreaterThan(0);
      const waiting = ask('second: step 1 times');
      await sleep(300);
      replace(says('badge'), 'no');
      expect((await waiting).status).toBe(401);
      expect([(await first).status, traces('first')]).toEqual([200, 20]);
      replace(says('badge'), 'yes');
      expect((await ask('third: step 1 times')).status).toBe(200);
      expect([traces('second'), traces('third')]).toEqual([0, 1]);
    });
  });
});
