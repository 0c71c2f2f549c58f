import { isSameSecret } from '../is-same-secret.js';
import type { Pepper } from '../pepper.js';
import type { StoredSession } from '../stores/session-store.js';

/** What a text says that has the form of a refresh token. Nothing of it is believed yet. */
export interface RefreshTokenParts {
  readonly familyId: string;
  readonly generation: number;
  readonly mac: string;
}

export const refreshTokenPrefix = 'af_rt_';

const form = /^af_rt_([a-z2-7]{20})_(0|[1-9]\d{0,8})_([\w-]{43})$/;

type Sealed = Pick<StoredSession, 'familyId' | 'salt'>;

/**
 * Each is made anew from what is known, so that no row holds one: by the pepper, which the database does not have, and the session's salt,
 * which only the database has. So each that there ever was in a session can be recognised, and the latest be given again.
 */
export function createRefreshToken(session: Sealed, generation: number, pepper: Pepper): string {
  return `${refreshTokenPrefix}${session.familyId}_${generation}_${macOf(session, generation, pepper)}`;
}

export function parseRefreshToken(text: string): RefreshTokenParts | undefined {
  const [, familyId, generation, mac] = form.exec(text) ?? [];
  if (familyId === undefined || generation === undefined || mac === undefined) return undefined;
  return { familyId, generation: Number(generation), mac };
}

/** Whether we have made it, for this session and this generation. */
export function isGenuine({ generation, mac }: RefreshTokenParts, session: Sealed, pepper: Pepper): boolean {
  return isSameSecret(mac, macOf(session, generation, pepper));
}

function macOf({ familyId, salt }: Sealed, generation: number, pepper: Pepper): string {
  const text = JSON.stringify([familyId, generation, Buffer.from(salt).toString('hex')]);
  return pepper.mac('refresh token', text).toString('base64url');
}
