import { spawnSync } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createPrincipal, userOf } from '@agentflow/core';
import { type Adapter, type Enforcer, newCachedEnforcer, newEnforcer, newModelFromString } from 'casbin';
import { describe, expect, test } from 'vitest';
import { casbinOf, decisionOf, somebody } from '../../../../test/harness/policies.js';

/* What casbin does wrong, seen in casbin; and that it cannot be seen here. */

const plain = (
  matcher: string,
  effect = 'some(where (p.eft == allow))',
  rule = 'sub, obj, act',
) => `[request_definition]
r = sub, obj, act

[policy_definition]
p = ${rule}

[role_definition]
g = _, _

[policy_effect]
e = ${effect}

[matchers]
m = ${matcher}
`;

const usual = 'g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act';
const notDeny = '!some(where (p.eft == deny))';

function adapterOf(loadPolicy: Adapter['loadPolicy']): Adapter {
  const unused = async () => {
    throw new Error('not used');
  };
  return { loadPolicy, savePolicy: unused, addPolicy: unused, removePolicy: unused, removeFilteredPolicy: unused };
}

describe('1: a load empties the policy first', () => {
  async function denying(adapter: Adapter): Promise<Enforcer> {
    const enforcer = await newEnforcer(newModelFromString(plain(usual, notDeny, 'sub, obj, act, eft')));
    await enforcer.addPolicy('mallory', 'graph', 'invoke', 'deny');
    enforcer.setAdapter(adapter);
    return enforcer;
  }

  test('casbin lets in meanwhile, and after a load that failed', async () => {
    const gate = new EventEmitter();
    const enforcer = await denying(adapterOf(async () => void (await once(gate, 'open'))));
    expect(enforcer.enforceSync('mallory', 'graph', 'invoke')).toBe(false);
    const loading = enforcer.loadPolicy();
    expect(enforcer.enforceSync('mallory', 'graph', 'invoke')).toBe(true);
    gate.emit('open');
    await loading;

    const failing = await denying(adapterOf(() => Promise.reject(new Error('no database'))));
    await expect(failing.loadPolicy()).rejects.toThrow('no database');
    expect(failing.enforceSync('mallory', 'graph', 'invoke')).toBe(true);
  });

  test('here an effect that allows what no rule speaks of is refused', async () => {
    await expect(
      casbinOf('p, mallory, graph, invoke, deny\n', plain(usual, notDeny, 'sub, obj, act, eft')),
    ).rejects.toThrow('model.conf:11: this effect allows what no rule speaks of');
  });
});

describe('2: patterns that never come back', () => {
  const run = (call: string) => {
    const script = `const { Util } = require('casbin'); process.stdout.write(String(${call}));`;
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    return spawnSync(process.execPath, ['-e', script], { cwd, timeout: 3_000, encoding: 'utf8' });
  };

  test('casbin hangs', () => {
    expect(run("Util.keyMatch2Func('/a', '/:/x')").signal).toBe('SIGTERM');
    const twin = run("Util.keyMatch2Func('/a', '/:id')");
    expect([twin.status, twin.stdout]).toEqual([0, 'true']);
  });

  test.each([
    ['keyMatch2', '/:/x'],
    ['keyMatch3', '/{id'],
    ['keyMatch4', '/{i/d}'],
    ['keyMatch5', '/{id'],
    ['regexMatch', '(?=g)graph'],
    ['regexMatch', '(g)\\1'],
    ['globMatch', '+(graph|run)'],
    ['ipMatch', 'localhost'],
    ['eval', 'r.sub =='],
  ])('here a rule whose pattern for %s is %s is a fault, with its line', async (name, pattern) => {
    const call = name === 'eval' ? 'eval(p.obj)' : `${name}(r.obj, p.obj)`;
    const model = plain(`g(r.sub, p.sub) && ${call} && r.act == p.act`);
    await expect(casbinOf(`# one\np, user, ${pattern}, invoke\n`, model)).rejects.toThrow(/policy\.csv:2: /);
  });

  test('and one that casbin would search for hours is matched at once', async () => {
    const model = plain(
      'g(r.sub, p.sub) && regexMatch(r.sub.team, p.team) && r.obj == p.obj && r.act == p.act',
    ).replace('p = sub, obj, act', 'p = sub, obj, act, team');
    const backend = await casbinOf('p, user, tool, use, ^(a+)+$\n', model);
    const effectOf = (team: string) => {
      const user = userOf(createPrincipal({ realm: 'local', subject: 'a', roles: ['user'], claims: { team } }));
      return decisionOf(backend, user, 'tool:use').effect;
    };
    expect(effectOf('a'.repeat(10_000))).toBe('allow');
    expect(effectOf(`${'a'.repeat(10_000)}!`)).toBe('deny');
  });

  test('a prefix is known to be about a resource', async () => {
    const backend = await casbinOf(
      'p, user, gr*, invoke\n',
      plain('g(r.sub, p.sub) && keyMatch(r.obj, p.obj) && r.act == p.act'),
    );
    expect(decisionOf(backend, somebody('a', ['user']), 'graph:invoke').effect).toBe('allow');
  });
});

