import type { PolicyFields, PolicyStore, Stores } from '@agentflow/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeOnDatabases, type TestDatabase } from '../../../../test/harness/databases.js';

const clock = { now: () => 1_000 };
const rule = (subject: string): PolicyFields => ['p', subject, 'graph', 'invoke', 'allow'];
const rules = (count: number, name = 'role') => Array.from({ length: count }, (_, index) => rule(`${name} ${index}`));

describeOnDatabases((createDatabase, kind) => {
  let database: TestDatabase;
  let stores: Stores;
  let other: Stores;
  let policies: PolicyStore;

  beforeEach(async () => {
    database = await createDatabase();
    // Two processes.
    stores = await database.open(clock);
    other = await database.open(clock);
    policies = stores.policies;
  });

  afterEach(async () => {
    await Promise.all([stores.close(), other.close()]);
    await database.remove();
  });

  const change = (
    from: number,
    { add = [], remove = [] }: { add?: readonly PolicyFields[]; remove?: readonly PolicyFields[] },
    store = policies,
  ) => store.change(from, { add, remove, author: null });
  const fieldsIn = async (store = policies) => (await store.read()).lines.map(({ fields }) => fields);

  test('a database that never had a policy has revision 0', async () => {
    expect(await policies.read()).toEqual({ revision: 0, lines: [] });
    expect(await policies.changesSince(0)).toEqual([]);
  });

  test('each change is a revision, and says what it has changed', async () => {
    const first = await change(0, { add: [rule('a'), rule('b')] });
    const second = await change(1, { remove: [rule('a')], add: [rule('c')] });
    expect([first?.revision, second?.revision]).toEqual([1, 2]);
    expect(second?.removed).toEqual([first?.added[0]]);
    expect(await policies.changesSince(0)).toEqual([first, second]);
    expect(await policies.changesSince(1)).toEqual([second]);
    expect(await policies.changesSince(2)).toEqual([]);
    expect(await fieldsIn(other.policies)).toEqual([rule('b'), rule('c')]);
  });

  test('what is there is not added twice, what is not there is not removed, and nothing is no revision', async () => {
    await change(0, { add: [rule('a')] });
    expect(await change(1, { add: [rule('a')], remove: [rule('b')] })).toEqual({ revision: 1, removed: [], added: [] });
    const both = await change(1, { add: [rule('a'), rule('b'), rule('b')] });
    expect([both?.revision, both?.added.map(({ fields }) => fields)]).toEqual([2, [rule('b')]]);
    expect((await policies.read()).revision).toBe(2);
  });

  test('a line that is removed and added again goes to the end', async () => {
    await change(0, { add: [rule('a'), rule('b')] });
    await change(1, { remove: [rule('a')], add: [rule('a')] });
    expect(await fieldsIn()).toEqual([rule('b'), rule('a')]);
  });

  test('a change for a revision that has passed changes nothing', async () => {
    await change(0, { add: [rule('a')] });
    expect(await change(0, { add: [rule('b')] }, other.policies)).toBeUndefined();
    expect(await fieldsIn()).toEqual([rule('a')]);
  });

  test('a change for a revision that never was, as after a backup was put back, changes nothing', async () => {
    await change(0, { add: [rule('a')] });
    expect(await change(7, { add: [rule('b')] })).toBeUndefined();
    expect(await policies.read()).toMatchObject({ revision: 1, lines: [{ fields: rule('a') }] });
  });

  test('of any number of changes at once, for the same revision, one wins', async () => {
    // Two connections of one process to SQLite would wait for each other in vain: each wait stops the process.
    const second = kind === 'SQLite' ? policies : other.policies;
    for (let revision = 0; revision < 5; revision += 1) {
      const tries = Array.from({ length: 12 }, (_, index) =>
        change(revision, { add: [rule(`${revision} ${index}`)] }, index % 2 === 0 ? policies : second),
      );
      const won = (await Promise.all(tries)).filter((result) => result !== undefined);
      expect(won).toHaveLength(1);
    }
    expect(await policies.read()).toMatchObject({ revision: 5, lines: { length: 5 } });
  });

  test('many lines at once are read whole, and not told one by one', async () => {
    await change(0, { add: rules(5_000) });
    expect(await policies.changesSince(0)).toBeUndefined();
    expect(await fieldsIn(other.policies)).toEqual(rules(5_000));
    await change(1, { add: [rule('one more')] });
    expect(await policies.changesSince(0)).toBeUndefined();
    expect(await policies.changesSince(1)).toMatchObject([{ revision: 2, added: { length: 1 } }]);
  });

  test('what changes while lines are read in parts is in what was read, as of one revision', async () => {
    await change(0, { add: rules(3_000) });
    let revision = 1;
    const reading = Array.from({ length: 5 }, () => other.policies.read());
    for (let index = 0; index < 40; index += 1) {
      const result = await change(revision, { remove: [rule(`role ${index * 70}`)], add: [rule(`new ${index}`)] });
      revision = result?.revision ?? revision;
    }
    for (const read of await Promise.all(reading)) {
      const replayed = new Set(rules(3_000).map((fields) => JSON.stringify(fields)));
      for (let index = 0; index < read.revision - 1; index += 1) {
        replayed.delete(JSON.stringify(rule(`role ${index * 70}`)));
        replayed.add(JSON.stringify(rule(`new ${index}`)));
      }
      expect(new Set(read.lines.map(({ fields }) => JSON.stringify(fields)))).toEqual(replayed);
    }
  });

  test('a database that was put back to an earlier state is not taken for an unchanged one', async () => {
    await change(0, { add: [rule('a')] });
    await change(1, { add: [rule('b')] });
    await database.execute(
      'delete from policy_revisions where revision = 2; delete from policy_lines where fields like \'%"b"%\'',
    );
    expect(await policies.changesSince(2)).toBeUndefined();
    expect(await policies.read()).toMatchObject({ revision: 1, lines: { length: 1 } });
  });

  test('lines are found by a part of them, page by page, and one by its id', async () => {
    await change(0, { add: [...rules(25, 'reader'), rule('100%'), rule('Über')] });
    const page = await policies.list({ after: 0, limit: 10, search: 'READER' });
    const next = await policies.list({ after: page.at(-1)?.id ?? 0, limit: 100, search: 'reader' });
    expect([page.length, next.length]).toEqual([10, 15]);
    expect(await policies.list({ after: 0, limit: 10, search: '%' })).toMatchObject([{ fields: rule('100%') }]);
    expect(await policies.list({ after: 0, limit: 10, search: 'ÜBER' })).toMatchObject([{ fields: rule('Über') }]);
    expect(await policies.find(page[3]?.id ?? 0)).toEqual(page[3]);
    expect(await policies.find(999_999)).toBeUndefined();
  });

  test('lines are longer than an index takes, and differ in their last letter', async () => {
    const long = (end: string): PolicyFields => ['p', 'x'.repeat(100_000) + end];
    await change(0, { add: [long('a'), long('b')] });
    expect(await fieldsIn()).toEqual([long('a'), long('b')]);
    await change(1, { remove: [long('a')] });
    expect(await fieldsIn()).toEqual([long('b')]);
  });

  if (kind === 'SQLite') return;

  test('word of a change reaches another process, once it is certain', async () => {
    const told: number[] = [];
    const stop = other.changes.listen('policy', () => void told.push(told.length));
    // Whoever begins to listen may have missed something.
    await expect.poll(() => told.length).toBe(1);
    await change(0, { add: [rule('a')] });
    await expect.poll(() => told.length).toBe(2);
    // Nothing has changed: no word.
    await change(1, { add: [rule('a')] });
    await change(0, { add: [rule('b')] });
    await change(1, { add: [rule('b')] });
    await expect.poll(() => told.length).toBe(3);
    stop();
    await change(2, { add: [rule('c')] });
    expect(await other.policies.changesSince(2)).toHaveLength(1);
    expect(told).toHaveLength(3);
  });

  test('a connection that broke is opened again, and what was missed is told', async () => {
    let told = 0;
    other.changes.listen('policy', () => {
      told += 1;
    });
    await expect.poll(() => told).toBe(1);
    await database.execute(
      "select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen agentflow' and pid <> pg_backend_pid()",
    );
    await expect.poll(() => told, { timeout: 10_000 }).toBe(2);
    await change(0, { add: [rule('a')] });
    await expect.poll(() => told).toBe(3);
  });
});
