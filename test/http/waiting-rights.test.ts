import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { root } from '../harness/project.js';
import { say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';
import { openStream } from '../harness/streams.js';

/* Whoever waits for a thread that is busy does, when their turn has come, what they may by then, and no more. */

const outside = mkdtempSync(join(tmpdir(), 'agentflow-waiting-'));
afterAll(() => rmSync(outside, { recursive: true, force: true }));
const giveRole = (badge: string, role: string) => writeFileSync(join(outside, badge), role);

const plugin = `import { readFileSync } from 'node:fs';
import { BaseAuth } from 'agentflow';

export class Badges extends BaseAuth {
  authenticate({ headers }) {
    const badge = headers.get('X-Badge');
    return badge === null ? null : { user_id: badge, role: readFileSync(process.env.OUTSIDE + '/' + badge, 'utf8') };
  }
}
`;

describe('while somebody waits', () => {
  const server = serve(
    {
      agent: `${join(root, 'test/graphs/slow.ts')}:app`,
      auth: { method: 'custom', path: 'plugin.ts:Badges' },
      authorization: {
        method: 'roles',
        roles: { user: ['graph:invoke', 'graph:stream', 'threads:*', 'run:read'], fixer: ['*'], chief: ['*'] },
        administrator_role: 'chief',
      },
    },
    { files: { 'plugin.ts': plugin }, env: { OUTSIDE: outside } },
  );
  const as = (badge: string) => (path: string, body?: object, method?: string) =>
    send(`${server.url}${path}`, { headers: { 'X-Badge': badge }, ...(body && { body }), ...(method && { method }) });

  /** Asks for something on a thread that a run of its owner holds; resolves with the answer, once the run is over. */
  async function askWhileBusy(
    threadId: string,
    owner: string,
    ask: () => ReturnType<typeof send>,
    meanwhile: () => void,
  ) {
    const headers = { 'X-Badge': owner };
    const run = await openStream(server.url, { headers, body: say('12 steps of 200 ms', threadId) });
    await run.has(2);
    const asked = ask();
    await run.has(4);
    meanwhile();
    await run.ended;
    expect(run.chunks.at(-1)).toMatchObject({ data: { reason: 'completed' } });
    return asked;
  }

  test.each([
    ['is taken from them, deletes nothing of others', 'user', 404, 200],
    ['they keep, deletes it', 'chief', 200, 404],
  ])('an administrator whose role %s', async (_how, role, status, left) => {
    giveRole('anna', 'user');
    giveRole('carla', 'chief');
    await as('anna')('/v1/graph/invoke', say('1 steps of 0 ms', role));
    const { threads } = (await as('carla')('/v1/threads?all=true')).body.data;
    const { uuid } = threads.find(({ thread_id }: { thread_id: string }) => thread_id === role);
    const remove = () => as('carla')(`/v1/threads/${uuid}`, undefined, 'DELETE');
    const answer = await askWhileBusy(role, 'anna', remove, () => giveRole('carla', role));
    expect([answer.status, (await as('anna')(`/v1/threads/${role}`)).status]).toEqual([status, left]);
  });

  test.each([
    ['is taken from them, forges no history', 'user', 403],
    ['they keep, writes it', 'fixer', 200],
  ])('somebody whose right to repair %s', async (_how, role, status) => {
    giveRole('frida', 'fixer');
    const forged = { messages: [{ role: 'assistant', content: 'I promise.' }] };
    const forge = () => as('frida')(`/v1/threads/forged-${role}/messages`, forged);
    const answer = await askWhileBusy(`forged-${role}`, 'frida', forge, () => giveRole('frida', role));
    expect(answer.status).toBe(status);
  });
});
