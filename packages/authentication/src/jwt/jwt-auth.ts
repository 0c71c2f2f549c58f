import {
  type AuthenticationContext,
  type AuthenticationRequest,
  type AuthenticationResult,
  authenticated,
  type BackendSurroundings,
  BaseAuth,
  type Credential,
  notApplicable,
  rejected,
} from '@agentflow/core';
import { TokenExpiredError } from './check-claims.js';
import type { JwtAuthOptions } from './options.js';
import { looksLikeJwt, TokenRefusedError } from './token-gate.js';
import { readTokenRules } from './token-rules.js';
import { createTokenVerifier, type VerifiedToken } from './verify-token.js';

/** Knows somebody by a JWT that was signed with the shared secret, in `Authorization: Bearer`. */
class JwtAuth extends BaseAuth {
  readonly #verify: (token: string) => Promise<VerifiedToken>;
  readonly #description: string;

  constructor(verify: (token: string) => Promise<VerifiedToken>, description: string) {
    super();
    this.#verify = verify;
    this.#description = description;
  }

  async authenticate(
    _request: AuthenticationRequest,
    _context: AuthenticationContext,
    credential: Credential | null,
  ): Promise<AuthenticationResult> {
    if (credential?.scheme !== 'bearer' || !looksLikeJwt(credential.credentials)) return notApplicable;
    try {
      const { principal, ...evidence } = await this.#verify(credential.credentials);
      return authenticated(principal, evidence);
    } catch (error) {
      if (error instanceof TokenExpiredError) return rejected(error.message, 'TOKEN_EXPIRED');
      if (error instanceof TokenRefusedError) return rejected(error.message);
      throw error;
    }
  }

  override challenge() {
    return { scheme: 'Bearer', parameters: { realm: 'agentflow' } };
  }

  override describe(): string {
    return this.#description;
  }
}

/** @throws {ConfigurationError} if there is no secret, or not one that can be trusted */
export async function createJwtAuth(options: JwtAuthOptions, surroundings: BackendSurroundings): Promise<BaseAuth> {
  const { secret, source, ...rules } = readTokenRules(options, surroundings);
  const key = await crypto.subtle.importKey(
    'raw',
    Buffer.from(secret.reveal()),
    { name: 'HMAC', hash: `SHA-${rules.algorithm.slice(2)}` },
    false,
    ['verify'],
  );
  return new JwtAuth(createTokenVerifier(key, rules, surroundings.clock), `${rules.algorithm}, secret from ${source}`);
}
