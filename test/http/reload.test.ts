import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createSecret, root } from '../harness/project.js';
import { configuration, keyPlugin, type ReloadingServer, startReloading } from '../harness/reloading.js';
import { say, send } from '../harness/requests.js';
import { tokenFor } from '../harness/tokens.js';

/* The configuration of a process that serves, read anew at SIGHUP (security bar 76). */

const digest = /^[\da-f]{64}$/;
const patient = { timeout: 30_000, interval: 20 };
const plugin = { method: 'custom', path: 'auth.ts:Keys' };

const me = (server: ReloadingServer, headers: Readonly<Record<string, string>> = {}) =>
  send(`${server.url}/v1/auth/me`, { headers });
const status = async (server: ReloadingServer, headers?: Readonly<Record<string, string>>) =>
  (await me(server, headers)).status;
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const ready = async (server: ReloadingServer) => (await send(`${server.url}/ready`)).status;

function lifeOf({ project }: ReloadingServer): readonly string[] {
  const file = join(project.directory, 'life.txt');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
}

describe('what is taken over', () => {
  test('another secret, from the file of variables: the old tokens are nobody’s at once', async () => {
    const [first, second] = [createSecret(), createSecret()];
    const [old, fresh] = [tokenFor('alice', first), tokenFor('alice', second)];
    const server = await startReloading({
      'agentflow.json': configuration({ auth: 'jwt' }),
      '.env': `JWT_SECRET_KEY=${first}\n`,
    });
    expect([await status(server, bearer(old)), await status(server, bearer(fresh))]).toEqual([200, 401]);
    expect(await server.reload({ '.env': `JWT_SECRET_KEY=${second}\n` })).toBe('in force');
    expect([await status(server, bearer(old)), await status(server, bearer(fresh))]).toEqual([401, 200]);
    // And back, with the newer one still good.
    const both = `JWT_SECRET_KEY=${first}\nJWT_SECRET_KEY_PREVIOUS=${second}\n`;
    expect(await server.reload({ '.env': both })).toBe('in force');
    expect([await status(server, bearer(old)), await status(server, bearer(fresh))]).toEqual([200, 200]);
    expect(server.output()).not.toMatch(new RegExp(`${first}|${second}`));
  });

  test('another secret, from a file of its own that JWT_SECRET_KEY_FILE names', async () => {
    const [first, second] = [createSecret(), createSecret()];
    const server = await startReloading(
      { 'agentflow.json': configuration({ auth: 'jwt' }), secret: `${first}\n` },
      { env: { JWT_SECRET_KEY_FILE: 'secret' } },
    );
    expect(await status(server, bearer(tokenFor('alice', first)))).toBe(200);
    expect(await server.reload({ secret: `${second}\n` })).toBe('in force');
    expect(await status(server, bearer(tokenFor('alice', first)))).toBe(401);
    expect(await status(server, bearer(tokenFor('alice', second)))).toBe(200);
    await expect.poll(() => server.rowsAboutConfiguration(), patient).toHaveLength(2);
    const [loaded, changed] = server.rowsAboutConfiguration();
    expect(changed?.event).toBe('configuration-changed');
    expect(changed?.detail.from).toBe(loaded?.detail.to);
    expect(changed?.detail.to).not.toBe(loaded?.detail.to);
  });

  test('another method, roles, scopes and the like', async () => {
    const [key, secret] = [createSecret(), createSecret()];
    const roles = (reader: readonly string[]) => ({ method: 'roles', roles: { reader } });
    const server = await startReloading({
      'agentflow.json': configuration({ auth: 'api_key' }),
      '.env': `API_KEY=${key}\nJWT_SECRET_KEY=${secret}\n`,
    });
    const token = tokenFor('alice', secret, { role: 'reader' });
    const scoped = tokenFor('alice', secret, { role: 'reader', scope: 'workflow:look' });
    const threads = async (given: string) => (await send(`${server.url}/v1/threads`, { token: given })).status;
    expect([await status(server, { 'X-API-Key': key }), await threads(token)]).toEqual([200, 401]);
    const jwt = { auth: 'jwt', authorization: roles(['graph:*']) };
    expect(await server.reload({ 'agentflow.json': configuration(jwt) })).toBe('in force');
    expect([await status(server, { 'X-API-Key': key }), await threads(token)]).toEqual([401, 403]);
    const more = { ...jwt, authorization: roles(['graph:*', 'threads:read']) };
    expect(await server.reload({ 'agentflow.json': configuration(more) })).toBe('in force');
    expect([await threads(token), await threads(scoped)]).toEqual([200, 403]);
    const scopes = { 'workflow:look': ['threads:read'] };
    expect(await server.reload({ 'agentflow.json': configuration({ ...more, scopes }) })).toBe('in force');
    expect([await threads(token), await threads(scoped)]).toEqual([200, 200]);
    const page = { Origin: 'https://app.example.com' };
    const allowed = async () => (await me(server, page)).headers.get('access-control-allow-origin');
    expect(await allowed()).toBeNull();
    const cors = { origins: ['https://app.example.com'] };
    expect(await server.reload({ 'agentflow.json': configuration({ ...more, cors }) })).toBe('in force');
    expect(await allowed()).toBe('https://app.example.com');
  });

  test('the code of a plugin, with what it imports and what its variables say', async () => {
    const names = (name: string) => `export const name: string = '${name}';\n`;
    const code = (word: string) => `import { BaseAuth } from 'agentflow';
import { name } from './lib/names.js';
const variable = process.env.SOME_NAME;
export class Keys extends BaseAuth {
  authenticate() { return { user_id: name, word: '${word}', variable, now: process.env.SOME_NAME }; }
}
`;
    const server = await startReloading({
      'agentflow.json': configuration({ auth: plugin }),
      ...{ 'auth.ts': code('one'), 'lib/names.ts': names('ann'), '.env': 'SOME_NAME=x\n' },
    });
    const seen = async () => {
      const { user_id: id, claims } = (await me(server)).body;
      return [id, claims.word, claims.variable, claims.now];
    };
    expect(await seen()).toEqual(['ann', 'one', 'x', 'x']);
    expect(await server.reload({ 'lib/names.ts': names('bea') })).toBe('in force');
    expect(await seen()).toEqual(['bea', 'one', 'x', 'x']);
    expect(await server.reload({ 'auth.ts': code('two'), '.env': 'SOME_NAME=y\n' })).toBe('in force');
    expect(await seen()).toEqual(['bea', 'two', 'y', 'y']);
    // What could not be used leaves neither its code nor its variables.
    const bad = { 'auth.ts': code('three').replace('{ return', '{ return return'), '.env': 'SOME_NAME=z\n' };
    expect(await server.reload(bad)).toBe('refused');
    expect(await seen()).toEqual(['bea', 'two', 'y', 'y']);
    expect(await server.reload({ 'auth.ts': code('four') })).toBe('in force');
    expect(await seen()).toEqual(['bea', 'four', 'z', 'z']);
    await expect.poll(() => server.rowsAboutConfiguration(), patient).toHaveLength(5);
    const digests = server.rowsAboutConfiguration().map(({ detail }) => detail.to);
    expect(new Set(digests).size).toBe(5);
    expect(digests.every((one) => digest.test(one))).toBe(true);
  });
});

