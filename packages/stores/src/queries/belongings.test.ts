import { createPrincipal, type Grantee, type OwnerKey, ownerOf, type Stores } from '@agentflow/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeOnDatabases, type TestDatabase } from '../../../../test/harness/databases.js';

/* All that is somebody's goes, whatever is done with it at the same time: here by two processes on one database. */

const rounds = 8;
const ownerCalled = (subject: string) => ownerOf(createPrincipal({ realm: 'local', subject }));

describeOnDatabases((create, name) => {
  let database: TestDatabase;
  let stores: readonly [Stores, Stores];
  const clock = { now: () => 1_700_000_000_000 };

  beforeEach(async () => {
    database = await create();
    stores = [await database.open(clock), await database.open(clock)];
  });

  afterEach(async () => {
    await Promise.all(stores.map((one) => one.close()));
    await database.remove();
  });

  async function addFiles(owner: OwnerKey, round: number): Promise<readonly string[]> {
    const ids = Array.from({ length: 5 }, (_none, index) => `${round}${index}`.padStart(32, '0'));
    const facts = { filename: 'a.txt', mimeType: 'text/plain', sizeBytes: 1, sha256: 'f'.repeat(64) };
    for (const fileId of ids) await stores[0].files.add(owner, { fileId, ...facts }, 1000);
    return ids;
  }

  /** Each held by the other process, as by a request that is about to delete it. */
  async function openThreads(owner: OwnerKey) {
    const opened = ['one', 'two', 'three'].map(async (id) => (await stores[0].threads.open(owner, id)).thread);
    const threads = await Promise.all(opened);
    for (const { uuid } of threads) await stores[1].leases.acquire(uuid, `holder of ${uuid}`, 60_000);
    return threads;
  }

  test('what is shared with them by somebody who stays', async () => {
    const [cora, dave] = [ownerCalled('cora'), ownerCalled('dave')];
    const { thread } = await stores[0].threads.open(cora, 'shared');
    for (const { subject } of [dave, ownerCalled('eve')])
      await stores[0].grants.put(thread, { kind: 'user', realm: 'local', subject: subject }, 'write');
    expect(await stores[0].belongings.delete(dave)).toEqual({ fileIds: [] });
    expect((await stores[0].grants.list(thread)).map(({ grantee }) => grantee)).toMatchObject([{ subject: 'eve' }]);
    expect(await stores[0].threads.find(cora, 'shared')).toBeDefined();
  });

  // Two connections of one process: the embedded one would wait for what it holds up itself.
  if (name === 'SQLite') return;

  test('while its files and threads are deleted one by one', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const owner = ownerCalled(`alice ${round}`);
      const files = await addFiles(owner, round);
      const threads = await openThreads(owner);
      const settled = await Promise.allSettled([
        stores[0].belongings.delete(owner),
        ...files.map((fileId) => stores[1].files.delete(owner, fileId)),
        ...threads.map((thread) => stores[1].threads.delete(thread)),
      ]);
      // A thread that is gone is held by nobody any more.
      const others = settled.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
      expect(others.filter((reason) => !reason.includes('the lease on the thread was lost'))).toEqual([]);
      expect(await stores[0].files.usedBytes(owner)).toBe(0);
      for (const { uuid } of threads) expect(await stores[0].threads.findInTenant(owner.tenant, uuid)).toBeUndefined();
      for (const fileId of files) expect(await stores[0].files.findLinked(fileId)).toBeUndefined();
    }
  });

  test('of two at once who share with each other', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const [ann, ben] = [ownerCalled(`ann ${round}`), ownerCalled(`ben ${round}`)];
      const share = async (from: OwnerKey, to: OwnerKey) => {
        const { thread } = await stores[0].threads.open(from, 'shared');
        const grantee: Grantee = { kind: 'user', realm: to.realm, subject: to.subject };
        await stores[0].grants.put(thread, grantee, 'read');
        return thread;
      };
      const threads = [await share(ann, ben), await share(ben, ann)];
      await Promise.all([stores[0].belongings.delete(ann), stores[1].belongings.delete(ben)]);
      for (const thread of threads) expect(await stores[0].grants.list(thread)).toEqual([]);
    }
  });
});
