import type { OwnerKey, Page, Stores } from '@agentflow/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeOnDatabases, type TestDatabase } from '../../../../test/harness/databases.js';

/*
 * Security bar 68: among a thousand threads, runs and memories of ten owners, whose names differ in one part only, each list
 * holds an owner's own, all of them, each once.
 */

const owners: readonly OwnerKey[] = [
  ['acme', 'local', 'alice'],
  ['acme', 'local', 'bob'],
  ['acme', 'local', 'Alice'],
  ['acme', 'local', 'alice '],
  ['acme', 'local', '%'],
  ['acme', 'https://login.example', 'alice'],
  ['other', 'local', 'alice'],
  ['ACME', 'local', 'alice'],
  ['acmelocal', 'alice', 'alice'],
  ['acme', 'localalice', 'alice'],
].map(([tenant, realm, subject]) => ({ tenant, realm, subject }) as OwnerKey);

const each = 100;

describeOnDatabases((createDatabase) => {
  let database: TestDatabase;
  let stores: Stores;
  let now = 1_000_000;

  beforeAll(async () => {
    database = await createDatabase();
    stores = await database.open({ now: () => now });
    // All mixed, and many of the same moment.
    for (let index = 0; index < each; index += 1) {
      if (index % 7 === 0) now += 1;
      for (const [number, owner] of owners.entries()) {
        const { thread } = await stores.threads.open(owner, `thread ${index}`);
        await stores.runs.start({
          runId: `run ${number} ${index}`,
          owner,
          threadUuid: thread.uuid,
          threadId: thread.threadId,
          holder: 'nobody',
        });
        const text = `owner ${number} bakes bread ${index}`;
        await stores.memories
          .of(owner)
          .put({ namespace: ['facts'], key: String(index), value: { number, text }, text });
      }
    }
  }, 120_000);

  afterAll(async () => {
    await stores.close();
    await database.remove();
  });

  const first: Page = { offset: 0, limit: 1000 };
  const everything = { namespacePrefix: [], conditions: [], minimumScore: 0, order: 'score' } as const;

  describe.each(
    owners.map((owner, number) => [`${owner.tenant} ${owner.realm} ${owner.subject}`, owner, number] as const),
  )('to %s', (_name, owner, number) => {
    test('threads', async () => {
      const listed = await stores.threads.list(owner, { ...first, search: '' });
      expect(listed.every((thread) => JSON.stringify(thread.owner) === JSON.stringify(owner))).toBe(true);
      expect(new Set(listed.map(({ threadId }) => threadId)).size).toBe(each);
      expect(listed).toHaveLength(each);
      expect(await stores.threads.list(owner, { ...first, search: 'THREAD 9' })).toHaveLength(11);
    });

    test('runs', async () => {
      const listed = await stores.runs.list(owner, first);
      expect(listed).toHaveLength(each);
      expect(listed.every(({ runId }) => runId.startsWith(`run ${number} `))).toBe(true);
      // Nobody holds their threads: they have failed.
      expect(await stores.runs.list(owner, { ...first, status: 'running' })).toEqual([]);
      expect(await stores.runs.find(owner, `run ${(number + 1) % owners.length} 0`)).toBeUndefined();
    });

    test('memories, with and without words', async () => {
      const memories = stores.memories.of(owner);
      for (const text of ['', 'bread', 'owner']) {
        const found = await memories.search({ ...first, ...everything, text });
        expect(found).toHaveLength(each);
        expect(found.every(({ value }) => value['number'] === number)).toBe(true);
      }
      const condition = { path: ['number'], operator: 'ne', value: number } as const;
      expect(await memories.search({ ...first, ...everything, text: '', conditions: [condition] })).toEqual([]);
    });

    test('pages by cursor are whole, also where all are of one moment', async () => {
      const seen: string[] = [];
      let after: { time: number; id: string } | undefined;
      for (;;) {
        const page = await stores.threads.list(owner, { search: '', offset: 0, limit: 9, after });
        seen.push(...page.map(({ threadId }) => threadId));
        const last = page.at(-1);
        if (last === undefined) break;
        after = { time: last.updatedAt, id: last.uuid };
      }
      expect(seen).toHaveLength(each);
      expect(new Set(seen).size).toBe(each);
    });
  });
});
