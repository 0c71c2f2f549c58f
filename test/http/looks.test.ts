import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { root } from '../harness/project.js';
import { say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';
import { openStream } from '../harness/streams.js';

/* How often is asked about what goes on: word of a change is for what may change an answer. */

const outside = mkdtempSync(join(tmpdir(), 'agentflow-looks-'));
afterAll(() => rmSync(outside, { recursive: true, force: true }));
const askedFile = join(outside, 'asked');
const asked = () => (existsSync(askedFile) ? readFileSync(askedFile, 'utf8').length : 0);

const plugin = `import { appendFileSync } from 'node:fs';
import { BaseAuth } from 'agentflow';

export class Badges extends BaseAuth {
  authenticate({ headers }) {
    const badge = headers.get('X-Badge');
    if (badge === null) return null;
    appendFileSync(process.env.ASKED_FILE, '.');
    return { user_id: badge, role: 'user' };
  }
}
`;

const server = serve(
  {
    agent: `${join(root, 'test/graphs/long-runs.ts')}:app`,
    auth: ['jwt', { method: 'custom', path: 'plugin.ts:Badges' }],
    authorization: { method: 'roles', roles: { user: ['*'] }, default_role: 'user' },
    recheck_interval: '60s',
  },
  { env: { ASKED_FILE: askedFile }, files: { 'plugin.ts': plugin } },
);

test("what others declare for their clients has nobody's stream asked about; what they share, has", async () => {
  const headers = { 'X-Badge': 'vera' };
  const body = say('r: step 99 times every 100 ms', 'hers', { recursion_limit: 100 });
  const stream = await openStream(server.url, { headers, body });
  await stream.has(2);
  const token = server.tokenFor('eve');
  const call = async (path: string, sent: object) =>
    expect((await send(`${server.url}${path}`, { token, body: sent })).status).toBeLessThan(300);
  await call('/v1/graph/invoke', say('e: step 1 times', 'shared'));
  expect(asked()).toBe(1);
  for (let time = 0; time < 5; time += 1) await call('/v1/graph/setup', { tools: [] });
  await call('/v1/threads/shared/grants', { user: 'bob', access: 'read' });
  await expect.poll(asked).toBe(2);
  stream.leave();
});
