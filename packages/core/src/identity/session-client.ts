import { createHash } from 'node:crypto';
import { toPrintable } from '../control-characters.js';
import { limitedAddress } from '../limits/limited-address.js';
import type { StoredSession } from '../stores/session-store.js';
import type { SessionClient } from './user-sessions.js';

const maxUserAgentLength = 255;

/** Two requests at once of one client are known by it. */
export function digestOfClient({ address = '', userAgent = '' }: SessionClient): string {
  const text = JSON.stringify([limitedAddress(address), userAgent]);
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}

/** As it is kept. */
export function describeClient({ address, userAgent }: SessionClient): Pick<StoredSession, 'address' | 'userAgent'> {
  return { address, userAgent: userAgent && toPrintable(userAgent.slice(0, maxUserAgentLength)) };
}