describe('under load', () => {
  /** Callers that ask without a pause, and what each was answered, until they are told to stop. */
  function load(count: number, ask: () => Promise<string>) {
    const answers: string[] = [];
    const over = new AbortController();
    const callers = Array.from({ length: count }, async () => {
      while (!over.signal.aborted) answers.push(await ask());
    });
    return {
      answers,
      async end() {
        over.abort();
        await Promise.all(callers);
        return new Map([...new Set(answers)].map((one) => [one, answers.filter((other) => other === one).length]));
      },
    };
  }

  test('no answer is of two configurations, or of none, whatever bad files come between', {
    timeout: 120_000,
  }, async () => {
    // Who has the role of one configuration may do nothing by the roles of the other.
    const of = (name: string) => ({
      'agentflow.json': configuration({
        auth: plugin,
        authorization: { method: 'roles', roles: { [name]: ['threads:read', 'session:read'] } },
      }),
      'auth.ts': keyPlugin(name),
    });
    const bad = [
      { 'agentflow.json': '{' },
      { 'agentflow.json': configuration({ auth: plugin, authorisation: 'ownership' }) },
      { 'agentflow.json': configuration({ auth: 'jwt' }) },
      { 'auth.ts': keyPlugin('bad', { before: "throw new Error('not today');" }) },
    ];
    const server = await startReloading(of('one'));
    const whole = load(20, async () => {
      const { status: code, body } = await me(server, { 'X-Key': 'any' });
      return `${code} ${body.user_id} ${body.permissions}`;
    });
    const lists = load(4, async () => {
      const answer = await send(`${server.url}/v1/threads`, { headers: { 'X-Key': 'any' } });
      return String(answer.status);
    });
    const outcomes: string[] = [];
    for (let round = 0; round < 12; round += 1) {
      const name = round % 2 === 0 ? 'two' : 'one';
      outcomes.push(await server.reload(bad[round % bad.length]));
      outcomes.push(await server.reload(of(name)));
      expect((await me(server, { 'X-Key': 'any' })).body.user_id).toBe(name);
      expect(await ready(server)).toBe(200);
    }
    const [answers, listed] = [await whole.end(), await lists.end()];
    expect(outcomes).toEqual(Array.from({ length: 12 }, () => ['refused', 'in force']).flat());
    expect([...answers.keys()].toSorted()).toEqual([
      '200 one checkpointer:read,session:read',
      '200 two checkpointer:read,session:read',
    ]);
    expect([...listed.keys()]).toEqual(['200']);
    expect(Math.min(...answers.values())).toBeGreaterThan(20);
    await server.stop();
    const life = lifeOf(server);
    expect(life.filter((line) => line.startsWith('made')).length).toBe(13);
    expect(life.filter((line) => line.startsWith('closed')).length).toBe(13);
  });

  test('once it is in force, the old credential is good for nobody', { timeout: 60_000 }, async () => {
    const secrets = [createSecret(), createSecret()] as const;
    const variables = (index: number) => ({ '.env': `JWT_SECRET_KEY=${secrets[index % 2]}\n` });
    const tokens = secrets.map((secret) => tokenFor('alice', secret));
    const server = await startReloading({ 'agentflow.json': configuration({ auth: 'jwt' }), ...variables(0) });
    const running = load(20, async () => String(await status(server, bearer(tokens[0] ?? ''))));
    for (let round = 1; round <= 20; round += 1) {
      expect(await server.reload(variables(round))).toBe('in force');
      const now = await Promise.all(tokens.map((token) => status(server, bearer(token))));
      expect(now).toEqual(round % 2 === 1 ? [401, 200] : [200, 401]);
    }
    expect([...(await running.end()).keys()].toSorted()).toEqual(['200', '401']);
  });

  /** From when a plugin is first evaluated: which there are, also those that keep no process alive. */
  const countingIntervals = `const known: any = globalThis;
const intervals: Set<unknown> = (known.intervals ??= new Set());
if (known.begin === undefined) {
  const [begin, end] = [setInterval, clearInterval];
  known.begin = begin;
  known.setInterval = (...given: any) => {
    const timer = (begin as any)(...given);
    intervals.add(timer);
    return timer;
  };
  known.clearInterval = (timer: any) => {
    intervals.delete(timer);
    end(timer);
  };
}
`;

  test('two hundred times leaves nothing behind', { timeout: 120_000 }, async () => {
    const claims = `{
      resources: process.getActiveResourcesInfo().filter((name) => !/TCP|Immediate/.test(name)).toSorted(),
      intervals: intervals.size,
      listeners: process.eventNames().map((name) => process.listenerCount(name)),
    }`;
    const files = {
      'agentflow.json': configuration({ auth: plugin, authorization: { method: 'casbin', policy: 'policy.csv' } }),
      ...{ 'auth.ts': `${countingIntervals}${keyPlugin('one', { claims })}`, 'policy.csv': 'p, one, *, *\n' },
    };
    const server = await startReloading(files);
    const held = async () => {
      const { resources, ...more } = (await me(server, { 'X-Key': 'one' })).body.claims;
      // A file that is being looked at just now is no leak.
      return { ...more, resources: resources.filter((one: string) => one !== 'FSReqCallback') };
    };
    await server.reload();
    const before = await held();
    expect(before.intervals).toBeGreaterThan(0);
    for (let round = 0; round < 200; round += 1) expect(await server.reload()).toBe('in force');
    await expect.poll(() => lifeOf(server).filter((line) => line === 'closed one').length, patient).toBe(201);
    expect(lifeOf(server).filter((line) => line === 'made one').length).toBe(202);
    await expect.poll(held).toEqual(before);
  });
});

