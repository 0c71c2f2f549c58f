import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { root } from '../harness/project.js';
import { say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/* A run that is over uses nothing and keeps nothing, whatever of its code goes on: no lease asks for it any more. */

const outside = mkdtempSync(join(tmpdir(), 'agentflow-left-'));
afterAll(() => rmSync(outside, { recursive: true, force: true }));
const uses = join(outside, 'uses');
beforeEach(() => rmSync(uses, { force: true }));
const traces = () => (existsSync(uses) ? readFileSync(uses, 'utf8').split('\n') : []);
const count = (what: string) => traces().filter((line) => line === what).length;

const server = serve(
  {
    agent: `${join(root, 'test/graphs/side-by-side.ts')}:app`,
    auth: 'jwt',
    authorization: { method: 'roles', roles: { user: ['*'] }, default_role: 'user' },
  },
  { env: { USES_FILE: uses } },
);

async function run(way: string) {
  const token = server.tokenFor(way);
  const { status } = await send(`${server.url}/v1/graph/invoke`, { token, body: say(way, way) });
  const touched = count('touched');
  // What the run has begun comes to its own end, and only there.
  await expect.poll(() => count('over'), { timeout: 5_000 }).toBe(1);
  const found = await send(`${server.url}/v1/store/memories/list`, { token, body: {} });
  const kept = found.body.data.memories.length;
  return { status, touched, later: count('touched') - touched, second: count('second'), kept };
}

test('what a run has waited for is done', async () => {
  expect(await run('stay')).toEqual({ status: 200, touched: 15, later: 0, second: 1, kept: 15 });
});

test('what a node has left behind does nothing once the run is over', async () => {
  const { status, later, kept } = await run('leave');
  expect([status, later]).toEqual([200, 0]);
  expect(kept).toBeLessThanOrEqual(3);
});

test('of nodes side by side none goes on where one has failed, and nothing within them', async () => {
  const { status, touched, later, second, kept } = await run('fail');
  expect([status, later, second]).toEqual([500, 0, 0]);
  expect(touched).toBeLessThanOrEqual(5);
  expect(kept).toBeLessThanOrEqual(5);
});
