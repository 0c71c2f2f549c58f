import {
  type AuthenticationRequest,
  type AuthenticationResult,
  authenticated,
  type Clock,
  type HeaderFields,
  notApplicable,
  notApplicableBecause,
  type Peppers,
  type Principal,
  type ReadVouched,
  type RevocationSource,
  rejected,
  type SessionStore,
  type StoredSession,
} from '@agentflow/core';
import { LRUCache } from 'lru-cache';
import type { PublicAddress } from './public-address.js';
import { type BrowserCookies, isCsrfToken, readSessionSecret } from './session-cookie.js';

const csrfHeader = 'X-CSRF-Token';

export interface CookieSessionParts {
  readonly cookies: BrowserCookies;
  readonly address: () => PublicAddress;
  readonly peppers: () => Peppers;
  readonly openSessions: () => Promise<SessionStore>;
  readonly revocations: RevocationSource;
  readonly readVouched: ReadVouched;
  /** After so long without a request a session ends. */
  readonly idleMilliseconds: number;
  readonly clock: Clock;
}

/** How long a session is believed without a look at its row. Its end is known at once, by what was revoked. */
const believedMilliseconds = 10_000;

/** How exactly it is known when a session was last used. */
const touchMilliseconds = 60_000;

/** Of the session, no more than is asked of it: what a provider has said may be long. */
interface Known {
  readonly session: Pick<StoredSession, 'sessionId' | 'createdAt' | 'expiresAt'>;
  readonly principal: Principal;
  readonly since: number;
}

export interface CookieSessionAuth {
  authenticate(request: AuthenticationRequest): Promise<AuthenticationResult>;
  reads(headers: HeaderFields): readonly string[];
}

/**
 * Knows browsers by the cookie of their session. A browser adds it to whatever any page has it send here, so it counts only for pages of our
 * own; and what changes something must carry what only scripts of such a page can read.
 */
export function createCookieSessionAuth(parts: CookieSessionParts): CookieSessionAuth {
  const { cookies, address, peppers, idleMilliseconds, clock } = parts;
  const known = new LRUCache<string, Known>({ max: 10_000 });

  async function look(familyId: string, request: AuthenticationRequest): Promise<Known | undefined> {
    const now = clock.now();
    const remembered = known.get(familyId);
    if (remembered !== undefined && isBelieved(remembered, now) && !isEnded(remembered)) return remembered;
    known.delete(familyId);
    const sessions = await parts.openSessions();
    const found = await sessions.findFamily(familyId);
    if (found === undefined || found.expiresAt <= now || found.idleUntil <= now) return undefined;
    const principal = parts.readVouched(found);
    if (principal === undefined) return undefined;
    const { sessionId, createdAt, expiresAt } = (await touch(sessions, found, request)) ?? found;
    const fresh = { session: { sessionId, createdAt, expiresAt }, principal, since: now };
    known.set(familyId, fresh);
    return fresh;
  }

  /** Of those who do it at the same time, one does. */
  async function touch(
    sessions: SessionStore,
    session: StoredSession,
    { address: from, headers }: AuthenticationRequest,
  ) {
    const now = clock.now();
    if (now - session.lastUsedAt < touchMilliseconds) return undefined;
    const userAgent = headers.get('user-agent') ?? session.userAgent;
    return sessions.advance(session, { rotatedBy: '', idleUntil: now + idleMilliseconds, address: from, userAgent });
  }

  /** It may have another id by now. */
  function isEnded({ principal, session }: Known): boolean {
    return parts.revocations.isRevoked({ principal, sessionId: session.sessionId, issuedAt: session.createdAt });
  }

  return {
    async authenticate(request) {
      const secret = cookies.session(request.headers);
      if (secret === undefined) return notApplicable;
      const foreign = whyForeign(request, address().origin);
      if (foreign !== undefined) return notApplicableBecause(foreign);
      if (isChange(request) && !isCsrfToken(request.headers.get(csrfHeader) ?? '', secret, peppers())) {
        return rejected(`a cookie changes something only with its ${csrfHeader}`);
      }
      const familyId = readSessionSecret(secret, peppers());
      if (familyId === undefined) return rejected('the session cookie was not made here');
      const found = await look(familyId, request);
      if (found === undefined) return rejected('the session of the cookie has ended');
      const { sessionId, createdAt: issuedAt, expiresAt } = found.session;
      return authenticated(found.principal, { sessionId, issuedAt, expiresAt });
    },
    reads(headers) {
      const secret = cookies.session(headers);
      return secret === undefined || isOfForeignPage(headers, address().origin) ? [] : [secret];
    },
  };
}

/** Also by a clock that was put back: what was read later than now is looked at anew. */
function isBelieved({ since }: Known, now: number): boolean {
  return now >= since && now - since < believedMilliseconds;
}

function isChange({ method, transport }: AuthenticationRequest): boolean {
  return transport === 'http' && method !== 'GET' && method !== 'HEAD';
}

/** What a browser says of the page that has it send this. No page can change these fields. A link that somebody follows is nobody's page. */
function isOfForeignPage(headers: HeaderFields, own: string): boolean {
  const [origin, site] = [headers.get('origin') ?? undefined, headers.get('sec-fetch-site') ?? undefined];
  if (origin !== undefined && origin !== own) return true;
  const isLink = headers.get('sec-fetch-mode') === 'navigate' && headers.get('sec-fetch-dest') === 'document';
  return (site === 'cross-site' || site === 'same-site') && !isLink;
}

/**
 * Why a cookie does not count. Somebody who follows a link from elsewhere may read what is here; everything else is for pages of our own, and
 * what changes something must say that it is of one.
 */
function whyForeign(request: AuthenticationRequest, own: string): string | undefined {
  const { headers, transport } = request;
  if (isOfForeignPage(headers, own)) return 'a cookie counts for pages of our own origin only';
  const site = headers.get('sec-fetch-site');
  const isOwn = site === null ? headers.get('origin') === own : site === 'same-origin';
  if ((isChange(request) || transport === 'websocket') && !isOwn)
    return 'nothing says that a page of our own has sent it';
  return undefined;
}
