import { type BackendSurroundings, ConfigurationError } from '@agentflow/core';
import type { JsonObject } from '@agentflow/protocol';
import { SignJWT } from 'jose';
import { readKeyFamily } from './key-family.js';
import type { JwtAuthOptions } from './options.js';
import { readSecretRules } from './token-rules.js';

export interface TokenActor {
  readonly subject: string;
  readonly roles?: readonly string[] | undefined;
  /** Who acted before it. */
  readonly actor?: TokenActor | undefined;
}

/** Whom a token is for, and for how long. */
export interface TokenSubject {
  readonly subject: string;
  readonly roles?: readonly string[] | undefined;
  readonly scopes?: readonly string[] | undefined;
  /** Only where the options name a claim for it. */
  readonly tenant?: string | undefined;
  /** Who acts for the subject. */
  readonly actor?: TokenActor | undefined;
  /** Further claims: `name`, `email`, … */
  readonly claims?: JsonObject | undefined;
  readonly lifetimeSeconds: number;
}

/** @throws {TypeError} if a tenant is asked for and the options name no claim for it */
export type TokenSigner = (subject: TokenSubject) => Promise<string>;

/**
 * Signs tokens that the backend with the same options accepts: under the names that its options give the claims.
 * The newest secret signs.
 * @throws {ConfigurationError} if there is no secret, or not one that can be trusted; or public keys, which cannot sign
 */
export function createTokenSigner(options: JwtAuthOptions, surroundings: BackendSurroundings): TokenSigner {
  if (readKeyFamily(options, surroundings) === 'public-key') throw cannotSign(surroundings);
  const { secrets, algorithm, types, issuer, audience, fieldNames } = readSecretRules(options, surroundings);
  const [{ secret, id }] = secrets;
  const header = { alg: algorithm, typ: types[0] ?? 'JWT', ...(id !== undefined && { kid: id }) };
  const key = new TextEncoder().encode(secret.reveal());
  const subjectName = fieldNames.subject.includes('sub') ? 'sub' : fieldNames.subject[0];
  return ({ subject, roles, scopes, tenant, actor, claims, lifetimeSeconds }) => {
    const [tenantName] = fieldNames.tenant;
    if (tenant !== undefined && tenantName === undefined) {
      throw new TypeError('the configuration names no claim for the tenant: set "claims": {"tenant": …} under "auth"');
    }
    const named = [
      [subjectName, subject],
      [fieldNames.roles[0], roles],
      [fieldNames.scopes[0], scopes],
      [tenantName, tenant],
      [fieldNames.actor[0], actor && actClaim(actor, fieldNames.roles[0] ?? 'roles')],
    ].filter(([, value]) => value !== undefined);
    const now = Math.floor(surroundings.clock.now() / 1000);
    const token = new SignJWT({ ...claims, ...Object.fromEntries(named) })
      .setProtectedHeader(header)
      .setIssuedAt(now)
      .setExpirationTime(now + lifetimeSeconds);
    if (issuer !== undefined) token.setIssuer(issuer);
    if (audience !== undefined) token.setAudience(audience);
    return token.sign(key);
  };
}

/** RFC 8693 §4.1 */
function actClaim({ subject, roles, actor }: TokenActor, rolesName: string): JsonObject {
  return {
    sub: subject,
    ...(roles !== undefined && roles.length > 0 && { [rolesName]: roles }),
    ...(actor !== undefined && { act: actClaim(actor, rolesName) }),
  };
}

function cannotSign({ path }: BackendSurroundings): ConfigurationError {
  const message = 'this configuration has only public keys for "jwt": they verify tokens and cannot sign any';
  const remedy =
    'Get a token from the issuer, who has the private key. For tokens of your own, make "auth" a list and add {"method": "jwt", "secret": …}.';
  return new ConfigurationError([{ path, message, remedy }]);
}
