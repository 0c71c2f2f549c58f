import {
  type ApiKeyIssuer,
  type AuthenticatedResult,
  type AuthenticationResult,
  type CredentialUse,
  type IssuingSurroundings,
  rejected,
  type StoredApiKey,
} from '@agentflow/core';
import { createUnusualUse } from '../unusual-use.js';
import { createIssuer } from './issue-keys.js';
import { issuedPrefix, readKey } from './key-form.js';
import { takeUse } from './key-limits.js';
import type { IssuedOptions } from './options.js';
import type { FindConfigured } from './owner-now.js';
import { createUseRecord } from './record-uses.js';
import { createRememberedKeys } from './remembered-keys.js';
import { createRotationReminder } from './remind-of-rotation.js';
import { verifyKey } from './verify-key.js';

/** Keys that are made, used, and taken back while the server runs. */
export interface IssuedKeys {
  readonly issuer: ApiKeyIssuer;
  /** Of a text that begins as only issued keys do. */
  authenticate(text: string): AuthenticationResult | Promise<AuthenticationResult>;
  /** Of an answer of the above. False of any other, about which it does nothing. */
  admit(answer: AuthenticatedResult, use: CredentialUse): Promise<boolean>;
  describe(): string;
  close(): Promise<void>;
}

/** How often what was used is written. */
const flushMilliseconds = 15_000;

export interface IssuedKeyParts {
  readonly surroundings: IssuingSurroundings;
  readonly findConfigured: FindConfigured;
}

/** @throws {ConfigurationError} where there is no pepper, or it is too weak */
export function createIssuedKeys(options: IssuedOptions, { surroundings, findConfigured }: IssuedKeyParts): IssuedKeys {
  const { clock, log, revocations, openStores: open, isDevelopment = false } = surroundings;
  const peppers = surroundings.obtainPeppers();
  const environment = options.environment ?? (isDevelopment ? 'dev' : 'live');
  const load = async (text: string) => {
    const { apiKeys, users } = await open();
    return verifyKey(text, { apiKeys, users, findConfigured }, { peppers, clock, log });
  };
  const remembered = createRememberedKeys(load, { clock, revocations });
  const uses = createUseRecord(open, { clock, log });
  const unusual = createUnusualUse({
    ...{ open, clock, log },
    digest: (text) => peppers.current.mac('api key network', text).toString('base64url').slice(0, 22),
  });
  const reminder = createRotationReminder(options.rotate_after, surroundings);
  const answered = new WeakMap<AuthenticatedResult, StoredApiKey>();
  const flushing = setInterval(() => void uses.flush(), flushMilliseconds);
  flushing.unref();

  async function find(text: string, id: string): Promise<AuthenticationResult> {
    const known = await remembered.find(text);
    // Between quotes: whoever tries many gets one row of the trail.
    if (known === undefined || isOver(known.stored, clock.now()))
      return rejected(`the key ${JSON.stringify(id)} is not known, or has ended`);
    answered.set(known.answer, known.stored);
    return known.answer;
  }

  return {
    issuer: createIssuer({ ...options, environment }, { surroundings, findConfigured, peppers, remembered }),
    // By its form alone: neither a database nor a digest is asked about what cannot be a key.
    authenticate(text) {
      const read = readKey(text);
      return read === undefined ? rejected('the key is no key of ours') : find(text, read.id);
    },
    async admit(answer, use) {
      const stored = answered.get(answer);
      if (stored === undefined) return false;
      await takeUse(stored, { openCounters: surroundings.openCounters, open });
      uses.note(stored);
      unusual.note(stored, use);
      return true;
    },
    describe: () => `issues ${issuedPrefix}${environment}_…${reminder.describe()}`,
    async close() {
      clearInterval(flushing);
      reminder.close();
      remembered.close();
      await uses.flush();
    },
  };
}

/** RFC 7519 §4.1.4 in spirit: on or after the moment it is over. */
function isOver({ expiresAt }: StoredApiKey, now: number): boolean {
  return expiresAt !== undefined && now >= expiresAt;
}
