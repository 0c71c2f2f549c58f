import type { CheckpointRecord, OwnerKey, Stores, Thread } from '@agentflow/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { describeOnDatabases, type TestDatabase } from '../../../../test/harness/databases.js';

describeOnDatabases((createDatabase) => {
  let now: number;
  let database: TestDatabase;
  let stores: Stores;

  const clock = { now: () => now };

  beforeEach(async () => {
    now = 1_000_000;
    database = await createDatabase();
    stores = await database.open(clock);
  });

  afterEach(async () => {
    await stores.close();
    await database.remove();
  });

  function owner(subject: string, tenant = 'bakery', realm = 'local'): OwnerKey {
    return { tenant, realm, subject } as OwnerKey;
  }

  const hold = ({ uuid }: Thread) => stores.leases.acquire(uuid, 'test', 60_000);

  /** Whoever deletes a thread holds it. */
  async function remove(thread: Thread): Promise<boolean> {
    await hold(thread);
    return stores.threads.delete(thread);
  }

  const alice = owner('alice');
  /** Each differs from alice in one part of the key. */
  const others: readonly (readonly [string, OwnerKey])[] = [
    ['subject', owner('bob')],
    ['tenant', owner('alice', 'brewery')],
    ['realm', owner('alice', 'bakery', 'https://login.example')],
  ];
  const all = { search: '', offset: 0, limit: 100 };

  async function open(whose: OwnerKey, threadId: string): Promise<Thread> {
    return (await stores.threads.open(whose, threadId)).thread;
  }

  async function idsOf(whose: OwnerKey, query: Partial<typeof all> = {}): Promise<string[]> {
    const threads = await stores.threads.list(whose, { ...all, ...query });
    return threads.map(({ threadId }) => threadId);
  }

  describe('open and find', () => {
    test('a thread is started once and found from then on', async () => {
      expect(await stores.threads.find(alice, 'bread')).toBeUndefined();
      const first = await stores.threads.open(alice, 'bread');
      now += 5;
      const second = await stores.threads.open(alice, 'bread');
      expect([first.created, second.created]).toEqual([true, false]);
      expect(second.thread).toEqual(first.thread);
      expect(await stores.threads.find(alice, 'bread')).toEqual(first.thread);
      expect(first.thread).toMatchObject({
        owner: alice,
        threadId: 'bread',
        name: null,
        metadata: {},
        createdAt: 1_000_000,
        updatedAt: 1_000_000,
        runId: null,
      });
    });

    test('ids differ by case and by blanks', async () => {
      const ids = ['bread', 'Bread', 'bread ', 'brèad'];
      const uuids = await Promise.all(ids.map(async (id) => (await open(alice, id)).uuid));
      expect(new Set(uuids).size).toBe(ids.length);
    });

    test('of 50 concurrent opens one creates, and all have the same thread', async () => {
      const opened = await Promise.all(Array.from({ length: 50 }, () => stores.threads.open(alice, 'bread')));
      expect(opened.filter(({ created }) => created)).toHaveLength(1);
      expect(new Set(opened.map(({ thread }) => thread.uuid)).size).toBe(1);
      expect(await idsOf(alice)).toEqual(['bread']);
    });

    test('also where they come from two processes', async () => {
      const processes = [await database.open(clock), await database.open(clock)] as const;
      const opened = await Promise.all(
        Array.from({ length: 50 }, (_, index) => processes[index % 2 === 0 ? 0 : 1].threads.open(alice, 'bread')),
      );
      expect(opened.filter(({ created }) => created)).toHaveLength(1);
      expect(new Set(opened.map(({ thread }) => thread.uuid)).size).toBe(1);
      await Promise.all(processes.map((each) => each.close()));
    });
  });

  describe.each(others)('the same id of another %s', (_part, other) => {
    test('is another thread, and to each the other’s does not exist', async () => {
      const mine = await stores.threads.open(alice, 'bread');
      expect(await stores.threads.find(other, 'bread')).toBeUndefined();
      expect(await idsOf(other)).toEqual([]);
      const theirs = await stores.threads.open(other, 'bread');
      expect(theirs.created).toBe(true);
      expect(theirs.thread.uuid).not.toBe(mine.thread.uuid);
      expect(theirs.thread.owner).toEqual(other);
      expect(await stores.threads.find(alice, 'bread')).toEqual(mine.thread);
    });

    test('is not listed, touched or deleted with it', async () => {
      const mine = await open(alice, 'bread');
      const theirs = await open(other, 'bread');
      await open(other, 'breadcrumbs');
      expect(await idsOf(alice, { search: 'bread' })).toEqual(['bread']);
      now += 5;
      await stores.threads.touch(mine, 'run-1');
      expect(await stores.threads.find(other, 'bread')).toEqual(theirs);
      await remove(mine);
      expect(await stores.threads.find(other, 'bread')).toEqual(theirs);
      expect(await stores.threads.find(alice, 'bread')).toBeUndefined();
    });
  });

  describe('list', () => {
    test('has the latest change first, and pages without loss', async () => {
      for (const id of ['bread', 'stew', 'soup']) {
        now += 1;
        await open(alice, id);
      }
      now += 1;
      await stores.threads.touch(await open(alice, 'stew'), null);
      expect(await idsOf(alice)).toEqual(['stew', 'soup', 'bread']);
      expect(await idsOf(alice, { limit: 2 })).toEqual(['stew', 'soup']);
      expect(await idsOf(alice, { limit: 2, offset: 2 })).toEqual(['bread']);
      expect(await idsOf(alice, { offset: 3 })).toEqual([]);
    });

    test('pages without loss where all are of the same moment', async () => {
      const ids = Array.from({ length: 30 }, (_, index) => `loaf-${index}`);
      for (const id of ids) await open(alice, id);
      const pages = await Promise.all([0, 10, 20].map((offset) => idsOf(alice, { offset, limit: 10 })));
      expect(pages.flat().toSorted()).toEqual(ids.toSorted());
    });

    test.each([
      ['%', ['100% rye']],
      ['_', ['rye_bread']],
      ['0%', ['100% rye']],
      ['e_b', ['rye_bread']],
      ['r%e', []],
      ['\\', ['rye\\wheat']],
      ['\\%', []],
      ["'", ["baker's"]],
      ['RYE', ['100% rye', 'rye_bread', 'rye\\wheat']],
      ['Äpfel', ['Äpfel und Rye?']],
      ['äpfel', ['Äpfel und Rye?']],
    ])('a search for %j takes it literally, without regard to case', async (search, expected) => {
      for (const id of ['100% rye', 'rye_bread', 'rye\\wheat', "baker's", 'oats']) await open(alice, id);
      if (/pfel/.test(search)) await open(alice, 'Äpfel und Rye?');
      expect((await idsOf(alice, { search })).toSorted()).toEqual(expected.toSorted());
    });
  });

  describe('touch', () => {
    test('remembers the time and the run; what is not a run keeps the latest run', async () => {
      const thread = await open(alice, 'bread');
      now += 5;
      expect(await stores.threads.touch(thread, 'run-1')).toBe(true);
      expect(await stores.threads.find(alice, 'bread')).toEqual({ ...thread, updatedAt: now, runId: 'run-1' });
      now += 5;
      expect(await stores.threads.touch(thread, null)).toBe(true);
      expect(await stores.threads.find(alice, 'bread')).toEqual({ ...thread, updatedAt: now, runId: 'run-1' });
    });

    test('does not bring back a thread that is gone, nor reach the one that came after it', async () => {
      const gone = await open(alice, 'bread');
      await remove(gone);
      expect(await stores.threads.touch(gone, 'run-1')).toBe(false);
      expect(await stores.threads.find(alice, 'bread')).toBeUndefined();
      const next = await open(alice, 'bread');
      expect(next.uuid).not.toBe(gone.uuid);
      expect(await stores.threads.touch(gone, 'run-1')).toBe(false);
      expect(await stores.threads.find(alice, 'bread')).toEqual(next);
    });
  });

  describe('delete', () => {
    const bytes = { type: 'json', bytes: new TextEncoder().encode('"flour"') };
    const record = (threadUuid: string): CheckpointRecord => ({
      ...{ threadUuid, namespace: '', checkpointId: 'checkpoint-1', parentId: null },
      ...{ checkpoint: bytes, metadata: bytes, channelVersions: { messages: '1' } },
    });

    async function fill(thread: Thread): Promise<void> {
      const { uuid } = thread;
      await hold(thread);
      await stores.checkpoints.put(record(uuid), [{ channel: 'messages', version: '1', value: bytes }]);
      await stores.checkpoints.putWrites(record(uuid), [
        { taskId: 'task-1', index: 0, channel: 'messages', value: bytes },
      ]);
    }

    test('removes the thread and all that the engine has saved of it, and of no other', async () => {
      const bread = await open(alice, 'bread');
      const stew = await open(alice, 'stew');
      await fill(bread);
      await fill(stew);
      const kept = await stores.checkpoints.get(stew.uuid, '');
      expect(kept).toMatchObject({ channelValues: [{ channel: 'messages' }], pendingWrites: [{ taskId: 'task-1' }] });

      expect(await remove(bread)).toBe(true);
      expect(await idsOf(alice)).toEqual(['stew']);
      expect(await stores.checkpoints.list({ threadUuid: bread.uuid })).toEqual([]);
      expect(await stores.checkpoints.get(stew.uuid, '')).toEqual(kept);

      // A bare checkpoint of the same name would show values and writes that had stayed behind.
      await hold(bread);
      await stores.checkpoints.put(record(bread.uuid), []);
      expect(await stores.checkpoints.get(bread.uuid, '')).toMatchObject({ channelValues: [], pendingWrites: [] });
    });

    test('nobody deletes a thread that another holds', async () => {
      const bread = await open(alice, 'bread');
      await stores.leases.acquire(bread.uuid, 'another', 60_000);
      const other = await database.open(clock);
      await expect(other.threads.delete(bread)).rejects.toThrow('holds no lease');
      await other.close();
      expect(await idsOf(alice)).toEqual(['bread']);
    });

    test('says whether there was one', async () => {
      const bread = await open(alice, 'bread');
      const deleted = await Promise.all([remove(bread), remove(bread)]);
      expect(deleted.filter(Boolean)).toHaveLength(1);
    });

    test('leaves the id free for a new thread that knows nothing of the old', async () => {
      const old = await open(alice, 'bread');
      await fill(old);
      await remove(old);
      const { thread, created } = await stores.threads.open(alice, 'bread');
      expect(created).toBe(true);
      expect(await stores.checkpoints.get(thread.uuid, '')).toBeUndefined();
    });
  });
});
