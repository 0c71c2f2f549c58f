import { isObject } from '../json.js';
import type { Auth } from './auth.js';

/** When a credential ends, in milliseconds since 1970; undefined where it does not say. */
export function expiryOf(auth: Auth | null): number | undefined {
  if (auth?.type !== 'bearer') return undefined;
  const { expiresAt } = auth;
  if (expiresAt === undefined) return readExpiry(auth.token);
  const time = typeof expiresAt === 'number' ? expiresAt * 1000 : new Date(expiresAt).getTime();
  return Number.isFinite(time) ? time : undefined;
}

/** `exp` of a JWT, unverified: it only says when to ask for the next one. Anything else says nothing. */
function readExpiry(token: unknown): number | undefined {
  if (typeof token !== 'string') return undefined;
  const [, claims, signature] = token.split('.');
  if (claims === undefined || signature === undefined) return undefined;
  try {
    const text = atob(claims.replaceAll('-', '+').replaceAll('_', '/'));
    const read: unknown = JSON.parse(text);
    return isObject(read) && typeof read['exp'] === 'number' ? read['exp'] * 1000 : undefined;
  } catch {
    return undefined;
  }
}
