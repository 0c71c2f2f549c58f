import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runAgentflow } from '../harness/agentflow.js';
import { createProject, exampleGraph, type Project } from '../harness/project.js';

const policy = `p, viewer, threads, read
p, admin, *, *
p, suspended, *, *, deny
g, editor, viewer
g, user:alice, editor
g, user:mallory, suspended
`;
const casbin = { method: 'casbin', policy: 'policy.csv' };

let project: Project;
beforeAll(() => {
  project = createProject({
    'policy.csv': policy,
    'agentflow.json': { agent: exampleGraph, auth: 'jwt', authorization: casbin },
    'several.json': { agent: exampleGraph, authorization: ['ownership', casbin, { ...casbin, policy: 'other.csv' }] },
    'list.json': { agent: exampleGraph, authorization: ['ownership', casbin] },
    'none.json': { agent: exampleGraph, auth: 'jwt', authorization: 'ownership' },
    'default.json': { agent: exampleGraph, auth: 'jwt' },
    'faulty.json': { agent: exampleGraph, authorization: { ...casbin, policy: 'faulty.csv' } },
    'other.csv': 'p, *, graph, invoke\n',
    'faulty.csv': 'p, admin, *, *\np, user, graph, invok\n',
  });
});
afterAll(() => project.remove());

const run = (...args: readonly string[]) => runAgentflow(['policy', ...args], { directory: project.directory });

describe.concurrent('agentflow policy explain', { timeout: 60_000 }, () => {
  test('says which rule allows it, through which lines, and ends with 0', async () => {
    expect(await run('explain', '--user', 'alice', 'threads:read')).toEqual({
      code: 0,
      output: `allow  user:alice may checkpointer:read

  decided by  policy.csv:1  p, viewer, threads, read
  through     user:alice → editor (policy.csv:5) → viewer (policy.csv:4)
`,
    });
  });

  test('says what is missing where no rule allows it, and ends with 1', async () => {
    expect(await run('explain', '--user', 'bob', '--role', 'guest', 'threads:read')).toEqual({
      code: 1,
      output: `deny   user:bob with the role guest may not checkpointer:read

  decided by  no rule allows it
  nearest     policy.csv:1  p, viewer, threads, read  needs the role viewer
              policy.csv:2  p, admin, *, *            needs the role admin
`,
    });
  });

  test('says which rule denies it, and which would have allowed it', async () => {
    const { code, output } = await run('explain', '-u', 'mallory', '-r', 'admin', 'graph:invoke', '--on', 't1');
    expect(code).toBe(1);
    expect(output).toBe(`deny   user:mallory with the role admin may not graph:invoke on t1

  decided by  policy.csv:3  p, suspended, *, *, deny
  through     user:mallory → suspended (policy.csv:6)
  also        policy.csv:2  p, admin, *, *  would allow it, through user:mallory → admin (credential)
`);
  });

  test('tells realm and tenant apart, and what else must allow it', async () => {
    const more = ['--realm', 'https://issuer.example', '--tenant', 'acme', '--config', 'list.json'];
    const { code, output } = await run('explain', '--user', 'alice', ...more, 'threads:read');
    expect(code).toBe(1);
    expect(output).toContain('user@https://issuer.example#acme|alice may not');
    expect(output).toContain('Besides this policy, all of these must allow it: ownership.');
  });

  test('as JSON', async () => {
    const { code, output } = await run('explain', '--role', 'admin', 'graph:invoke', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(output)).toEqual({
      ...{ effect: 'allow', who: 'somebody with the role admin', does: 'graph:invoke', on: null, also_matched: [] },
      decided_by: {
        ...{ place: 'policy.csv:2', rule: 'p, admin, *, *', effect: 'allow', is_known: true },
        through: [[{ member: 'somebody', role: 'admin', by: 'credential' }]],
      },
      ...{ missing: [], missing_count: 0, others: [] },
    });
  });

  test('by one of several policies, if it is said which', async () => {
    const several = ['explain', 'graph:invoke', '--config', 'several.json'];
    const { code, output } = await run(...several);
    expect(code).toBe(2);
    expect(output).toContain('there are several Casbin policies');
    expect(output).toContain('Name one with --policy: policy.csv, other.csv.');
    expect(await run(...several, '--policy', 'other.csv')).toMatchObject({ code: 0 });
    expect(await run(...several, '--policy', 'third.csv')).toMatchObject({ code: 2 });
  });
});

