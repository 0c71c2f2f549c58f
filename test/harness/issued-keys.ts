import { join } from 'node:path';
import { type Stores, systemClock } from '@agentflow/core';
import { openSqlite } from '@agentflow/stores';
import type { TestDatabase } from './databases.js';
import { useSecret } from './leaks/used-secrets.js';
import { type Answer, send } from './requests.js';

export interface KeyCalls {
  /** By a token, or by a key. */
  readonly ask: (
    who: { readonly token: string } | { readonly key: string },
    path: string,
    more?: AskOptions,
  ) => Promise<Answer>;
  /** A new key; the answer must be 200. */
  readonly make: (token: string, wish?: object) => Promise<MadeKey>;
}

interface AskOptions {
  readonly method?: string;
  readonly body?: object;
}

export interface MadeKey {
  readonly id: string;
  readonly key: string;
  readonly expiresAt: string | null;
}

/** What one does with keys, at a server. */
export function keyCalls(url: () => string): KeyCalls {
  const ask: KeyCalls['ask'] = (who, path, more = {}) => {
    const headers = 'key' in who ? { 'X-API-Key': who.key } : { Authorization: `Bearer ${who.token}` };
    return send(`${url()}${path}`, { headers, ...more });
  };
  return {
    ask,
    async make(token, wish = {}) {
      const made = await ask({ token }, '/v1/api-keys', { body: { name: 'a test', ...wish } });
      if (made.status !== 200) throw new Error(`${made.status}: ${made.text}`);
      useSecret(made.body.key);
      useSecret(made.body.key.slice(-38, -6));
      return made.body;
    },
  };
}

/** What a served project keeps, opened as another process would. */
export function openKept(directory: string, database: TestDatabase): Promise<Stores> {
  if (database.configuration !== undefined) return database.open(systemClock);
  return openSqlite(join(directory, '.agentflow', 'agentflow.db'), systemClock);
}
