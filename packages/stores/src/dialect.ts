import type { ChangeTopic, MemoryCondition } from '@agentflow/core';
import type { ColumnDataType, ColumnDefinitionBuilder, Expression, Kysely, RawBuilder, SqlBool } from 'kysely';
import type { Database } from './schema.js';

/** What the databases spell differently. Everything else is one set of queries and migrations. */
export interface DatabaseDialect {
  /** Text that is compared byte by byte, whatever language the database was made for. */
  readonly text: ColumnDataType | Expression<unknown>;
  readonly bytes: ColumnDataType | Expression<unknown>;
  /** A column of integers that count up by themselves. */
  readonly counter: ColumnDataType | Expression<unknown>;
  readonly counterKey: (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
  readonly fullText: FullText;
  /** A condition on a field inside the JSON text of `memories.value`. */
  readonly jsonCondition: (condition: MemoryCondition) => RawBuilder<SqlBool>;
  /** Within the transaction of a change: sends word of it to other processes with its commit, where the database can. */
  announceChange(db: Kysely<Database>, topic: ChangeTopic): Promise<void>;
}

/**
 * The index of the words of memories, a table beside theirs: `memory_texts`, whose key is the memory's `sequence`. Words are
 * runs of letters and digits in small letters, each found by its beginning.
 */
export interface FullText {
  createIndex(db: Kysely<unknown>): Promise<void>;
  put(db: Kysely<Database>, sequence: number, text: string): Promise<void>;
  /** Removes the texts of memories that are there no more. */
  remove(db: Kysely<Database>, sequences: readonly number[]): Promise<void>;
  /** The column that holds the memory's `sequence`. */
  readonly key: RawBuilder<number>;
  /** Whether the joined `memory_texts` row has any of the words; there is at least one. */
  matches(words: readonly string[]): RawBuilder<SqlBool>;
  /** The share of the words that a memory has, from 0 to 1: from its own text alone, never from anybody else's. */
  score(words: readonly string[]): RawBuilder<number>;
}
