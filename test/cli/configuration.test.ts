import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runAgentflow } from '../harness/agentflow.js';
import { createProject, createSecret, exampleGraph, type Project } from '../harness/project.js';
import { faultsOf } from '../harness/validate.js';
import { files } from './faulty-configurations.js';

let project: Project;
const env = { JWT_SECRET_KEY: createSecret() };

beforeAll(() => {
  project = createProject({ ...files, 'policy.csv': 'p, user, graph, invoke\n' });
});

afterAll(() => project.remove());

let count = 0;

/** Each case has a file of its own, so that they can be checked side by side. */
async function check(content: string | object, more: Readonly<Record<string, string | undefined>> = {}) {
  count += 1;
  const file = `case-${count}.json`;
  project.write(file, content);
  return runAgentflow(['check', '--config', file], { directory: project.directory, env: { ...env, ...more } });
}

describe.concurrent('what is faulty is refused', () => {
  test('all faults are told at once', async () => {
    const { output, code } = await check({ agent: 'none.ts:app', auth: { method: 'custom', path: 'plugins.ts:text' } });
    expect(code).toBe(2);
    expect(output).toContain('none.ts:app: there is no such module');
    expect(output).toContain('has no method "authenticate"');
    expect(output).toContain('2 faults');
  });

  test('faults of scopes and of roles, too', async () => {
    const authorization = { method: 'roles', roles: { user: ['grap:invoke'] } };
    const { output, code } = await check({ agent: exampleGraph, authorization, scopes: { x: ['store:invoke'] } });
    expect(code).toBe(2);
    expect(output).toContain('there is no resource "grap"');
    expect(output).toContain('"store" does not have the action "invoke"');
    expect(output).toContain('2 faults');
  });

  test('a secret that is too short is not repeated', async () => {
    const { code, output } = await check({ agent: exampleGraph, auth: 'jwt' }, { JWT_SECRET_KEY: 'short-secret' });
    expect(code).toBe(2);
    expect(output).toContain('has 12 bytes');
    expect(output).not.toContain('short-secret');
  });

  test.each<[string, string, RegExp]>([
    [
      'written out',
      'd41d8cd98f00b204e9800998ecf8427e5f0c1d2e3b4a5968',
      /a secret stands in the configuration itself \(auth\.secret\)/,
    ],
    [
      'as a default',
      '${NO_SUCH:-d41d8cd98f00b204e9800998ecf8427e5f0c1d2e3b4a5968}',
      /a secret stands in the configuration itself \(auth\.secret\)/,
    ],
    [
      'in part',
      'd41d8cd98f00b204e9800998${JWT_SECRET_KEY}',
      /a secret stands in the configuration itself \(auth\.secret\)/,
    ],
  ])('a secret %s: a warning on this machine, a refusal where strangers come', async (_what, secret, expected) => {
    count += 1;
    const file = `case-${count}.json`;
    project.write(file, { agent: exampleGraph, auth: { method: 'jwt', secret } });
    const at = { directory: project.directory, env };
    const here = await runAgentflow(['check', '--config', file], at);
    expect(here.output).toMatch(expected);
    expect(here.code).toBe(0);
    const open = await runAgentflow(['check', '--config', file, '--host', '0.0.0.0'], at);
    expect(open.output).toMatch(expected);
    expect(open.output).toContain('Write ${NAME} and set the variable');
    expect(open.code).toBe(2);
    expect(here.output + open.output).not.toContain('d41d8cd9');
  });

  const proxies = { trusted_proxies: ['127.0.0.1'] };
  const publicUrl = { public_url: 'https://agents.example.com' };
  test.each<[string, object, Readonly<Record<string, string>>]>([
    ['it listens for them', {}, { HOST: '0.0.0.0' }],
    ['a proxy is named', proxies, {}],
    ['the environment names a proxy', {}, { TRUSTED_PROXIES: '10.0.0.0/8' }],
    ['everybody is taken for a proxy', { insecure_trust_all_proxies: true }, {}],
    ['it is known to the world', publicUrl, {}],
    ['the environment says how it is known to the world', {}, { PUBLIC_URL: 'https://agents.example.com' }],
  ])('where strangers come, because %s, what is weak is refused; not in development', async (_what, more, says) => {
    const weak = 'changemechangemechangeme';
    const auth = [{ method: 'api_key', keys: [{ id: 'ci', key: weak, subject: 'ci' }] }, 'jwt'];
    count += 1;
    const file = `case-${count}.json`;
    project.write(file, { agent: exampleGraph, auth, ...more });
    const guide = { JWT_SECRET_KEY: 'your-secret-key-change-in-production' };
    const faults = async (mode: object) => {
      const found = await faultsOf(join(project.directory, file), { ...guide, ...says, ...mode });
      return found.map(({ message }) => message);
    };
    const found = await faults({});
    expect(found).toContainEqual(expect.stringMatching(/stands in the configuration itself/));
    expect(found).toContainEqual(expect.stringMatching(/^the secret from JWT_SECRET_KEY is a placeholder/));
    expect(found.join(' ')).not.toContain(weak);
    expect(await faults({ MODE: 'development' })).toEqual([]);
  });

  test('no file at all', async () => {
    const { code, output } = await runAgentflow(['check', '--config', 'nowhere.json'], {
      directory: project.directory,
    });
    expect(code).toBe(2);
    expect(output).toContain('nowhere.json  the file does not exist');
  });
});

