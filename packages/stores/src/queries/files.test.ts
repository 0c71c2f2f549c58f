import { createPrincipal, type FileStore, ownerOf, type Stores } from '@agentflow/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeOnDatabases, type TestDatabase } from '../../../../test/harness/databases.js';

/* The rows of files: each its owner's, and all of an owner's together no larger than they may be. */

const owner = (subject: string, tenant = 'acme', realm = 'local') =>
  ownerOf(createPrincipal({ realm, subject, tenant }));
const [alice, bob] = [owner('alice'), owner('bob')];
let made = 0;

function file(sizeBytes: number) {
  made += 1;
  const fileId = made.toString(16).padStart(32, '0');
  return { fileId, filename: 'a.txt', mimeType: 'text/plain', sizeBytes, sha256: 'f'.repeat(64) };
}

describeOnDatabases((create) => {
  let database: TestDatabase;
  let stores: Stores;
  let files: FileStore;

  beforeAll(async () => {
    database = await create();
    stores = await database.open({ now: () => 1_700_000_000_000 });
    files = stores.files;
  });

  afterAll(async () => {
    await stores.close();
    await database.remove();
  });

  test('a file is found by its owner, by a link, and by nobody else', async () => {
    const kept = file(10);
    expect(await files.add(alice, kept, 1000)).toBe(true);
    const whole = { ...kept, createdAt: 1_700_000_000_000 };
    expect(await files.find(alice, kept.fileId)).toEqual(whole);
    expect(await files.findLinked(kept.fileId)).toEqual(whole);
    for (const stranger of [bob, owner('alice', 'other'), owner('alice', 'acme', 'https://issuer.example')]) {
      expect(await files.find(stranger, kept.fileId)).toBeUndefined();
      expect(await files.delete(stranger, kept.fileId)).toBe(false);
    }
    expect(await files.delete(alice, kept.fileId)).toBe(true);
    expect(await files.delete(alice, kept.fileId)).toBe(false);
    expect(await files.findLinked(kept.fileId)).toBeUndefined();
  });

  describe('room', () => {
    test("is taken up and given back, each owner's apart", async () => {
      const dave = owner('dave');
      const [one, two] = [file(600), file(400)];
      expect(await files.add(dave, one, 1000)).toBe(true);
      expect(await files.add(dave, file(401), 1000)).toBe(false);
      expect(await files.add(bob, file(401), 1000)).toBe(true);
      expect(await files.add(dave, two, 1000)).toBe(true);
      expect(await files.usedBytes(dave)).toBe(1000);
      await files.delete(dave, one.fileId);
      expect(await files.usedBytes(dave)).toBe(400);
      expect(await files.add(dave, file(600), 1000)).toBe(true);
      expect(await files.usedBytes(owner('nobody'))).toBe(0);
    });

    test('a first file may be too large as well, and what was refused leaves no row', async () => {
      const erin = owner('erin');
      const large = file(1001);
      expect(await files.add(erin, large, 1000)).toBe(false);
      expect([await files.find(erin, large.fileId), await files.usedBytes(erin)]).toEqual([undefined, 0]);
    });

    test('of many at once only so many fit as there is room for, and an id that is taken takes up nothing', async () => {
      const frank = owner('frank');
      const all = await Promise.all(Array.from({ length: 20 }, () => files.add(frank, file(100), 500)));
      expect(all.filter(Boolean)).toHaveLength(5);
      expect(await files.usedBytes(frank)).toBe(500);
      const [taken, grace] = [file(100), owner('grace')];
      expect(await files.add(grace, taken, 500)).toBe(true);
      await expect(files.add(grace, taken, 500)).rejects.toThrow();
      expect(await files.usedBytes(grace)).toBe(100);
    });
  });

  test('those of some ids that have a row', async () => {
    const [one, two] = [file(1), file(1)];
    await files.add(alice, one, 1000);
    await files.add(bob, two, 1000);
    expect(await files.known([one.fileId, two.fileId, 'e'.repeat(32)])).toEqual(new Set([one.fileId, two.fileId]));
    expect(await files.known([])).toEqual(new Set());
  });

  test('a key is made once for each purpose, also by two at once', async () => {
    const again = await database.open({ now: () => 0 });
    const keys = await Promise.all([stores, again, stores].map((one) => one.serverKeys.obtain('links')));
    expect(keys[0]).toHaveLength(32);
    expect(keys).toEqual([keys[0], keys[0], keys[0]]);
    expect(await stores.serverKeys.obtain('something else')).not.toEqual(keys[0]);
    await again.close();
  });
});
