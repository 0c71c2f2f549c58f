import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runAgentflow } from '../harness/agentflow.js';
import { createProject, exampleGraph, type Project } from '../harness/project.js';

const policy = `p, admin, *, *
p, user, graph, *
p, user, graph, read
g, user:alice, admin
`;
const casbin = { method: 'casbin', policy: 'rules/policy.csv' };
const model = `[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.sub == p.sub && r.obj == p.obj && r.act == p.act
`;
const good = [{ who: 'user:alice', does: 'policy:write', expect: 'allow' }];
const wrong = [...good, { who: 'user', does: 'graph:read', expect: 'deny', why: 'reading is for\nadministrators' }];

let project: Project;
beforeAll(() => {
  project = createProject({
    'agentflow.json': { agent: exampleGraph, auth: 'jwt', authorization: casbin },
    'rules/policy.csv': policy,
    'rules/policy.cases.json': good,
    'wrong.json': wrong,
    'faulty.json': [{ who: 'user', does: 'graph:run', expect: 'allow' }],
    'empty/agentflow.json': { agent: exampleGraph, authorization: { method: 'casbin', policy: 'policy.csv' } },
    'empty/policy.csv': 'p, user:alice, graph, *\n',
    'holds.json': [{ never: { who: 'user', does: 'policy:*' } }],
    'broken.json': [{ never: { who: 'user', does: '*:read' }, why: 'they are to run graphs' }],
    'both.json': [{ never: { who: 'user', does: '*' }, always: { who: 'user', does: '*' } }],
    'not.json': '[{"never": }]',
    'same.csv': `${policy}p, admin, graph, read\n`,
    'other.csv': 'p, admin, *, *\np, user, graph, read\ng, user:alice, admin\n',
    'bad.csv': 'p, admin, *, *\np, user, grph, *\n',
    'exact.csv': 'p, user:alice, graph, read\n',
    'exact.conf': model,
  });
});
afterAll(() => project.remove());

const run = (...args: readonly string[]) => runAgentflow(['policy', ...args], { directory: project.directory });

describe.concurrent('agentflow policy test', { timeout: 60_000 }, () => {
  test('asks the cases beside the policy, and tells the rules that none reached', async () => {
    expect(await run('test')).toEqual({
      code: 0,
      output: `1 case, 0 failed
1 of 3 rules reached, 33 %
  not reached  rules/policy.csv:2  p, user, graph, *
  not reached  rules/policy.csv:3  p, user, graph, read
`,
    });
  });

  test('explains a case that fails, and ends with 1', async () => {
    const { code, output } = await run('test', '--cases', 'wrong.json');
    expect(code).toBe(1);
    expect(output).toContain(
      'failed  wrong.json:7  somebody with the role user, graph:read: expected deny, and the policy says allow\n',
    );
    expect(output).toContain('        decided by  rules/policy.csv:2  p, user, graph, *\n');
    expect(output).toContain('        also        rules/policy.csv:3  p, user, graph, read  would allow it');
    expect(output).toContain('2 cases, 1 failed\n3 of 3 rules reached, 100 %\n');
  });

  test('fails below the coverage that is asked for', async () => {
    expect(await run('test', '--min-coverage', '33')).toMatchObject({ code: 0 });
    const { code, output } = await run('test', '--min-coverage', '34');
    expect(code).toBe(1);
    expect(output).toContain('fewer than 34 % of the rules are reached');
  });

  test('as JSON', async () => {
    const { output } = await run('test', '--json');
    expect(JSON.parse(output)).toMatchObject({ cases: 1, failed: [], coverage: { rules: 3, reached: 1 } });
  });

  test.each<[string, readonly string[], RegExp]>([
    ['no cases', ['--config', 'empty/agentflow.json'], /there is no policy\.cases\.json beside policy\.csv/],
    ['a file that is not there', ['--cases', 'no.json'], /no\.json {2}the file does not exist/],
    ['faulty cases', ['--cases', 'faulty.json'], /faulty\.json:4:5 {2}"graph" does not have the action "run"/],
    ['what is no JSON', ['--cases', 'not.json'], /not\.json:1:12 {2}not JSON/],
    ['a coverage that is none', ['--min-coverage', '101'], /a number from 0 to 100, not "101"/],
  ])('ends with 2 for %s', async (_what, args, expected) => {
    const { code, output } = await run('test', ...args);
    expect(output).toMatch(expected);
    expect(code).toBe(2);
  });
});

