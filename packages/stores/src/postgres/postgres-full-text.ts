import { sql } from 'kysely';
import type { FullText } from '../dialect.js';

/** Words are letters and digits, so that none of them can be read as an operator. */
const toQuery = (words: readonly string[]) =>
  sql`to_tsquery('simple', ${words.map((word) => `${word}:*`).join(' | ')})`;

/** PostgreSQL's own, without any language's endings and stop words: memories are written in all languages. */
export const postgresFullText: FullText = {
  key: sql`memory_texts.sequence`,
  async createIndex(db) {
    await sql`create table memory_texts (
      sequence bigint primary key,
      terms tsvector not null
    )`.execute(db);
    await sql`create index memory_texts_terms on memory_texts using gin (terms)`.execute(db);
  },
  async put(db, sequence, text) {
    await sql`delete from memory_texts where sequence = ${sequence}`.execute(db);
    if (text === '') return;
    await sql`insert into memory_texts (sequence, terms) values (${sequence}, to_tsvector('simple', ${text}))`.execute(
      db,
    );
  },
  async remove(db, sequences) {
    if (sequences.length > 0)
      await sql`delete from memory_texts where sequence in (${sql.join(sequences)})`.execute(db);
  },
  matches: (words) => sql`memory_texts.terms @@ ${toQuery(words)}`,
  score(words) {
    const found = words.map((word) => sql`(memory_texts.terms @@ ${toQuery([word])})::int`);
    return sql`(${sql.join(found, sql` + `)})::float8 / ${words.length}`;
  },
};
