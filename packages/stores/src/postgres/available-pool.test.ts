import type { Pool } from 'pg';
import { expect, test } from 'vitest';
import { createAvailablePool } from './available-pool.js';

/** A pool of one connection, which answers with these errors, and nothing else. */
function createFailingPool(errors: readonly Error[]) {
  const sent: string[] = [];
  const released: unknown[] = [];
  const client = {
    async query(text: string) {
      const error = errors[sent.length];
      sent.push(text);
      if (error !== undefined) throw error;
    },
    release: (isBroken: unknown) => released.push(isBroken),
  };
  return { pool: { connect: async () => client } as unknown as Pool, sent, released };
}

test.each([
  ['that never answered', new Error('Query read timeout'), ['begin', 'insert']],
  ['that broke', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), ['begin', 'insert']],
  [
    'whose statement the server ended',
    Object.assign(new Error('time-out'), { code: '57014' }),
    ['begin', 'insert', 'rollback'],
  ],
  [
    'whose transaction the server took back for another',
    Object.assign(new Error('deadlock detected'), { code: '40P01' }),
    ['begin', 'insert', 'rollback'],
  ],
])('a connection %s is given up, and asked no more than it can answer', async (_what, error, expected) => {
  const { pool, sent, released } = createFailingPool([undefined as unknown as Error, error]);
  const client = await createAvailablePool(pool).connect();
  await client.query('begin', []);
  await expect(client.query('insert', [])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await client.query('rollback', []).catch(() => undefined);
  client.release();
  expect(sent).toEqual(expected);
  expect(released).toEqual([true]);
});

test('a connection whose statement was wrong is used again', async () => {
  const wrong = Object.assign(new Error('no such table'), { code: '42P01' });
  const { pool, released } = createFailingPool([wrong]);
  const client = await createAvailablePool(pool).connect();
  await expect(client.query('select', [])).rejects.toBe(wrong);
  client.release();
  expect(released).toEqual([false]);
});