describe('3: every rule is walked for every decision', () => {
  const count = 5_000;
  const rules = Array.from({ length: count }, (_, index) => [`role${index}`, 'graph', 'invoke', 'allow']);

  test('casbin looks at all of them', async () => {
    const enforcer = await newEnforcer(newModelFromString(plain(usual, undefined, 'sub, obj, act, eft')));
    await enforcer.addPolicies(rules);
    let asked = 0;
    const manager = enforcer.getRoleManager();
    manager.syncedHasLink = () => {
      asked++;
      return false;
    };
    await enforcer.buildRoleLinks();
    expect(enforcer.enforceSync('nobody', 'graph', 'invoke')).toBe(false);
    expect(asked).toBe(count);
  });

  // What a decision costs at 100,000 rules is measured beside casbin: npm run bench -- decisions.
  test('here a decision about one of twenty thousand is the same', async () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `p, role${index}, graph, invoke\n`);
    const backend = await casbinOf(lines.join(''));
    expect(decisionOf(backend, somebody('a', ['role19999']), 'graph:invoke')).toMatchObject({
      ...{ effect: 'allow', policyId: 'policy.csv:20000' },
    });
    expect(decisionOf(backend, somebody('a', ['role19999']), 'graph:fix').effect).toBe('deny');
    expect(decisionOf(backend, somebody('a', ['role20000']), 'graph:invoke').effect).toBe('deny');
  });

  test('a matcher that no index answers looks at each rule, and is refused more than a few thousand', async () => {
    const model = plain('r.sub != p.sub && r.obj != p.obj && r.act != p.act').replace(
      /\[role_definition\]\ng = _, _\n/,
      '',
    );
    const lines = Array.from({ length: 5_001 }, (_, index) => `p, user:${index}, graph, invoke\n`);
    await expect(casbinOf(lines.join(''), model)).rejects.toThrow(
      /this matcher has to look at all 5001 rules for each decision, and at most 5000 are taken/,
    );
    const backend = await casbinOf(lines.slice(1).join(''), model);
    expect(decisionOf(backend, somebody('alice'), 'run:read').effect).toBe('allow');
  });
});

describe('4: enforcers that remember, or do not enforce', () => {
  test('casbin answers one request with the answer to another, and after its rule is gone', async () => {
    const enforcer = await newCachedEnforcer(newModelFromString(plain(usual)));
    await enforcer.addPolicy('alice', 'x$$read', 'run');
    expect(await enforcer.enforce('alice', 'x', 'read$$run')).toBe(false);
    enforcer.invalidateCache();
    expect(await enforcer.enforce('alice', 'x$$read', 'run')).toBe(true);
    expect(await enforcer.enforce('alice', 'x', 'read$$run')).toBe(true);
    await enforcer.removePolicy('alice', 'x$$read', 'run');
    expect(await enforcer.enforce('alice', 'x$$read', 'run')).toBe(true);
    enforcer.enableEnforce(false);
    expect(await enforcer.enforce('mallory', 'graph', 'fix')).toBe(true);
  });

  test('here none of them is named', () => {
    const folder = fileURLToPath(new URL('.', import.meta.url));
    const sources = readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
    expect(sources.length).toBeGreaterThan(10);
    const naming = sources.filter((file) =>
      /CachedEnforcer|SyncedEnforcer|enableEnforce/.test(readFileSync(`${folder}/${file}`, 'utf8')),
    );
    expect(naming).toEqual([]);
  });
});

