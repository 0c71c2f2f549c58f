import { createPrincipal, userOf } from '@agentflow/core';
import type { JsonObject } from '@agentflow/protocol';
import { describe, expect, onTestFinished, test } from 'vitest';
import { casbinOf, decisionOf, policyFolder, somebody, surroundingsIn } from '../../../../test/harness/policies.js';
import { casbinAuthorizationOptionsSchema, createCasbinAuthorization } from './index.js';

const policy = `# The guide's roles.
p, admin, *, *
p, user, graph, *, allow
p,user,threads,read
p, guest, graph, invoke

p, *, run, read
p, suspended, *, *, deny
p, user:mallory, graph, *, deny
g, user, guest
g, user:alice, admin
g, user@https://issuer.example|alice, guest
`;

describe('the built-in model', () => {
  test.each<[string, readonly string[], string, string]>([
    ['bob', ['admin'], 'policy:write', 'allow'],
    ['bob', ['user'], 'graph:stream', 'allow'],
    ['bob', ['user'], 'checkpointer:read', 'allow'],
    ['bob', ['user'], 'checkpointer:write', 'deny'],
    ['bob', ['guest'], 'graph:invoke', 'allow'],
    ['bob', ['guest'], 'graph:stream', 'deny'],
    ['bob', [], 'graph:invoke', 'deny'],
    ['bob', [], 'run:read', 'allow'],
    ['bob', ['stranger'], 'graph:invoke', 'deny'],
    ['bob', ['admin', 'suspended'], 'policy:write', 'deny'],
    ['bob', ['suspended', 'admin'], 'run:read', 'deny'],
    ['mallory', ['admin'], 'graph:invoke', 'deny'],
    ['mallory', ['admin'], 'policy:write', 'allow'],
    ['alice', [], 'policy:write', 'allow'],
    ['alice', ['suspended'], 'policy:write', 'deny'],
  ])('%s with %j on %s: %s', async (subject, roles, permission, expected) => {
    expect(decisionOf(await casbinOf(policy), somebody(subject, roles), permission).effect).toBe(expected);
  });

  test('a reason names the file and the line', async () => {
    const backend = await casbinOf(policy);
    expect(decisionOf(backend, somebody('bob', ['guest']), 'graph:invoke')).toEqual({
      effect: 'allow',
      reason: 'policy.csv:5 allows it',
      policyId: 'policy.csv:5',
    });
    const denied = decisionOf(backend, somebody('bob', ['admin', 'suspended']), 'graph:invoke');
    expect(denied.policyId).toBe('policy.csv:8');
  });
});

describe('whose name is whose', () => {
  test.each<[string, string, readonly string[], string]>([
    ['a subject called like a role', 'admin', [], 'deny'],
    ['a subject called like a role with its prefix', 'role:admin', [], 'deny'],
    ['a role called like a subject', 'bob', ['user:alice'], 'deny'],
    ['a role called like a bare subject', 'bob', ['alice'], 'deny'],
    ['a role called like a subject of an issuer', 'bob', ['user@https://issuer.example|alice'], 'deny'],
    ['a role called like everybody', 'bob', ['*'], 'deny'],
    ['a subject called like the form of another', 'user:alice', [], 'deny'],
    ['a subject called like everybody', '*', [], 'deny'],
    ['a subject in another case', 'Alice', [], 'deny'],
    ['the subject itself', 'alice', [], 'allow'],
    ['the role itself', 'bob', ['admin'], 'allow'],
  ])('%s: %s with %j: %s', async (_what, subject, roles, expected) => {
    expect(decisionOf(await casbinOf(policy), somebody(subject, roles), 'policy:write').effect).toBe(expected);
  });

  test('the same subject of an issuer is somebody else', async () => {
    const backend = await casbinOf(policy);
    const theirs = somebody('alice', [], { realm: 'https://issuer.example' });
    expect(decisionOf(backend, theirs, 'policy:write').effect).toBe('deny');
    expect(decisionOf(backend, theirs, 'graph:invoke').effect).toBe('allow');
    expect(decisionOf(backend, somebody('https://issuer.example|alice'), 'graph:invoke').effect).toBe('deny');
    expect(decisionOf(backend, somebody('@https://issuer.example|alice'), 'graph:invoke').effect).toBe('deny');
    const lookalike = somebody('x|alice', [], { realm: 'https://issuer.example' });
    expect(decisionOf(backend, lookalike, 'graph:invoke').effect).toBe('deny');
  });
});

