import { createPrincipal, userOf } from '@agentflow/core';
import { actionsByResource } from '@agentflow/protocol';
import { newEnforcer, newModelFromString } from 'casbin';
import { expect, onTestFinished, test } from 'vitest';
import { decisionOf, policyFolder, surroundingsIn } from '../../../../test/harness/policies.js';
import { createRandom, type Random } from '../../../../test/harness/random.js';
import { builtInModel } from './built-in-model.js';
import { casbinAuthorizationOptionsSchema, createCasbinAuthorization } from './index.js';

/* Random policies and questions, decided here and by two others: a naive reading of the file, and casbin left alone. */

const roles = ['a', 'b', 'c', 'd', 'e'];
const subjects = ['alice', 'bob', 'a', 'root'];
const tenants = ['acme', 'umbrella'];
const resources = ['graph', 'checkpointer', 'store'] as const;

type Fields = Record<string, string>;
interface RandomPolicy {
  readonly rules: readonly Fields[];
  readonly groups: readonly (readonly string[])[];
}
interface Question {
  readonly subject: string;
  readonly roles: readonly string[];
  readonly tenant: string;
  readonly obj: string;
  readonly act: string;
  readonly id: string;
}

interface Shape {
  readonly model: string;
  readonly rule: readonly string[];
  readonly arity: 0 | 2 | 3;
  /** Which values may be patterns: `*` alone, or with a beginning. */
  readonly any: readonly string[];
  readonly prefix: readonly string[];
}

function randomPolicy(random: Random, { rule, arity, any, prefix }: Shape): RandomPolicy {
  const rules = Array.from({ length: 1 + random(14) }, (_, index): Fields => {
    const obj = random.pick(resources);
    const values: Fields = {
      sub: random(arity === 0 ? 1 : 4) === 0 ? `user:${random.pick(subjects)}` : random.pick(roles),
      dom: random.pick(tenants),
      obj,
      act: random.pick(actionsByResource[obj]),
      id: random.pick(['t1', 't2']),
      eft: random(4) === 0 ? 'deny' : 'allow',
      priority: String(random(5)),
      note: `n${index}`,
    };
    for (const name of any) if (random(4) === 0) values[name] = '*';
    for (const name of prefix) {
      if (random(4) === 0) values[name] = random(2) === 0 ? '*' : `${values[name]?.slice(0, 1) ?? ''}*`;
    }
    return Object.fromEntries(rule.map((name) => [name, values[name] ?? '']));
  });
  // To a role that stands later in the list: circles are refused.
  const groups = Array.from({ length: arity === 0 ? 0 : random(6) }, () => {
    const above = 1 + random(roles.length - 1);
    return [
      random(2) === 0 ? `user:${random.pick(subjects)}` : random.pick(roles.slice(0, above)),
      roles[above] ?? '',
      ...(arity === 3 ? [random.pick(tenants)] : []),
    ];
  });
  return { rules: distinct(rules), groups: distinct(groups) };
}

function distinct<T extends object>(list: readonly T[]): T[] {
  return [...new Map(list.map((one) => [JSON.stringify(one), one])).values()];
}

function randomQuestion(random: Random): Question {
  const obj = random.pick(resources);
  return {
    subject: random.pick(subjects),
    roles: roles.filter(() => random(4) === 0),
    tenant: random.pick(tenants),
    obj,
    act: random.pick(actionsByResource[obj]),
    id: random.pick(['t1', 't2', '']),
  };
}

const csvOf = ({ rules, groups }: RandomPolicy) =>
  [
    ...rules.map((fields) => ['p', ...Object.values(fields)].join(', ')),
    ...groups.map((fields) => ['g', ...fields].join(', ')),
    '',
  ].join('\n');

async function ours(policy: RandomPolicy, model: string) {
  const directory = policyFolder({ 'policy.csv': csvOf(policy), 'model.conf': model });
  const options = casbinAuthorizationOptionsSchema.parse({
    method: 'casbin',
    policy: 'policy.csv',
    model: 'model.conf',
  });
  const backend = await createCasbinAuthorization(options, {
    ...surroundingsIn(directory),
  });
  onTestFinished(() => backend.close());
  // Where rules do not name the tenant, a principal of one has it in their name: the questions are about those of none.
  const hasTenants = /^r = .*\bdom\b/m.test(model);
  return ({ subject, roles: has, tenant, obj, act, id }: Question) => {
    const user = userOf(
      createPrincipal({ realm: 'local', subject, roles: has, tenant: hasTenants ? tenant : undefined }),
    );
    return decisionOf(backend, user, `${obj}:${act}`, id === '' ? undefined : id).effect;
  };
}

/** The built-in model in plain words. */
function naive({ rules, groups }: RandomPolicy, question: Question): 'allow' | 'deny' {
  const names = new Set([`user:${question.subject}`, ...question.roles]);
  for (let size = 0; size < names.size; ) {
    size = names.size;
    for (const [member = '', role = ''] of groups) if (names.has(member)) names.add(role);
  }
  const applying = rules.filter(
    ({ sub = '', obj, act }) =>
      (sub === '*' || names.has(sub)) && (obj === '*' || obj === question.obj) && (act === '*' || act === question.act),
  );
  if (applying.some(({ eft }) => eft === 'deny')) return 'deny';
  return applying.length > 0 ? 'allow' : 'deny';
}

const builtInShape: Shape = {
  model: builtInModel,
  rule: ['sub', 'obj', 'act', 'eft'],
  arity: 2,
  any: ['sub', 'obj', 'act'],
  prefix: [],
};

