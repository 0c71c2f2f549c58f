import { randomUUID } from 'node:crypto';
import { createPrincipal, type Filter, matchesFilter, type OwnerKey, ownerOf, systemClock } from '@agentflow/core';
import { expect, onTestFinished, test } from 'vitest';
import { describeOnDatabases } from '../../../../test/harness/databases.js';
import { createRandom, type Random } from '../../../../test/harness/random.js';

/* What the database finds is what the filter matches one by one, for any filter and any id. */

const ids = ['a', 'A', 'ab', 'a%', 'a_', 'a\\', "a'b", 'ä', 'äb', '😀', '😀a', 'z', 'a b', 'null', '%', '_', '100'];

function randomFilter(random: Random, depth: number): Filter {
  const kind = random(depth > 2 ? 2 : 5);
  const parts = () => Array.from({ length: random(4) }, () => randomFilter(random, depth + 1));
  if (kind === 0) return { id: { in: ids.filter(() => random(4) === 0) } };
  if (kind === 1) return { id: { startsWith: Array.from(random.pick(ids)).slice(0, random(3)).join('') } };
  if (kind === 2) return { and: parts() };
  return kind === 3 ? { or: parts() } : { not: randomFilter(random, depth + 1) };
}

describeOnDatabases((create) => {
  test('threads, runs and memories, by any filter', async () => {
    const database = await create();
    onTestFinished(() => database.remove());
    const stores = await database.open(systemClock);
    onTestFinished(() => stores.close());
    const ownerNamed = (subject: string): OwnerKey => ownerOf(createPrincipal({ realm: 'local', subject }));
    const [alice, bob] = [ownerNamed('alice'), ownerNamed('bob')] as const;
    const runIds: string[] = [];
    for (const id of ids) {
      for (const owner of [alice, bob]) {
        const { thread } = await stores.threads.open(owner, id);
        const runId = randomUUID();
        await stores.runs.start({
          runId,
          owner: thread.owner,
          threadUuid: thread.uuid,
          threadId: thread.threadId,
          holder: 'h',
        });
        if (owner === alice) runIds.push(runId);
        await stores.memories.of(owner).put({ namespace: ['n'], key: id, value: { id }, text: id });
      }
    }
    const page = { offset: 0, limit: 1000 };
    const memories = stores.memories.of(alice);
    const allMemories = {
      ...page,
      namespacePrefix: [],
      text: '',
      conditions: [],
      minimumScore: 0,
      order: 'time',
    } as const;
    const memoryIds = (await memories.search(allMemories)).map(({ memoryId }) => memoryId);
    const random = createRandom(3);
    let found = 0;
    for (let round = 0; round < 150; round += 1) {
      const among = randomFilter(random, 0);
      const threads = await stores.threads.list(alice, { ...page, search: '', among });
      expect(threads.map(({ threadId }) => threadId).toSorted()).toEqual(
        ids.filter((id) => matchesFilter(among, id)).toSorted(),
      );
      found += threads.length;
      const half = { id: { in: runIds.filter((_id, index) => (round >> (index % 8)) % 2 === 0) } };
      const runs = await stores.runs.list(alice, { ...page, among: { and: [half, { not: { or: [] } }] } });
      expect(runs.map(({ runId }) => runId).toSorted()).toEqual([...half.id.in].toSorted());
    }
    expect(found).toBeGreaterThan(300);
    const [one = '', ...others] = memoryIds;
    const only = { id: { in: [one] } };
    expect((await memories.search({ ...allMemories, among: only })).map(({ memoryId }) => memoryId)).toEqual([one]);
    expect(await memories.deleteWhere([], { not: only })).toBe(others.length);
    expect((await memories.search(allMemories)).map(({ memoryId }) => memoryId)).toEqual([one]);
    expect(await stores.memories.of(bob).search(allMemories)).toHaveLength(ids.length);
  });
});
