import { isObject } from '../json.js';
import type { Auth } from './auth.js';

/** When a credential ends, in milliseconds since 1970; undefined where it does not say. */
export function expiryOf(auth: Auth | null): number | undefined {
  if (auth?.type !== 'bearer') return undefined;
  const { expiresAt, token } = auth;
  if (expiresAt === undefined) return secondsOf(readClaims(token)['exp']);
  const time = typeof expiresAt === 'number' ? expiresAt * 1000 : new Date(expiresAt).getTime();
  return Number.isFinite(time) ? time : undefined;
}

/** Milliseconds from a JWT's `iat` to its `exp`, both by the clock of the server; undefined where it does not say. */
export function lifetimeOf(token: string): number | undefined {
  const { iat, exp } = readClaims(token);
  const lifetime = (secondsOf(exp) ?? Number.NaN) - (secondsOf(iat) ?? Number.NaN);
  return lifetime > 0 ? lifetime : undefined;
}

/** The claims of a JWT, unverified: they only say when to ask for the next one. Anything else says nothing. */
function readClaims(token: unknown): Record<string, unknown> {
  if (typeof token !== 'string') return {};
  const [, claims, signature] = token.split('.');
  if (claims === undefined || signature === undefined) return {};
  try {
    const read: unknown = JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/')));
    return isObject(read) ? read : {};
  } catch {
    return {};
  }
}

function secondsOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value * 1000 : undefined;
}
