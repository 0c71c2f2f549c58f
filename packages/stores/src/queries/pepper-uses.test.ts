import type { NewApiKey, OwnerKey, Stores } from '@agentflow/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeOnDatabases, type TestDatabase } from '../../../../test/harness/databases.js';

describeOnDatabases((createDatabase) => {
  let now: number;
  let database: TestDatabase;
  let stores: Stores;
  const owner = { tenant: 'bakery', realm: 'local', subject: 'alice' } as OwnerKey;

  const addKey = (id: string, more: Partial<NewApiKey>) =>
    stores.apiKeys.add(
      {
        ...{ id, owner, holder: 'elsewhere', heldBy: undefined, name: id, environment: 'live', family: id, mac: id },
        ...{ pepperId: 'old', last4: 'abcd', scopes: undefined, roles: undefined, ownerRoles: [], rate: undefined },
        ...{ quota: undefined, expiresAt: undefined, ...more },
      },
      50,
    );
  const addSession = (familyId: string, pepperId: string, idleUntil: number) =>
    stores.sessions.add({
      ...{ familyId, sessionId: `ses_${familyId}`, owner, vouched: {}, via: 'password', generation: 0 },
      ...{ rotatedAt: now, rotatedBy: '', salt: new Uint8Array([1]), pepperId, createdAt: now, lastUsedAt: now },
      ...{ idleUntil, expiresAt: now + 1_000, address: undefined, userAgent: undefined },
    });
  const addSigningKey = (number: number, pepperId: string) =>
    stores.signingKeys.add({
      ...{ number, keyId: `k${number}`, algorithm: 'EdDSA', sealed: new Uint8Array([1]), pepperId, createdAt: now },
    });

  beforeEach(async () => {
    now = 1_000_000;
    database = await createDatabase();
    stores = await database.open({ now: () => now });
  });
  afterEach(async () => {
    await stores.close();
    await database.remove();
  });

  const byPepper = async () => new Map((await stores.pepperUses.list()).map((use) => [use.pepperId, use]));

  test('what still counts is counted by its pepper, and nothing else', async () => {
    expect(await stores.pepperUses.list()).toEqual([]);
    await addKey('a', {});
    await addKey('b', { expiresAt: now + 10 });
    await addKey('c', { pepperId: 'new' });
    await addKey('revoked', { pepperId: 'gone' });
    await stores.apiKeys.revoke('revoked', owner);
    await addSession('f1', 'old', now + 10);
    await addSession('f2', 'older', now + 500);
    await addSigningKey(1, 'old');
    expect(await byPepper()).toEqual(
      new Map([
        ['new', { pepperId: 'new', signingKeys: 0, sessions: 0, apiKeys: 1 }],
        ['old', { pepperId: 'old', signingKeys: 1, sessions: 1, apiKeys: 2 }],
        ['older', { pepperId: 'older', signingKeys: 0, sessions: 1, apiKeys: 0 }],
      ]),
    );
    await addSigningKey(2, 'new');
    now += 10;
    expect(await byPepper()).toEqual(
      new Map([
        ['new', { pepperId: 'new', signingKeys: 1, sessions: 0, apiKeys: 1 }],
        ['old', { pepperId: 'old', signingKeys: 0, sessions: 0, apiKeys: 1 }],
        ['older', { pepperId: 'older', signingKeys: 0, sessions: 1, apiKeys: 0 }],
      ]),
    );
  });
});
