import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AgentFlowClient } from '@agentflow/client';
import { afterAll, describe, expect, test } from 'vitest';
import { describeOnDatabases } from '../harness/databases.js';
import { nginxIsHere, type RunningNginx, startNginx } from '../harness/nginx.js';
import { root } from '../harness/project.js';
import { type Served, serve } from '../harness/served.js';

/* examples/program, over each database, and behind nginx. */

const folder = join(root, 'examples/program');
const program = join(folder, 'program.mjs');
const { authorization } = JSON.parse(readFileSync(join(folder, 'agentflow.json'), 'utf8'));
const configuration = { agent: `${join(folder, 'graph.ts')}:app`, auth: 'jwt', authorization };
const patient = { timeout: 60_000 };

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
function methodsOf(type: { readonly prototype: object }): string[] {
  const names: string[] = [];
  let prototype: object | null = type.prototype;
  while (prototype !== null && prototype !== Object.prototype) {
    names.push(...Object.getOwnPropertyNames(prototype));
    prototype = Object.getPrototypeOf(prototype) as object | null;
  }
  return names.filter((name) => name !== 'constructor' && name !== 'outgoing');
}

test('it uses every method of the client', () => {
  const text = readFileSync(program, 'utf8');
  const unused = methodsOf(AgentFlowClient).filter((name) => !new RegExp(`(?:client|reader)\\.${name}\\(`).test(text));
  expect(unused).toEqual([]);
  expect(methodsOf(AgentFlowClient).length).toBeGreaterThan(40);
});

describeOnDatabases((create) => {
  const server = serve(configuration, { database: create });

  test('all of it works', patient, async () => {
    expect(await run(server, server.url)).toMatch(/all of it works\n$/);
  });
});

describe.skipIf(!nginxIsHere)('behind nginx', () => {
  let nginx: RunningNginx;
  const behind = { ...configuration, trusted_proxies: ['127.0.0.1'] };
  const server = serve(behind, {
    prepare: async ({ port }) => {
      nginx = await startNginx(port);
    },
  });
  afterAll(() => nginx.stop());

  test('all of it works', patient, async () => {
    expect(await run(server, nginx.url)).toMatch(/all of it works\n$/);
  });
});
