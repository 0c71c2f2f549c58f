import type { OwnerKey, PagePosition, StoredSession } from '@agentflow/core';
import { expect, test } from 'vitest';
import { describeOnDatabases } from '../../../../test/harness/databases.js';

/* What an operator sees of everybody's sessions, part by part. */

const hour = 3_600_000;

describeOnDatabases((createDatabase) => {
  test('everybody’s that last are listed once each, the latest begun first', async () => {
    let now = 1_000_000;
    const database = await createDatabase();
    const stores = await database.open({ now: () => now });
    const { sessions } = stores;
    const session = (id: string, subject: string, createdAt: number, more: Partial<StoredSession> = {}) => ({
      ...{ familyId: `family ${id}`, sessionId: id, vouched: {}, via: 'password', generation: 0, rotatedBy: 'curl' },
      owner: { tenant: 'bakery', realm: 'local', subject } as OwnerKey,
      ...{ salt: new Uint8Array(1), pepperId: 'p', rotatedAt: createdAt, createdAt, lastUsedAt: createdAt },
      ...{ idleUntil: now + hour, expiresAt: now + hour, address: undefined, userAgent: undefined, ...more },
    });
    // Two of one moment: their ids decide.
    for (const one of [
      session('b', 'alice', 3),
      session('c', 'bob', 3),
      session('a', 'alice', 5),
      session('idle', 'bob', 7, { idleUntil: now + 1 }),
      session('over', 'bob', 7, { expiresAt: now + 1 }),
    ])
      await sessions.add(one);
    now += 1;
    const listed: string[] = [];
    let after: PagePosition | undefined;
    for (;;) {
      const [one, ...more] = await sessions.listAll({ limit: 1, after });
      expect(more).toEqual([]);
      if (one === undefined) break;
      listed.push(`${one.sessionId} of ${one.owner.subject}`);
      after = { time: one.createdAt, id: one.sessionId };
    }
    expect(listed).toEqual(['a of alice', 'c of bob', 'b of alice']);
    await stores.close();
    await database.remove();
  });
});
