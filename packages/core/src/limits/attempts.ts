import type { Counters, Taken, Taking } from './counters.js';
import type { KeyDigest } from './key-digest.js';
import { createPolicy, type LimitPolicy } from './limit-policy.js';
import { limitedAddress } from './limited-address.js';

/**
 * What is being tried: each is counted by itself. `password` is one kind for every place where a password is taken, `code` for every place
 * where a code of a provider is; `device` is a sign-in that a terminal has begun with one.
 */
export type AttemptKind = 'password' | 'code' | 'device';

export interface AttemptSubject {
  readonly kind: AttemptKind;
  /**
   * What is tried to be: a username together with its tenant, exactly as it would be looked up. Whether there is such an
   * account makes no difference to anything here, so begin before looking it up. Absent where nothing says.
   */
  readonly account?: string | undefined;
  /** Of the client. */
  readonly address: string;
}

/** An attempt that may be made. One of its three ends is to be told, whatever happens. */
export interface Attempt {
  readonly allowed: true;
  /** The proof was no good. It stays counted. */
  failed(): Promise<void>;
  /** The proof was good. It is not counted, and from now on this account is known at this address. */
  succeeded(): Promise<void>;
  /** Nobody knows whether it was good: something of ours failed. It is not counted. */
  abandoned(): Promise<void>;
}

export interface RefusedAttempt {
  readonly allowed: false;
  /** Whole seconds, at least 1. The same whether there is such an account or not. */
  readonly retryAfterSeconds: number;
  /** What the caller is told of. Always of the same limit: which of them it was, is nobody's business. */
  readonly violated: readonly LimitPolicy[];
  /** Of what there were too many. */
  readonly what: string;
}

/**
 * Slows down whoever guesses. Call it before any work is done for a proof, above all before hashing:
 *
 * ```ts
 * const attempt = await attempts.begin({ kind: 'password', account: `${tenant}/${username}`, address: request.address });
 * if (!attempt.allowed) throw new RateLimitedError(attempt);
 * try {
 *   const user = await verify(username, password);
 *   await (user === undefined ? attempt.failed() : attempt.succeeded());
 * } catch (error) {
 *   await attempt.abandoned();
 *   throw error;
 * }
 * ```
 *
 * An attempt counts from its beginning, so that a thousand at once are no more than a thousand one after another. It counts against three
 * limits: of the account at this address, of the address, and of the account. The last one is what somebody with many addresses runs into,
 * and the second one who tries one password on many accounts. Neither may lock out the owner: an account that has signed in from this
 * address before, lately, is known there, and then only what was tried on this account from this address counts.
 */
export interface Attempts {
  begin(subject: AttemptSubject): Promise<Attempt | RefusedAttempt>;
  /** One that stayed counted has come to a good end after all, however long ago and in whichever process it began: it counts no more. */
  forgive(subject: Omit<AttemptSubject, 'account'>): Promise<void>;
}

export interface AttemptPolicies {
  /** Of one account at one address. */
  readonly pair: LimitPolicy;
  readonly address: LimitPolicy;
  readonly account: LimitPolicy;
}

export interface AttemptNumbers {
  /** How many may fail at once, of one account at one address. */
  readonly attempts: number;
  /** After how long one more may. */
  readonly intervalSeconds: number;
}

export const defaultAttemptNumbers: AttemptNumbers = { attempts: 10, intervalSeconds: 60 };

/**
 * An address has room for three people who have forgotten their passwords, and for six times as many attempts after that; an account three
 * times as many as at one address.
 */
export function attemptPolicies({ attempts, intervalSeconds }: AttemptNumbers): AttemptPolicies {
  const burst = attempts * 3;
  return {
    pair: createPolicy('sign-in', { burst: attempts, amount: 1, perSeconds: intervalSeconds }),
    address: createPolicy('sign-in-address', { burst, amount: 6, perSeconds: intervalSeconds }),
    account: createPolicy('sign-in-account', { burst, amount: 1, perSeconds: intervalSeconds }),
  };
}

/** How long an account is known where it has signed in. */
const knownSeconds = 30 * 86_400;

export interface AttemptsOptions {
  readonly counters: Counters;
  readonly digest: KeyDigest;
  /** Asked each time, because another configuration may have others. */
  readonly policies: () => AttemptPolicies;
}

export function createAttempts({ counters, digest, policies }: AttemptsOptions): Attempts {
  return {
    async begin({ kind, account, address }) {
      const from = limitedAddress(address);
      const pairKey = account === undefined ? undefined : digest(JSON.stringify([kind, account, from]));
      const isKnown = pairKey !== undefined && (await counters.isMarked(pairKey));
      const limits = policies();
      const takings = takingsOf({ kind, account, from, pairKey, isKnown }, digest, limits);
      const taken = await counters.take(takings);
      if (!taken.every(({ allowed }) => allowed)) {
        const told = { violated: [limits.pair], what: 'failed attempts to sign in' };
        return { allowed: false, retryAfterSeconds: longestWait(taken), ...told };
      }
      const giveBack = async () => counters.giveBack(takings);
      return {
        allowed: true,
        failed: async () => undefined,
        abandoned: giveBack,
        async succeeded() {
          // Never more than its own: who can sign in to one account must not make room for guesses at others.
          await giveBack();
          if (pairKey === undefined) return;
          await counters.clear(takings.slice(0, 1));
          await counters.mark(pairKey, knownSeconds);
        },
      };
    },
    async forgive({ kind, address }) {
      await counters.giveBack([{ key: addressKey(kind, limitedAddress(address)), policy: policies().address }]);
    },
  };
}

function addressKey(kind: AttemptKind, from: string): string {
  return `${kind} ${from}`;
}

interface Tried extends Pick<AttemptSubject, 'kind' | 'account'> {
  readonly from: string;
  readonly pairKey: string | undefined;
  readonly isKnown: boolean;
}

/** The pair comes first. */
function takingsOf(
  { kind, account, from, pairKey, isKnown }: Tried,
  digest: KeyDigest,
  policies: AttemptPolicies,
): readonly Taking[] {
  const pair = pairKey === undefined ? [] : [{ key: pairKey, policy: policies.pair }];
  if (isKnown) return pair;
  return [
    ...pair,
    { key: addressKey(kind, from), policy: policies.address },
    ...(account === undefined ? [] : [{ key: digest(JSON.stringify([kind, account])), policy: policies.account }]),
  ];
}

function longestWait(taken: readonly Taken[]): number {
  return Math.max(...taken.map(({ retryAfterSeconds }) => retryAfterSeconds));
}