const modelOf = (parts: { r?: string; p?: string; g?: string; e?: string; m: string }) => `[request_definition]
r = ${parts.r ?? 'sub, obj, act'}

[policy_definition]
p = ${parts.p ?? 'sub, obj, act'}
${parts.g === undefined ? '' : `\n[role_definition]\ng = ${parts.g}\n`}
[policy_effect]
e = ${parts.e ?? 'some(where (p.eft == allow))'}

[matchers]
m = ${parts.m}
`;

describe("models of the operator's own", () => {
  test('roles', async () => {
    const model = modelOf({ g: '_, _', m: 'g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act' });
    const backend = await casbinOf('p, reader, checkpointer, read\ng, editor, reader\n', model);
    expect(decisionOf(backend, somebody('a', ['editor']), 'checkpointer:read').effect).toBe('allow');
    expect(decisionOf(backend, somebody('a', ['editor']), 'checkpointer:write').effect).toBe('deny');
  });

  test('roles in tenants: what somebody is in one says nothing of another', async () => {
    const model = modelOf({
      r: 'sub, dom, obj, act',
      p: 'sub, dom, obj, act',
      g: '_, _, _',
      m: 'g(r.sub, p.sub, r.dom) && r.dom == p.dom && r.obj == p.obj && r.act == p.act',
    });
    const rules = 'p, admin, acme, graph, fix\np, admin, umbrella, graph, fix\ng, user:alice, admin, acme\n';
    const backend = await casbinOf(rules, model);
    const inTenant = (tenant: string) => somebody('alice', [], { tenant });
    expect(decisionOf(backend, inTenant('acme'), 'graph:fix').effect).toBe('allow');
    expect(decisionOf(backend, inTenant('umbrella'), 'graph:fix').effect).toBe('deny');
    expect(decisionOf(backend, somebody('bob', ['admin'], { tenant: 'umbrella' }), 'graph:fix').effect).toBe('allow');
    expect(decisionOf(backend, somebody('bob', ['admin'], { tenant: 'other' }), 'graph:fix').effect).toBe('deny');
  });

  test('no roles, only principals: a role counts for nothing', async () => {
    const backend = await casbinOf(
      'p, user:alice, graph, invoke\n',
      modelOf({ m: 'r.sub == p.sub && r.obj == p.obj && r.act == p.act' }),
    );
    expect(decisionOf(backend, somebody('alice'), 'graph:invoke').effect).toBe('allow');
    expect(decisionOf(backend, somebody('bob', ['alice', 'user:alice']), 'graph:invoke').effect).toBe('deny');
  });

  test('priority: the first rule that applies decides, by its number and not by its line', async () => {
    const model = modelOf({
      p: 'priority, sub, obj, act, eft',
      g: '_, _',
      e: 'priority(p.eft) || deny',
      m: 'g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act',
    });
    const backend = await casbinOf('p, 10, user, graph, invoke, deny\np, 1, vip, graph, invoke, allow\n', model);
    expect(decisionOf(backend, somebody('a', ['user', 'vip']), 'graph:invoke').effect).toBe('allow');
    expect(decisionOf(backend, somebody('a', ['user']), 'graph:invoke').effect).toBe('deny');
    expect(decisionOf(backend, somebody('a', ['other']), 'graph:invoke').effect).toBe('deny');
  });

  test('the id of a resource, and a prefix', async () => {
    const model = modelOf({
      r: 'sub, obj, act, id',
      p: 'sub, obj, act, id',
      g: '_, _',
      m: 'g(r.sub, p.sub) && r.obj == p.obj && keyMatch(r.act, p.act) && (p.id == "*" || keyMatch(r.id, p.id))',
    });
    const backend = await casbinOf('p, user, tool, use, search_*\np, user, node, u*, *\n', model);
    const user = somebody('a', ['user']);
    expect(decisionOf(backend, user, 'tool:use', 'search_web').effect).toBe('allow');
    expect(decisionOf(backend, user, 'tool:use', 'delete_all').effect).toBe('deny');
    expect(decisionOf(backend, user, 'tool:use', '*').effect).toBe('deny');
    expect(decisionOf(backend, user, 'tool:use').effect).toBe('deny');
    expect(decisionOf(backend, user, 'node:use').effect).toBe('allow');
  });
});

