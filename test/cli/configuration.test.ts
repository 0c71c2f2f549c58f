import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runAgentflow } from '../harness/agentflow.js';
import { createProject, createSecret, exampleGraph, type Project } from '../harness/project.js';

let project: Project;
const env = { JWT_SECRET_KEY: createSecret() };

beforeAll(() => {
  project = createProject({
    'plugins.ts': [
      'export class Fine { authenticate() { return null; } authorize() { return true; } }',
      'export class Throws { constructor() { throw new Error("no database"); } }',
      'export const text = "not a backend";',
      'export async function factory() { return new Fine(); }',
      'export const instance = new Fine();',
    ].join('\n'),
    'broken.ts': 'export const x = ;',
    'throws.ts': 'throw new Error("at import");\nexport const app = 1;',
    'commonjs.cjs': 'exports.Auth = class { authenticate() { return null; } };',
    'plain.mjs': 'export class Auth { authenticate() { return null; } }',
  });
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

describe.concurrent('faulty configurations are refused with exit code 2, their place and a remedy', () => {
  const custom = (path: string) => ({ agent: exampleGraph, auth: { method: 'custom', path } });
  test.each<[string, string | object, RegExp]>([
    ['not JSON', '{"agent": ', /\.json:1:\d+ {2}not JSON/],
    [
      'a comment',
      `{\n  // mine\n  "agent": "${exampleGraph}"\n}`,
      /\.json:2:3 {2}not JSON: invalid comment.*\n.*remove it/,
    ],
    ['a trailing comma', `{"agent": "${exampleGraph}",}`, /\.json:1:\d+ {2}not JSON/],
    [
      'a key twice',
      `{\n  "agent": "${exampleGraph}",\n  "auth": "jwt",\n  "auth": null\n}`,
      /:4:3 {2}the key "auth" stands twice/,
    ],
    ['no object', '[]', /must hold a JSON object/],
    ['no agent', '{"auth": "jwt"}', /"agent" is missing/],
    ['an agent of a wrong type', '{"agent": 42}', /:1:2 {2}"agent": .*expected string/],
    [
      'an unknown key',
      `{\n  "agent": "${exampleGraph}",\n  "auht": "jwt"\n}`,
      /:3:3 {2}unknown key "auht"\n {4}Did you mean "auth"\?/,
    ],
    [
      'an unknown key inside',
      { agent: exampleGraph, auth: { method: 'jwt', isuer: 'x' } },
      /unknown key "isuer"\n {4}Did you mean "issuer"/,
    ],
    ['an unknown method', { agent: exampleGraph, auth: 'jwtt' }, /Unsupported auth method\n.*Use "jwt"/],
    [
      'an unknown authorization',
      { agent: exampleGraph, auth: 'jwt', authorization: 'allow_all' },
      /Unsupported authorization method/,
    ],
    ['a method without its path', { agent: exampleGraph, auth: { method: 'custom' } }, /"path" is missing/],
    [
      'a duration that is none',
      { agent: exampleGraph, auth: { method: 'jwt', clock_tolerance: 'soon' } },
      /must be a duration/,
    ],
    [
      'a tolerance beyond reason',
      { agent: exampleGraph, auth: { method: 'jwt', clock_tolerance: '5m' } },
      /at most 60s/,
    ],
    [
      'a key that would protect, and does not yet',
      { agent: exampleGraph, rate_limit: { requests: 5 } },
      /"rate_limit" is not supported/,
    ],
    [
      'a variable that is not set',
      { agent: exampleGraph, auth: { method: 'jwt', issuer: '${NO_SUCH}' } },
      /the variable NO_SUCH is not set/,
    ],
    ['an env file that is absent', { agent: exampleGraph, env: 'secrets.env' }, /the file secrets\.env does not exist/],
    ['an agent without a name', { agent: 'graph.ts' }, /is not of the form "file:name"/],
    ['an agent that is not there', { agent: 'graph.ts:app' }, /graph\.ts:app: there is no such module\n.*Looked for/],
    ['an export that is not there', custom('plugins.ts:Fin'), /has no export "Fin"\n {4}Did you mean "Fine"/],
    ['a graph that is none', { agent: 'plugins.ts:text' }, /is a string, not a compiled LangGraph\.js graph/],
    ['a backend that is none', custom('plugins.ts:text'), /has no method "authenticate"/],
    ['a backend that cannot be made', custom('plugins.ts:Throws'), /threw while it was made ready:\n.*no database/],
    ['a module that does not parse', custom('broken.ts:x'), /cannot be imported:\n.*ParseError.*\n.*broken\.ts:1:17/],
    ['a module that throws', { agent: 'throws.ts:app' }, /cannot be imported:\n.*at import/],
  ])('%s', async (_what, content, expected) => {
    const { code, output } = await check(content);
    expect(output).toMatch(expected);
    expect(output).toContain('Nothing is served');
    expect(code).toBe(2);
  });

  test('all faults are told at once', async () => {
    const { output, code } = await check({ agent: 'none.ts:app', auth: { method: 'custom', path: 'plugins.ts:text' } });
    expect(code).toBe(2);
    expect(output).toContain('none.ts:app: there is no such module');
    expect(output).toContain('has no method "authenticate"');
    expect(output).toContain('2 faults');
  });

  test.each([
    ['none', undefined, /JWT_SECRET_KEY and JWT_ALGORITHM must be set in environment variables/],
    ['a short one', 'short-secret', /has 12 bytes; HS256 needs at least 32/],
  ])('a secret: %s', async (_what, secret, expected) => {
    const { code, output } = await check({ agent: exampleGraph, auth: 'jwt' }, { JWT_SECRET_KEY: secret });
    expect(code).toBe(2);
    expect(output).toMatch(expected);
    expect(output).toContain('openssl rand -hex 32');
    if (secret !== undefined) expect(output).not.toContain(secret);
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
    ['a variable with a default', { agent: exampleGraph, auth: { method: 'jwt', issuer: '${NO_SUCH:-me}' } }],
  ])('%s', async (_what, content) => {
    const { code, output } = await check(content);
    expect(output).toContain('good');
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
