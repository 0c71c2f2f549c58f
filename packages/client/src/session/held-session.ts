import { now } from '../clock.js';
import { lifetimeOf } from '../credentials/expiry.js';
import type { HeldCredential } from '../credentials/held-credential.js';
import type { KeptSession } from './session-store.js';

/** A session, and the credential that its requests carry. */
export interface HeldSession extends HeldCredential {
  readonly kept: KeptSession;
  /** All that have come out of one sign-in have the same. */
  readonly signIn: object;
  /** Milliseconds from the token's beginning to its end; undefined where that is not to be had. */
  readonly lifetime: number | undefined;
}

/**
 * The server's clock and ours may differ, so what counts is how long a token lasts, from when it arrived. Where nothing says how long, it
 * is renewed when it is refused, and not before.
 */
export function holdSession(kept: KeptSession, signIn: object): HeldSession {
  const { token, expiresAt, receivedAt } = kept;
  const left = new Date(expiresAt).getTime() - receivedAt;
  const lifetime = lifetimeOf(token) ?? (left > 0 ? left : undefined);
  const end = lifetime === undefined ? undefined : receivedAt + lifetime;
  return { auth: { type: 'bearer', token }, expiresAt: end, kept, signIn, lifetime };
}

/** So long before its end a token is renewed beside the requests that still go with it, or a quarter of its time before. */
const aheadMilliseconds = 30_000;

/** Whether the next token should be fetched. */
export function isDue({ expiresAt, lifetime }: HeldSession): boolean {
  if (expiresAt === undefined || lifetime === undefined) return false;
  return expiresAt - Math.min(aheadMilliseconds, lifetime / 4) <= now();
}

/** Whether less than half of its time is left: too little for what goes on for as long as its token lasts. */
export function isShort({ expiresAt, lifetime }: HeldSession): boolean {
  return expiresAt !== undefined && lifetime !== undefined && expiresAt - lifetime / 2 <= now();
}