describe('what is vouched for', () => {
  const claimed = (claims: JsonObject) => userOf(createPrincipal({ realm: 'local', subject: 'alice', claims }));
  const attributes = modelOf({
    ...{ p: 'obj, act, department, eft', e: 'some(where (p.eft == allow)) && !some(where (p.eft == deny))' },
    m: 'r.obj == p.obj && r.act == p.act && r.sub.department == p.department',
  });

  test.each<[string, JsonObject, string]>([
    ['it is so', { department: 'sales' }, 'allow'],
    ['it is otherwise', { department: 'law' }, 'deny'],
    ['nothing is said of it', {}, 'deny'],
    ['it is no text', { department: ['sales'] }, 'deny'],
    ['it has the name of something that every object has', { constructor: 'sales' }, 'deny'],
  ])('an attribute of the principal, where %s', async (_what, claims, expected) => {
    const backend = await casbinOf('p, graph, invoke, sales, allow\n', attributes);
    expect(decisionOf(backend, claimed(claims), 'graph:invoke').effect).toBe(expected);
  });

  test('what is not known denies where it would have', async () => {
    const rules = 'p, graph, invoke, sales, allow\np, graph, invoke, law, deny\n';
    const both = modelOf({
      ...{ p: 'obj, act, department, eft', e: 'some(where (p.eft == allow)) && !some(where (p.eft == deny))' },
      m: 'r.obj == p.obj && r.act == p.act && (p.eft == "allow" || r.sub.department == p.department)',
    });
    const backend = await casbinOf(rules, both);
    expect(decisionOf(backend, claimed({ department: 'sales' }), 'graph:invoke').effect).toBe('allow');
    expect(decisionOf(backend, claimed({ department: 'law' }), 'graph:invoke').effect).toBe('deny');
    expect(decisionOf(backend, claimed({}), 'graph:invoke')).toMatchObject({
      effect: 'deny',
      policyId: 'policy.csv:2',
    });
  });

  test('a condition in a rule', async () => {
    const model = modelOf({
      ...{ p: 'sub, obj, act, when', g: '_, _' },
      m: 'g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act && eval(p.when)',
    });
    const backend = await casbinOf(
      'p, user, graph, invoke, "r.sub.level >= 3 || r.sub.team in (""a"", ""b"")"\n',
      model,
    );
    const effectOf = (claims: JsonObject) => {
      const user = userOf(createPrincipal({ realm: 'local', subject: 'alice', roles: ['user'], claims }));
      return decisionOf(backend, user, 'graph:invoke').effect;
    };
    expect([{ level: 3 }, { level: 2 }, { team: 'b' }, { team: 'c', level: 4 }, {}].map(effectOf)).toEqual([
      ...['allow', 'deny', 'allow', 'allow', 'deny'],
    ]);
  });

  test('groups of ids', async () => {
    const model = modelOf({
      ...{ r: 'sub, obj, act, id', p: 'sub, obj, act, id', g: '_, _\ng2 = _, _' },
      m: 'g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act && g2(r.id, p.id)',
    });
    const backend = await casbinOf('p, user, tool, use, harmless\ng2, search, harmless\ng2, clock, harmless\n', model);
    const user = somebody('a', ['user']);
    expect(['search', 'clock', 'delete_all'].map((id) => decisionOf(backend, user, 'tool:use', id).effect)).toEqual([
      ...['allow', 'allow', 'deny'],
    ]);
  });

  test('a rule about somebody comes before one about a role of theirs', async () => {
    const model = modelOf({
      ...{ p: 'sub, obj, act, eft', g: '_, _', e: 'subjectPriority(p.eft) || deny' },
      m: 'g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act',
    });
    const rules = 'p, user, graph, invoke, deny\np, user:alice, graph, invoke, allow\n';
    const backend = await casbinOf(`${rules}g, user:alice, user\ng, user:bob, user\n`, model);
    expect(decisionOf(backend, somebody('alice'), 'graph:invoke').effect).toBe('allow');
    expect(decisionOf(backend, somebody('bob'), 'graph:invoke').effect).toBe('deny');
  });
});

