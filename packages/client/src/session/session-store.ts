import type { LoginResponse, SignedInUser } from '@agentflow/protocol';
import { isObject } from '../json.js';

/** A session as it is kept: whoever has it is signed in. */
export interface KeptSession extends LoginResponse {
  /** When it arrived, by the clock of the machine that keeps it: milliseconds since 1970. */
  readonly receivedAt: number;
}

/**
 * Where a session is kept beyond the client's own memory. Several clients may have one store between them: tabs, or programs. What is in it
 * is as good as a password: a file of its owner's alone, a keychain; never what every script of a page can read.
 */
export interface SessionStore {
  /** What was saved last; null where there is nothing. */
  readonly load: () => KeptSession | null | Promise<KeptSession | null>;
  readonly save: (session: KeptSession) => void | Promise<void>;
  readonly clear: () => void | Promise<void>;
  /**
   * Does the work while no other client of the same store does any, where there is a way to say so (`navigator.locks`, a lock file). Without
   * it, of two that renew at the same moment one may be refused, and then takes what the other has saved.
   */
  readonly exclusive?: (<T>(work: () => Promise<T>) => Promise<T>) | undefined;
}

/**
 * Why a store has failed, and what is to be done about it. A store may throw it where no secret stands in the words: the program is told them.
 * Of any other error of a store it is told only that there was one, because its words may hold what was to be kept.
 */
export class SessionStoreError extends Error {
  override readonly name: string = 'SessionStoreError';
}

/** What a store has given, if it is a session. */
export function readKept(given: unknown): KeptSession | null {
  if (!isObject(given) || !isObject(given['user'])) return null;
  const { token, expiresAt, refreshToken, refreshExpiresAt, receivedAt, user } = given;
  const texts = [token, expiresAt, refreshToken, refreshExpiresAt, user['id']];
  const isWhole = texts.every((text) => typeof text === 'string' && text !== '') && typeof receivedAt === 'number';
  return isWhole ? (given as unknown as KeptSession) : null;
}

/** Ids are one's own in each tenant. */
export function isSameUser(one: SignedInUser, other: SignedInUser): boolean {
  return one.id === other.id && one.tenant === other.tenant;
}
