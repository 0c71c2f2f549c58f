import { now } from '../clock.js';
import type { Auth } from './auth.js';

/** A credential as it was given. Which object it is tells whether it is still the one in use. */
export interface HeldCredential {
  readonly auth: Auth | null;
  /** Milliseconds since 1970; undefined where it does not say. */
  readonly expiresAt: number | undefined;
}

/** Of requests that go without a credential, because they need none or because whoever was signed in is not any more. */
export const nobody: HeldCredential = { auth: null, expiresAt: undefined };

/** What would expire on its way is not sent. */
const marginMilliseconds = 2000;

export function isOver({ expiresAt }: HeldCredential): boolean {
  return expiresAt !== undefined && expiresAt - marginMilliseconds <= now();
}
