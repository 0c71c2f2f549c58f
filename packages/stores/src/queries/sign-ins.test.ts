import type { Stores } from '@agentflow/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeOnDatabases, type TestDatabase } from '../../../../test/harness/databases.js';

const start = Date.parse('2026-01-01T00:00:00Z');

describeOnDatabases((create) => {
  const clock = { time: start, now: () => clock.time };
  let database: TestDatabase;
  let processes: readonly Stores[];

  beforeAll(async () => {
    database = await create();
    // One after the other: the first brings the database up to date.
    processes = [await database.open(clock), await database.open(clock)];
  });
  afterAll(async () => {
    for (const stores of processes) await stores.close();
    await database.remove();
  });

  describe('what a provider has sent back', () => {
    test('is used once, by whichever process', async () => {
      const uses = Array.from({ length: 20 }, (_, index) => processes[index % 2]?.signIns.use('one', start + 60_000));
      expect((await Promise.all(uses)).filter((isFirst) => isFirst)).toHaveLength(1);
      expect(await processes[0]?.signIns.use('another', start + 60_000)).toBe(true);
    });

    test('is forgotten once it would be refused anyway, and not before', async () => {
      clock.time = start + 59_999;
      expect(await processes[1]?.signIns.use('one', start + 120_000)).toBe(false);
      clock.time = start + 60_000;
      expect(await processes[1]?.signIns.use('one', start + 120_000)).toBe(true);
    });
  });
});
