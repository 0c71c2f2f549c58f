import { randomBytes } from 'node:crypto';
import type { JsonObject } from '@agentflow/protocol';
import type { Clock } from '../clock.js';
import type { Peppers } from '../pepper.js';
import { type OwnerKey, ownerOf } from '../principal.js';
import type { Revocations } from '../revocations.js';
import type { ListedSession, SessionStore, StoredSession } from '../stores/session-store.js';
import type { UserStore } from '../stores/user-store.js';
import type { AccessTokens } from './access-tokens.js';
import { createId, createIdPart } from './create-id.js';
import { createSessionIssuer, type ReadVouched } from './issue-session.js';
import { createRefresh, isOfSession } from './refresh-session.js';
import { parseRefreshToken } from './refresh-token.js';
import { describeClient, digestOfClient } from './session-client.js';
import { createSessionEndings } from './session-endings.js';
import { type LiveSession, type SessionClient, SessionRefusedError, type UserSessions } from './user-sessions.js';

export interface SessionTimes {
  /** After so long without a refresh it ends. */
  readonly idleMilliseconds: number;
  /** After so long it ends, however much it is used. */
  readonly lifetimeMilliseconds: number;
  /** For so long, the refresh token before the latest gives the latest again. 0: never. */
  readonly graceMilliseconds: number;
}

export interface UserSessionParts {
  readonly open: () => Promise<{ readonly sessions: SessionStore; readonly users: UserStore }>;
  readonly tokens: AccessTokens;
  readonly peppers: () => Peppers;
  readonly revocations: Pick<Revocations, 'revoke'>;
  readonly times: SessionTimes;
  readonly readVouched: ReadVouched;
  readonly clock: Clock;
}

/** As long as the digest of the HMAC that it goes into. */
const saltBytes = 32;

export function createUserSessions(parts: UserSessionParts): UserSessions {
  const { open, tokens, peppers, revocations, times, readVouched, clock } = parts;
  const { idleMilliseconds, graceMilliseconds } = times;
  const endings = createSessionEndings({ open, revocations, clock });
  const issuer = createSessionIssuer({ open, tokens, peppers, readVouched });

  return {
    async begin({ owner, via, vouched = {}, passwordChangedAt, ...client }) {
      const now = clock.now();
      const session = begun(owner, { via, vouched, now, times, pepperId: peppers().current.id, client });
      const { sessions } = await open();
      await sessions.add(session);
      const current = await issuer.letIn(session, passwordChangedAt);
      if (current !== undefined) {
        await endings.endSurplus(owner, session.sessionId);
        return issuer.issue(session, current);
      }
      await sessions.delete(owner, [session.sessionId]);
      throw new SessionRefusedError(
        'the user or the provider is gone, or lets them in no more, or the password is another by now',
      );
    },

    refresh: createRefresh({
      ...{ open, issuer, endings, peppers, idleMilliseconds, graceMilliseconds, clock },
    }),

    async list(owner) {
      return (await (await open()).sessions.list(owner)).map(toLive);
    },

    async listIn(tenant, page) {
      const { sessions } = await open();
      return (await sessions.listIn(tenant, page)).map((one) => ({ ...toLive(one), owner: one.owner }));
    },

    async endIn(tenant, sessionId) {
      const owner = await (await open()).sessions.findOwner(tenant, sessionId);
      return owner !== undefined && (await endings.end(owner, sessionId)) ? owner : undefined;
    },

    end: (owner, sessionId) => endings.end(owner, sessionId),
    endAll: (owner, except) => endings.endAll(owner, except),

    async revokeToken(text) {
      const refresh = parseRefreshToken(text);
      if (refresh !== undefined) {
        const found = await (await open()).sessions.findFamily(refresh.familyId);
        if (found === undefined || !isOfSession(refresh, found, peppers())) return false;
        await endings.endFamily(found);
        return true;
      }
      const access = await tokens.read(text);
      if (access === undefined) return false;
      await endings.revoke([access.sessionId]);
      return (await (await open()).sessions.delete(ownerOf(access.principal), [access.sessionId])) > 0;
    },
  };
}

function begun(
  owner: OwnerKey,
  start: {
    readonly via: string;
    readonly vouched: JsonObject;
    readonly now: number;
    readonly times: SessionTimes;
    readonly pepperId: string;
    readonly client: SessionClient;
  },
): StoredSession {
  const { via, vouched, now, times, pepperId, client } = start;
  const expiresAt = now + times.lifetimeMilliseconds;
  return {
    ...{ familyId: createIdPart(20), sessionId: createId('ses'), owner, vouched, via, pepperId },
    ...{ generation: 0, rotatedAt: now, rotatedBy: digestOfClient(client), salt: randomBytes(saltBytes) },
    ...{ createdAt: now, lastUsedAt: now, expiresAt, idleUntil: Math.min(now + times.idleMilliseconds, expiresAt) },
    ...describeClient(client),
  };
}

function toLive({ sessionId, via, createdAt, lastUsedAt, expiresAt, address, userAgent }: ListedSession): LiveSession {
  return { sessionId, via, createdAt, lastUsedAt, expiresAt, address, userAgent };
}
