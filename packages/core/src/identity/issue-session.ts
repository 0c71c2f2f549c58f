import type { Peppers } from '../pepper.js';
import { localRealm, type OwnerKey, type Principal } from '../principal.js';
import type { StoredSession } from '../stores/session-store.js';
import type { StoredUser, UserStore } from '../stores/user-store.js';
import type { AccessTokens } from './access-tokens.js';
import { createRefreshToken } from './refresh-token.js';
import type { IssuedSession, SessionPrincipal } from './user-sessions.js';

export interface SessionIssuer {
  /**
   * Whose a session is, by what is known now, which is after it was kept: whoever is turned out by then gets nothing more. Undefined for a
   * user who is gone or disabled; and for whom the word of a provider lets in no more.
   */
  principalOf(session: StoredSession): Promise<SessionPrincipal | undefined>;
  /**
   * Likewise, for one that begins: undefined also for a user whose password is another than the one that was set at `passwordChangedAt`.
   * Notes that they sign in.
   */
  letIn(session: StoredSession, passwordChangedAt: number | undefined): Promise<SessionPrincipal | undefined>;
  issue(session: StoredSession, principal: SessionPrincipal): Promise<IssuedSession>;
}

export interface SessionIssuerParts {
  readonly open: () => Promise<{ readonly users: UserStore }>;
  readonly tokens: AccessTokens;
  readonly peppers: () => Peppers;
  readonly readVouched: ReadVouched;
}

/**
 * Whom the word of a provider makes somebody, by the configuration that is in force. Undefined where that names the provider no more, or
 * another under its name, or lets them in no more, or makes them somebody else.
 */
export type ReadVouched = (session: Pick<StoredSession, 'owner' | 'via' | 'vouched'>) => Principal | undefined;

export function createSessionIssuer({ open, tokens, peppers, readVouched }: SessionIssuerParts): SessionIssuer {
  return {
    async principalOf(session) {
      const { owner } = session;
      if (owner.realm !== localRealm) return readVouched(session);
      return readUser(await (await open()).users.find(owner.subject), owner);
    },

    async letIn(session, passwordChangedAt) {
      const { owner } = session;
      if (owner.realm !== localRealm) return readVouched(session);
      return readUser(await (await open()).users.noteSignIn(owner.subject, passwordChangedAt), owner);
    },

    async issue(session, principal) {
      const { sessionId, expiresAt: end, idleUntil, generation, pepperId } = session;
      const pepper = peppers().find(pepperId);
      if (pepper === undefined) throw new Error(`the pepper ${pepperId} is not there any more`);
      // What nobody refreshes any more shows nothing any more.
      const notAfter = Math.min(end, idleUntil);
      const { token, expiresAt } = await tokens.sign({ principal, sessionId, notAfter });
      const refreshToken = createRefreshToken(session, generation, pepper);
      return { token, expiresAt, refreshToken, refreshExpiresAt: idleUntil, sessionId, principal };
    },
  };
}

function readUser(user: StoredUser | undefined, { realm, subject, tenant }: OwnerKey): SessionPrincipal | undefined {
  if (user === undefined || user.disabledAt !== undefined || user.tenant !== tenant) return undefined;
  return { realm, subject, tenant, roles: user.roles, claims: { username: user.username } };
}
