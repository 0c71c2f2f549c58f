import type { Clock, FileStore, OwnerKey, Page, StoredFile } from '@agentflow/core';
import { type Kysely, type Selectable, sql } from 'kysely';
import type { Database, FileTable } from '../schema.js';
import { comesAfter, ownedBy } from './owned.js';

/** Files, always within one owner; each adds to what its owner has, and takes it away again. */
export function createFileStore(db: Kysely<Database>, clock: Clock): FileStore {
  return {
    async add(owner, { fileId, filename, mimeType, sizeBytes, sha256 }, quotaBytes) {
      if (sizeBytes > quotaBytes) return false;
      const { tenant, realm, subject } = owner;
      return db.transaction().execute(async (transaction) => {
        if (!(await takeUp(transaction, owner, sizeBytes, quotaBytes))) return false;
        await transaction
          .insertInto('files')
          .values({
            ...{
              file_id: fileId,
              tenant,
              realm,
              subject,
              filename,
              mime_type: mimeType,
              size_bytes: sizeBytes,
              sha256,
            },
            created_at: clock.now(),
          })
          .execute();
        return true;
      });
    },

    async find(owner, fileId) {
      const row = await db
        .selectFrom('files')
        .selectAll()
        .where(ownedBy(owner))
        .where('file_id', '=', fileId)
        .executeTakeFirst();
      return row && toFile(row);
    },

    list: (owner, page) => listFiles(db, owner, page),

    async findLinked(fileId) {
      const row = await db.selectFrom('files').selectAll().where('file_id', '=', fileId).executeTakeFirst();
      return row && toFile(row);
    },

    delete: (owner, fileId) =>
      db.transaction().execute(async (transaction) => {
        const row = await transaction
          .deleteFrom('files')
          .where(ownedBy(owner))
          .where('file_id', '=', fileId)
          .returning('size_bytes')
          .executeTakeFirst();
        if (row === undefined) return false;
        await transaction
          .updateTable('file_usage')
          .set({ bytes: sql`bytes - ${row.size_bytes}` })
          .where(ownedBy(owner))
          .execute();
        return true;
      }),

    async usedBytes(owner) {
      const row = await db.selectFrom('file_usage').select('bytes').where(ownedBy(owner)).executeTakeFirst();
      return row?.bytes ?? 0;
    },

    async known(fileIds) {
      if (fileIds.length === 0) return new Set();
      const rows = await db.selectFrom('files').select('file_id').where('file_id', 'in', fileIds).execute();
      return new Set(rows.map(({ file_id: fileId }) => fileId));
    },
  };
}

/** In one statement, because two uploads at once must not each see the room that is left for one. */
async function takeUp(db: Kysely<Database>, { tenant, realm, subject }: OwnerKey, bytes: number, quotaBytes: number) {
  const row = await db
    .insertInto('file_usage')
    .values({ tenant, realm, subject, bytes })
    .onConflict((conflict) =>
      conflict
        .columns(['tenant', 'realm', 'subject'])
        .doUpdateSet({ bytes: sql`file_usage.bytes + excluded.bytes` })
        .where(sql<boolean>`file_usage.bytes + excluded.bytes <= ${quotaBytes}`),
    )
    .returning('bytes')
    .executeTakeFirst();
  return row !== undefined;
}

function toFile(row: Selectable<FileTable>): StoredFile {
  return {
    fileId: row.file_id,
    filename: row.filename,
    mimeType: row.mime_type,
    sizeBytes: row.size_bytes,
    sha256: row.sha256,
    createdAt: row.created_at,
  };
}

async function listFiles(db: Kysely<Database>, owner: OwnerKey, page: Page): Promise<readonly StoredFile[]> {
  const { offset, limit, after } = page;
  let found = db.selectFrom('files').selectAll().where(ownedBy(owner));
  if (after !== undefined) found = found.where(comesAfter('created_at', 'file_id', after));
  const ordered = found.orderBy('created_at', 'desc').orderBy('file_id', 'desc');
  const rows = await ordered.limit(limit).offset(offset).execute();
  return rows.map(toFile);
}
