import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSecret, echoGraph } from '../harness/project.js';
import { startReloading } from '../harness/reloading.js';
import { send } from '../harness/requests.js';

/* Where the database and Redis are is read at start alone: an address that a secrets manager changes holds up no other secret. */

const patience = { timeout: 30_000, interval: 200 };

test.each([
  ['REDIS_URL', 'secrets/address', 'redis://:former@127.0.0.1:1', 'redis://:next@127.0.0.1:1'],
  ['REDIS_URL', 'secrets/address', 'redis://:former@127.0.0.1:1', 'no address'],
  ['"redis"', '.env', 'ADDRESS=redis://:former@127.0.0.1:1', 'ADDRESS=redis://:next@127.0.0.1:1'],
  ['DATABASE_URL', '.env', 'DATABASE_URL=', 'DATABASE_URL=postgres://:next@127.0.0.1:1/x'],
  ['DATABASE_URL', '.env', 'DATABASE_URL=', 'DATABASE_URL_FILE=no/such/file'],
])(
  '%s, in %s, becomes another',
  async (name, file, former, next) => {
    const [key, nextKey, lastKey] = [createSecret(), createSecret(), createSecret()];
    const server = await startReloading(
      {
        'agentflow.json': {
          agent: echoGraph,
          auth: { method: 'api_key', keys: [{ id: 'ci', key: { file: 'secrets/ci' }, subject: 'ci' }] },
          ...(name === '"redis"' && { redis: '${ADDRESS}' }),
        },
        'secrets/ci': key,
        [file]: `${former}\n`,
      },
      { env: file === '.env' ? {} : { REDIS_URL_FILE: file } },
    );
    const put = (files: Readonly<Record<string, string>>) => {
      for (const [file, text] of Object.entries(files)) {
        const place = join(server.project.directory, file);
        writeFileSync(`${place}.new`, text);
        renameSync(`${place}.new`, place);
      }
    };
    const statusOf = async (given: string) =>
      (await send(`${server.url}/v1/auth/me`, { headers: { 'X-API-Key': given } })).status;
    expect(await statusOf(key)).toBe(200);
    put({ [file]: `${next}\n`, 'secrets/ci': nextKey });
    await expect.poll(() => statusOf(nextKey), patience).toBe(200);
    put({ 'secrets/ci': lastKey });
    await expect.poll(() => statusOf(lastKey), patience).toBe(200);
    expect([await statusOf(key), await statusOf(nextKey)]).toEqual([401, 401]);
    // Told once, and written to the trail as what it is.
    const needed = new RegExp(`a restart is needed for what has changed in \\W*${name.replaceAll('"', '')}`);
    expect(server.said(needed)).toBe(1);
    const events = server.rowsAboutConfiguration().map(({ event }) => event);
    expect(events).toContain('configuration-changed');
    expect(events).not.toContain('configuration-refused');
    // Whoever has all of it read anew is told, as ever.
    expect(await server.reload()).toBe('refused');
  },
  90_000,
);
