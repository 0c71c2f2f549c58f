import type { Clock } from '../clock.js';
import type { OwnerKey } from '../principal.js';
import type { Revocations } from '../revocations.js';
import type { ListedSession, SessionStore, StoredSession } from '../stores/session-store.js';
import { accessTokensCountMilliseconds } from './access-tokens.js';
import type { UserSessions } from './user-sessions.js';

export interface SessionEndingParts {
  readonly open: () => Promise<{ readonly sessions: SessionStore }>;
  readonly revocations: Pick<Revocations, 'revoke'>;
  readonly clock: Clock;
}

export type SessionEndings = Pick<UserSessions, 'end' | 'endAll'> & {
  /** Those of the ids, wherever their rows are: what they have shown is refused from now on. */
  revoke(sessionIds: readonly string[]): Promise<void>;
  /** Room for the one that has just begun: where there are too many, those end that were used longest ago. */
  endSurplus(owner: OwnerKey, latest: string): Promise<void>;
  endFamily(session: Pick<StoredSession, 'familyId' | 'sessionId'>): Promise<void>;
};

/** Of one owner: more than anybody has devices, and as many as are listed and ended at once without effort. */
const maxSessions = 100;

/** How sessions end, for whoever signs nobody in: it needs no key. */
export function createSessionEndings({ open, revocations, clock }: SessionEndingParts): SessionEndings {
  async function revoke(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const expiresAt = clock.now() + accessTokensCountMilliseconds;
    await revocations.revoke(ids.map((sessionId) => ({ kind: 'session', sessionId, expiresAt })));
  }

  /**
   * What they have shown is refused before their rows go: whatever was half done then is refused as well. How many went on until now.
   */
  async function endThese(owner: OwnerKey, these: readonly ListedSession[]): Promise<number> {
    const now = clock.now();
    await revoke(idsOf(these));
    const { sessions } = await open();
    const goesOn = ({ idleUntil, expiresAt }: ListedSession) => idleUntil > now && expiresAt > now;
    await sessions.delete(owner, idsOf(these.filter((one) => !goesOn(one))));
    return sessions.delete(owner, idsOf(these.filter(goesOn)));
  }

  /** Also those that have run out so lately that what they have shown may still count. */
  async function listAll(owner: OwnerKey): Promise<readonly ListedSession[]> {
    return (await open()).sessions.list(owner, clock.now() - accessTokensCountMilliseconds);
  }

  return {
    revoke,

    async endFamily({ familyId, sessionId }) {
      await revoke([sessionId]);
      const last = await (await open()).sessions.deleteFamily(familyId);
      // It may have come to another name since it was read.
      if (last !== undefined && last !== sessionId) await revoke([last]);
    },

    async end(owner, sessionId) {
      const these = (await listAll(owner)).filter((one) => one.sessionId === sessionId);
      return (await endThese(owner, these)) > 0;
    },

    async endAll(owner, except) {
      const all = await listAll(owner);
      return endThese(
        owner,
        all.filter((one) => one.sessionId !== except),
      );
    },

    async endSurplus(owner, latest) {
      const { sessions } = await open();
      const ids = await sessions.listSurplus(owner, { beside: latest, kept: maxSessions - 1 });
      if (ids.length === 0) return;
      await revoke(ids);
      await sessions.delete(owner, ids);
    },
  };
}

function idsOf(sessions: readonly ListedSession[]): readonly string[] {
  return sessions.map(({ sessionId }) => sessionId);
}
