import { sql } from 'kysely';
import type { FullText } from '../dialect.js';

/** SQLite's FTS5. */
export const sqliteFullText: FullText = {
  key: sql`memory_texts.rowid`,
  async createIndex(db) {
    await sql`create virtual table memory_texts using fts5(text, tokenize = 'unicode61 remove_diacritics 0')`.execute(
      db,
    );
  },
  async put(db, sequence, text) {
    await sql`delete from memory_texts where rowid = ${sequence}`.execute(db);
    if (text !== '') await sql`insert into memory_texts (rowid, text) values (${sequence}, ${text})`.execute(db);
  },
  async remove(db, sequences) {
    for (const sequence of sequences) await sql`delete from memory_texts where rowid = ${sequence}`.execute(db);
  },
  matches: (words) => sql`memory_texts match ${words.map((word) => `"${word}"*`).join(' OR ')}`,
  // Not bm25: it weighs a word by how rare it is in everybody's memories, and so tells what others have there.
  score(words) {
    const found = words.map(
      (word) => sql`(memory_texts.rowid in (select rowid from memory_texts where memory_texts match ${`"${word}"*`}))`,
    );
    return sql`(${sql.join(found, sql` + `)}) * 1.0 / ${words.length}`;
  },
};