describe('5: what is compared, and how deep', () => {
  test('casbin takes a list, and an object with a toString, for a text', async () => {
    const enforcer = await newEnforcer(newModelFromString(plain('r.sub == p.sub && r.obj == p.obj && r.act == p.act')));
    await enforcer.addPolicy('alice', 'graph', 'invoke');
    expect(enforcer.enforceSync(['alice'], 'graph', 'invoke')).toBe(true);
    expect(enforcer.enforceSync({ toString: () => 'alice' }, 'graph', 'invoke')).toBe(true);
  });

  test.each<[string, unknown]>([
    ['a list', ['alice']],
    ['an object', { toString: () => 'alice' }],
    ['a number', 1],
    ['nothing', undefined],
    ['null', null],
  ])(
    'here %s for a subject, a resource or an action is a fault of the request, which then ends as 503',
    async (_what, odd) => {
      const backend = await casbinOf('p, user:alice, graph, invoke\n');
      const alice = somebody('alice');
      expect(decisionOf(backend, alice, 'graph:invoke').effect).toBe('allow');
      const text = odd as string;
      expect(() => backend.authorize({ ...alice, sub: text }, 'graph', 'invoke')).toThrow(TypeError);
      expect(() => backend.authorize(alice, text, 'invoke')).toThrow(TypeError);
      expect(() => backend.authorize(alice, 'graph', text)).toThrow(TypeError);
      expect(decisionOf(backend, { ...somebody('bob'), roles: [text] }, 'graph:invoke').effect).toBe('deny');
    },
  );

  const chain = (length: number) => Array.from({ length }, (_, index) => [`role${index}`, `role${index + 1}`] as const);

  test('casbin forgets a denial that is more than ten roles away', async () => {
    const effect = 'some(where (p.eft == allow)) && !some(where (p.eft == deny))';
    const enforcer = await newEnforcer(newModelFromString(plain(usual, effect, 'sub, obj, act, eft')));
    await enforcer.addPolicies([
      ['role0', 'graph', 'invoke', 'allow'],
      ['role12', 'graph', 'invoke', 'deny'],
    ]);
    for (const [member, role] of chain(12)) await enforcer.addGroupingPolicy(member, role);
    expect(enforcer.enforceSync('role0', 'graph', 'invoke')).toBe(true);
  });

  test('here it is found however far away it is', async () => {
    const groups = chain(300).map(([member, role]) => `g, ${member}, ${role}\n`);
    const rules = 'p, role0, graph, invoke\np, role300, graph, invoke, deny\n';
    const user = somebody('a', ['role0']);
    expect(decisionOf(await casbinOf(rules + groups.join('')), user, 'graph:invoke').effect).toBe('deny');
    expect(decisionOf(await casbinOf(rules + groups.slice(0, -1).join('')), user, 'graph:invoke').effect).toBe('allow');
  });

  test('here many ways through the roles are no more work than the roles', async () => {
    // 8 to the power of 20 ways.
    const levels = Array.from({ length: 20 }, (_, level) => level);
    const wide = Array.from({ length: 8 }, (_, index) => index);
    const groups = levels.flatMap((level) =>
      wide.flatMap((one) => wide.map((other) => `g, l${level}.${one}, l${level + 1}.${other}\n`)),
    );
    const backend = await casbinOf(`p, l20.0, graph, invoke\n${groups.join('')}`);
    expect(decisionOf(backend, somebody('a', ['l0.0']), 'graph:invoke').effect).toBe('allow');
    expect(decisionOf(backend, somebody('a', ['l20.1']), 'graph:invoke').effect).toBe('deny');
  });

  test('casbin follows a circle ten links far; here it is a fault that names it', async () => {
    const lines = ['g, user:alice, a', 'g, a, b', 'g, b, c', 'g, c, a'].map((line) => `${line}\n`).join('');
    await expect(casbinOf(`p, a, graph, invoke\n${lines}`)).rejects.toThrow(
      'policy.csv: the roles of "g" go round in a circle: a → b → c → a',
    );
    const backend = await casbinOf(`p, c, graph, invoke\n${lines.replace('g, c, a\n', '')}`);
    expect(decisionOf(backend, somebody('alice'), 'graph:invoke').effect).toBe('allow');
  });
});

describe('6: what its reader passes over', () => {
  test('casbin takes a denial for an allowance where the model has no effects', async () => {
    const enforcer = await newEnforcer(newModelFromString(plain(usual)));
    await enforcer.addPolicy('mallory', 'graph', 'invoke', 'deny');
    expect(enforcer.enforceSync('mallory', 'graph', 'invoke')).toBe(true);
  });

  test('here it is a fault', async () => {
    await expect(casbinOf('p, mallory, graph, invoke, deny\n', plain(usual))).rejects.toThrow(
      'policy.csv:1: a rule has 4 fields here, and 3 in the model',
    );
    await expect(
      casbinOf('p, mallory, graph, invoke, deny\n', plain(usual, undefined, 'sub, obj, act, eft')),
    ).rejects.toThrow('policy.csv:1: the effect of the model passes over deny rules');
  });
});

describe('7: no rules', () => {
  const byId = plain('r.id == p.id', undefined, 'id').replace('r = sub, obj, act', 'r = sub, obj, act, id');

  test('casbin compares the request with empty texts', async () => {
    const enforcer = await newEnforcer(newModelFromString(byId));
    expect(enforcer.enforceSync('mallory', 'graph', 'fix', '')).toBe(true);
  });

  test('here no rule is a denial', async () => {
    const model = byId.replace(/\[role_definition\]\ng = _, _\n/, '');
    const backend = await casbinOf('p, t1\n', model);
    expect(decisionOf(backend, somebody('mallory'), 'graph:fix').effect).toBe('deny');
    expect(decisionOf(backend, somebody('mallory'), 'graph:fix', 't1').effect).toBe('allow');
  });
});
