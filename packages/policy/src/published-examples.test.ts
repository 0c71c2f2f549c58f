import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { EnforceContext, type Enforcer, newEnforcer } from 'casbin';
import { describe, expect, test } from 'vitest';
import { buildPolicy, type ModelKeys, PolicyError, parseCsv, type RequestValue, readModel } from './index.js';

/* The models and policies that casbin itself publishes, read by casbin and by us, and asked everything that they name. */

const examples = join(dirname(createRequire(import.meta.url).resolve('casbin/package.json')), 'examples');
const textOf = (name: string) => readFileSync(join(examples, name), 'utf8');

const pairs = [
  ['basic_model', 'basic_policy'],
  ['basic_model', 'basic_inverse_policy'],
  ['basic_with_root_model', 'basic_policy'],
  ['basic_without_resources_model', 'basic_without_resources_policy'],
  ['basic_without_users_model', 'basic_without_users_policy'],
  ['rbac_model', 'rbac_policy'],
  ['rbac_model', 'rbac_with_hierarchy_policy'],
  ['rbac_with_deny_model', 'rbac_with_deny_policy'],
  ['rbac_with_not_deny_model', 'rbac_with_deny_policy'],
  ['rbac_with_domains_model', 'rbac_with_domains_policy'],
  ['rbac_with_domains_model', 'rbac_with_domains_policy2'],
  ['rbac_with_domains_model', 'rbac_with_hierarchy_with_domains_policy'],
  ['rbac_with_resource_roles_model', 'rbac_with_resource_roles_policy'],
  ['rbac_g2_model', 'rbac_g2_policy'],
  ['rbac_with_all_pattern_model', 'rbac_with_all_pattern_policy'],
  ['rbac_with_domain_pattern_model', 'rbac_with_domain_pattern_policy'],
  ['rbac_with_pattern_model', 'rbac_with_pattern_policy'],
  ['rbac_with_hierarchical_domains_model', 'rbac_with_hierarchical_domains_policy'],
  ['rbac_with_multiple_policy_model', 'rbac_with_multiple_policy_policy'],
  ['priority_model', 'priority_policy'],
  ['priority_model_explicit', 'priority_policy_explicit'],
  ['priority_model_explicit', 'priority_policy_explicit_update'],
  ['subject_priority_model', 'subject_priority_policy'],
  ['subject_priority_model_with_domain', 'subject_priority_policy_with_domain'],
  ['keymatch_model', 'keymatch_policy'],
  ['keymatch2_model', 'keymatch2_policy'],
  ['glob_model', 'glob_policy'],
  ['basic_keyget2_model', 'basic_keyget2_policy'],
  ['multiple_policy_definitions_model', 'multiple_policy_definitions_policy'],
  ['issues/node_casbin_150_model', 'issues/node_casbin_150_policy'],
] as const;

/** All combinations of one value from each list. */
function combinations<T>(lists: readonly (readonly T[])[]): readonly (readonly T[])[] {
  return lists.reduce<readonly (readonly T[])[]>(
    (all, list) => all.flatMap((one) => list.map((value) => [...one, value])),
    [[]],
  );
}

/** Texts that patterns of the examples match, and some that they do not. */
const texts = [
  'GET',
  '/alice_data/resource1',
  '/alice_data2/1/using/2',
  '/data/7',
  '/foo/bar',
  '/x/foo/y',
  '/pen/1',
  'read',
];

/** A field of a request gets all that the field of this name has in the policy, and all members of links. */
function requestsFor(model: ReturnType<typeof readModel>, csv: string): readonly (readonly string[])[] {
  const lines = [...parseCsv(csv)].flatMap((line) => ('values' in line ? [line] : []));
  const linked = lines.filter(({ key }) => key !== 'p').flatMap(({ values }) => values);
  const lists = model.request.map((field) => {
    const column = model.rule.indexOf(field);
    const own = lines.filter(({ key }) => key === 'p').flatMap(({ values }) => values[column] ?? []);
    return [...new Set([...own, ...linked, ...texts, 'nobody', 'root'])];
  });
  return combinations(lists.map((list) => list.slice(0, model.request.length > 3 ? 9 : 16)));
}

async function compare(
  casbin: Enforcer,
  [model, policy]: readonly [string, string],
  requests: readonly (readonly unknown[])[] | undefined,
  { keys = {}, context }: { readonly keys?: ModelKeys; readonly context?: EnforceContext } = {},
) {
  const read = readModel(textOf(`${model}.conf`), keys);
  const ours = await buildPolicy(read, parseCsv(policy === '' ? '' : textOf(`${policy}.csv`)));
  const counts = { allow: 0, deny: 0 };
  for (const request of requests ?? requestsFor(read, textOf(`${policy}.csv`))) {
    const given = context === undefined ? request : [context, ...request];
    const expected = casbin.enforceSync(...given) ? 'allow' : 'deny';
    const values = request.map(
      (value): RequestValue => (typeof value === 'string' ? value : { name: '', attributes: Object(value) }),
    );
    expect({ request, effect: ours.decide(values).effect }).toEqual({ request, effect: expected });
    counts[expected] += 1;
  }
  return counts;
}

