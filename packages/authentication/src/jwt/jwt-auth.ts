import {
  type AuthenticationContext,
  type AuthenticationRequest,
  type AuthenticationResult,
  authenticated,
  type BackendSurroundings,
  BaseAuth,
  type Credential,
  type HeaderFields,
  notApplicable,
  notApplicableBecause,
  rejected,
} from '@agentflow/core';
import { TokenExpiredError } from './check-claims.js';
import { createPublicKeyChoice, createSecretChoice, type VerificationKey } from './choose-keys.js';
import { readKeyFamily } from './key-family.js';
import type { JwtAuthOptions } from './options.js';
import { looksLikeJwt, TokenRefusedError } from './token-gate.js';
import { readPublicKeyRules, readSecretRules, type SecretRules } from './token-rules.js';
import { createTokenVerifier, OtherTokenError, type VerifiedToken } from './verify-token.js';

/** Knows somebody by a JWT in `Authorization: Bearer`, signed with the shared secret or by the issuer. */
class JwtAuth extends BaseAuth {
  readonly #verify: (token: string) => Promise<VerifiedToken>;
  readonly #description: string;

  constructor(verify: (token: string) => Promise<VerifiedToken>, description: string) {
    super();
    this.#verify = verify;
    this.#description = description;
  }

  override reads(_headers: HeaderFields, credential: Credential | null): readonly string[] {
    return isOurs(credential) ? [credential.credentials] : [];
  }

  async authenticate(
    _request: AuthenticationRequest,
    _context: AuthenticationContext,
    credential: Credential | null,
  ): Promise<AuthenticationResult> {
    if (!isOurs(credential)) return notApplicable;
    try {
      const { principal, ...evidence } = await this.#verify(credential.credentials);
      return authenticated(principal, evidence);
    } catch (error) {
      if (error instanceof OtherTokenError) return notApplicableBecause(error.message);
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

function isOurs(credential: Credential | null): credential is Credential {
  return credential?.scheme === 'bearer' && looksLikeJwt(credential.credentials);
}

/** @throws {ConfigurationError} if there is no key, or not one that can be trusted */
export async function createJwtAuth(options: JwtAuthOptions, surroundings: BackendSurroundings): Promise<BaseAuth> {
  return readKeyFamily(options, surroundings) === 'secret'
    ? createBySecret(options, surroundings)
    : createByPublicKey(options, surroundings);
}

async function createBySecret(options: JwtAuthOptions, surroundings: BackendSurroundings): Promise<BaseAuth> {
  const rules = readSecretRules(options, surroundings);
  const verify = createTokenVerifier(createSecretChoice(await importSecrets(rules)), rules, surroundings.clock);
  const [{ source }, ...previous] = rules.secrets;
  const older = previous.length === 0 ? '' : ` (and ${previous.length} previous)`;
  return new JwtAuth(verify, `${rules.algorithm}, secret from ${source}${older}`);
}

async function createByPublicKey(options: JwtAuthOptions, surroundings: BackendSurroundings): Promise<BaseAuth> {
  const rules = await readPublicKeyRules(options, surroundings);
  const verify = createTokenVerifier(createPublicKeyChoice(rules.keys), rules, surroundings.clock);
  const sources = [...new Set(rules.keys.map(({ source }) => source))].join(' and ');
  return new JwtAuth(verify, `${[...rules.algorithms].join(', ')} of ${rules.issuer}, public key from ${sources}`);
}

function importSecrets({ algorithm, secrets }: SecretRules): Promise<VerificationKey[]> {
  const hmac = { name: 'HMAC', hash: `SHA-${algorithm.slice(2)}` };
  return Promise.all(
    secrets.map(async ({ secret, id }) => {
      const key = await crypto.subtle.importKey('raw', Buffer.from(secret.reveal()), hmac, false, ['verify']);
      return { id, algorithm, key };
    }),
  );
}
