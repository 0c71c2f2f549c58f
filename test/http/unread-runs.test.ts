import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { auditRowsOf } from '../harness/audit-rows.js';
import { root } from '../harness/project.js';
import { say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';
import { openStream } from '../harness/streams.js';

/* A run that goes on without a reader ends with its caller's right all the same, and the trail says so. */

const outside = mkdtempSync(join(tmpdir(), 'agentflow-unread-'));
afterAll(() => rmSync(outside, { recursive: true, force: true }));
const answer = (badge: string, said: string) => writeFileSync(join(outside, badge), said);

const plugin = `import { readFileSync } from 'node:fs';
import { BaseAuth } from 'agentflow';

export class Badges extends BaseAuth {
  authenticate({ headers }) {
    const badge = headers.get('X-Badge');
    if (badge === null) return null;
    const said = readFileSync(process.env.OUTSIDE + '/' + badge, 'utf8');
    if (said === 'throw') throw new Error('the directory is away');
    return said === 'yes' ? { user_id: 'vera', role: 'user' } : null;
  }
}
`;

const server = serve(
  {
    agent: `${join(root, 'test/graphs/long-runs.ts')}:app`,
    auth: { method: 'custom', path: 'plugin.ts:Badges' },
    authorization: { method: 'roles', roles: { user: ['*'] }, default_role: 'user' },
  },
  { env: { OUTSIDE: outside }, files: { 'plugin.ts': plugin } },
);

test.each([
  ['no', 'a 90', ['run-ended', 'refused', 401], 'error', 'whoever ran it could not go on: AUTH_REQUIRED'],
  [
    'throw',
    'b 90',
    ['run-ended', 'failed', 503],
    'error',
    'the run failed; the request id finds the reason in the log',
  ],
  ['yes', 'c 12', undefined, 'completed', null],
])('of a credential that is asked about and is told: %s', async (said, plan, ending, status, reason) => {
  const [threadId = '', steps = ''] = plan.split(' ');
  answer(threadId, 'yes');
  answer('reader', 'yes');
  const body = say(`r: step ${steps} times every 100 ms`, threadId, {
    recursion_limit: 100,
    on_disconnect: 'continue',
  });
  const stream = await openStream(server.url, { headers: { 'X-Badge': threadId }, body });
  await stream.has(3);
  stream.leave();
  await stream.ended;
  const headers = new Headers({ 'x-request-id': String(stream.headers['x-request-id']) });
  // It is left before anything is taken away from it.
  await auditRowsOf(server.directory, { headers });
  answer(threadId, said);
  const run = `${server.url}/v1/runs/${stream.chunks[0].run_id}`;
  const read = async () => (await send(run, { headers: { 'X-Badge': 'reader' } })).body;
  await expect.poll(read, { timeout: 5_000 }).toMatchObject({ status, reason });
  const rows = async () =>
    (await auditRowsOf(server.directory, { headers })).map(({ event, outcome, status: code }) => [
      event,
      outcome,
      code,
    ]);
  const expected = [
    ['stream-opened', 'allowed', 200],
    ['stream-closed', 'aborted', 200],
  ];
  await expect.poll(rows).toEqual(ending === undefined ? expected : [...expected, ending]);
});
