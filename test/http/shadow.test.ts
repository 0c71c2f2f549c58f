import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@agentflow/core';
import { readPostgres, readSqlite } from '@agentflow/stores';
import { describe, expect, test } from 'vitest';
import { runAgentflow, startAgentflow } from '../harness/agentflow.js';
import { auditRowsOf } from '../harness/audit-rows.js';
import { describeOnDatabases, type TestDatabase } from '../harness/databases.js';
import { modelWithIds } from '../harness/models.js';
import { createProject, createSecret, exampleGraph, root } from '../harness/project.js';
import { type Answer, lastText, say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';
import { tokenFor } from '../harness/tokens.js';

/* `api --shadow candidate.csv`: the candidate is asked beside the policy, decides nothing, and where it differs is recorded. */

const policy = 'p, admin, *, *\np, user, run, read\np, user:alice, graph, *\n';
const candidate = 'p, admin, *, *\np, *, run, read\np, user:alice, graph, *\np, *, graph, read, deny\n';
const casbin = { method: 'casbin', policy: 'policy.csv' };
const files = { 'policy.csv': policy, 'candidate.csv': candidate };

/** What was recorded of differences, by any server of a project. */
async function differencesIn(directory: string, { configuration }: TestDatabase) {
  const trail =
    configuration === undefined
      ? readSqlite(join(directory, '.agentflow/agentflow.db'))
      : await readPostgres({ ...configuration, maxConnections: 1, onIdleError: () => undefined });
  const found = [];
  const wanted = { since: systemClock.now() - 600_000, events: ['shadow-differed'] as const };
  for await (const one of trail.audit.decisions(wanted)) found.push(one);
  await trail.close();
  return found;
}

describeOnDatabases((createDatabase) => {
  test('each difference is a row, and no answer is another', async () => {
    const database = await createDatabase();
    const where = database.configuration;
    const secret = createSecret();
    const project = createProject({
      'agentflow.json': { agent: exampleGraph, auth: 'jwt', authorization: casbin, ...(where && { database: where }) },
      ...files,
    });
    const env = { JWT_SECRET_KEY: secret };
    const ask = async (url: string) => {
      const get = (path: string, subject?: string, claims?: object) =>
        send(`${url}${path}`, subject === undefined ? {} : { token: tokenFor(subject, secret, claims) });
      return [
        await get('/v1/graph', 'alice'),
        await get('/v1/runs', 'bob'),
        await get('/v1/runs', 'carol', { roles: ['user'] }),
        await get('/v1/threads', 'dan', { roles: ['admin'] }),
        // Before the policy is asked, and where it never is.
        await get('/v1/graph', 'alice', { scope: 'run:read' }),
        await get('/v1/auth/me', 'alice'),
        await get('/v1/runs'),
      ];
    };
    const plain = await startAgentflow({ directory: project.directory, env });
    const without = await ask(plain.url);
    expect(await plain.stop()).toBe(0);
    expect(await differencesIn(project.directory, database)).toEqual([]);

    const args = ['api', '--shadow', 'candidate.csv'];
    const shadowed = await startAgentflow({ directory: project.directory, env, args });
    const answers = await ask(shadowed.url);
    expect(await shadowed.stop()).toBe(0);
    expect(answers.map(({ status }) => status)).toEqual([200, 403, 200, 200, 403, 200, 401]);
    expect(answers.map(({ status }) => status)).toEqual(without.map(({ status }) => status));
    expect(answers.map(({ text }) => text).join('')).not.toMatch(/candidate|shadow/);
    expect(shadowed.output()).toContain('candidate.csv (4 lines) is asked beside policy.csv, and decides nothing');

    const asked = {
      event: 'shadow-differed',
      count: 1,
      tenant: 'default',
      realm: 'local',
      roles: [],
      actor: null,
      resourceId: null,
    };
    const allowed = (policyId: string) => ({ effect: 'allow', policy_id: policyId, reason: `${policyId} allows it` });
    const byDefault = { effect: 'deny', policy_id: null, reason: 'no rule of the policy allows it' };
    expect(await differencesIn(project.directory, database)).toEqual([
      {
        ...{ ...asked, route: 'describeGraph', subject: 'alice', resource: 'graph', action: 'read', code: null },
        policyId: 'policy.csv:3',
        reason: 'policy.csv:3 allows it; candidate.csv would say: candidate.csv:4 denies it',
        detail: {
          ...{ change: 'loss', many: false, live: { name: 'casbin', ...allowed('policy.csv:3') } },
          candidate: {
            ...{ name: 'candidate.csv', effect: 'deny', policy_id: 'candidate.csv:4' },
            reason: 'candidate.csv:4 denies it',
          },
        },
      },
      {
        ...{ ...asked, route: 'listRuns', subject: 'bob', resource: 'run', action: 'read', code: null, policyId: null },
        reason: 'no rule of the policy allows it; candidate.csv would say: candidate.csv:2 allows it',
        detail: {
          ...{ change: 'gain', many: true, live: { name: 'casbin', ...byDefault } },
          candidate: { name: 'candidate.csv', ...allowed('candidate.csv:2') },
        },
      },
    ]);
    project.remove();
    await database.remove();
  });
});

describe('beside a policy that knows ids', () => {
  const server = serve(
    {
      agent: `${join(root, 'test/graphs/tools.ts')}:react`,
      ...{ auth: 'jwt', guard: ['tool'] },
      authorization: { method: 'casbin', policy: 'policy.csv', model: 'model.conf' },
    },
    {
      args: ['api', '--shadow', 'candidate.csv'],
      files: {
        'model.conf': modelWithIds,
        'policy.csv': 'p, user, graph, *, *\np, user, tool, use, look\np, user, threads, read, team-*\n',
        'candidate.csv': 'p, user, graph, *, *\np, user, tool, use, erase\np, user, threads, read, *\n',
      },
    },
  );
  const asUna = () => server.tokenFor('una', { roles: ['user'] });
  const differences = async (answer: Answer) =>
    (await auditRowsOf(server.directory, answer)).filter(({ event }) => event === 'shadow-differed');

  test('uses of tools are compared one by one, alike ones once, under the id of the request', async () => {
    const body = say('use look look erase erase', 'team-1');
    const answer = await send(`${server.url}/v1/graph/invoke`, { token: asUna(), body });
    const refused = 'You may not use this tool.';
    expect(lastText(answer)).toBe(['seen', 'seen', refused, refused].join(' | '));
    const rows = await differences(answer);
    expect(rows.map(({ resource, resource_id: id, outcome, count }) => [resource, id, outcome, count])).toEqual([
      ['tool', 'look', 'allowed', 1],
      ['tool', 'erase', 'refused', 1],
    ]);
  });

  test('lists are compared by what is in them', async () => {
    const answer = await send(`${server.url}/v1/threads`, { token: asUna() });
    const listed = answer.body.data.threads.map(({ thread_id: id }: { thread_id: string }) => id);
    expect([answer.status, listed]).toEqual([200, ['team-1']]);
    const rows = await differences(answer);
    expect(rows.map(({ reason }) => reason)).toEqual([
      'policy.csv allows some of them; candidate.csv would say: candidate.csv allows all of them, and those are more',
    ]);
    const one = await send(`${server.url}/v1/threads/team-1`, { token: asUna() });
    expect([one.status, await differences(one)]).toEqual([200, []]);
    const other = await send(`${server.url}/v1/threads/private`, { token: asUna() });
    expect([other.status, (await differences(other)).length]).toEqual([403, 1]);
  });
});

describe('while the server runs', () => {
  const server = serve(
    { agent: exampleGraph, auth: 'jwt', authorization: casbin },
    {
      args: ['api', '--shadow', 'candidate.csv'],
      files: { ...files, 'policy.csv': `${policy}p, reader, run, read\n` },
    },
  );

  test('the candidate is read anew, and a faulty one changes nothing', { timeout: 60_000 }, async () => {
    const write = (text: string) => writeFileSync(join(server.directory, 'candidate.csv'), text);
    const read = () => send(`${server.url}/v1/runs`, { token: server.tokenFor('rita', { roles: ['reader'] }) });
    const rowsOf = async (answer: Answer) =>
      (await auditRowsOf(server.directory, answer)).filter(({ event }) => event === 'shadow-differed').length;
    const before = await read();
    expect([before.status, await rowsOf(before)]).toEqual([200, 0]);
    write('p, admin, *, *\n');
    await expect
      .poll(() => server.output(), { timeout: 20_000 })
      .toContain('the changed candidate is asked from now on');
    const after = await read();
    expect([after.status, await rowsOf(after)]).toEqual([200, 1]);
    write('p, admin, *, fly\n');
    await expect.poll(() => server.output(), { timeout: 20_000 }).toContain('the changed candidate cannot be loaded');
    const still = await read();
    expect([still.status, await rowsOf(still)]).toEqual([200, 1]);
    expect((await send(`${server.url}/ready`)).status).toBe(200);
  });
});

describe('at start', () => {
  const secret = createSecret();
  const check = async (
    authorization: unknown,
    args: readonly string[],
    more: Readonly<Record<string, string>> = {},
  ) => {
    const project = createProject({
      'agentflow.json': { agent: exampleGraph, auth: 'jwt', ...(authorization !== undefined && { authorization }) },
      ...{ ...files, ...more },
    });
    const at = { directory: project.directory, env: { JWT_SECRET_KEY: secret } };
    const checked = await runAgentflow(['check', ...args], at);
    const served = checked.code === 0 ? undefined : await runAgentflow(['api', '--port', '0', ...args], at);
    if (served !== undefined) expect([served.code, served.output]).toEqual([checked.code, checked.output]);
    project.remove();
    return checked;
  };

  test('a good candidate is announced', async () => {
    const { code, output } = await check(casbin, ['--shadow', 'candidate.csv']);
    expect(code).toBe(0);
    expect(output).toContain('shadow candidate.csv (4 lines) is asked beside policy.csv, and decides nothing');
  });

  test('a candidate may have a model of its own', async () => {
    const more = { 'ids.conf': modelWithIds, 'candidate.csv': 'p, user, threads, read, team-*\n' };
    const args = ['--shadow', 'candidate.csv', '--shadow-model', 'ids.conf'];
    expect(await check(casbin, args, more)).toMatchObject({ code: 0 });
    expect(await check(casbin, args.slice(0, 2), more)).toMatchObject({ code: 2 });
  });

  test.each<[string, unknown, readonly string[], Readonly<Record<string, string>>, readonly string[]]>([
    [
      'a faulty candidate',
      ...([
        casbin,
        ['--shadow', 'candidate.csv'],
        { 'candidate.csv': 'p, user, run, read\np, user, graph, fly\n' },
      ] as const),
      ['candidate.csv:2:1', '"fly"', 'the candidate has one fault'],
    ],
    [
      'a faulty model of a candidate',
      ...([
        casbin,
        ['--shadow', 'candidate.csv', '--shadow-model', 'own.conf'],
        { 'own.conf': '[matchers]\n' },
      ] as const),
      ['own.conf', 'the candidate has'],
    ],
    [
      'a candidate that is not there',
      ...([casbin, ['--shadow', 'none.csv'], {}] as const),
      ['none.csv', 'the candidate has one fault'],
    ],
    [
      'no policy',
      ...([undefined, ['--shadow', 'candidate.csv'], {}] as const),
      ['--shadow sets a candidate beside a Casbin policy, and here is none'],
    ],
    [
      'another method',
      ...(['ownership', ['--shadow', 'candidate.csv'], {}] as const),
      ['agentflow.json:', '--shadow sets a candidate beside a Casbin policy, and here is none'],
    ],
    [
      'two policies',
      ...([[casbin, { ...casbin, policy: 'candidate.csv' }], ['--shadow', 'candidate.csv'], {}] as const),
      ['and here are 2'],
    ],
    [
      'a model without rules',
      ...([casbin, ['--shadow-model', 'model.conf'], {}] as const),
      ['--shadow-model names the model of a candidate, and no candidate is named'],
    ],
  ])('%s is a fault', async (_what, authorization, args, more, expected) => {
    const { code, output } = await check(authorization, args, more);
    expect(code).toBe(2);
    for (const text of expected) expect(output).toContain(text);
    expect(output).not.toContain('    at ');
  });
});
