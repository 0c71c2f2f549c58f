import { type Clock, UnavailableError } from '@agentflow/core';
import { EndpointError } from './fetch/endpoint-error.js';
import { pauseAfter } from './fetch/fetch-budget.js';
import { refusalMilliseconds } from './limits.js';
import type { Verdict } from './verdict.js';
import { createVerdictMemory, type VerdictMemory } from './verdict-memory.js';

export interface VerifierRules {
  /** How long a good token is believed, at most. */
  readonly cacheMilliseconds: number;
  /** How many tokens are asked about at once. */
  readonly maxConnections: number;
}

/** How often in a row nothing may come back before an endpoint is left alone for a while. */
const patience = 5;

/** @throws {UnavailableError} if it is not known now */
export type VerifyToken = (token: string) => Promise<Verdict>;

/**
 * Puts a memory in front of `ask`: one call in flight for one token, a bound on calls in flight, and good and bad verdicts
 * for a while. Everything goes by the token's digest, so that no heap dump holds a token. A failure is not remembered: it
 * refuses whoever waited for it, and the next asks again.
 */
export function createVerifier(
  ask: (token: string) => Promise<Verdict>,
  { cacheMilliseconds, maxConnections }: VerifierRules,
  clock: Clock,
  { digestOf, good, bad }: VerdictMemory = createVerdictMemory(),
): VerifyToken {
  const inFlight = new Map<string, Promise<Verdict>>();
  let failures = 0;
  let pausedUntil = Number.NEGATIVE_INFINITY;

  function recall(memory: VerdictMemory['good'], digest: string): Verdict | undefined {
    const known = memory.get(digest);
    if (known === undefined) return undefined;
    if (clock.now() < known.until) return known.verdict;
    memory.delete(digest);
    return undefined;
  }

  function remember(digest: string, verdict: Verdict): void {
    const lifetime = verdict.kind === 'good' ? cacheMilliseconds : Math.min(cacheMilliseconds, refusalMilliseconds);
    const expiresAt = verdict.kind === 'good' ? verdict.evidence.expiresAt : undefined;
    const until = Math.min(clock.now() + lifetime, expiresAt ?? Number.POSITIVE_INFINITY);
    if (until > clock.now()) (verdict.kind === 'good' ? good : bad).set(digest, { verdict, until });
  }

  /** Only what never comes back counts: what an endpoint says about one token must not keep it from being asked about others. */
  function count(error: unknown): void {
    const isAway = error instanceof EndpointError && error.isAway;
    failures = isAway ? failures + 1 : 0;
    if (failures >= patience) pausedUntil = clock.now() + pauseAfter(failures - patience + 1);
  }

  async function askOnce(token: string, digest: string): Promise<Verdict> {
    try {
      const verdict = await ask(token);
      failures = 0;
      remember(digest, verdict);
      return verdict;
    } catch (error) {
      count(error);
      throw error;
    } finally {
      inFlight.delete(digest);
    }
  }

  return async function verifyToken(token) {
    const digest = digestOf(token);
    const known = recall(good, digest) ?? recall(bad, digest);
    if (known !== undefined) return known;
    const others = inFlight.get(digest);
    if (others !== undefined) return others;
    if (inFlight.size >= maxConnections) {
      throw new UnavailableError({ reason: `${maxConnections} tokens are being verified already` });
    }
    if (clock.now() < pausedUntil) {
      throw new UnavailableError({
        reason: `the endpoint has not answered ${failures} times in a row, and is left alone`,
      });
    }
    const flight = askOnce(token, digest);
    inFlight.set(digest, flight);
    return flight;
  };
}
