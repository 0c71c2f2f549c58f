import type { Clock, PepperUse, PepperUseStore } from '@agentflow/core';
import { type Kysely, sql } from 'kysely';
import type { Database } from '../schema.js';

type Count = Partial<PepperUse> & Pick<PepperUse, 'pepperId'>;

export function createPepperUseStore(db: Kysely<Database>, clock: Clock): PepperUseStore {
  const count = sql<number | string>`count(*)`.as('count');

  async function listApiKeys(now: number): Promise<readonly Count[]> {
    const rows = await db
      .selectFrom('api_keys')
      .select(['pepper_id', count])
      .where('revoked_at', 'is', null)
      .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', now)]))
      .groupBy('pepper_id')
      .execute();
    return rows.map((row) => ({ pepperId: row.pepper_id, apiKeys: Number(row.count) }));
  }

  async function listSessions(now: number): Promise<readonly Count[]> {
    const rows = await db
      .selectFrom('sessions')
      .select(['pepper_id', count])
      .where('idle_until', '>', now)
      .where('expires_at', '>', now)
      .groupBy('pepper_id')
      .execute();
    return rows.map((row) => ({ pepperId: row.pepper_id, sessions: Number(row.count) }));
  }

  async function listSigningKeys(): Promise<readonly Count[]> {
    const latest = db.selectFrom('signing_keys').select('pepper_id').orderBy('number', 'desc').limit(1);
    return (await latest.execute()).map((row) => ({ pepperId: row.pepper_id, signingKeys: 1 }));
  }

  return {
    async list() {
      const now = clock.now();
      const uses = new Map<string, PepperUse>();
      for (const one of [...(await listSigningKeys()), ...(await listSessions(now)), ...(await listApiKeys(now))]) {
        const { pepperId } = one;
        uses.set(pepperId, { ...{ signingKeys: 0, sessions: 0, apiKeys: 0 }, ...uses.get(pepperId), ...one });
      }
      return [...uses.values()];
    },
  };
}