describe.concurrent('good configurations pass', () => {
  test.each<[string, object]>([
    ['no auth', { agent: exampleGraph }],
    ['null auth', { agent: exampleGraph, auth: null, authorization: null }],
    ['jwt by name', { agent: exampleGraph, auth: 'jwt' }],
    [
      'jwt with options',
      { $schema: 'x', agent: exampleGraph, auth: { method: 'jwt', issuer: 'me', clock_tolerance: '10s' } },
    ],
    ['a class', { agent: exampleGraph, auth: { method: 'custom', path: 'plugins.ts:Fine' } }],
    ['a dotted path', { agent: exampleGraph, auth: { method: 'custom', path: 'plugins:Fine' } }],
    ['a function', { agent: exampleGraph, auth: { method: 'custom', path: 'plugins.ts:factory' } }],
    ['an instance', { agent: exampleGraph, auth: { method: 'custom', path: 'plugins.ts:instance' } }],
    ['CommonJS', { agent: exampleGraph, auth: { method: 'custom', path: 'commonjs.cjs:Auth' } }],
    ['JavaScript', { agent: exampleGraph, auth: { method: 'custom', path: 'plain.mjs:Auth' } }],
    ['a list', { agent: exampleGraph, auth: ['jwt', { method: 'custom', path: 'plugins.ts:Fine' }] }],
    ['a class that authorizes', { agent: exampleGraph, auth: 'jwt', authorization: 'plugins.ts:Fine' }],
    ['a secret from a variable', { agent: exampleGraph, auth: { method: 'jwt', secret: '${JWT_SECRET_KEY}' } }],
    [
      'several secrets',
      {
        agent: exampleGraph,
        auth: {
          method: 'jwt',
          secret: { value: '${JWT_SECRET_KEY}', id: '2026' },
          previous_secrets: ['${JWT_SECRET_KEY}', { value: '${JWT_SECRET_KEY}', id: '2025' }],
        },
      },
    ],
    ['a variable with a default', { agent: exampleGraph, auth: { method: 'jwt', issuer: '${NO_SUCH:-me}' } }],
  ])('%s', async (what, content) => {
    const file = `good ${what}.json`;
    project.write(file, content);
    expect(await faultsOf(join(project.directory, file), env)).toEqual([]);
  });

  test('every method of authorization in one list is good, and what is unsafe in it is said', async () => {
    const authorization = [
      'ownership',
      { backend: 'rbac', role_scopes: { user: ['graph:*'] } },
      { method: 'casbin', policy: 'policy.csv' },
      { path: 'plugins.ts:Fine' },
      'insecure-allow-all',
    ];
    const { code, output } = await check({ agent: exampleGraph, auth: 'jwt', authorization });
    expect(output).toMatch(
      /authorize ownership, roles, casbin, plugins\.ts:Fine, insecure-allow-all\n.*guard nothing.*\n.*INSECURE/,
    );
    expect(output).toMatch(/^good /);
    expect(code).toBe(0);
  });

  test('what AgentFlow has and is of no use here is said to be ignored', async () => {
    const { code, output } = await check({ agent: exampleGraph, injectq: 'a:b', evaluation: {} });
    expect(code).toBe(0);
    expect(output).toContain('"injectq" is ignored');
  });
});

test('version and help', async () => {
  const { output } = await runAgentflow(['version'], { directory: project.directory });
  expect(output).toMatch(/^agentflow \d+\.\d+\.\d+ \(Node v\d+/);
  const help = await runAgentflow(['--help'], { directory: project.directory });
  expect(help.code).toBe(0);
  for (const command of ['api', 'dev', 'check', 'token', 'version']) expect(help.output).toContain(command);
});
