import { type AttemptKind, RateLimitedError, UnavailableError } from '@agentflow/core';
import type { SignInParts } from './provider.js';

export interface BroughtCode {
  readonly kind: Exclude<AttemptKind, 'password'>;
  /** Of the client. */
  readonly address: string;
}

/**
 * Asks a provider on behalf of somebody whom nobody knows yet. It is asked with our client's secret, and may lock our client out for what
 * strangers have it ask: so what it refuses counts at the address that brought it, and what `counts` says of its answer. That it is away
 * does not.
 * @throws {RateLimitedError} where too much has counted there
 */
export async function askCounted<T>(
  { kind, address }: BroughtCode,
  { openAttempts }: Pick<SignInParts, 'openAttempts'>,
  { ask, counts }: { readonly ask: () => Promise<T>; readonly counts: (answer: T) => boolean },
): Promise<T> {
  const attempts = await openAttempts();
  const attempt = await attempts.begin({ kind, address });
  if (!attempt.allowed) throw new RateLimitedError(attempt);
  let answer: T;
  try {
    answer = await ask();
  } catch (error) {
    await (error instanceof UnavailableError ? attempt.abandoned() : attempt.failed());
    throw error;
  }
  await (counts(answer) ? attempt.failed() : attempt.succeeded());
  return answer;
}
