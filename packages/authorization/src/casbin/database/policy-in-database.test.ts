import { type LivePolicy, systemClock, UnavailableError } from '@agentflow/core';
import { expect, onTestFinished, test } from 'vitest';
import { describeOnDatabases } from '../../../../../test/harness/databases.js';
import { decisionOf, policyFolder, somebody, surroundingsIn } from '../../../../../test/harness/policies.js';
import { createRandom } from '../../../../../test/harness/random.js';
import { builtInModel } from '../built-in-model.js';
import { createCasbinAuthorization } from '../casbin-authorization.js';
import { casbinAuthorizationOptionsSchema } from '../options.js';

const permissions = ['graph:invoke', 'graph:read', 'checkpointer:read', 'store:write', 'policy:write'];
const [roles, users] = [6, 8].map((count, kind) =>
  Array.from({ length: count }, (_, index) => (kind === 0 ? `role${index}` : `user:u${index}`)),
) as [string[], string[]];

/** How often something else has its turn meanwhile. */
async function turnsOf(work: Promise<unknown>): Promise<number> {
  let isDone = false;
  let turns = 0;
  const count = () => {
    turns += 1;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  await work;
  isDone = true;
  return turns;
}

describeOnDatabases((createDatabase, kind) => {
  async function openTwo(seed: string, model?: string) {
    const database = await createDatabase();
    onTestFinished(() => database.remove());
    const stores = await database.open(systemClock);
    onTestFinished(() => stores.close());
    const surroundings = {
      ...surroundingsIn(policyFolder({ 'seed.csv': seed, ...(model && { 'model.conf': model }) })),
      openStores: async () => stores,
    };
    const given = { method: 'casbin', policy: 'database', seed: 'seed.csv', ...(model && { model: 'model.conf' }) };
    // They do not look by themselves while a test runs.
    const options = casbinAuthorizationOptionsSchema.parse({ ...given, reload_interval: '1h', max_staleness: '3h' });
    const open = async () => {
      const backend = await createCasbinAuthorization(options, surroundings);
      onTestFinished(() => backend.close());
      return { backend, live: backend.livePolicy as LivePolicy };
    };
    return { stores, first: await open(), second: await open() };
  }

  test('a database without rules is refused, and nobody listens to it any more', async () => {
    const database = await createDatabase();
    onTestFinished(() => database.remove());
    const stores = await database.open(systemClock);
    onTestFinished(() => stores.close());
    let listeners = 0;
    const changes = {
      listen() {
        listeners += 1;
        return () => {
          listeners -= 1;
        };
      },
    };
    const surroundings = { ...surroundingsIn(policyFolder({})), openStores: async () => ({ ...stores, changes }) };
    const options = casbinAuthorizationOptionsSchema.parse({ method: 'casbin', policy: 'database' });
    await expect(createCasbinAuthorization(options, surroundings)).rejects.toThrow('holds no rules');
    expect(listeners).toBe(0);
  });

  test('whose right to change it was taken, elsewhere and a moment ago, changes nothing', async () => {
    const { stores, first, second } = await openTwo(
      'p, admin, policy, *\ng, user:root, admin\ng, user:mallory, admin\n',
    );
    const link = ['g', 'user:mallory', 'admin'] as const;
    await first.live.change({ add: [], remove: [link], author: null });
    const requireStill = async () => {
      if (decisionOf(second.backend, somebody('mallory'), 'policy:write').effect !== 'allow')
        throw new Error('not any more');
    };
    const again = { add: [link], remove: [], author: null, requireStill };
    await expect(second.live.change(again)).rejects.toThrow('not any more');
    expect((await stores.policies.read()).revision).toBe(2);
  });

  // Of PostgreSQL an answer is waited for, in which there are turns enough.
  if (kind === 'SQLite') {
    test('many patterns are read in turns, where they are written and where they are followed', async () => {
      const model = builtInModel.replace('r.obj == p.obj', 'regexMatch(r.obj, p.obj)');
      const { first, second } = await openTwo('p, admin, ^policy$, *\n', model);
      const add = Array.from(
        { length: 300 },
        (_, index) => ['p', 'user', `graph|((a{10}){10}){9}${index}`, 'read'] as const,
      );
      const written = await turnsOf(first.live.change({ add, remove: [], author: null }));
      const followed = await turnsOf(second.live.reach(2));
      expect(Math.min(written, followed)).toBeGreaterThan(5);
      expect(decisionOf(second.backend, somebody('gina', ['user']), 'graph:read').effect).toBe('allow');
    });
  }

  test('what is in the database and not good is no answer to a question, and none to a change', async () => {
    const { stores, first } = await openTwo('p, admin, policy, *\n');
    // As a newer version might have written it.
    await stores.policies.change(1, { add: [['p', 'admin', 'cellar', 'read', 'allow']], remove: [], author: null });
    await expect(first.backend.explain?.({ does: 'graph:read' })).rejects.toBeInstanceOf(UnavailableError);
    const more = { add: [['p', 'admin', 'graph', 'read'] as const], remove: [], author: null };
    await expect(first.live.change(more)).rejects.toBeInstanceOf(UnavailableError);
    await stores.policies.change(2, { add: [], remove: [['p', 'admin', 'cellar', 'read', 'allow']], author: null });
    expect(await first.live.change(more)).toMatchObject({ revision: 4 });
  });

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