/** A stream of a graph that takes its time, read as it comes. */
async function openStream(server: ReloadingServer, text: string) {
  const response = await fetch(`${server.url}/v1/graph/stream`, {
    method: 'POST',
    headers: { 'X-Key': 'any', 'Content-Type': 'application/json' },
    body: JSON.stringify(say(text, 'kitchen', { recursion_limit: 100 })),
  });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let received = '';
  const readOn = async () => {
    const { done, value } = await reader.read();
    received += decoder.decode(value, { stream: !done });
    return !done;
  };
  return {
    status: response.status,
    async until(wanted: string) {
      while (!received.includes(wanted)) expect(await readOn()).toBe(true);
    },
    async toEnd() {
      while (await readOn());
      return received;
    },
  };
}

describe('a stream that began before', () => {
  const agent = `${join(root, 'test/graphs/slow.ts')}:app`;
  const of = (name: string, uses: boolean, role = name) => ({
    'agentflow.json': {
      ...{ agent, auth: plugin, guard: ['node'] },
      authorization: { method: 'roles', roles: { [role]: ['graph:*', ...(uses ? ['node:use'] : [])] } },
    },
    'auth.ts': keyPlugin(name),
  });
  const again = (made: string) => keyPlugin('one').replace("tell('made one')", `tell('made ${made}')`);

  test('goes on to its end where what comes after it allows it too, and only then is what it began with closed, once', async () => {
    const server = await startReloading(of('one', true));
    const stream = await openStream(server, 'stew: 20 steps of 100 ms');
    await stream.until('step 1');
    const closing = (name: string) => again(name).replace("tell('closed one')", `tell('closed ${name}')`);
    expect(await server.reload({ 'auth.ts': closing('one again') })).toBe('in force');
    expect(await server.reload({ 'auth.ts': closing('one at last') })).toBe('in force');
    await expect.poll(() => lifeOf(server), patient).toContain('closed one again');
    expect(lifeOf(server)).not.toContain('closed one');
    const received = await stream.toEnd();
    expect(received).toContain('step 20');
    expect(received).toContain('"reason":"completed"');
    await expect.poll(() => lifeOf(server), patient).toContain('closed one');
    await server.stop();
    const closed = lifeOf(server).filter((line) => line.startsWith('closed'));
    expect(closed).toEqual(['closed one again', 'closed one', 'closed one at last']);
  });

  test.each([
    ['knows nobody by what was presented', of('two', true), 'AUTH_REQUIRED'],
    ['withholds the permission', of('one', true, 'two'), 'ACCESS_DENIED'],
    ['withholds the node', of('one', false), 'ACCESS_DENIED'],
  ])('ends where what comes after it %s', async (_what, next, code) => {
    const server = await startReloading(of('one', true));
    const stream = await openStream(server, 'stew: 100 steps of 100 ms');
    await stream.until('step 1');
    expect(await server.reload(next)).toBe('in force');
    const received = await stream.toEnd();
    expect(JSON.parse(received.trim().split('\n').at(-1) ?? '')).toMatchObject({ event: 'error', data: { code } });
    expect(received).not.toContain('step 100');
    await expect.poll(() => lifeOf(server), patient).toContain('closed one');
  });

  test('is refused by what it began with, where that refuses', async () => {
    const server = await startReloading(of('one', false));
    const stream = await openStream(server, 'stew: 3 steps of 0 ms');
    expect([stream.status, (await stream.toEnd()).includes('step 1')]).toEqual([200, false]);
  });

  test('SIGHUP while the server ends is ignored', async () => {
    const server = await startReloading(of('one', true));
    const stream = await openStream(server, 'stew: 8 steps of 200 ms');
    await stream.until('step 1');
    const ended = server.stop();
    await expect.poll(() => server.said('ending:'), patient).toBe(1);
    server.project.write('auth.ts', keyPlugin('two'));
    server.process.kill('SIGHUP');
    await expect.poll(() => server.said('SIGHUP is ignored'), patient).toBe(1);
    expect(await stream.toEnd()).toContain('step 8');
    expect(await ended).toBe(0);
    expect(lifeOf(server)).toEqual(['made one', 'closed one']);
  });
});

