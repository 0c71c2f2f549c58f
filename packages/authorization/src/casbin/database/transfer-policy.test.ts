import { systemClock } from '@agentflow/core';
import { expect, onTestFinished, test } from 'vitest';
import { describeOnDatabases } from '../../../../../test/harness/databases.js';
import { policyFolder } from '../../../../../test/harness/policies.js';
import { importPolicy } from './transfer-policy.js';

const model = `[request_definition]
r = sub, obj, act
[policy_definition]
p = priority, sub, obj, act, eft
[role_definition]
g = _, _
[policy_effect]
e = priority(p.eft) || deny
[matchers]
m = g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act
`;

describeOnDatabases((createDatabase) => {
  test('a line that stands in a file in two spellings is one, also where the order decides', async () => {
    const database = await createDatabase();
    onTestFinished(() => database.remove());
    const stores = await database.open(systemClock);
    onTestFinished(() => stores.close());
    const rules = 'p, 1, admin, threads, read\np, 1, admin, checkpointer, read, allow\np, 2, user, graph, read, deny\n';
    const directory = policyFolder({ 'model.conf': model, 'policy.csv': rules });
    const place = { directory, path: ['authorization'] };
    const wanted = { file: 'policy.csv', place, options: { model: 'model.conf', max_rules: 100 } };
    expect((await importPolicy(stores.policies, wanted)).added).toHaveLength(2);
    expect(await importPolicy(stores.policies, wanted)).toEqual({ revision: 1, added: [], removed: [] });
  });
});
