import { hasInvisible } from '../control-characters.js';

/** By which names are the same: compatibility forms and capitals do not make another (RFC 8265 §3.3). */
export function usernameKey(username: string): string {
  return username.normalize('NFKC').toLowerCase();
}

// RFC 8265 §3.3 allows more; a colon could not be sent by Basic (RFC 7617 §2), and spaces at the ends cannot be seen.
const forbidden = /[\p{C}\p{Z}:]/u;

/** Why a text cannot be a username; undefined where it can. */
export function usernameFault(username: string): string | undefined {
  if (username === '') return 'must not be empty';
  if (usernameKey(username).length > 128) return 'must have at most 128 characters';
  if (forbidden.test(username)) return 'must have no spaces, colons or control characters';
  // Its key as well: what shows nothing may be another form of what shows something.
  if (hasInvisible(username) || hasInvisible(usernameKey(username))) return 'must have no characters that show nothing';
  return undefined;
}
