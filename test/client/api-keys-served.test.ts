import { AgentFlowClient, headerAuth, Message } from '@agentflow/client';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { exampleGraph } from '../harness/project.js';
import { serve } from '../harness/served.js';

/* Keys that the client makes, against the server that issues them. */

const auth = ['jwt', { method: 'api_key', issued: true }];
const authorization = { method: 'roles', roles: { user: ['*'] }, default_role: 'user' };
const server = serve({ agent: exampleGraph, auth, authorization });

const make = (subject: string) => new AgentFlowClient({ baseUrl: server.url, authToken: server.tokenFor(subject) });
const withKey = (key: string) =>
  new AgentFlowClient({ baseUrl: server.url, auth: headerAuth('X-API-Key', key), webSocketImpl: WebSocket });
const refused = { name: 'AuthenticationError', status: 401 };

test('a key is told once, acts for its owner, and is taken back', async () => {
  const ann = make('ann');
  const { key, ...made } = await ann.apiKeys.create({ name: 'nightly report' });
  expect(made).toMatchObject({ name: 'nightly report', scopes: null, lastUsedAt: null });
  const { apiKeys } = await ann.apiKeys.list();
  expect(apiKeys.map(({ id, name }) => [id, name])).toEqual([[made.id, 'nightly report']]);
  expect(JSON.stringify(apiKeys)).not.toContain(key);
  expect(key.startsWith(made.prefix) && made.last4.length === 4).toBe(true);
  const program = withKey(key);
  expect((await program.me()).subject).toBe('ann');
  const stream = program.wsStream([Message.text_message('What is 2 + 3?')]);
  for await (const _chunk of stream);
  expect(await stream.ended).toMatchObject({ reason: 'completed' });
  expect((await make('ben').apiKeys.list()).apiKeys).toEqual([]);
  await expect(make('ben').apiKeys.revoke(made.id)).rejects.toMatchObject({ status: 404 });
  expect(await ann.apiKeys.revoke(made.id)).toEqual({ revoked: true });
  await expect(program.me()).rejects.toMatchObject(refused);
});

test('a key is narrowed, ends, and is followed by another', async () => {
  const ann = make('cleo');
  const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
  const made = await ann.apiKeys.create({ name: 'reader', scopes: ['threads:read', 'session:read'], expiresAt });
  expect(Date.parse(made.expiresAt ?? '')).toBe(Date.parse(expiresAt));
  const program = withKey(made.key);
  expect((await program.threads()).data.threads).toEqual([]);
  await expect(program.invoke([Message.text_message('Hello')])).rejects.toMatchObject({ name: 'PermissionError' });
  const next = await ann.apiKeys.rotate(made.id, { overlap: '1h' });
  expect([next.name, next.scopes]).toEqual([made.name, made.scopes]);
  expect((await withKey(next.key).me()).subject).toBe('cleo');
  expect((await program.me()).subject).toBe('cleo');
  await ann.apiKeys.rotate(next.id, { overlap: '0s' });
  await expect(withKey(next.key).me()).rejects.toMatchObject(refused);
});
