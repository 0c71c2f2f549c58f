import {
  type BackendSurroundings,
  ConfigurationError,
  type ConfigurationFault,
  isPrintable,
  localRealm,
  type PrincipalFieldNames,
} from '@agentflow/core';
import {
  type Algorithm,
  isPublicKeyAlgorithm,
  isSecretAlgorithm,
  type PublicKeyAlgorithm,
  publicKeyAlgorithms,
  type SecretAlgorithm,
  secretAlgorithms,
} from './algorithms.js';
import type { ClaimRules } from './check-claims.js';
import { type FoundPublicKey, findPublicKeys } from './find-public-keys.js';
import { type FoundSecrets, findSecrets } from './find-secrets.js';
import { hasOwnKeys } from './key-family.js';
import type { JwtAuthOptions } from './options.js';

/** What a token must be, whether it is verified or signed here. */
export interface TokenRules extends ClaimRules {
  /** Any other is for another entry, or for nobody. */
  readonly algorithms: ReadonlySet<Algorithm>;
  readonly types: readonly string[];
  /** Whose subjects its tokens name. */
  readonly realm: string;
  readonly fieldNames: PrincipalFieldNames;
  /** Of tokens that are ours: whose `sid` names a session, and whose `realm`, where there is one, says whose subject it is. */
  readonly ofSessions?: true;
}

export interface SecretRules extends TokenRules {
  readonly algorithm: SecretAlgorithm;
  readonly secrets: FoundSecrets;
}

export interface PublicKeyRules extends TokenRules {
  readonly issuer: string;
  readonly keys: readonly FoundPublicKey[];
}

/**
 * The rules of an entry with a shared secret.
 * @throws {ConfigurationError} if there is none, or one that cannot be trusted
 */
export function readSecretRules(options: JwtAuthOptions, surroundings: BackendSurroundings): SecretRules {
  const algorithm = readSecretAlgorithm(options, surroundings);
  const secrets = findSecrets(options, algorithm, surroundings);
  const rules = readClaimRules(options, surroundings);
  return { ...rules, realm: localRealm, algorithm, algorithms: new Set([algorithm]), secrets };
}

/**
 * The rules of an entry with public keys.
 * @throws {ConfigurationError} with all faults: of the keys, the issuer, the audience
 */
export async function readPublicKeyRules(
  options: JwtAuthOptions,
  surroundings: BackendSurroundings,
): Promise<PublicKeyRules> {
  const rules = readClaimRules(options, surroundings);
  const { issuer = '', audience } = rules;
  const faults = [...issuerFaults(issuer, surroundings), ...audienceFaults(audience, surroundings)];
  try {
    const keys = await findPublicKeys(options, readPublicKeyAlgorithm(options, surroundings), surroundings);
    const algorithms = new Set(keys.map(({ algorithm }) => algorithm));
    if (faults.length === 0) return { ...rules, issuer, realm: issuer, algorithms, keys };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    faults.push(...error.faults);
  }
  throw new ConfigurationError(faults);
}

function readClaimRules(options: JwtAuthOptions, { environment }: BackendSurroundings) {
  const { subject, roles, scopes, tenant = [], actor } = options.claims;
  return {
    types: options.type,
    issuer: options.issuer ?? (environment['JWT_ISSUER'] || undefined),
    audience: options.audience ?? (environment['JWT_AUDIENCE'] || undefined),
    clockToleranceSeconds: options.clock_tolerance,
    maxLifetimeSeconds: options.max_lifetime,
    fieldNames: { subject, roles, scopes, tenant, actor },
  };
}

function issuerFaults(issuer: string, { path }: BackendSurroundings): ConfigurationFault[] {
  if (issuer === '') {
    const message = 'public keys need the "issuer" whose tokens they verify';
    return [{ path, message, remedy: 'Set "issuer" to the exact "iss" of its tokens, or JWT_ISSUER.' }];
  }
  const at = [...path, 'issuer'];
  if (issuer === localRealm) {
    const message = `the issuer of public keys cannot be called "${localRealm}": its users would be taken for your own`;
    return [{ path: at, message, remedy: 'An issuer is named by its address: https://issuer.example.' }];
  }
  if (issuer.length <= 255 && isPrintable(issuer)) return [];
  const message = 'the issuer of public keys must have at most 255 characters, none of them a control character';
  return [{ path: at, message, remedy: 'Set "issuer" to the exact "iss" of its tokens.' }];
}

/** Without it, a token that the issuer made for any other service would be good here (RFC 8725 §3.9). */
function audienceFaults(audience: string | undefined, { path }: BackendSurroundings): ConfigurationFault[] {
  if (audience !== undefined) return [];
  const message = 'public keys need the "audience" that their tokens are for';
  return [{ path, message, remedy: 'Set "audience" to the name that the issuer gives this server, or JWT_AUDIENCE.' }];
}

function readSecretAlgorithm(options: JwtAuthOptions, { environment, path }: BackendSurroundings): SecretAlgorithm {
  const value = options.algorithm ?? (environment['JWT_ALGORITHM'] || 'HS256');
  if (isSecretAlgorithm(value)) return value;
  throw wrongAlgorithm(options, path, value, 'a shared secret works with', secretAlgorithms);
}

/** What the variable says is for the entry whose key is in a variable. */
function readPublicKeyAlgorithm(
  options: JwtAuthOptions,
  { environment, path }: BackendSurroundings,
): PublicKeyAlgorithm | undefined {
  const named = environment['JWT_ALGORITHM'] || undefined;
  const value = options.algorithm ?? (hasOwnKeys(options) ? undefined : named);
  if (value === undefined || isPublicKeyAlgorithm(value)) return value;
  throw wrongAlgorithm(options, path, value, 'a public key works with', publicKeyAlgorithms);
}

function wrongAlgorithm(
  { algorithm }: JwtAuthOptions,
  path: BackendSurroundings['path'],
  value: string,
  works: string,
  known: readonly string[],
): ConfigurationError {
  const isOption = algorithm !== undefined;
  const message = `${isOption ? '"algorithm"' : 'JWT_ALGORITHM'} is ${JSON.stringify(value.slice(0, 32))}; ${works} ${known.join(', ')}`;
  const remedy = 'Name one of these, or change the key: "secret" for HS256, "public_key" for the others.';
  return new ConfigurationError([{ path: isOption ? [...path, 'algorithm'] : path, message, remedy }]);
}
