import { type BackendSurroundings, ConfigurationError, type PrincipalFieldNames, type Secret } from '@agentflow/core';
import type { ClaimRules } from './check-claims.js';
import { type FoundSecret, findSecret } from './find-secret.js';
import type { JwtAuthOptions, minSecretBytes } from './options.js';
import { findSecretWeakness } from './secret-strength.js';
import type { GateRules } from './token-gate.js';

type Algorithm = keyof typeof minSecretBytes;

/** What a token must be, whether it is verified or signed here. */
export interface TokenRules extends GateRules, ClaimRules {
  readonly algorithm: Algorithm;
  readonly fieldNames: PrincipalFieldNames;
}

/**
 * The rules that options and environment give together.
 * @throws {ConfigurationError} if there is no secret, or not one that can be trusted
 */
export function readTokenRules(
  options: JwtAuthOptions,
  surroundings: BackendSurroundings,
): TokenRules & { readonly secret: Secret; readonly source: string } {
  const { environment } = surroundings;
  const algorithm = options.algorithm ?? readAlgorithm(environment['JWT_ALGORITHM'], surroundings.path);
  const found = findSecret(options, surroundings);
  checkStrength(found, algorithm, surroundings);
  const { subject, roles, scopes, tenant = [] } = options.claims;
  return {
    ...found,
    algorithm,
    type: options.type,
    issuer: options.issuer ?? (environment['JWT_ISSUER'] || undefined),
    audience: options.audience ?? (environment['JWT_AUDIENCE'] || undefined),
    clockToleranceSeconds: options.clock_tolerance,
    maxLifetimeSeconds: options.max_lifetime,
    fieldNames: { subject, roles, scopes, tenant },
  };
}

function readAlgorithm(value: string | undefined, path: BackendSurroundings['path']): Algorithm {
  if (value === undefined || value === '') return 'HS256';
  if (value === 'HS256' || value === 'HS384' || value === 'HS512') return value;
  const message = `JWT_ALGORITHM is ${JSON.stringify(value.slice(0, 32))}; a shared secret works with HS256, HS384 or HS512`;
  throw new ConfigurationError([{ path, message }]);
}

function checkStrength({ secret, source }: FoundSecret, algorithm: Algorithm, surroundings: BackendSurroundings): void {
  const weakness = findSecretWeakness(secret.reveal(), algorithm);
  if (weakness === undefined) return;
  const fault = {
    path: surroundings.path,
    message: `the secret from ${source} ${weakness.message}`,
    remedy: 'Make one with: openssl rand -hex 32',
  };
  if (weakness.kind === 'short' || surroundings.strict) throw new ConfigurationError([fault]);
  surroundings.warn(fault);
}
