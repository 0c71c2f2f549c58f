import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runAgentflow } from '../harness/agentflow.js';
import { changesMadeHere } from '../harness/audit-rows.js';
import { describeOnDatabases } from '../harness/databases.js';
import { createProject, createSecret, echoGraph } from '../harness/project.js';
import { send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

const rules = [
  'p, admin, policy, *, allow',
  'p, "a, b", graph, invoke, allow',
  'p, user, graph, invoke, allow',
  'g, user:root, admin',
];
const inDatabase = { method: 'casbin', policy: 'database', seed: 'seed.csv' };
const csv = (...lines: readonly string[]) => `${lines.join('\n')}\n`;

describeOnDatabases((createDatabase) => {
  const authorization = inDatabase;
  const files = { 'seed.csv': csv(...rules) };
  const server = serve({ agent: echoGraph, auth: 'jwt', authorization }, { files, database: createDatabase });
  const transfer = (...args: readonly string[]) =>
    runAgentflow(['policy', ...args], { directory: server.directory, env: { JWT_SECRET_KEY: server.secret } });
  const exported = async () => (await transfer('export')).output.split('\n').filter((line) => line !== '');
  const importing = (...lines: readonly string[]) => {
    writeFileSync(join(server.directory, 'next.csv'), csv(...lines));
    return transfer('import', 'next.csv');
  };

  test('what is exported can be imported, and is then no change', async () => {
    const lines = await exported();
    expect(lines).toEqual(['# revision 1', ...rules]);
    const { code, output } = await importing(...lines);
    expect([code, output]).toEqual([0, expect.stringMatching(/^revision 1 of the policy in .*: nothing to change\n$/)]);
  });

  test('the policy becomes what the file says, in one change, and a server that runs follows', async () => {
    const next = ['p, admin, policy, *', 'p, guest, threads, read', 'g, user:root, admin', 'g, user:gina, guest'];
    const { code, output } = await importing(...next);
    expect([code, output]).toEqual([0, expect.stringMatching(/^revision 2 .*: 2 added, 2 removed\n$/)]);
    const headers = { 'X-Policy-Revision': '2' };
    const asked = await send(`${server.url}/v1/threads`, { token: server.tokenFor('gina'), headers });
    expect(asked.status).toBe(200);
    expect(await exported()).toEqual([
      '# revision 2',
      'p, admin, policy, *, allow',
      'g, user:root, admin',
      'p, guest, checkpointer, read, allow',
      'g, user:gina, guest',
    ]);
  });

  test('what is asked of it names the lines by their ids, and so does the endpoint', async () => {
    const explained = await transfer('explain', 'threads:read', '--user', 'gina');
    expect([explained.code, explained.output]).toEqual([0, expect.stringContaining('database:')]);
    expect(explained.output).toMatch(/database:\d+ +p, guest, checkpointer, read, allow/);
    const who = await transfer('who-can', 'threads:read');
    expect(who.output).toContain('user:gina');
    const linted = await transfer('lint');
    expect(linted.code).toBe(0);
    const answer = await send(`${server.url}/v1/policies/explain`, {
      token: server.tokenFor('root'),
      body: { who: 'user:gina', does: 'threads:read' },
    });
    expect(answer.status).toBe(200);
    for (const line of answer.body.lines) expect(explained.output).toContain(line.trim());
    writeFileSync(join(server.directory, 'candidate.csv'), csv('p, admin, policy, *', 'g, user:root, admin'));
    const diff = await transfer('diff', 'candidate.csv');
    expect([diff.code, diff.output]).toEqual([1, expect.stringMatching(/loses {2}.*user:gina.*checkpointer:read/)]);
  });

  test('a faulty file changes nothing, and each fault has its line', async () => {
    const before = await exported();
    const { code, output } = await importing('p, admin, policy, *', '', 'p, admin, polcy, *', 'p, x');
    expect(code).toBe(2);
    expect(output).toMatch(/next\.csv:3:1/);
    expect(output).toContain('there is no resource "polcy"');
    expect(output).toMatch(/next\.csv:4:1/);
    expect(await exported()).toEqual(before);
    const absent = await transfer('import', 'absent.csv');
    expect([absent.code, absent.output]).toEqual([2, expect.stringContaining('the file does not exist')]);
  });
});

test('an import stands in the trail, as who it was, and one that changes nothing does not', async () => {
  const project = createProject({
    ...{ 'agentflow.json': { agent: echoGraph, auth: 'jwt', authorization: inDatabase }, 'seed.csv': csv(...rules) },
    'next.csv': csv(...rules, 'g, user:gina, admin'),
  });
  const env = { JWT_SECRET_KEY: createSecret() };
  const transfer = (file: string) => runAgentflow(['policy', 'import', file], { directory: project.directory, env });
  for (const file of ['seed.csv', 'next.csv', 'next.csv']) expect((await transfer(file)).code).toBe(0);
  expect(changesMadeHere(project.directory)).toEqual([
    ['policy-changed', { revision: 1, added: rules.length, removed: 0 }],
    ['policy-changed', { revision: 2, added: 1, removed: 0 }],
  ]);
  project.remove();
});

test('a policy in a file is changed there', async () => {
  const authorization = { method: 'casbin', policy: 'policy.csv' };
  const project = createProject({
    'agentflow.json': { agent: echoGraph, auth: 'jwt', authorization },
    'policy.csv': csv(...rules),
  });
  const { code, output } = await runAgentflow(['policy', 'import', 'policy.csv'], { directory: project.directory });
  expect([code, output]).toEqual([
    2,
    expect.stringContaining('the policy of the configuration is in a file: policy.csv'),
  ]);
  project.remove();
});

test('an import, like lint, is held against the invariants of the configuration', async () => {
  const authorization = { method: 'casbin', policy: 'database', invariants: 'rules/must.json' };
  const project = createProject({
    'agentflow.json': { agent: echoGraph, auth: 'jwt', authorization },
    'rules/must.json': [{ never: { who: 'guest', does: 'threads:delete' } }],
    'good.csv': csv('p, guest, threads, read', 'p, admin, threads, delete'),
    'bad.csv': csv('p, guest, threads, *'),
  });
  const run = (...args: string[]) => runAgentflow(['policy', ...args], project);
  const bad = await run('import', 'bad.csv');
  expect([bad.code, bad.output]).toEqual([2, expect.stringMatching(/invariant 1 does not hold.*by bad\.csv:1/)]);
  expect((await run('import', 'good.csv')).output).toContain('revision 1');
  const linted = await run('lint');
  expect([linted.code, linted.output]).toEqual([0, expect.stringContaining('1 invariant, 0 failed')]);
  project.remove();
});

test('beside policies in files, the one in the database is meant', async () => {
  const inFile = (policy: string) => ({ method: 'casbin', policy });
  const configured = (...authorization: readonly object[]) => ({ agent: echoGraph, auth: 'jwt', authorization });
  const project = createProject({
    'agentflow.json': configured(inFile('policy.csv'), { method: 'casbin', policy: 'database' }),
    'twice.json': configured({ method: 'casbin', policy: 'database' }, { method: 'casbin', policy: 'database' }),
    'files.json': configured(inFile('policy.csv'), inFile('other.csv')),
    'policy.csv': csv('p, user, graph, read, allow'),
    'other.csv': csv('p, user, graph, invoke, allow'),
    'next.csv': csv(...rules),
  });
  const run = (...args: string[]) => runAgentflow(['policy', ...args], project);
  const imported = await run('import', 'next.csv');
  expect([imported.code, imported.output]).toEqual([0, expect.stringMatching(/^revision 1 .*: 4 added, 0 removed\n$/)]);
  const exported = await run('export');
  expect([exported.code, exported.output]).toEqual([0, csv('# revision 1', ...rules)]);
  const refused = await run('export', '--config', 'files.json');
  expect(refused.code).toBe(2);
  expect(refused.output).toContain('the policies of the configuration are in files: policy.csv, other.csv');
  expect(refused.output).not.toContain('--policy');
  const twice = await run('export', '--config', 'twice.json');
  expect([twice.code, twice.output]).toEqual([2, expect.stringContaining('a database has one')]);
  // All that only read have to be told which.
  const asked = await run('explain', 'graph:invoke');
  expect([asked.code, asked.output]).toEqual([
    2,
    expect.stringContaining('Name one with --policy: policy.csv, database.'),
  ]);
  project.remove();
});

test('where the first rule decides, the order of the file is kept', async () => {
  const model = `[request_definition]
r = sub, obj, act

[policy_definition]
p = sub, obj, act, eft

[role_definition]
g = _, _

[policy_effect]
e = priority(p.eft) || deny

[matchers]
m = g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act
`;
  const authorization = { method: 'casbin', policy: 'database', model: 'model.conf' };
  const project = createProject({
    'agentflow.json': { agent: echoGraph, auth: 'jwt', authorization },
    'model.conf': model,
    'one.csv': csv('p, a, graph, read, allow', 'p, b, graph, read, deny', 'p, c, graph, read, allow'),
    'other.csv': csv('p, b, graph, read, deny', 'p, a, graph, read, allow', 'p, c, graph, read, allow'),
    'more.csv': csv('p, a, graph, read, allow', 'p, c, graph, read, allow', 'p, d, graph, read, allow'),
  });
  const run = async (...args: string[]) => (await runAgentflow(['policy', ...args], project)).output;
  expect(await run('import', 'one.csv')).toContain('revision 1');
  expect(await run('import', 'more.csv')).toMatch(/1 added, 1 removed/);
  expect(await run('import', 'one.csv')).toMatch(/3 added, 3 removed/);
  expect(await run('import', 'other.csv')).toMatch(/3 added, 3 removed/);
  expect((await run('export')).split('\n').slice(1, 4)).toEqual([
    'p, b, graph, read, deny',
    'p, a, graph, read, allow',
    'p, c, graph, read, allow',
  ]);
  project.remove();
});
