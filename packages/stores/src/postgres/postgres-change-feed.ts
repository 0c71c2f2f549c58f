import type { ChangeFeed, ChangeTopic } from '@agentflow/core';
import { type Kysely, sql } from 'kysely';
import { Client, type ClientConfig } from 'pg';
import type { Database } from '../schema.js';

/** One for all schemas of the database, which the word itself names. */
const channel = 'agentflow';

/** What listens is not missed for long: who follows something also looks for itself. */
const pauseMilliseconds = 1_000;

/** PostgreSQL sends word when the transaction is committed, and only then. */
export async function announceOnPostgres(db: Kysely<Database>, topic: ChangeTopic): Promise<void> {
  await sql`select pg_notify(${channel}, current_schema() || ' ' || ${topic}::text)`.execute(db);
}

export interface PostgresChangeFeed extends ChangeFeed {
  close(): Promise<void>;
}

/** Listens on a connection of its own, which is opened for the first listener, and again whenever it breaks. */
export function createPostgresChangeFeed(config: ClientConfig, schema: string): PostgresChangeFeed {
  const listeners = new Map<ChangeTopic, Set<() => void>>();
  let client: Client | undefined;
  let pause: NodeJS.Timeout | undefined;
  let isClosed = false;

  const tell = (topic: string) => {
    for (const listener of listeners.get(topic as ChangeTopic) ?? []) listener();
  };

  async function connect(): Promise<void> {
    const opened = new Client(config);
    client = opened;
    const retry = () => {
      if (client !== opened) return;
      client = undefined;
      opened.end().catch(() => undefined);
      if (!isClosed) pause = setTimeout(() => void connect(), pauseMilliseconds).unref();
    };
    // Why it broke is of no interest: whatever needs the database tells.
    opened.on('error', retry);
    opened.on('end', retry);
    opened.on('notification', ({ payload = '' }) => {
      if (payload.startsWith(`${schema} `)) tell(payload.slice(schema.length + 1));
    });
    try {
      await opened.connect();
      await opened.query(`listen ${channel}`);
      // What was said before now is missed.
      for (const topic of listeners.keys()) tell(topic);
    } catch {
      retry();
    }
  }

  return {
    listen(topic, listener) {
      const ofTopic = listeners.get(topic) ?? new Set();
      listeners.set(topic, ofTopic.add(listener));
      if (client === undefined && pause === undefined && !isClosed) void connect();
      return () => void ofTopic.delete(listener);
    },
    async close() {
      isClosed = true;
      clearTimeout(pause);
      const open = client;
      client = undefined;
      await open?.end().catch(() => undefined);
    },
  };
}