describe('the roles that a policy gives', () => {
  const rolesOf = async (user: ReturnType<typeof somebody>, rules: string, model?: string) =>
    [...(await (await casbinOf(rules, model)).rolesOf(user))].toSorted();

  test('are those of the credential and of the principal, with all that these have', async () => {
    expect(await rolesOf(somebody('alice', ['user']), policy)).toEqual(['admin', 'guest', 'user']);
    expect(await rolesOf(somebody('bob', ['user']), policy)).toEqual(['guest', 'user']);
    expect(await rolesOf(somebody('bob'), policy)).toEqual([]);
    expect(await rolesOf(somebody('alice', [], { realm: 'https://issuer.example' }), policy)).toEqual(['guest']);
    expect(await rolesOf(somebody('alice', [], { tenant: 'acme' }), policy)).toEqual([]);
  });

  test('are no names of principals, and not everybody', async () => {
    expect(await rolesOf(somebody('bob', ['user:alice', '*', 'x']), policy)).toEqual(['x']);
  });

  test('are those of the own tenant, where the model has tenants', async () => {
    const model = modelOf({
      ...{ r: 'sub, dom, obj, act', p: 'sub, dom, obj, act', g: '_, _, _' },
      m: 'g(r.sub, p.sub, r.dom) && r.dom == p.dom && r.obj == p.obj && r.act == p.act',
    });
    const rules = 'p, admin, acme, graph, fix\ng, user:alice, admin, acme\ng, user:alice, clerk, umbrella\n';
    for (const [tenant, roles] of [
      ['acme', ['admin']],
      ['umbrella', ['clerk']],
      ['other', []],
    ] as const) {
      expect(await rolesOf(somebody('alice', [], { tenant }), rules, model)).toEqual(roles);
    }
  });

  test('are none of groups of ids, nor of a model without roles', async () => {
    const groups = modelOf({
      ...{ r: 'sub, obj, act, id', p: 'sub, obj, act, id', g: '_, _\ng2 = _, _' },
      m: 'g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act && g2(r.id, p.id)',
    });
    const rules = 'p, user, tool, use, harmless\ng2, user:alice, harmless\ng, user:alice, user\n';
    expect(await rolesOf(somebody('alice'), rules, groups)).toEqual(['user']);
    const plain = modelOf({ m: 'r.sub == p.sub && r.obj == p.obj && r.act == p.act' });
    expect(await rolesOf(somebody('alice', ['user']), 'p, user:alice, graph, invoke\n', plain)).toEqual([]);
  });
});

describe('one subject in two tenants', () => {
  const rules = 'p, user:alice, graph, *, allow\np, user#acme|alice, run, read, allow\n';
  const effectOf = async (tenant: string | undefined, permission: string) => {
    const alice = userOf(createPrincipal({ realm: 'local', subject: 'alice', tenant }));
    return decisionOf(await casbinOf(rules), alice, permission).effect;
  };

  test.each([
    [undefined, 'graph:invoke', 'allow'],
    ['acme', 'graph:invoke', 'deny'],
    ['other', 'graph:invoke', 'deny'],
    ['acme', 'run:read', 'allow'],
    ['other', 'run:read', 'deny'],
    [undefined, 'run:read', 'deny'],
  ])('is two principals: %s, %s: %s', async (tenant, permission, expected) => {
    expect(await effectOf(tenant, permission)).toBe(expected);
  });
});

test('a matcher that no index answers is told at start', async () => {
  const told: string[] = [];
  const files = {
    'policy.csv': 'p, user:alice, graph, invoke\np, user:bob, graph, invoke\n',
    'model.conf': modelOf({ m: 'r.sub != p.sub && r.obj != p.obj' }),
  };
  const surroundings = { ...surroundingsIn(policyFolder(files)), announce: (line: string) => void told.push(line) };
  const options = casbinAuthorizationOptionsSchema.parse({
    method: 'casbin',
    policy: 'policy.csv',
    model: 'model.conf',
  });
  const backend = await createCasbinAuthorization(options, surroundings);
  onTestFinished(() => backend.close());
  expect(told).toEqual([
    'policy.csv: the matcher (line 11 of the model) offers nothing to an index, so each decision looks at all 2 rules; more than 5000 are refused',
  ]);
});

test('a denial of a bare name that nobody is given is told at start, with its line', async () => {
  const told: string[] = [];
  const rules = 'p, *, *, *, allow\np, carol, run, read, deny\np, suspended, run, read, deny\ng, user:bob, suspended\n';
  const surroundings = {
    ...surroundingsIn(policyFolder({ 'policy.csv': rules })),
    announce: (line: string) => void told.push(line),
  };
  const options = casbinAuthorizationOptionsSchema.parse({ method: 'casbin', policy: 'policy.csv' });
  const backend = await createCasbinAuthorization(options, surroundings);
  onTestFinished(() => backend.close());
  expect(told).toEqual([expect.stringMatching(/^policy\.csv:2: "carol" is read as a role.*write user:carol$/)]);
});
