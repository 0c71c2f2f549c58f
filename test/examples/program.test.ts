import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AgentFlowClient } from '@agentflow/client';
import { afterAll, describe, expect, test } from 'vitest';
import { describeOnDatabases } from '../harness/databases.js';
import { nginxIsHere, type RunningNginx, startNginx } from '../harness/nginx.js';
import { createSecret, root } from '../harness/project.js';
import { type Served, serve } from '../harness/served.js';

/* examples/program, over each database, and behind nginx. */

const folder = join(root, 'examples/program');
const program = join(folder, 'program.mjs');
const { auth, authorization } = JSON.parse(readFileSync(join(folder, 'agentflow.json'), 'utf8'));
const configuration = { agent: `${join(folder, 'graph.ts')}:app`, auth, authorization };
const patient = { timeout: 60_000 };
const env = { AGENTFLOW_PEPPER: createSecret() };

async function run(server: Served, url: string): Promise<string> {
  const env = {
    ...process.env,
    TOKEN: server.tokenFor('ann', { role: 'program' }),
    READER_TOKEN: server.tokenFor('ben', { role: 'reader' }),
  };
  const { stdout } = await promisify(execFile)(process.execPath, [program, url], { env });
  return stdout;
}

/** Its own and those that it inherits, but for the constructor. */
function methodsOf(made: object): string[] {
  const names: string[] = [];
  let prototype = Object.getPrototypeOf(made) as object | null;
  while (prototype !== null && prototype !== Object.prototype) {
    names.push(...Object.getOwnPropertyNames(prototype));
    prototype = Object.getPrototypeOf(prototype) as object | null;
  }
  return names.filter((name) => !['constructor', 'outgoing', 'user'].includes(name));
}

test('it uses every method of the client', () => {
  const text = readFileSync(program, 'utf8');
  const client = new AgentFlowClient({ baseUrl: 'http://localhost' });
  const parts = { '': client, 'auth.': client.auth, 'apiKeys.': client.apiKeys };
  const methods = Object.entries(parts).flatMap(([path, part]) => methodsOf(part).map((name) => `${path}${name}`));
  const isUsed = (name: string) =>
    new RegExp(`(?:client|reader|guest|stranger)\\.${name.replace('.', '\\.')}\\(`).test(text);
  expect(methods.filter((name) => !isUsed(name))).toEqual([]);
  expect(methods.length).toBeGreaterThan(50);
});

describeOnDatabases((create) => {
  const server = serve(configuration, { database: create, env });

  test('all of it works', patient, async () => {
    expect(await run(server, server.url)).toMatch(/all of it works\n$/);
  });
});

describe.skipIf(!nginxIsHere)('behind nginx', () => {
  let nginx: RunningNginx;
  const behind = { ...configuration, trusted_proxies: ['127.0.0.1'] };
  const server = serve(behind, {
    env,
    prepare: async ({ port }) => {
      nginx = await startNginx(port);
    },
  });
  afterAll(() => nginx.stop());

  test('all of it works', patient, async () => {
    expect(await run(server, nginx.url)).toMatch(/all of it works\n$/);
  });
});