describe.concurrent('what cannot be answered ends with 2', { timeout: 60_000 }, () => {
  test.each(['none.json', 'default.json'])('no Casbin policy: %s', async (config) => {
    const { code, output } = await run('explain', 'graph:invoke', '--config', config);
    expect(code).toBe(2);
    expect(output).toContain('there is no Casbin policy here: "authorization" names another method, or none');
  });

  test.each<[string, readonly string[], RegExp]>([
    ['no permission', ['explain'], /missing required argument 'permission'/],
    [
      'an action that is none',
      ['explain', 'graph:invok'],
      /does not have the action "invok"\. Did you mean "invoke"\?/,
    ],
    ['several permissions', ['explain', 'graph:*'], /"graph:\*" is more than one permission/],
    ['a claim that is none', ['explain', 'graph:read', '--claim', 'x'], /--claim takes name=value, not "x"/],
    ['a name that is none', ['explain', 'graph:read', '--user', ''], /subject must be 1 to 255 characters/],
    ['a role that is none', ['explain', 'graph:read', '--role', 'user:bob'], /"user:bob" is no role/],
    ['a flag that is none', ['explain', 'graph:read', '--usr', 'a'], /unknown option '--usr'/],
    ['a command that is none', ['explian'], /unknown command 'explian'/],
    ['no configuration', ['explain', 'graph:read', '--config', 'no.json'], /the file does not exist/],
    [
      'a faulty policy',
      ['explain', 'graph:read', '--config', 'faulty.json'],
      /faulty\.csv:2: "graph" does not have the action "invok"/,
    ],
    ['who can what is nothing', ['who-can', 'thread:read'], /there is no resource "thread"/],
  ])('%s', async (_what, args, expected) => {
    const { code, output } = await run(...args);
    expect(output).toMatch(expected);
    expect(code).toBe(2);
  });
});

describe.concurrent('agentflow policy who-can', { timeout: 60_000 }, () => {
  test('lists the names of the policy, each with its rule, and says what is not in the list', async () => {
    expect(await run('who-can', 'threads:read')).toEqual({
      code: 0,
      output: `checkpointer:read:

  role admin   policy.csv:2  p, admin, *, *
  role editor  policy.csv:1  p, viewer, threads, read  editor → viewer (policy.csv:4)
  role viewer  policy.csv:1  p, viewer, threads, read
  user:alice   policy.csv:1  p, viewer, threads, read  user:alice → editor (policy.csv:5) → viewer (policy.csv:4)

  Each role is asked about alone, and each principal without the roles of a credential.
  Which credentials carry which roles, the policy does not know: they come on top of this list.
`,
    });
  });

  test('says where everybody may, and where nobody may', async () => {
    const several = ['--config', 'several.json', '--policy', 'other.csv'];
    expect(await run('who-can', 'graph:invoke', ...several)).toMatchObject({
      code: 0,
      output: expect.stringMatching(
        /^graph:invoke: everybody who is authenticated, by other\.csv:1 {2}p, \*, graph, invoke\n/,
      ),
    });
    expect(await run('who-can', 'graph:stop', ...several)).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^graph:stop: nobody whom the policy names\n/),
    });
  });

  test('as JSON', async () => {
    const { output } = await run('who-can', 'graph:stop', '--json');
    expect(JSON.parse(output)).toMatchObject({ is_open: false, may: [{ name: 'admin', kind: 'role' }], except: [] });
  });
});
