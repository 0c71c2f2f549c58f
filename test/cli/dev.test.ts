import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningAgentflow, runAgentflow, startAgentflow } from '../harness/agentflow.js';
import { createProject, exampleGraph, type Project } from '../harness/project.js';
import { say, send } from '../harness/requests.js';

let project: Project;
let server: RunningAgentflow;
const secretFile = () => join(project.directory, '.agentflow/jwt-secret');

beforeAll(async () => {
  project = createProject({ 'agentflow.json': { agent: exampleGraph, auth: 'jwt' } });
  server = await startAgentflow({ directory: project.directory, args: ['dev'] });
});

afterAll(async () => {
  expect(await server.stop()).toBe(0);
  project.remove();
});

/** Waits until the server has printed something as often as wanted. */
const printed = (pattern: RegExp, times: number) =>
  expect.poll(() => server.output().match(pattern)?.length ?? 0).toBeGreaterThanOrEqual(times);

const tokenPrinted = () => /Bearer (\S+)"/.exec(server.output())?.[1] ?? '';

describe('agentflow dev', () => {
  test('makes a secret where none is set, for its owner alone, and git does not see it', () => {
    expect(server.output()).toContain('no JWT secret was set, so one was made for this laptop');
    expect(readFileSync(secretFile(), 'utf8')).toMatch(/^[\da-f]{64}\n$/);
    expect(statSync(secretFile()).mode & 0o777).toBe(0o600);
    expect(statSync(join(project.directory, '.agentflow')).mode & 0o777).toBe(0o700);
    expect(statSync(join(project.directory, '.agentflow/agentflow.db')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(project.directory, '.agentflow/.gitignore'), 'utf8')).toBe('*\n');
  });

  test('prints no secret', () => {
    expect(server.output()).not.toContain(readFileSync(secretFile(), 'utf8').trim());
  });

  test('starts again when the configuration changes, under the same secret; a fault waits to be mended', async () => {
    const me = async (token: string) => (await send(`${server.url}/v1/auth/me`, { token })).status;
    await printed(/^curl .*$/gm, 1);
    const before = tokenPrinted();
    expect(await me(before)).toBe(200);

    project.write('agentflow.json', { agent: exampleGraph, auth: 'jwtt' });
    await printed(/Unsupported auth method/g, 1);
    await printed(/starts again when a file changes/g, 1);

    project.write('agentflow.json', { agent: exampleGraph, auth: 'jwt', shutdown_grace: '1s' });
    await printed(/listening {5}http/g, 2);
    const urls = [...server.output().matchAll(/listening {5}(http:\S+)/g)];
    const url = urls.at(-1)?.[1];
    expect((await send(`${url}/v1/auth/me`, { token: before })).status).toBe(200);
  });

  test('the command line mints with the same secret', async () => {
    const { output, code } = await runAgentflow(['token', '--user', 'bob', '--scope', 'graph:read'], project);
    expect(code).toBe(0);
    const inspected = await runAgentflow(['token', 'inspect', output.trim()], project);
    expect(inspected.output).toContain('accepted  as bob');
  });
});

test('a configuration that is faulty from the start ends dev with exit code 2', async () => {
  const faulty = createProject({ 'agentflow.json': { agent: exampleGraph, auth: 'jwtt' } });
  const { code, output } = await runAgentflow(['dev', '--port', '0'], faulty);
  expect(code).toBe(2);
  expect(output).toContain('Unsupported auth method');
  faulty.remove();
});

test('api makes no secret: without one it does not serve', async () => {
  const bare = createProject({ 'agentflow.json': { agent: exampleGraph, auth: 'jwt' } });
  const { code, output } = await runAgentflow(['api', '--port', '0'], bare);
  expect(code).toBe(2);
  expect(output).toContain('JWT_SECRET_KEY');
  expect(existsSync(join(bare.directory, '.agentflow/jwt-secret'))).toBe(false);
  bare.remove();
});

