import { createChangeBell } from './change-bell.js';
import type { Clock } from './clock.js';
import { withDeadline } from './deadline.js';
import { UnavailableError } from './errors.js';
import type { Log } from './log.js';
import { keyOfOwner } from './principal.js';
import type { Revocable, RevocationSource } from './revocation-source.js';
import type { ChangeFeed } from './stores/change-feed.js';
import type { Revocation, RevocationStore, RevocationsSince } from './stores/revocation-store.js';

/** Everything that was taken back, by whichever process: followed in memory, so that it is known on every instance within a second. */
export interface Revocations extends RevocationSource {
  onChange(listener: () => void): () => void;
  /** Takes back. Kept, and in force here, when it resolves; elsewhere as soon as they hear of it. */
  revoke(revocations: readonly Revocation[]): Promise<void>;
  /** Of what a store has kept with the change that it belongs to: in force here at once. */
  apply(revocations: readonly Revocation[]): void;
  /** Whether a key that signs access tokens was taken back. As {@link RevocationSource.isRevoked}, it throws where that is not known. */
  isRetired(keyId: string): boolean;
}

export interface FollowedRevocations extends Revocations {
  /** Knows all that was taken back before it resolves; until then, nothing is let through. */
  start(): Promise<void>;
  close(): void;
}

export interface RevocationParts {
  readonly open: () => Promise<{ readonly revocations: RevocationStore; readonly changes: ChangeFeed }>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Word may be lost: whoever looks three times in a second is never late by one. */
const lookMilliseconds = 300;

/** A look that takes longer is given up, and another begins. */
const patienceMilliseconds = 2_000;

/** Without a good look for so long, what was taken back elsewhere may be let through here: then nobody is. */
const maxStalenessMilliseconds = 5_000;

/** How often what has run out is forgotten. */
const sweepMilliseconds = 60_000;

export function createRevocations({ open, clock, log }: RevocationParts): FollowedRevocations {
  const known = createKnown(clock);
  let sequence = 0;
  let looking: Promise<void> | undefined;
  /** When the last good look began. */
  let readAt = 0;
  let isFailing = false;
  let isStarted = false;
  const timers: NodeJS.Timeout[] = [];
  let stopListening: (() => void) | undefined;

  async function read(): Promise<RevocationsSince> {
    const { revocations } = await open();
    const found = await revocations.since(sequence);
    // Put back to an earlier state: what is known stays known, and what comes from now on has numbers that were there before.
    return found.sequence < sequence ? revocations.since(0) : found;
  }

  async function lookOnce(): Promise<void> {
    const began = clock.now();
    const { revocations: all, sequence: next } = await withDeadline(
      read(),
      patienceMilliseconds,
      'the list of what was revoked',
    );
    sequence = next;
    known.add(all);
    readAt = began;
  }

  /** Told once each time. */
  function tell(error?: unknown): void {
    const wasFailing = isFailing;
    isFailing = error !== undefined;
    if (isFailing === wasFailing) return;
    if (isFailing) log.warn({ error }, 'what was revoked cannot be read; if that lasts, everybody is refused with 503');
    else log.info({}, 'what was revoked can be read again');
  }

  /** Joins a look that is under way: what has changed since it began is found by the next. */
  function look(): Promise<void> {
    looking ??= lookOnce()
      .then(() => tell(), tell)
      .finally(() => {
        looking = undefined;
      });
    return looking;
  }

  function whatIsKnown() {
    if (!isStarted) throw new UnavailableError({ reason: 'what was revoked has not been read yet' });
    const isTooOld = isFailing && clock.now() - readAt >= maxStalenessMilliseconds;
    if (isTooOld) throw new UnavailableError({ reason: 'what was revoked could not be read for too long' });
    return known;
  }

  return {
    isRevoked: (credential) => whatIsKnown().has(credential),
    isRetired: (keyId) => whatIsKnown().hasKey(keyId),
    onChange: (listener) => known.onChange(listener),
    async revoke(taken) {
      const { revocations } = await open();
      await revocations.add(taken);
      known.add(taken);
    },
    apply: (taken) => known.add(taken),
    async start() {
      const { changes } = await open();
      await lookOnce();
      isStarted = true;
      stopListening = changes.listen('revocations', () => void look());
      timers.push(
        setInterval(() => void look(), lookMilliseconds),
        setInterval(() => known.sweep(), sweepMilliseconds),
      );
      for (const timer of timers) timer.unref();
    },
    close() {
      for (const timer of timers) clearInterval(timer);
      stopListening?.();
    },
  };
}

/** By what they are asked about; until when each is remembered. */
function createKnown(clock: Clock) {
  const bell = createChangeBell();
  const credentials = new Map<string, number>();
  const sessions = new Map<string, number>();
  const keys = new Map<string, number>();
  const principals = new Map<string, { readonly issuedBefore: number; readonly expiresAt: number }>();

  function addOne(revocation: Revocation): void {
    const expiresAt = revocation.expiresAt ?? Number.POSITIVE_INFINITY;
    if (revocation.kind === 'credential') {
      credentials.set(credentialKey(revocation), expiresAt);
    } else if (revocation.kind === 'session') {
      sessions.set(revocation.sessionId, expiresAt);
    } else if (revocation.kind === 'signing-key') {
      keys.set(revocation.keyId, expiresAt);
    } else {
      const key = keyOfOwner(revocation.owner);
      // Whatever was taken back for good stays so, also where less is taken back later.
      const { issuedBefore = 0, expiresAt: until = 0 } = principals.get(key) ?? {};
      principals.set(key, {
        issuedBefore: Math.max(issuedBefore, revocation.issuedBefore),
        expiresAt: Math.max(until, expiresAt),
      });
    }
  }

  return {
    /** Whoever listens is told. */
    add(revocations: readonly Revocation[]): void {
      for (const revocation of revocations) addOne(revocation);
      if (revocations.length > 0) bell.ring();
    },

    onChange: (listener: () => void) => bell.listen(listener),

    has({ principal, credentialId, sessionId, issuedAt }: Revocable): boolean {
      if (credentialId !== undefined && credentials.has(credentialKey({ realm: principal.realm, credentialId }))) {
        return true;
      }
      if (sessionId !== undefined && sessions.has(sessionId)) return true;
      const taken = principals.size === 0 ? undefined : principals.get(keyOfOwner(principal));
      return taken !== undefined && (issuedAt === undefined || issuedAt < taken.issuedBefore);
    },

    hasKey: (keyId: string): boolean => keys.has(keyId),

    sweep(): void {
      const now = clock.now();
      for (const known of [credentials, sessions, keys]) {
        for (const [key, expiresAt] of known) if (expiresAt <= now) known.delete(key);
      }
      for (const [key, { expiresAt }] of principals) if (expiresAt <= now) principals.delete(key);
    },
  };
}

function credentialKey({ realm, credentialId }: { readonly realm: string; readonly credentialId: string }): string {
  return JSON.stringify([realm, credentialId]);
}
