import { type Revocation, systemClock } from '@agentflow/core';
import { expect, test } from 'vitest';
import { describeOnPostgres } from '../../../../test/harness/databases.js';
import { openTcpGate } from '../../../../test/harness/tcp-gate.js';
import { openPostgres } from './open-postgres.js';

/* A firewall that forgets connections tells neither end: a question on one of them gets no answer, and no error. */

const maxConnections = 3;
const patient = { timeout: 90_000, interval: 100 };
const word: Revocation = { kind: 'session', sessionId: 'ses_1', expiresAt: undefined };

const together = (count: number, work: () => Promise<unknown>) => Promise.all(Array.from({ length: count }, work));
const outcomeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'good',
    (error: Error & { code?: string }) => error.code,
  );

// The embedded one has no connections.
describeOnPostgres((createDatabase) => {
  test('connections that were lost in silence are given up, and those that come are used', async () => {
    const database = await createDatabase();
    await (await database.open(systemClock)).close();
    const { url = '', schema = '' } = database.configuration ?? {};
    const address = new URL(url);
    const gate = await openTcpGate(Number(address.port || 5432), address.hostname);
    address.host = `127.0.0.1:${gate.port}`;
    const stores = await openPostgres(
      { url: address.href, schema, maxConnections, statementMilliseconds: 8_000, onIdleError: () => undefined },
      systemClock,
    );
    const ping = () => stores.ping();
    const look = () => stores.revocations.since(0);
    const useAll = () => outcomeOf(Promise.all([together(maxConnections, ping), together(2, look)]));

    for (let round = 1; round <= 2; round += 1) {
      await expect.poll(useAll, patient).toBe('good');
      gate.forget();
      // A transaction, too, is told that there is no answer.
      const asked = [stores.revocations.add([word]), ...Array.from({ length: maxConnections }, ping), look(), look()];
      const outcomes = await Promise.all(asked.map(outcomeOf));
      expect(outcomes[0]).toBe('UNAVAILABLE');
      expect(outcomes.filter((outcome) => outcome !== 'good' && outcome !== 'UNAVAILABLE')).toEqual([]);
      await expect.poll(useAll, patient).toBe('good');
    }

    await stores.revocations.add([word]);
    expect((await stores.revocations.since(0)).revocations).toEqual([word]);
    await stores.close();
    await gate.close();
    await database.remove();
  }, 240_000);
});
