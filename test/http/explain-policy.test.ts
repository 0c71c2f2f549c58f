import { describe, expect, test } from 'vitest';
import { runAgentflow } from '../harness/agentflow.js';
import { exampleGraph } from '../harness/project.js';
import { send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/* `POST /v1/policies/explain`: what `agentflow policy explain` says, of the policy that is in force, for those who may read it. */

const policy = `p, admin, *, *
p, user, threads, read
p, suspended, *, *, deny
p, user#acme|olga, policy, read
g, user:alice, admin
g, user:mallory, suspended
`;
const explain = '/v1/policies/explain';
const jwt = { method: 'jwt', claims: { tenant: 'org' } };
const casbin = { method: 'casbin', policy: 'policy.csv' };

describe('by a casbin policy', () => {
  const server = serve(
    { agent: exampleGraph, auth: jwt, authorization: [casbin, { method: 'ownership', administrator_role: 'admin' }] },
    { files: { 'policy.csv': policy } },
  );
  const ask = (body: object, subject = 'alice', claims: object = { roles: ['admin'] }) =>
    send(`${server.url}${explain}`, { token: server.tokenFor(subject, { org: 'default', ...claims }), body });
  const typed = (args: readonly string[]) =>
    runAgentflow(['policy', 'explain', ...args], { directory: server.directory, env: {} });

  test.each<[object, readonly string[]]>([
    [
      { who: 'user:gina', roles: ['guest'], does: 'threads:read' },
      ['--user', 'gina', '--role', 'guest', 'threads:read'],
    ],
    [{ who: 'user:mallory', roles: ['admin'], does: 'graph:invoke' }, ['-u', 'mallory', '-r', 'admin', 'graph:invoke']],
    [{ who: 'user', does: 'checkpointer:read', on: 'team-1' }, ['-r', 'user', '--on', 'team-1', 'checkpointer:read']],
    [{ does: 'run:read' }, ['run:read']],
    [
      { who: 'user:olga', tenant: 'acme', realm: 'https://issuer.example', does: 'policy:read' },
      ['-u', 'olga', '-t', 'acme', '--realm', 'https://issuer.example', 'policy:read'],
    ],
    [
      { who: 'user#acme|olga', claims: { team: 'red' }, does: 'policy:read' },
      ['-u', 'olga', '-t', 'acme', 'policy:read'],
    ],
  ])('%j is answered as on the command line', async (body, args) => {
    const answer = await ask(body);
    expect(answer.status).toBe(200);
    const { lines, ...report } = answer.body;
    expect(report).toEqual(JSON.parse((await typed([...args, '--json'])).output));
    const text = (await typed(args)).output.split('\n');
    expect(text.slice(0, lines.length)).toEqual(lines.map((line: string) => line.trimEnd()));
    expect(report.others).toEqual(['ownership']);
  });

  test.each<[object, string]>([
    [{}, 'does'],
    [{ does: 'graph:fly' }, 'does'],
    [{ does: 'graph:*' }, 'does'],
    [{ does: 'graph:invoke', who: '*' }, 'who'],
    [{ does: 'graph:invoke', who: 'user:' }, 'who'],
    [{ does: 'graph:invoke', who: { user: 'alice' } }, 'who'],
    [{ does: 'graph:invoke', roles: ['user:alice'] }, 'roles'],
    [{ does: 'graph:invoke', who: 'user#acme|olga', tenant: 'other' }, 'tenant'],
    [{ does: 'graph:invoke', on: '' }, 'on'],
    [{ does: 'graph:invoke', when: 'now' }, 'when'],
  ])('%j is 422', async (body, place) => {
    const answer = await ask(body);
    expect(answer.status).toBe(422);
    const [first] = answer.body.error.details;
    expect(first.loc).toEqual(expect.arrayContaining(['body', place]));
  });

  test('is for those alone who may read policies, by the policy and by their credential', async () => {
    const question = { does: 'graph:invoke' };
    expect((await ask(question, 'gina', { roles: ['user'] })).status).toBe(403);
    expect((await ask(question, 'mallory')).status).toBe(403);
    expect((await ask(question, 'alice', { roles: ['admin'], scope: 'graph:invoke' })).status).toBe(403);
    expect((await ask(question, 'alice', { roles: ['admin'], scope: 'policy:read' })).status).toBe(200);
    expect((await send(`${server.url}${explain}`, { body: question })).status).toBe(401);
  });

  test('is not told in a tenant, to no administrator of it: it is of all tenants', async () => {
    const answer = await ask({ does: 'graph:invoke' }, 'alice', { roles: ['admin'], org: 'acme' });
    expect(answer.status).toBe(403);
    expect(answer.text).not.toContain('policy.csv');
    expect((await ask({ does: 'graph:invoke' })).status).toBe(200);
  });
});

describe('where no policy explains itself', () => {
  const server = serve({
    agent: exampleGraph,
    auth: jwt,
    authorization: { method: 'ownership', administrator_role: 'admin' },
  });

  test('it is 404', async () => {
    const token = server.tokenFor('alice', { roles: ['admin'], org: 'default' });
    const answer = await send(`${server.url}${explain}`, { token, body: { does: 'graph:invoke' } });
    expect([answer.status, answer.body.message]).toEqual([404, 'No policy here explains itself.']);
  });
});
