import type { ChangeFeed, Clock } from '@agentflow/core';
import type { Kysely } from 'kysely';
import type { DatabaseDialect } from './dialect.js';
import type { Database } from './schema.js';

/** What the stores are made of, whichever database it is. */
export interface StoresParts {
  readonly db: Kysely<Database>;
  /**
   * The same database by connections of its own: for what every process must hear of in time, however many requests wait for one of
   * theirs.
   */
  readonly watching: Kysely<Database>;
  readonly clock: Clock;
  readonly dialect: DatabaseDialect;
  readonly changes: ChangeFeed & { close?(): Promise<void> };
}

/** For a store of what other processes may have changed. */
export type WatchedStoreParts = Pick<StoresParts, 'db' | 'watching' | 'clock' | 'dialect'>;
