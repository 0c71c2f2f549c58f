import { keyOfOwner, type Revocation, type RevocationStore, type SubjectId, type TenantId } from '@agentflow/core';
import type { Kysely, Selectable } from 'kysely';
import type { RevocationTable } from '../identity-tables.js';
import type { Database } from '../schema.js';
import type { WatchedStoreParts } from '../stores-parts.js';
import { endKeysOf } from './api-keys.js';
import { takeTurns } from './turns.js';

/** Rows that one statement writes: five parameters each. */
const batchSize = 500;

export function createRevocationStore(parts: WatchedStoreParts): RevocationStore {
  const { db, watching, clock } = parts;
  return {
    add: (revocations) => db.transaction().execute((transaction) => keepRevocations(transaction, revocations, parts)),

    async since(sequence) {
      const { taken } = await watching
        .selectFrom('turns')
        .select('taken')
        .where('name', '=', 'revocations')
        .executeTakeFirstOrThrow();
      if (taken <= sequence) return { revocations: [], sequence: taken };
      const rows = await watching
        .selectFrom('revocations')
        .selectAll()
        .where('sequence', '>', sequence)
        .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', clock.now())]))
        .orderBy('sequence')
        .execute();
      return { revocations: rows.map(toRevocation), sequence: Math.max(taken, rows.at(-1)?.sequence ?? 0) };
    },
  };
}

/**
 * Within the transaction of the change that they belong to: both are there, or neither. Until it is committed, everybody else who takes
 * something back waits, so that it comes last.
 */
export async function keepRevocations(
  transaction: Kysely<Database>,
  revocations: readonly Revocation[],
  { clock, dialect }: Pick<WatchedStoreParts, 'clock' | 'dialect'>,
): Promise<void> {
  if (revocations.length === 0) return;
  const last = await takeTurns(transaction, 'revocations', revocations.length);
  await transaction.deleteFrom('revocations').where('expires_at', '<=', clock.now()).execute();
  const rows: RevocationRow[] = [];
  for (const revocation of revocations) {
    rows.push(await withEarlierWord(transaction, toRow(revocation)));
    if (revocation.kind === 'principal') await endKeysOf(transaction, revocation, clock.now());
  }
  const first = last - rows.length + 1;
  for (let start = 0; start < rows.length; start += batchSize) {
    const batch = rows.slice(start, start + batchSize);
    await replace(
      transaction,
      batch.map((row, index) => ({ sequence: first + start + index, ...row })),
    );
  }
  await dialect.announceChange(transaction, 'revocations');
}

type RevocationRow = Omit<Selectable<RevocationTable>, 'sequence'>;

/** Only the latest word about one thing has to be found. */
async function replace(transaction: Kysely<Database>, rows: readonly Selectable<RevocationTable>[]): Promise<void> {
  for (const kind of ['credential', 'session', 'signing-key', 'principal'] as const) {
    const keys = rows.filter((row) => row.kind === kind).map(({ key }) => key);
    if (keys.length === 0) continue;
    await transaction.deleteFrom('revocations').where('kind', '=', kind).where('key', 'in', keys).execute();
  }
  await transaction.insertInto('revocations').values(rows).execute();
}

/** What was taken back of a principal for good stays so, also where less is taken back later. */
async function withEarlierWord(transaction: Kysely<Database>, row: RevocationRow): Promise<RevocationRow> {
  if (row.kind !== 'principal') return row;
  const earlier = await transaction
    .selectFrom('revocations')
    .selectAll()
    .where('kind', '=', row.kind)
    .where('key', '=', row.key)
    .executeTakeFirst();
  if (earlier === undefined) return row;
  const isForGood = earlier.expires_at === null || row.expires_at === null;
  return {
    ...row,
    issued_before: Math.max(earlier.issued_before ?? 0, row.issued_before ?? 0),
    expires_at: isForGood ? null : Math.max(earlier.expires_at ?? 0, row.expires_at ?? 0),
  };
}

function toRow(revocation: Revocation): RevocationRow {
  const { kind, expiresAt } = revocation;
  const rest = { kind, issued_before: null, expires_at: expiresAt ?? null };
  if (kind === 'session') return { ...rest, key: JSON.stringify([revocation.sessionId]) };
  if (kind === 'signing-key') return { ...rest, key: JSON.stringify([revocation.keyId]) };
  if (kind === 'credential') return { ...rest, key: JSON.stringify([revocation.realm, revocation.credentialId]) };
  return { ...rest, key: keyOfOwner(revocation.owner), issued_before: revocation.issuedBefore };
}

function toRevocation({ kind, key, issued_before, expires_at }: RevocationRow): Revocation {
  const expiresAt = expires_at ?? undefined;
  const [first = '', second = '', third = ''] = JSON.parse(key) as string[];
  if (kind === 'session') return { kind, expiresAt, sessionId: first };
  if (kind === 'signing-key') return { kind, expiresAt, keyId: first };
  if (kind === 'credential') return { kind, expiresAt, realm: first, credentialId: second };
  const owner = { tenant: first as TenantId, realm: second, subject: third as SubjectId };
  return { kind, expiresAt, owner, issuedBefore: issued_before ?? 0 };
}
