import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ConfigurationError,
  type LivePolicy,
  type Log,
  PolicyChangeError,
  type Stores,
  systemClock,
} from '@agentflow/core';
import { expect, onTestFinished, test } from 'vitest';
import { describeOnDatabases } from '../../../../test/harness/databases.js';
import { decisionOf, policyFolder, somebody, surroundingsIn } from '../../../../test/harness/policies.js';
import { createCasbinAuthorization } from './casbin-authorization.js';
import { casbinAuthorizationOptionsSchema } from './options.js';

const rules = 'p, admin, *, *\np, guest, graph, invoke\np, guest, threads, read\n';
const invariants = JSON.stringify([
  { never: { who: 'guest', does: '*:delete' }, why: 'guests only look' },
  { always: { who: 'admin', does: 'policy:write' } },
]);

async function open(files: Readonly<Record<string, string>>, more: object = {}, surroundings: object = {}) {
  const directory = policyFolder({ 'policy.csv': rules, 'policy.invariants.json': invariants, ...files });
  const options = casbinAuthorizationOptionsSchema.parse({
    ...{ method: 'casbin', policy: 'policy.csv', invariants: 'policy.invariants.json', reload_interval: 0.2, ...more },
  });
  const backend = await createCasbinAuthorization(options, { ...surroundingsIn(directory), ...surroundings });
  onTestFinished(() => backend.close());
  return { backend, directory };
}

async function faultsOf(files: Readonly<Record<string, string>>) {
  try {
    await open(files);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults.map(({ path, message }) => [path.join('.'), message]);
    throw error;
  }
  return [];
}

test('a policy that holds to them decides', async () => {
  const { backend } = await open({});
  expect(decisionOf(backend, somebody('g', ['guest']), 'graph:invoke').effect).toBe('allow');
});

test('one that breaks one does not start, and a counter-example says why', async () => {
  expect(await faultsOf({ 'policy.csv': `${rules}p, guest, store, delete\np, admin, policy, write, deny\n` })).toEqual([
    [
      'authorization.invariants',
      'policy.invariants.json: invariant 1 does not hold: never guest *:delete, because guests only look. somebody with the role guest may store:delete, by policy.csv:4  p, guest, store, delete',
    ],
    [
      'authorization.invariants',
      'policy.invariants.json: invariant 2 does not hold: always admin policy:write. somebody with the role admin may not policy:write, by policy.csv:5  p, admin, policy, write, deny',
    ],
  ]);
});

test.each<readonly [string, string, RegExp]>([
  ['is no JSON', '[', /the file cannot be read/],
  ['says something twice', '[{"never": {"who": "a", "who": "b", "does": "*"}}]', /the file cannot be read/],
  ['is empty', '[]', /must not be empty/],
  ['has a permission that is none', '[{"never": {"who": "a", "does": "graph:fly"}}]', /0\.never\.does: .*fly/],
  ['has another key', '[{"nevr": {"who": "a", "does": "*"}}]', /nevr/],
])('a file of invariants that %s is refused with its place', async (_what, text, message) => {
  const faults = await faultsOf({ 'policy.invariants.json': text });
  expect(faults[0]).toEqual(['authorization.invariants', expect.stringMatching(message)]);
});

test('a changed policy that breaks one is not put in force, and the last good one goes on', async () => {
  const told: string[] = [];
  const log: Log = {
    info: (_fields, text) => void told.push(text),
    warn: () => undefined,
    error: ({ faults }, text) => void told.push(`${text}: ${String(faults)}`),
  };
  const { backend, directory } = await open({}, {}, { log });
  const guest = somebody('g', ['guest']);
  writeFileSync(join(directory, 'policy.csv'), `${rules}p, guest, threads, delete\np, guest, run, read\n`);
  await expect.poll(() => told.join('\n'), { timeout: 5_000 }).toContain('invariant 1 does not hold');
  expect(decisionOf(backend, guest, 'run:read').effect).toBe('deny');
  writeFileSync(join(directory, 'policy.csv'), `${rules}p, guest, run, read\n`);
  await expect.poll(() => decisionOf(backend, guest, 'run:read').effect, { timeout: 5_000 }).toBe('allow');
});

describeOnDatabases((createDatabase) => {
  let lastStores: Stores | undefined;

  async function openDatabase(seed: string) {
    const database = await createDatabase();
    onTestFinished(() => database.remove());
    const stores = await database.open(systemClock);
    lastStores = stores;
    onTestFinished(() => stores.close());
    const { backend } = await open(
      { 'seed.csv': seed },
      { policy: 'database', seed: 'seed.csv' },
      { openStores: async () => stores },
    );
    return { backend, live: backend.livePolicy as LivePolicy };
  }

  test('a change that breaks one is not made, in whatever way it does', async () => {
    const { backend, live } = await openDatabase(rules);
    const breaking = [
      { add: [['p', 'guest', 'store', 'delete']], remove: [] },
      { add: [['g', 'guest', 'admin']], remove: [] },
      { add: [], remove: [['p', 'admin', '*', '*']] },
      { add: [['p', '*', '*', 'delete']], remove: [] },
    ] as const;
    for (const change of breaking) {
      const error = await live.change({ ...change, author: null }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(PolicyChangeError);
      expect((error as Error).message).toMatch(/^invariant [12] does not hold/);
    }
    expect(live.revision).toBe(1);
    await live.change({ add: [['p', 'guest', 'run', 'read']], remove: [], author: null });
    expect(decisionOf(backend, somebody('g', ['guest']), 'run:read').effect).toBe('allow');
  });

  test('a seed that breaks one is not put into the database', async () => {
    await expect(openDatabase(`${rules}p, guest, store, delete\n`)).rejects.toThrow(
      /invariant 1 does not hold.*by seed\.csv:4 {2}p, guest, store, delete/,
    );
    expect(await lastStores?.policies.read()).toEqual({ revision: 0, lines: [] });
  });

  test('a database whose policy breaks one does not start', async () => {
    const { live } = await openDatabase(rules);
    const fields = ['p', 'guest', 'store', 'delete', 'allow'] as const;
    await lastStores?.policies.change(live.revision, { add: [fields], remove: [], author: null });
    const options = { policy: 'database' };
    await expect(open({}, options, { openStores: async () => lastStores })).rejects.toThrow(
      /invariant 1 does not hold.*by database:4 {2}p, guest, store, delete, allow/,
    );
  });
});