test('the built-in model decides as a naive reading does', async () => {
  const random = createRandom(7);
  const counts = { allow: 0, deny: 0 };
  for (let round = 0; round < 100; round++) {
    const policy = randomPolicy(random, builtInShape);
    const decide = await ours(policy, builtInModel);
    for (let ask = 0; ask < 60; ask++) {
      const question = randomQuestion(random);
      const expected = naive(policy, question);
      counts[expected]++;
      if (decide(question) !== expected) throw new Error(`not ${expected}: ${JSON.stringify({ question, policy })}`);
    }
  }
  expect(counts.allow + counts.deny).toBe(6_000);
  expect(Math.min(counts.allow, counts.deny)).toBeGreaterThan(1_000);
});

const model = (r: string, p: string, g: string, e: string, m: string) => `[request_definition]
r = ${r}
[policy_definition]
p = ${p}
${g === '' ? '' : `[role_definition]\ng = ${g}`}
[policy_effect]
e = ${e}
[matchers]
m = ${m}
`;

const allowing = 'some(where (p.eft == allow))';
const denyFirst = 'some(where (p.eft == allow)) && !some(where (p.eft == deny))';
const byPriority = 'priority(p.eft) || deny';
const usual = 'g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act';

const shape = (
  r: string,
  p: string,
  arity: Shape['arity'],
  e: string,
  m: string,
  more: Partial<Shape> = {},
): Shape => ({
  model: model(r, p, arity === 0 ? '' : Array.from({ length: arity }, () => '_').join(', '), e, m),
  rule: p.split(', '),
  arity,
  any: [],
  prefix: [],
  ...more,
});

const shapes: readonly (readonly [string, Shape])[] = [
  ['built in', builtInShape],
  ['roles', shape('sub, obj, act', 'sub, obj, act', 2, allowing, usual)],
  ['deny first', shape('sub, obj, act', 'sub, obj, act, eft', 2, denyFirst, usual)],
  [
    'tenants',
    shape(
      'sub, dom, obj, act',
      'sub, dom, obj, act, eft',
      3,
      denyFirst,
      'g(r.sub, p.sub, r.dom) && r.dom == p.dom && r.obj == p.obj && r.act == p.act',
    ),
  ],
  ['priority by number', shape('sub, obj, act', 'priority, sub, obj, act, eft', 2, byPriority, usual)],
  ['priority by line', shape('sub, obj, act', 'sub, obj, act, eft, note', 2, byPriority, usual)],
  [
    'prefixes',
    shape(
      'sub, obj, act',
      'sub, obj, act, eft',
      2,
      denyFirst,
      'keyMatch(r.obj, p.obj) && keyMatch(r.act, p.act) && g(r.sub, p.sub)',
      { prefix: ['obj', 'act'] },
    ),
  ],
  [
    'principals only',
    shape('sub, obj, act', 'sub, obj, act', 0, allowing, 'r.sub == p.sub && r.obj == p.obj && r.act == p.act'),
  ],
  [
    'somebody above the rules',
    shape('sub, obj, act', 'sub, obj, act', 2, allowing, `${usual} || r.sub == "user:root"`),
  ],
  [
    'a wildcard of another field',
    shape('sub, obj, act', 'sub, obj, act', 2, allowing, '(p.act == "*" || g(r.sub, p.sub)) && r.obj == p.obj', {
      any: ['act'],
    }),
  ],
  [
    'a negation',
    shape('sub, obj, act', 'sub, obj, act', 2, allowing, 'g(r.sub, p.sub) && !(r.act == p.act) && r.obj != p.obj'),
  ],
  [
    'ids',
    shape(
      'sub, obj, act, id',
      'sub, obj, act, id, eft',
      2,
      denyFirst,
      '(g(r.sub, p.sub) || p.sub == "*") && r.obj == p.obj && (p.act == "*" || p.act == r.act) && ("*" == p.id || r.id == p.id)',
      { any: ['sub', 'act', 'id'] },
    ),
  ],
];

test.each(shapes)('under the model "%s" it decides as casbin does that walks every rule', async (_name, one) => {
  const random = createRandom(11);
  const counts = { allow: 0, deny: 0 };
  for (let round = 0; round < 15; round++) {
    const policy = randomPolicy(random, one);
    const decide = await ours(policy, one.model);
    for (let ask = 0; ask < 20; ask++) {
      const question = randomQuestion(random);
      const expected = (await casbinAlone(one, policy, question)) ? 'allow' : 'deny';
      counts[expected]++;
      if (decide(question) !== expected) throw new Error(`not ${expected}: ${JSON.stringify({ question, policy })}`);
    }
  }
  expect(counts.allow + counts.deny).toBe(300);
  expect(Math.min(counts.allow, counts.deny)).toBeGreaterThan(5);
});

/** Its own role manager, all rules, and the roles of the credential as groups of the one who asks. */
async function casbinAlone({ model: text, arity }: Shape, { rules, groups }: RandomPolicy, question: Question) {
  const enforcer = await newEnforcer(newModelFromString(text));
  for (const fields of rules) await enforcer.addPolicy(...Object.values(fields));
  for (const fields of groups) await enforcer.addGroupingPolicy(...fields);
  const sub = `user:${question.subject}`;
  for (const role of arity === 0 ? [] : question.roles) {
    await enforcer.addGroupingPolicy(sub, role, ...(arity === 3 ? [question.tenant] : []));
  }
  const { tenant, obj, act, id } = question;
  const line = /^r = (.*)$/m.exec(text)?.[1] ?? '';
  const values: Fields = { sub, dom: tenant, obj, act, id };
  return enforcer.enforceSync(...line.split(', ').map((field) => values[field]));
}