describe.concurrent('agentflow policy lint', { timeout: 60_000 }, () => {
  test('tells what does nothing; that alone is no failure', async () => {
    expect(await run('lint')).toEqual({
      code: 0,
      output: `warning  rules/policy.csv:2  p, user, graph, *
         no line gives the role user to a principal: only a credential could carry it

warning  rules/policy.csv:3  p, user, graph, read
         adds nothing: rules/policy.csv:2 matches whatever it does

2 warnings
`,
    });
    expect(await run('lint', '--strict')).toMatchObject({ code: 1 });
    expect(await run('lint', '--strict', '--config', 'empty/agentflow.json')).toEqual({
      code: 0,
      output: '0 warnings\n',
    });
  });

  test('checks invariants, and shows a counter-example', async () => {
    const holds = await run('lint', '--invariants', 'holds.json');
    expect(holds).toMatchObject({ code: 0, output: expect.stringContaining('1 invariant, 0 failed') });
    const { code, output } = await run('lint', '--invariants', 'broken.json');
    expect(code).toBe(1);
    expect(output).toContain(`failed   broken.json:2  never user *:read
         because  they are to run graphs
         somebody with the role user may graph:read
         decided by  rules/policy.csv:2  p, user, graph, *
         through     somebody → user (credential)
`);
    expect(output).toMatch(
      /Asked are 7 askers, \d+ permissions: every name of the policy as a role and as a principal/,
    );
  });

  test.each<[string, readonly string[], RegExp]>([
    [
      'faulty invariants',
      ['--invariants', 'both.json'],
      /both\.json:2:3 {2}an invariant has either "never" or "always"/,
    ],
    ['a file that is not there', ['--invariants', 'no.json'], /no\.json {2}the file does not exist/],
  ])('ends with 2 for %s', async (_what, args, expected) => {
    const { code, output } = await run('lint', ...args);
    expect(output).toMatch(expected);
    expect(code).toBe(2);
  });
});

describe.concurrent('agentflow policy diff', { timeout: 60_000 }, () => {
  test('ends with 0 where nobody gains or loses anything', async () => {
    const { code, output } = await run('diff', 'same.csv');
    expect(code).toBe(0);
    expect(output).toMatch(/^0 gained, 0 lost, \d+ the same\n/);
  });

  test('says who loses what by which rules, and ends with 1', async () => {
    const { code, output } = await run('diff', 'other.csv');
    expect(code).toBe(1);
    expect(
      output,
    ).toContain(`loses  somebody with the role user: graph:invoke, graph:stream, graph:stop, graph:fix, graph:setup
       now   rules/policy.csv:2  p, user, graph, *
       then  no rule allows it

0 gained, 5 lost, `);
  });

  test('with a model of its own, and as JSON', async () => {
    const { code, output } = await run('diff', 'exact.csv', '--model', 'exact.conf', '--json');
    expect(code).toBe(1);
    const { changes, gained, lost } = JSON.parse(output);
    expect(changes.every(({ kind }: { kind: string }) => kind === 'loss')).toBe(true);
    expect([gained, lost > 40]).toEqual([0, true]);
  });

  test.each<[string, readonly string[], RegExp]>([
    ['a candidate that is not there', ['no.csv'], /no\.csv {2}no\.csv: the file does not exist/],
    [
      'a faulty candidate',
      ['bad.csv'],
      /bad\.csv:2:1 {2}there is no resource "grph"\n.*"graph"[\s\S]*the candidate has one fault/,
    ],
    ['no candidate', [], /diff needs a candidate: agentflow policy diff candidate\.csv/],
  ])('ends with 2 for %s', async (_what, args, expected) => {
    const { code, output } = await run('diff', ...args);
    expect(output).toMatch(expected);
    expect(code).toBe(2);
  });
});
