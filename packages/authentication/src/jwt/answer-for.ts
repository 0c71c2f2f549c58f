import { type AuthenticationResult, authenticated, notApplicableBecause, rejected } from '@agentflow/core';
import { TokenExpiredError } from './check-claims.js';
import { TokenRefusedError } from './token-gate.js';
import { OtherTokenError, type VerifiedToken } from './verify-token.js';

/** What a token comes to. Rejects where that cannot be known now. */
export async function answerFor(
  token: string,
  verify: (token: string) => Promise<VerifiedToken>,
): Promise<AuthenticationResult> {
  try {
    const { principal, ...evidence } = await verify(token);
    return authenticated(principal, evidence);
  } catch (error) {
    if (error instanceof OtherTokenError) return notApplicableBecause(error.message);
    if (error instanceof TokenExpiredError) return rejected(error.message, 'TOKEN_EXPIRED');
    if (error instanceof TokenRefusedError) return rejected(error.message);
    throw error;
  }
}
