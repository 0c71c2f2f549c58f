import { type OwnerKey, type Stores, systemClock } from '@agentflow/core';
import { InMemoryStore } from '@langchain/langgraph-checkpoint';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { describeOnDatabases, type TestDatabase } from '../../../../test/harness/databases.js';
import { MemoryBaseStore } from './memory-base-store.js';

describeOnDatabases((createDatabase) => {
  let database: TestDatabase;
  let stores: Stores;

  beforeEach(async () => {
    database = await createDatabase();
    stores = await database.open(systemClock);
  });

  afterEach(async () => {
    await stores.close();
    await database.remove();
  });

  const storeOf = (subject: string, tenant = 'default', realm = 'local') =>
    new MemoryBaseStore(stores.memories.of({ tenant, realm, subject } as OwnerKey));

  test('what is put is got, found, replaced and deleted', async () => {
    const store = storeOf('alice');
    await store.put(['facts', 'food'], 'bread', { text: 'Alice likes rye', stars: 5, crust: true, note: null });
    const first = await store.get(['facts', 'food'], 'bread');
    expect(first).toMatchObject({ namespace: ['facts', 'food'], key: 'bread', value: { stars: 5, crust: true } });
    expect(first?.createdAt).toBeInstanceOf(Date);
    await store.put(['facts', 'food'], 'bread', { text: 'Alice likes wheat' });
    expect((await store.get(['facts', 'food'], 'bread'))?.value).toEqual({ text: 'Alice likes wheat' });
    expect(await store.search(['facts'], { query: 'rye' })).toEqual([]);
    const [found] = await store.search(['facts'], { query: 'WHEAT please' });
    expect(found?.score).toBe(0.5);
    await store.delete(['facts', 'food'], 'bread');
    expect(await store.get(['facts', 'food'], 'bread')).toBeNull();
    expect(await store.search(['facts'], { query: 'wheat' })).toEqual([]);
  });

  test.each([
    ['another subject', 'bob', 'default', 'local'],
    ['the same in another tenant', 'alice', 'other', 'local'],
    ['the same in another realm', 'alice', 'default', 'https://login.example'],
  ])('nothing of it is there for %s, by any way', async (_who, ...who) => {
    const store = storeOf('alice');
    await store.put(['facts'], 'bread', { text: 'secret rye' });
    const other = storeOf(...who);
    expect(await other.get(['facts'], 'bread')).toBeNull();
    expect(await other.search([])).toEqual([]);
    expect(await other.search(['facts'], { query: 'rye' })).toEqual([]);
    expect(await other.listNamespaces()).toEqual([]);
    await other.put(['facts'], 'bread', { text: 'mine' });
    await other.delete(['facts'], 'bread');
    expect((await store.get(['facts'], 'bread'))?.value).toEqual({ text: 'secret rye' });
  });

  test('nothing of what others have there shows in the scores of one’s own', async () => {
    const bob = storeOf('bob');
    for (const word of ['zq0', 'zq7', 'acme']) await bob.put(['guesses'], word, { text: `${word} guess` });
    const seen = async () =>
      Promise.all(
        ['zq0', 'zq7', 'acme', 'zq7 acme', 'zq', 'guess zq7'].map(async (query) =>
          (await bob.search(['guesses'], { query })).map(({ key, score }) => [key, score]),
        ),
      );
    const before = await seen();
    const alice = storeOf('alice');
    for (let index = 0; index < 50; index += 1)
      await alice.put(['vault'], `k${index}`, { text: `zq7431 acme ${index}` });
    expect(await seen()).toEqual(before);
    expect(before.flat().length).toBeGreaterThan(6);
  });

  test('the fields that a node names are searched, and nothing where it says so', async () => {
    const store = storeOf('alice');
    await store.put(['a'], 'named', { title: 'oven', body: 'cellar' }, ['title']);
    await store.put(['a'], 'hidden', { title: 'oven' }, false);
    expect((await store.search(['a'], { query: 'oven' })).map(({ key }) => key)).toEqual(['named']);
    expect(await store.search(['a'], { query: 'cellar' })).toEqual([]);
    expect(await store.search(['a'], { query: '?!' })).toEqual([]);
    for (const query of ['"oven', 'oven"*', 'title:oven', "oven' or 1=1 --", 'NEAR(oven)', 'oven & !x', 'oven -x']) {
      expect((await store.search(['a'], { query })).map(({ key }) => key)).toEqual(['named']);
    }
  });

  test.each<[string, (store: MemoryBaseStore) => Promise<unknown>]>([
    ['a label with a period', (store) => store.put(['a.b'], 'k', {})],
    ['a NUL in a value', (store) => store.put(['a'], 'k', { text: 'a\0b' })],
    ['a NUL in a name', (store) => store.put(['a'], 'k', { nested: { 'a\0': 1 } })],
    ['half of a character', (store) => store.put(['a'], 'k', { text: '\ud800' })],
    ['more than 64 KiB', (store) => store.put(['a'], 'k', { text: 'x'.repeat(64 * 1024) })],
    ['what is no JSON', (store) => store.put(['a'], 'k', { when: new Date() })],
    ['a key that is too long', (store) => store.put(['a'], 'k'.repeat(256), {})],
    ['an unknown operator', (store) => store.search(['a'], { filter: { x: { $regex: 'y' } } })],
    ['a list in a filter', (store) => store.search(['a'], { filter: { x: [1] } })],
    ['a quote in the name of a field', (store) => store.search(['a'], { filter: { 'x"': 1 } })],
    ['an order of booleans', (store) => store.search(['a'], { filter: { x: { $gt: true } } })],
  ])('%s is refused', async (_what, work) => {
    await expect(work(storeOf('alice'))).rejects.toThrow();
  });

  describe('LangGraph’s own store as an oracle', () => {
    const pick = <T>(list: readonly T[], random: () => number): T => list.at(Math.floor(random() * list.length)) as T;
    const namespaces = [['a'], ['a', 'b'], ['a', 'b', 'c'], ['ab'], ['x', 'b']];
    const values = [1, 2, 2.5, -3, 'a', 'b', 'B', '', '1', true, false, null];
    const fields = ['kind', 'size', 'with.period', "quo'te"];
    const operators = ['$eq', '$ne', '$gt', '$gte', '$lt', '$lte'] as const;

    /** A small generator of its own, so that a failure can be had again. */
    function seeded(seed: number): () => number {
      let state = seed;
      return () => {
        state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
        return state / 4_294_967_296;
      };
    }

    function randomFilter(random: () => number): Record<string, unknown> {
      const field = pick(fields, random);
      const operator = pick(operators, random);
      const value = pick(values, random);
      // LangGraph's own compares everything as a number; only there do the two have to agree on what is larger.
      if (operator === '$eq' || operator === '$ne') return { [field]: random() < 0.5 ? { [operator]: value } : value };
      return { size: { [operator]: pick([1, 2, 2.5, -3], random) } };
    }

    const places = (items: readonly { namespace: readonly string[]; key: string }[]) =>
      items.map(({ namespace, key }) => `${namespace.join('/')}:${key}`).toSorted();

    test.each([1, 2, 3, 4, 5])('200 random operations agree (%i)', async (seed) => {
      const random = seeded(seed);
      const [ours, oracle] = [storeOf('alice'), new InMemoryStore()];
      let compared = 0;
      for (let round = 0; round < 200; round += 1) {
        const namespace = pick(namespaces, random);
        const key = pick(['k1', 'k2', 'k3'], random);
        const what = random();
        if (what < 0.4) {
          const value = { [pick(fields, random)]: pick(values, random), size: pick([1, 2, 2.5, -3], random) };
          await ours.put(namespace, key, value);
          await oracle.put(namespace, key, value);
        } else if (what < 0.5) {
          await ours.delete(namespace, key);
          await oracle.delete(namespace, key);
        } else if (what < 0.7) {
          expect((await ours.get(namespace, key))?.value).toEqual((await oracle.get(namespace, key))?.value);
          compared += 1;
        } else {
          const filter = randomFilter(random);
          const [mine, theirs] = await Promise.all(
            [ours, oracle].map((store) => store.search(namespace, { filter, limit: 100 })),
          );
          // The oracle takes `ab` for something that begins with `a`.
          const inside = theirs?.filter((item) => namespace.every((label, at) => item.namespace[at] === label)) ?? [];
          expect([filter, places(mine ?? [])]).toEqual([filter, places(inside)]);
          compared += 1;
        }
      }
      expect(compared).toBeGreaterThan(50);
    });

    test('namespaces agree, by prefix, suffix, wildcard and depth', async () => {
      const [ours, oracle] = [storeOf('alice'), new InMemoryStore()];
      for (const namespace of namespaces) {
        await ours.put(namespace, 'k', {});
        await oracle.put(namespace, 'k', {});
      }
      for (const options of [
        {},
        { prefix: ['a'] },
        { suffix: ['b'] },
        { prefix: ['*', 'b'] },
        { maxDepth: 1 },
        { prefix: ['a'], suffix: ['c'], maxDepth: 2 },
        { limit: 2, offset: 1 },
      ]) {
        expect(await ours.listNamespaces(options)).toEqual(await oracle.listNamespaces(options));
      }
    });
  });
});