describe('what is refused', () => {
  const good = {
    'agentflow.json': configuration({ auth: plugin, authorization: { method: 'casbin', policy: 'policy.csv' } }),
    ...{ 'auth.ts': keyPlugin('one'), 'policy.csv': 'p, one, *, *\n' },
  };
  const withAuth = (...auth: readonly unknown[]) => ({
    'agentflow.json': configuration({ auth, authorization: { method: 'casbin', policy: 'policy.csv' } }),
  });
  const withKey = (more: object) => ({
    'agentflow.json': configuration({
      auth: plugin,
      authorization: { method: 'casbin', policy: 'policy.csv' },
      ...more,
    }),
  });

  test('everything stays as it was, and the log and the trail say why', { timeout: 60_000 }, async () => {
    const server = await startReloading(good);
    const cases: readonly (readonly [Readonly<Record<string, string | object>>, RegExp])[] = [
      [{ 'agentflow.json': '{"agent": ' }, /agentflow\.json:1:\d+ {2}not JSON/],
      [withKey({ autz: {} }), /agentflow\.json:\d+:\d+ {2}.*autz/],
      [withAuth(plugin, 'jwt'), /agentflow\.json:\d+:\d+ {2}.*secret/],
      [{ 'auth.ts': keyPlugin('two', { before: "throw new Error('not today');" }) }, /not today/],
      [{ 'auth.ts': 'export class Keys {' }, /auth\.ts:Keys cannot be imported/],
      [{ 'auth.ts': 'export class Keys {}\n' }, /has no method \\?"authenticate/],
      [{ 'policy.csv': 'p, one, graf, *\n' }, /policy\.csv.*graf/],
      [withKey({ env: 'absent.env' }), /absent\.env does not exist/],
      [withKey({ cors: { origins: ['nonsense'] } }), /not an origin/],
      [withKey({ agent: `${join(root, 'test/graphs/slow.ts')}:app` }), /restart is needed.*agent/],
      [withKey({ guard: ['tool'], thread_wait: '5s' }), /restart is needed.*guard.*thread_wait/],
      [{ 'agentflow.json': configuration({}) }, /restart is needed.*auth/],
      [
        { '.env': 'PORT=1\nHOST=127.0.0.2\nMODE=development\nDATABASE_URL=postgres://127.0.0.1/x\n' },
        /HOST and MODE and DATABASE_URL/,
      ],
    ];
    for (const [index, [files, why]] of cases.entries()) {
      expect([index, await server.reload(files)]).toEqual([index, 'refused']);
      const told =
        server
          .output()
          .split('\n')
          .findLast((line) => line.includes('the one in force stays')) ?? '';
      expect(told).toMatch(why);
      expect(await status(server, { 'X-Key': 'one' })).toBe(200);
      expect((await send(`${server.url}/v1/threads`, { headers: { 'X-Key': 'one' } })).status).toBe(200);
      expect(await ready(server)).toBe(200);
      for (const [file, content] of Object.entries(good)) server.project.write(file, content);
      rmSync(join(server.project.directory, '.env'), { force: true });
    }
    await expect.poll(() => server.rowsAboutConfiguration(), patient).toHaveLength(cases.length + 1);
    const [loaded, ...refused] = server.rowsAboutConfiguration();
    expect(loaded).toMatchObject({
      event: 'configuration-loaded',
      outcome: 'allowed',
      detail: { from: null },
      count: 1,
    });
    for (const row of refused) {
      const from = loaded?.detail.to;
      expect(row).toMatchObject({ event: 'configuration-refused', outcome: 'refused', detail: { from }, count: 1 });
      expect(row.detail.to).toMatch(digest);
      expect(row.detail.to).not.toBe(from);
      expect(row.reason).not.toBe('');
    }
    // The first is still in force, and what was made beside the faults was closed at once.
    expect(await server.reload()).toBe('in force');
    await server.stop();
    const life = lifeOf(server);
    const [made, closed] = ['made', 'closed'].map((what) => life.filter((line) => line.startsWith(what)).length);
    expect(made).toBeGreaterThan(4);
    expect(closed).toBe(made);
  });

  test('a plugin that hangs is given up, and closed when it comes after all', { timeout: 60_000 }, async () => {
    const server = await startReloading(good);
    const late = keyPlugin('late').concat(
      'export const late = () => new Promise((resolve) => setTimeout(() => resolve(new Keys()), 16_000));\n',
      'export const never = () => new Promise(() => undefined);\n',
    );
    const files = {
      'late.ts': late,
      ...withAuth({ method: 'custom', path: 'late.ts:late' }, { method: 'custom', path: 'auth.ts:Keys' }),
    };
    const reloading = server.reload(files);
    for (let index = 0; index < 10; index += 1) expect(await status(server, { 'X-Key': 'one' })).toBe(200);
    // Asked again meanwhile, and again: it is read once more afterwards.
    server.project.write('auth.ts', keyPlugin('two'));
    expect(await reloading).toBe('refused');
    expect(server.output()).toMatch(/agentflow\.json:\d+:\d+ {2}the making of \\?"custom\\?" did not answer within/);
    expect(lifeOf(server)).toEqual(['made one', 'made two', 'closed two']);
    await expect.poll(() => lifeOf(server), patient).toContain('closed late');
    expect(await status(server, { 'X-Key': 'one' })).toBe(200);
    expect(lifeOf(server)).toEqual(['made one', 'made two', 'closed two', 'made late', 'closed late']);
  });

  test('SIGHUP while a configuration is read: once more afterwards, however often', { timeout: 60_000 }, async () => {
    const slow = `${keyPlugin('slow')}
export const made = () => new Promise((resolve) => setTimeout(() => resolve(new Keys()), 1_000));
`;
    const auth = { method: 'custom', path: 'slow.ts:made' };
    const server = await startReloading({ 'agentflow.json': configuration({ auth }), 'slow.ts': slow });
    for (let index = 1; index <= 5; index += 1) {
      server.process.kill('SIGHUP');
      // Several signals at once are one to the kernel.
      await expect.poll(() => server.said('SIGHUP: reading'), patient).toBe(index);
    }
    await expect.poll(() => server.said('configuration is in force'), patient).toBe(2);
    expect(await server.reload()).toBe('in force');
    expect(server.said('configuration is in force')).toBe(3);
    await expect.poll(() => lifeOf(server).filter((line) => line === 'closed slow').length, patient).toBe(3);
    expect(lifeOf(server).filter((line) => line === 'made slow').length).toBe(4);
  });
});

test('without "auth" too; but nobody is let in by it who was not before', async () => {
  const of = (...permissions: readonly string[]) => ({
    'agentflow.json': configuration({
      authorization: { method: 'roles', roles: { administrator: permissions } },
    }),
  });
  const server = await startReloading(of('threads:read'));
  const threads = async () => (await send(`${server.url}/v1/threads`)).status;
  const forwarded = () => me(server, { Forwarded: 'for=192.0.2.1' });
  expect([await threads(), (await forwarded()).status]).toEqual([200, 403]);
  expect(await server.reload(of('graph:invoke'))).toBe('in force');
  expect([await threads(), (await forwarded()).status]).toEqual([403, 403]);
  expect(await server.reload({ ...of('threads:read'), '.env': 'AGENTFLOW_INSECURE_NO_AUTH=1\n' })).toBe('refused');
  expect(server.output()).toMatch(/restart is needed.*AGENTFLOW_INSECURE_NO_AUTH/);
  expect([await threads(), (await forwarded()).status]).toEqual([403, 403]);
});

test('files that change while they are read are read once more: what is in force is what they hold', async () => {
  const slow = keyPlugin('slow', { claims: '{ word: process.env.WORD }' }).concat(
    'export const made = () => new Promise((resolve) => setTimeout(() => resolve(new Keys()), 1_000));\n',
  );
  const auth = { method: 'custom', path: 'slow.ts:made' };
  const server = await startReloading({
    'agentflow.json': configuration({ auth }),
    ...{ 'slow.ts': slow, '.env': 'WORD=one\n' },
  });
  const reloading = server.reload({ '.env': 'WORD=two\n' });
  await expect.poll(() => server.said('SIGHUP: reading'), patient).toBe(1);
  server.project.write('.env', 'WORD=three\n');
  expect(await reloading).toBe('in force');
  expect((await me(server, { 'X-Key': 'slow' })).body.claims.word).toBe('three');
  await expect.poll(() => lifeOf(server).filter((line) => line === 'closed slow').length, patient).toBe(2);
  expect(lifeOf(server).filter((line) => line === 'made slow').length).toBe(3);
  expect(server.said('configuration is in force')).toBe(1);
});

test('"agentflow dev" hands SIGHUP on to the server that it has started', async () => {
  const files = { 'agentflow.json': configuration({ auth: plugin }), 'auth.ts': keyPlugin('one') };
  const server = await startReloading(files, { args: ['dev', '--no-reload'] });
  await expect.poll(() => status(server, { 'X-Key': 'one' }), patient).toBe(200);
  expect(server.output()).toMatch(/config {2,}agentflow\.json {2}digest [\da-f]{12}\n/);
  expect(await server.reload({ 'auth.ts': keyPlugin('two') })).toBe('in force');
  expect([await status(server, { 'X-Key': 'one' }), await status(server, { 'X-Key': 'two' })]).toEqual([401, 200]);
  expect(await server.reload({ 'auth.ts': 'export class Keys {' })).toBe('refused');
  expect(server.output()).toMatch(
    /error: the changed configuration cannot be used.*\n.*agentflow\.json:\d+:\d+ .*auth\.ts:Keys/,
  );
  expect(await status(server, { 'X-Key': 'two' })).toBe(200);
});

describe('code that is evaluated once', () => {
  const own = (name: string) => `import { appendFileSync } from 'node:fs';
class Keys {
  authenticate() { return { user_id: '${name}' }; }
  close() { appendFileSync(process.env.LIFE_FILE, 'closed\\n'); }
}
export const keys = new Keys();
`;

  test('a module that Node itself has imported stays, and a change of it is refused', async () => {
    const auth = { method: 'custom', path: 'auth.mjs:keys' };
    const server = await startReloading({ 'agentflow.json': configuration({ auth }), 'auth.mjs': own('ann') });
    expect(await server.reload()).toBe('in force');
    expect(server.output()).toMatch(/auth\.mjs is evaluated once.*changed code takes a restart/);
    // The one instance is the next configuration's too: it is not closed under it.
    expect([(await me(server)).body.user_id, lifeOf(server)]).toEqual(['ann', []]);
    expect(await server.reload({ 'auth.mjs': own('bea') })).toBe('refused');
    expect(server.output()).toMatch(/restart is needed.*evaluated once.*auth\.mjs/);
    expect((await me(server)).body.user_id).toBe('ann');
    await server.stop();
    expect(lifeOf(server)).toEqual(['closed']);
  });

  test('so does what Node has imported for a plugin', async () => {
    const code = `import { name } from './names.mjs';
export class Keys { authenticate() { return { user_id: name }; } }
`;
    const names = (name: string) => `export const name = '${name}';\n`;
    const server = await startReloading({
      'agentflow.json': configuration({ auth: plugin }),
      ...{ 'auth.ts': code, 'names.mjs': names('ann') },
    });
    expect(await server.reload()).toBe('in force');
    expect(await server.reload({ 'names.mjs': names('bea') })).toBe('refused');
    expect(server.output()).toMatch(/restart is needed.*names\.mjs/);
    expect((await me(server)).body.user_id).toBe('ann');
  });

  test('and so does the graph, with all that belongs to it', async () => {
    const graph = (word: string) => `import { word } from './shared.js';
import { BaseAuth } from 'agentflow';
export const app = { invoke: () => ({ messages: [{ role: 'assistant', content: word }] }), word: '${word}' };
export class Keys extends BaseAuth { authenticate() { return { user_id: word }; } }
`;
    const server = await startReloading({
      'agentflow.json': { agent: 'graph.ts:app', auth: { method: 'custom', path: 'graph.ts:Keys' } },
      ...{ 'graph.ts': graph('one'), 'shared.ts': "export const word = 'ann';\n" },
    });
    expect((await me(server)).body.user_id).toBe('ann');
    expect(await server.reload()).toBe('in force');
    expect(await server.reload({ 'shared.ts': "export const word = 'bea';\n" })).toBe('refused');
    expect(server.output()).toMatch(/restart is needed.*shared\.ts/);
    expect((await me(server)).body.user_id).toBe('ann');
  });
});
