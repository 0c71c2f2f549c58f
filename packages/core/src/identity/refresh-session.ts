import type { Clock } from '../clock.js';
import type { Peppers } from '../pepper.js';
import { localRealm } from '../principal.js';
import type { SessionStore, StoredSession } from '../stores/session-store.js';
import type { SessionIssuer } from './issue-session.js';
import { isGenuine, parseRefreshToken, type RefreshTokenParts } from './refresh-token.js';
import { describeClient, digestOfClient } from './session-client.js';
import type { SessionEndings } from './session-endings.js';
import type { RefreshResult, SessionClient, UserSessions } from './user-sessions.js';

export interface RefreshParts {
  readonly open: () => Promise<{ readonly sessions: SessionStore }>;
  readonly issuer: SessionIssuer;
  readonly endings: Pick<SessionEndings, 'endFamily'>;
  readonly peppers: () => Peppers;
  readonly idleMilliseconds: number;
  readonly graceMilliseconds: number;
  readonly clock: Clock;
}

/** Without grace: within so long, the one before the latest is what another request of the same client was too late with. */
const overtakenMilliseconds = 2_000;

export function createRefresh(parts: RefreshParts): UserSessions['refresh'] {
  const { open, issuer, endings, peppers, idleMilliseconds, graceMilliseconds, clock } = parts;
  const unanswered = createUnanswered();

  async function turnOut(session: StoredSession): Promise<RefreshResult> {
    // By the file of this process: another may have one that lets them in, and the token is still good there.
    if (isOfProvider(session)) return notLetIn;
    await endings.endFamily(session);
    return { kind: 'refused', reason: 'the user is gone or disabled' };
  }

  /** The latest once more, for whom it is by now. */
  async function giveLatest(session: StoredSession): Promise<RefreshResult> {
    const principal = await issuer.principalOf(session);
    if (principal === undefined) return turnOut(session);
    return { kind: 'refreshed', issued: await issuer.issue(session, principal) };
  }

  /**
   * Undefined where somebody was first. Whatever may fail comes before the token is used up: whoever gets no answer tries again with it. The
   * session has its id only for as long as what its user may do is the same, so that nothing has to be asked once more afterwards.
   */
  async function giveNext(session: StoredSession, client: SessionClient): Promise<RefreshResult | undefined> {
    const principal = await issuer.principalOf(session);
    if (principal === undefined) return turnOut(session);
    const idleUntil = Math.min(clock.now() + idleMilliseconds, session.expiresAt);
    const next = { ...session, generation: session.generation + 1, idleUntil };
    const issued = await issuer.issue(next, principal);
    const { sessions } = await open();
    const use = { rotatedBy: digestOfClient(client), idleUntil, ...describeClient(client) };
    try {
      return (await sessions.advance(session, use)) && { kind: 'refreshed', issued };
    } catch (error) {
      // It may have been used up all the same, and nobody has its successor.
      unanswered.add(next);
      throw error;
    }
  }

  async function judgeFormer(
    current: StoredSession,
    { behind, age }: { readonly behind: number; readonly age: number },
    client: SessionClient,
  ): Promise<RefreshResult> {
    if (behind <= 0) return { kind: 'refused', reason: 'the session has run out' };
    if (behind === 1 && (age < graceMilliseconds || unanswered.has(current))) return giveLatest(current);
    if (behind === 1 && age < overtakenMilliseconds && current.rotatedBy === digestOfClient(client)) {
      return { kind: 'refused', reason: 'another request of the same client was first' };
    }
    await endings.endFamily(current);
    return { kind: 'reused', owner: current.owner, sessionId: current.sessionId };
  }

  async function attempt(token: RefreshTokenParts, client: SessionClient, isAgain: boolean): Promise<RefreshResult> {
    const found = await (await open()).sessions.findFamily(token.familyId);
    if (found === undefined || !isOfSession(token, found, peppers())) {
      return { kind: 'refused', reason: 'there is no such session, or the token is forged' };
    }
    const now = clock.now();
    if (found.expiresAt <= now || found.idleUntil <= now) {
      return { kind: 'refused', reason: 'the session has run out' };
    }
    const behind = found.generation - token.generation;
    // Whoever was first, was so while this request was waiting. And by a clock that is behind, what is old was not used just now.
    const age = isAgain ? 0 : Math.abs(now - found.rotatedAt);
    if (behind !== 0) return judgeFormer(found, { behind, age }, client);
    return (await giveNext(found, client)) ?? attempt(token, client, true);
  }

  return async (text, client) => {
    const token = parseRefreshToken(text);
    if (token === undefined) return { kind: 'refused', reason: 'that is no refresh token' };
    return attempt(token, client, false);
  };
}

const maxUnanswered = 10_000;

/** Of sessions, the refresh tokens that nobody was given because the database broke off: the one before is good until they are seen. */
function createUnanswered() {
  const generations = new Map<string, number>();
  return {
    add({ familyId, generation }: Pick<StoredSession, 'familyId' | 'generation'>): void {
      generations.set(familyId, generation);
      const [oldest] = generations.keys();
      if (generations.size > maxUnanswered && oldest !== undefined) generations.delete(oldest);
    },
    has: ({ familyId, generation }: Pick<StoredSession, 'familyId' | 'generation'>): boolean =>
      generations.get(familyId) === generation,
  };
}

const notLetIn: RefreshResult = {
  kind: 'refused',
  reason: 'the file does not name the provider, or its "allow" does not let them in',
};

function isOfProvider({ owner }: StoredSession): boolean {
  return owner.realm !== localRealm;
}

/** Whether we have made it, for this session. */
export function isOfSession(token: RefreshTokenParts, session: StoredSession, peppers: Peppers): boolean {
  const pepper = peppers.find(session.pepperId);
  return pepper !== undefined && isGenuine(token, session, pepper);
}
