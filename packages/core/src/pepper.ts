import { createHmac, hkdfSync } from 'node:crypto';
import type { Secret } from './secret.js';

/**
 * A secret of the server's that is not in its database: who has copied the tables alone can neither make nor find out a key, a token or a
 * sealed text with them.
 */
export interface Pepper {
  /** Says which one it is, and nothing about it. Kept beside what was made with it. */
  readonly id: string;
  /** HMAC-SHA-256 under a key for this purpose alone. 32 bytes. */
  mac(purpose: string, text: string): Buffer;
  /** A key for this purpose alone. 32 bytes. */
  deriveKey(purpose: string): Buffer;
}

/** The one that everything new is made with, and those before it, which only check. */
export interface Peppers {
  readonly current: Pepper;
  /** By its id; undefined where it has been taken away: what was made with it is good no more. */
  find(id: string): Pepper | undefined;
}

const keyBytes = 32;

export function createPepper(secret: Secret): Pepper {
  const keys = new Map<string, Buffer>();
  const deriveKey = (purpose: string): Buffer => {
    const known = keys.get(purpose);
    if (known !== undefined) return known;
    // RFC 5869: one secret, a key for each purpose.
    const key = Buffer.from(hkdfSync('sha256', secret.reveal(), '', `agentflow ${purpose}`, keyBytes));
    keys.set(purpose, key);
    return key;
  };
  const mac = (purpose: string, text: string) => createHmac('sha256', deriveKey(purpose)).update(text).digest();
  return { id: mac('pepper id', '').toString('hex').slice(0, 8), mac, deriveKey };
}

export function createPeppers(current: Secret, previous: readonly Secret[]): Peppers {
  const all = [current, ...previous].map(createPepper);
  const byId = new Map(all.map((pepper) => [pepper.id, pepper]));
  const [first] = all;
  if (first === undefined) throw new Error('there is no pepper');
  return { current: first, find: (id) => byId.get(id) };
}