const open = (model: string, policy: string) =>
  policy === ''
    ? newEnforcer(join(examples, `${model}.conf`))
    : newEnforcer(join(examples, `${model}.conf`), join(examples, `${policy}.csv`));

describe('of texts', () => {
  test.each(pairs)('%s with %s', async (model, policy) => {
    const counts = await compare(await open(model, policy), [model, policy], undefined);
    expect(counts.allow).toBeGreaterThan(0);
    expect(counts.deny).toBeGreaterThan(0);
  });
});

describe('of addresses, and of attributes', () => {
  test('ipmatch_model', async () => {
    const requests = combinations([
      ['192.168.2.1', '192.168.3.1', '10.0.0.7', '10.1.0.7', '8.8.8.8'],
      ...[
        ['data1', 'data2', 'data3'],
        ['read', 'write'],
      ],
    ]);
    const casbin = await open('ipmatch_model', 'ipmatch_policy');
    expect(await compare(casbin, ['ipmatch_model', 'ipmatch_policy'], requests)).toEqual({ allow: 2, deny: 28 });
  });

  test.each([
    ['abac_model', '', { allow: 2, deny: 2 }],
    // Its matcher looks at no rule, so that no rule decides.
    ['abac_not_using_policy_model', 'abac_rule_effect_policy', { allow: 2, deny: 2 }],
  ] as const)('%s: the owner', async (model, policy, expected) => {
    const requests = combinations<unknown>([['alice', 'bob'], [{ Owner: 'alice' }, { Owner: 'bob' }], ['read']]);
    expect(await compare(await open(model, policy), [model, policy], requests)).toEqual(expected);
  });

  test('abac_rule_model: conditions in rules', async () => {
    const requests = combinations<unknown>([
      [{ Age: 16 }, { Age: 19 }, { Age: 70 }],
      ['/data1', '/data2', '/data3'],
      ['read', 'write'],
    ]);
    const casbin = await open('abac_rule_model', 'abac_rule_policy');
    expect(await compare(casbin, ['abac_rule_model', 'abac_rule_policy'], requests)).toEqual({ allow: 4, deny: 14 });
  });

  test('in_operator_model', async () => {
    const requests = combinations<unknown>([
      [
        { Owner: 'alice', Doc: 'doc1' },
        { Owner: 'alice', Doc: 'doc2' },
        { Owner: 'bob', Doc: 'doc1' },
      ],
      [
        { Owner: 'alice', Docs: ['doc1'] },
        { Owner: 'bob', Docs: ['doc1', 'doc2'] },
      ],
    ]);
    const casbin = await open('in_operator_model', '');
    expect(await compare(casbin, ['in_operator_model', ''], requests)).toEqual({ allow: 2, deny: 4 });
  });

  test('multiple_policy_definitions_model: its second definitions', async () => {
    const model = ['multiple_policy_definitions_model', 'multiple_policy_definitions_policy'] as const;
    const requests = combinations<unknown>([[{ Age: 16 }, { Age: 30 }, { Age: 70 }], ['/data1', '/data2'], ['read']]);
    const keys = { request: 'r2', rule: 'p2', matcher: 'm2' };
    const context = new EnforceContext('r2', 'p2', 'e', 'm2');
    expect(await compare(await open(...model), model, requests, { keys, context })).toEqual({ allow: 1, deny: 5 });
  });
});

describe('what is refused, and why', () => {
  const refused = async (model: string, policy: string, keys: ModelKeys = {}) => {
    try {
      await buildPolicy(readModel(textOf(`${model}.conf`), keys), parseCsv(textOf(`${policy}.csv`)));
    } catch (error) {
      if (error instanceof PolicyError) return error.faults.map(({ line, message }) => `${line}: ${message}`);
      throw error;
    }
    return [];
  };

  test('an effect that is none, which casbin passes over', async () => {
    expect(await refused('priority_model', 'priority_indeterminate_policy')).toEqual([
      '1: "intdeterminate" is no effect',
    ]);
  });

  test('a denial in a model without effects, which casbin takes for an allowance', async () => {
    const faults = await refused('abac_rule_model', 'abac_rule_effect_policy');
    expect(faults).toHaveLength(4);
    expect(faults[0]).toBe('1: a rule has 4 fields here, and 3 in the model');
  });

  test('a matcher with a function of the program that it comes from', async () => {
    expect(await refused('keymatch_custom_model', 'keymatch2_policy')).toEqual([
      '11: the matcher calls "keyMatchCustom", which is not known',
    ]);
  });

  test('a matcher that asks for another rule than it is given, which casbin reads as undefined', async () => {
    const keys = { rule: 'p2', matcher: 'm2' };
    expect(await refused('rbac_with_multiple_policy_model', 'rbac_with_multiple_policy_policy', keys)).toEqual([
      '13: the matcher does not know "p"',
    ]);
  });
});
