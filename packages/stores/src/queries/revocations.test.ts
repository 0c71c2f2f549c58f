import type { OwnerKey, Revocation, RevocationStore, Stores, SubjectId, TenantId } from '@agentflow/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeOnDatabases, type TestDatabase } from '../../../../test/harness/databases.js';

const start = Date.parse('2026-01-01T00:00:00Z');
let now = start;
const clock = { now: () => now };
const owner: OwnerKey = { tenant: 'default' as TenantId, realm: 'local', subject: 'alice' as SubjectId };

const session = (sessionId: string, expiresAt: number | undefined = start + 1000): Revocation => {
  return { kind: 'session', sessionId, expiresAt };
};
const everythingBefore = (issuedBefore: number): Revocation => {
  return { kind: 'principal', owner, issuedBefore, expiresAt: undefined };
};

describeOnDatabases((create, name) => {
  let database: TestDatabase;
  let here: Stores;
  let elsewhere: Stores;
  let store: RevocationStore;

  beforeEach(async () => {
    now = start;
    database = await create();
    here = await database.open(clock);
    elsewhere = await database.open(clock);
    store = here.revocations;
  });
  afterEach(async () => {
    await here.close();
    await elsewhere.close();
    await database.remove();
  });

  test('what one process has taken back, another reads, once and as it was', async () => {
    const all: Revocation[] = [
      session('ses_1'),
      { kind: 'credential', realm: 'https://issuer.example', credentialId: 'jti "1"', expiresAt: start + 1000 },
      { kind: 'signing-key', keyId: 'a"1', expiresAt: undefined },
      everythingBefore(start - 1),
    ];
    await store.add(all);
    const read = await elsewhere.revocations.since(0);
    expect(read).toEqual({ revocations: all, sequence: 4 });
    expect(await elsewhere.revocations.since(read.sequence)).toEqual({ revocations: [], sequence: 4 });
    await store.add([session('ses_2')]);
    expect(await elsewhere.revocations.since(read.sequence)).toEqual({ revocations: [session('ses_2')], sequence: 5 });
  });

  test('nothing is taken back by nothing', async () => {
    await store.add([]);
    expect(await store.since(0)).toEqual({ revocations: [], sequence: 0 });
  });

  test('of one thing, the latest word is kept; what has run out is neither told nor kept', async () => {
    await store.add([everythingBefore(1), session('ses_1')]);
    await store.add([everythingBefore(2)]);
    expect((await store.since(0)).revocations).toEqual([session('ses_1'), everythingBefore(2)]);
    now = start + 1000;
    expect((await store.since(0)).revocations).toEqual([everythingBefore(2)]);
    await store.add([session('ses_2', start + 2000)]);
    now = start;
    expect((await store.since(0)).revocations).toEqual([everythingBefore(2), session('ses_2', start + 2000)]);
  });

  test('what is taken back of a principal for good stays so, and of more than one statement holds nothing is lost', async () => {
    const many = Array.from({ length: 1_234 }, (_none, index) => session(`ses_${index}`));
    await store.add([...many, everythingBefore(5)]);
    await store.add([{ kind: 'principal', owner, issuedBefore: 3, expiresAt: start + 1 }, session('ses_7')]);
    const { revocations, sequence } = await elsewhere.revocations.since(0);
    expect([revocations.length, sequence]).toEqual([1_235, 1_237]);
    expect(revocations.slice(-2)).toEqual([everythingBefore(5), session('ses_7')]);
  });

  test('whoever reads while two processes write misses nothing', async () => {
    const seen: string[] = [];
    let sequence = 0;
    const writes = { areDone: false };
    // Two connections of one thread to SQLite would wait for each other, and the thread with them.
    const writers = name === 'SQLite' ? [here, here] : [here, elsewhere];
    const writing = Promise.all(
      writers.map(async ({ revocations }, process) => {
        for (let index = 0; index < 60; index += 1) {
          await revocations.add([session(`${process}-${index}-a`), session(`${process}-${index}-b`)]);
        }
      }),
    ).finally(() => {
      writes.areDone = true;
    });
    const read = async () => {
      const found = await here.revocations.since(sequence);
      sequence = found.sequence;
      seen.push(...found.revocations.flatMap((one) => (one.kind === 'session' ? [one.sessionId] : [])));
    };
    while (!writes.areDone) {
      await read();
      // SQLite answers within the turn: without this, nobody else would ever write.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writing;
    await read();
    expect(sequence).toBe(240);
    expect(seen).toHaveLength(240);
    expect(new Set(seen).size).toBe(240);
  });
});
