import { type LivePolicy, systemClock } from '@agentflow/core';
import { expect, onTestFinished, test } from 'vitest';
import { describeOnDatabases } from '../../../../../test/harness/databases.js';
import { decisionOf, policyFolder, somebody, surroundingsIn } from '../../../../../test/harness/policies.js';
import { createRandom } from '../../../../../test/harness/random.js';
import { createCasbinAuthorization } from '../casbin-authorization.js';
import { casbinAuthorizationOptionsSchema } from '../options.js';

const permissions = ['graph:invoke', 'graph:read', 'checkpointer:read', 'store:write', 'policy:write'];
const [roles, users] = [6, 8].map((count, kind) =>
  Array.from({ length: count }, (_, index) => (kind === 0 ? `role${index}` : `user:u${index}`)),
) as [string[], string[]];

describeOnDatabases((createDatabase) => {
  test('after thousands of changes it decides as one that is read anew', { timeout: 120_000 }, async () => {
    const database = await createDatabase();
    onTestFinished(() => database.remove());
    const stores = await database.open(systemClock);
    onTestFinished(() => stores.close());
    const seed = 'p, role0, graph, invoke\np, user:root, policy, *\n';
    const surroundings = { ...surroundingsIn(policyFolder({ 'seed.csv': seed })), openStores: async () => stores };
    const options = casbinAuthorizationOptionsSchema.parse({ method: 'casbin', policy: 'database', seed: 'seed.csv' });
    const open = async () => {
      const backend = await createCasbinAuthorization(options, surroundings);
      onTestFinished(() => backend.close());
      return backend;
    };
    const backend = await open();
    const live = backend.livePolicy as LivePolicy;
    const random = createRandom(7);

    // The rules are few and the changes many, so that most of them come and go again and again.
    for (let round = 0; round < 6; round += 1) {
      for (let index = 0; index < 400; index += 1) {
        const [resource = '', action = ''] = random.pick(permissions).split(':');
        const rule = [
          'p',
          random.pick([...roles, ...users]),
          resource,
          action,
          random.pick(['allow', 'allow', 'deny']),
        ] as const;
        const [low, high] = [random(roles.length), random(roles.length)].toSorted((a, b) => a - b) as [number, number];
        // Roles have those with a higher number, so that no circle comes of it.
        const link = ['g', low < high ? `role${low}` : random.pick(users), `role${high}`] as const;
        const line = random.pick<typeof rule | typeof link>([rule, link]);
        await live.change(
          random(3) === 0 ? { add: [], remove: [line], author: null } : { add: [line], remove: [], author: null },
        );
      }
      const fresh = await open();
      expect(fresh.livePolicy?.revision).toBe(live.revision);
      for (const name of users) {
        for (const carried of [[], [random.pick(roles)]]) {
          const user = somebody(name.slice(5), carried);
          for (const permission of permissions) {
            const asked = [name, carried, permission];
            expect([...asked, decisionOf(backend, user, permission)]).toEqual([
              ...asked,
              decisionOf(fresh, user, permission),
            ]);
          }
        }
      }
    }
    expect(live.revision).toBeGreaterThan(1_000);
  });
});
