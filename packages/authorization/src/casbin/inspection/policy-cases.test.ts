import { describe, expect, test } from 'vitest';
import { inspectedOf } from '../../../../../test/harness/policies.js';
import { readCases, runCases } from './index.js';

const policy = `p, admin, *, *
p, user, graph, *
p, suspended, *, *, deny
g, user:alice, admin
`;

async function run(cases: readonly object[]) {
  const read = readCases(cases);
  if ('faults' in read) throw new Error(read.faults.map(({ message }) => message).join('\n'));
  return runCases(await inspectedOf(policy), read.cases);
}

test('a case that holds, and one that does not', async () => {
  const report = await run([
    { who: 'user:alice', does: 'graph:invoke', expect: 'allow' },
    { who: 'user', does: 'threads:read', expect: 'allow', why: 'they own some' },
  ]);
  expect(report).toMatchObject({ cases: 2, failed: [{ index: 1, expected: 'allow', why: 'they own some' }] });
  expect(report.failed[0]?.decision).toMatchObject({ effect: 'deny', does: 'checkpointer:read' });
});

test.each<[string, unknown, string]>([
  ['a role', 'user', 'somebody with the role user'],
  ['a principal', 'user:alice', 'user:alice'],
  ['a principal of an issuer', 'user@https://a.example#acme|bob', 'user@https://a.example#acme|bob'],
  [
    'all of it',
    { user: 'bob', role: 'user', roles: ['admin'], claims: { team: 'red' } },
    'user:bob with the roles user, admin',
  ],
  ['nobody in particular', {}, 'somebody without a role'],
])('who asks may be %s', async (_what, who, label) => {
  const [one, other] = await Promise.all(
    (['allow', 'deny'] as const).map((expected) => run([{ who, does: 'graph:invoke', expect: expected }])),
  );
  const decisions = [...(one?.failed ?? []), ...(other?.failed ?? [])];
  expect(decisions.map(({ decision }) => decision.who)).toEqual([label]);
});

test('a rule is reached that decides, or matches', async () => {
  const { coverage } = await run([
    { who: { user: 'alice', roles: ['suspended'] }, does: 'policy:write', expect: 'deny' },
  ]);
  expect(coverage).toMatchObject({ rules: 3, reached: 2, percent: 66 });
  expect(coverage.unreached).toEqual([{ place: 'policy.csv:2', rule: 'p, user, graph, *', effect: 'allow' }]);
});

describe('faults are told all at once, each with its place', () => {
  const good = { who: 'user', does: 'graph:invoke', expect: 'allow' };
  test.each<[string, unknown, readonly (string | number)[], RegExp]>([
    ['no list', {}, [], /the file must be a list/],
    ['no case', [], [], /the file must not be empty/],
    ['a key that is not known', [{ ...good, expects: 'allow' }], [0, 'expects'], /unknown key "expects"/],
    ['nobody', [{ ...good, who: undefined }], [0, 'who'], /"who" is missing/],
    ['everybody', [{ ...good, who: '*' }], [0, 'who', 'role'], /"\*" and the name of a principal are no roles/],
    ['a principal as a role', [{ ...good, who: { role: 'user:a' } }], [0, 'who', 'role'], /are no roles/],
    ['a name that nobody has', [{ ...good, who: 'user@a' }], [0, 'who'], /"who" must be an object/],
    ['an empty name', [{ ...good, who: { user: '' } }], [0, 'who', 'user'], /"user" must not be empty/],
    ['an action that is none', [good, { ...good, does: 'graph:run' }], [1, 'does'], /does not have the action "run"/],
    ['several permissions', [{ ...good, does: 'graph:*' }], [0, 'does'], /is more than one permission/],
    ['another effect', [{ ...good, expect: true }], [0, 'expect'], /"expect" must be one of "allow", "deny"/],
    ['no effect', [{ ...good, expect: undefined }], [0, 'expect'], /"expect" is missing/],
  ])('%s', (_what, value, path, message) => {
    const read = readCases(value);
    expect('faults' in read ? read.faults : []).toEqual([
      { path, message: expect.stringMatching(message), remedy: expect.any(String) },
    ]);
  });
});
