import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runAgentflow, startAgentflow } from '../harness/agentflow.js';
import { createProject, createSecret, exampleGraph } from '../harness/project.js';

/* What `api` refuses, `check` finds; what `api` serves, `check` finds good; and it leaves nothing behind. */

const secret = createSecret();

interface Case {
  readonly configuration?: object;
  readonly files?: Readonly<Record<string, string | object>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

function createCase({ configuration, files }: Case) {
  return createProject({ 'agentflow.json': { agent: exampleGraph, auth: 'jwt', ...configuration }, ...files });
}

const at = (directory: string, env: Case['env']) => ({ directory, env: { JWT_SECRET_KEY: secret, ...env } });

const timer = 'setInterval(() => undefined, 60_000);\n';

describe.concurrent('what api refuses, check finds, in the same words and with exit code 2', () => {
  test.each<[string, Case, RegExp]>([
    ['a port in the environment', { env: { PORT: '80a' } }, /PORT is "80a", which is no port\n {4}A port is a number/],
    ['a port beyond the last', { args: ['--port', '65536'] }, /--port is "65536", which is no port/],
    ['a port in .env', { files: { '.env': 'PORT=-1\n' } }, /PORT is "-1", which is no port/],
    [
      'variables that cannot be read',
      { files: { '.env/inside': '' } },
      /agentflow\.json {2}the file \.env cannot be read \(EISDIR\)\n {4}Let this user read it/,
    ],
    ['a size that is none', { env: { MAX_REQUEST_SIZE: '1MB' } }, /MAX_REQUEST_SIZE is not a number of bytes/],
    ['a mode that is none', { env: { MODE: 'prod' } }, /MODE is "prod"/],
    [
      'no auth for others',
      { configuration: { auth: null }, env: { HOST: '0.0.0.0' } },
      /only this machine can be served/,
    ],
    ['a database that is none', { env: { DATABASE_URL: 'mysql://a/b' } }, /DATABASE_URL is a URL of "mysql:"/],
    [
      'a database that is not reached',
      { configuration: { database: 'postgres://127.0.0.1:1/x' } },
      /the database 127\.0\.0\.1:1\/x, from "database" in the file, cannot be used/,
    ],
    [
      'a folder of data that is a file',
      { files: { '.agentflow': 'x' } },
      /where the data are kept, cannot be used \(EEXIST\)/,
    ],
    [
      'a file of data that is none',
      { files: { '.agentflow/agentflow.db': 'no database'.repeat(500) } },
      /agentflow\.db cannot be used: .*not a database\n {4}.*put back a backup.*move the file away/,
    ],
    [
      'one pepper of two entries, once',
      {
        configuration: { auth: ['login', { method: 'api_key', issued: true }] },
        files: { '.agentflow/pepper': 'too short' },
      },
      /pepper has 9 bytes.*the configuration has one fault/s,
    ],
    [
      'a graph that keeps something open',
      { configuration: { agent: 'open.ts:app' }, files: { 'open.ts': `${timer}export const app = 1;` } },
      /open\.ts:app is a number, neither a compiled/,
    ],
  ])('%s', { timeout: 60_000 }, async (_what, one, expected) => {
    const project = createCase(one);
    const args = one.args ?? [];
    const checked = await runAgentflow(['check', ...args], at(project.directory, one.env));
    const started = await runAgentflow(['api', ...args], at(project.directory, one.env));
    project.remove();
    expect(checked.output).toMatch(expected);
    expect(started.output).toMatch(expected);
    expect([checked.code, started.code]).toEqual([2, 2]);
  });
});

describe.concurrent('what api serves, check finds good', () => {
  test.each<[string, Case]>([
    [
      'no auth for others, on purpose',
      { configuration: { auth: null }, args: ['--host', '0.0.0.0', '--insecure-no-auth'] },
    ],
    [
      'the same from the environment',
      { configuration: { auth: null }, env: { HOST: '0.0.0.0', AGENTFLOW_INSECURE_NO_AUTH: '1' } },
    ],
    ['no secret in development, where one is made', { env: { MODE: 'development', JWT_SECRET_KEY: '' } }],
    [
      'a plugin that keeps something open',
      {
        configuration: { auth: 'open.ts:Open' },
        files: { 'open.ts': `${timer}export class Open { authenticate() { return null; } }` },
      },
    ],
  ])('%s', { timeout: 60_000 }, async (_what, one) => {
    const project = createCase(one);
    const before = readdirSync(project.directory).toSorted();
    const { code, output } = await runAgentflow(['check', ...(one.args ?? [])], at(project.directory, one.env));
    const after = readdirSync(project.directory).toSorted();
    project.remove();
    expect(output).toContain('good');
    expect(output).toContain('2 nodes: agent, tools)');
    expect(code).toBe(0);
    expect(after).toEqual(before);
  });
});

test('in production the secret that development would make is missed', async () => {
  const project = createCase({});
  const { code, output } = await runAgentflow(['check'], at(project.directory, { JWT_SECRET_KEY: '' }));
  expect(output).toContain('JWT_SECRET_KEY must be set');
  expect(output).not.toContain('JWT_ALGORITHM');
  expect(code).toBe(2);
  expect(existsSync(join(project.directory, '.agentflow'))).toBe(false);
  project.remove();
});

test('what is served all the same is told with its remedy, by both', { timeout: 60_000 }, async () => {
  const project = createCase({});
  const weak = at(project.directory, { JWT_SECRET_KEY: 'changeme'.repeat(4) });
  const told = /the secret from JWT_SECRET_KEY is a placeholder from a guide, which everybody knows\. Make one with: /;
  expect(await runAgentflow(['check'], weak)).toMatchObject({ code: 0, output: expect.stringMatching(told) });
  const server = await startAgentflow({ ...weak, args: ['api'] });
  expect(server.output()).toMatch(told);
  expect(await server.stop()).toBe(0);
  project.remove();
});

test('an address that is none says which option to correct', { timeout: 60_000 }, async () => {
  const project = createCase({});
  const { code, output } = await runAgentflow(['api', '--host', 'nowhere.invalid'], at(project.directory, {}));
  expect(output).toContain('agentflow: nowhere.invalid is no address, and no name that this machine can find');
  expect(output).toContain('correct --host or HOST');
  expect(code).toBe(1);
  project.remove();
});
