import { systemClock } from '@agentflow/core';
import { expect, test } from 'vitest';
import { describeOnPostgres } from '../../../../test/harness/databases.js';
import { isRefusedLogin } from './available-pool.js';
import { openPostgres, probePostgres } from './open-postgres.js';
import { readPostgres } from './read-postgres.js';

const ways = {
  open: (options: Parameters<typeof openPostgres>[0]) => openPostgres(options, systemClock),
  probe: probePostgres,
  read: readPostgres,
};

// The embedded one asks nobody who they are.
describeOnPostgres((createDatabase) => {
  test.each(Object.entries(ways))(
    'a login that is refused is told from a database that is away: %s',
    async (_way, use) => {
      const database = await createDatabase();
      const { url = '', schema = '' } = database.configuration ?? {};
      const [wrongUser, wrongDatabase, away] = [new URL(url), new URL(url), new URL(url)];
      wrongUser.username = 'nobody of that name';
      wrongDatabase.pathname = '/none-of-that-name';
      away.host = '127.0.0.1:1';
      const refusal = (address: URL) =>
        Promise.resolve(use({ url: address.href, schema, maxConnections: 1, onIdleError: () => undefined })).then(
          () => undefined,
          (error: Error) => [error.message.split(':')[0], isRefusedLogin(error.cause)],
        );
      expect(await refusal(wrongUser)).toEqual(['the database refuses the login', true]);
      expect(await refusal(wrongDatabase)).toEqual(['the database refuses the login', true]);
      expect(await refusal(away)).toEqual(['the database does not answer', false]);
      await database.remove();
    },
  );
});
