import { expect, test } from 'vitest';
import { echoGraph } from '../harness/project.js';
import { type Answer, say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/* With whom a thread is shared stands in the audit trail: it is a change of who may do what. */

const server = serve({ agent: echoGraph, auth: 'jwt' });
const call = (path: string, options: { method?: string; body?: object } = {}) =>
  send(`${server.url}${path}`, { token: server.tokenFor('alice'), ...options });
const eventsOf = ({ headers }: Answer) =>
  server
    .output()
    .split('\n')
    .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line).audit] : []))
    .filter((event) => event?.requestId === headers.get('x-request-id'));

test('each change is an event of its own, and what changes nothing is none', async () => {
  expect((await call('/v1/graph/invoke', { body: say('Hello', 't') })).status).toBe(200);
  const path = '/v1/threads/t/grants';
  const made = await call(path, { body: { user: 'bob', access: 'read' } });
  const facts = { principal: { subject: 'alice' }, resource: 'checkpointer', action: 'share', resourceId: 't' };
  await expect.poll(() => eventsOf(made).length).toBe(2);
  expect(eventsOf(made)).toMatchObject([
    { ...facts, event: 'thread-shared', detail: { user: 'bob', realm: 'local', role: null, access: 'read' } },
    { ...facts, event: 'request', outcome: 'allowed', detail: null },
  ]);
  const refused = await call(path, { body: { user: 'alice', access: 'read' } });
  await expect.poll(() => eventsOf(refused).length).toBe(1);
  expect(eventsOf(refused)).toMatchObject([{ ...facts, event: 'request', outcome: 'refused', status: 422 }]);
  const taken = await call(`${path}/${made.body.grant_id}`, { method: 'DELETE' });
  await expect.poll(() => eventsOf(taken).length).toBe(2);
  expect(eventsOf(taken)).toMatchObject([
    { ...facts, event: 'share-taken-back', detail: { grant_id: made.body.grant_id } },
    { ...facts, event: 'request', status: 200 },
  ]);
});