test('where people sign in, that is tried first', async () => {
  const own = createProject({ 'agentflow.json': { agent: exampleGraph, auth: 'login' } });
  const tried = await startAgentflow({ directory: own.directory, env: { MODE: 'development' } });
  expect(await tried.stop()).toBe(0);
  own.remove();
  expect(tried.output()).toMatch(/sign in {7}POST http:\S+\/v1\/auth\/login\n/);
  expect(tried.output()).toMatch(/^curl -s \S+\/v1\/auth\/login .*'\{"username": "NAME", "password": "…"\}'$/m);
  expect(tried.output()).toMatch(/^curl -s \S+\/v1\/graph\/invoke -H "Authorization: Bearer …" /m);
});

test('a plugin is tried as its own challenge says', async () => {
  const auth = { method: 'custom', path: 'auth.mjs:Mine' };
  const plugin =
    "export class Mine { challenge() { return { scheme: 'Bearer', parameters: { realm: 'mine' } }; } authenticate() { return null; } }";
  const own = createProject({ 'agentflow.json': { agent: exampleGraph, auth }, 'auth.mjs': plugin });
  const tried = await startAgentflow({ directory: own.directory, env: { MODE: 'development' } });
  expect(await tried.stop()).toBe(0);
  own.remove();
  expect(tried.output()).toContain('Try it, with a credential that auth.mjs:Mine takes, in place of the dots:');
  expect(tried.output()).toMatch(/^curl .* -H "Authorization: Bearer …" /m);
});

describe('what is to be tried is good as it stands', () => {
  const editor = { editor: ['graph:*'] };
  const policy = (lines: string) => ({ 'policy.csv': lines });
  const casbin = { method: 'casbin', policy: 'policy.csv' };

  /** What is printed at start, and the token in it. */
  async function tryIt(authorization: object | string | undefined, files: Readonly<Record<string, string>> = {}) {
    const own = createProject({ 'agentflow.json': { agent: exampleGraph, auth: 'jwt', authorization }, ...files });
    const tried = await startAgentflow({ directory: own.directory, args: ['dev', '--no-reload'] });
    const body = say('Who am I?', 'test-1');
    const statusBy = async (token: string) => (await send(`${tried.url}/v1/graph/invoke`, { token, body })).status;
    const whole = /Try it, (.*):\n\n(.*)\n(.*)\n/;
    // It listens before it says so.
    await expect.poll(() => tried.output(), { timeout: 20_000 }).toMatch(whole);
    const [, how = '', first = '', second = ''] = whole.exec(tried.output()) ?? [];
    const end = async () => {
      expect(await tried.stop()).toBe(0);
      own.remove();
    };
    return { how, first, second, statusBy, directory: own.directory, end };
  }

  test.each<[string, object | string | undefined, Readonly<Record<string, string>>, string]>([
    ['by ownership', undefined, {}, 'as the user "demo", for an hour'],
    [
      'by roles',
      { method: 'roles', roles: { reader: ['graph:read'], ...editor } },
      {},
      'as the user "demo", with the role "editor", for an hour',
    ],
    [
      'by roles of which those have one who bring none',
      { method: 'roles', roles: editor, default_role: 'editor' },
      {},
      'as the user "demo", for an hour',
    ],
    ['by a policy for everybody', casbin, policy('p, *, graph, *\n'), 'as the user "demo", for an hour'],
  ])('%s', async (_what, authorization, files, expected) => {
    const { how, first, statusBy, end } = await tryIt(authorization, files);
    expect([how, await statusBy(/Bearer (\S+)"/.exec(first)?.[1] ?? '')]).toEqual([expected, 200]);
    await end();
  });

  test('by a policy that gives somebody without a role nothing, with a token that is minted for it', async () => {
    const { how, first, second, statusBy, directory, end } = await tryIt(casbin, policy('p, user, graph, *\n'));
    expect(how).toContain('"demo" without one may not');
    expect(second).toMatch(/^curl .* -H "Authorization: Bearer …" /);
    const [, ...args] = first
      .replace('ROLE', 'user')
      .replace(/ --config .*/, '')
      .split(' ');
    const { output } = await runAgentflow(args, { directory });
    expect(await statusBy(output.trim())).toBe(200);
    await end();
  });
});
