import type { JsonObject } from '@agentflow/protocol';
import { checkAudience, numericDate, requireBearer } from '../../jwt/check-claims.js';
import { follow } from '../../jwt/claim-paths.js';
import { TokenRefusedError } from '../../jwt/token-gate.js';
import type { TokenRules } from '../../jwt/token-rules.js';
import { toPrincipal } from '../../jwt/verify-token.js';
import { EndpointError } from '../fetch/endpoint-error.js';
import { holdsToken, requireOtherNames } from '../repeated-token.js';
import type { Verdict } from '../verdict.js';

type Answer = Readonly<Record<string, unknown>>;

export type IntrospectionRules = Pick<
  TokenRules,
  'realm' | 'issuer' | 'audience' | 'clockToleranceSeconds' | 'fieldNames'
>;

/**
 * Reads the answer of RFC 7662 §2.2. What it says about the token is the caller's; an answer that does not say it, or with another type, is
 * the endpoint's fault. `now` is in milliseconds.
 * @throws {EndpointError} which names the member, never its value
 */
export function readIntrospection(answer: Answer, token: string, rules: IntrospectionRules, now: number): Verdict {
  if (typeof answer['active'] !== 'boolean') throw new EndpointError('"active" is not a boolean');
  if (!answer['active']) return { kind: 'bad', reason: 'the issuer says that it is not active' };
  const times = readTimes(answer);
  try {
    checkPurpose(answer, rules);
    checkTimes(times, rules.clockToleranceSeconds, now / 1000);
  } catch (error) {
    if (error instanceof TokenRefusedError) return { kind: 'bad', reason: error.message };
    throw error;
  }
  if (!rules.fieldNames.subject.some((name) => Object.hasOwn(answer, name) || follow(answer, name) !== undefined)) {
    return {
      kind: 'bad',
      reason: 'the answer names no subject: for clients without a user, name "client_id" in "claims"',
    };
  }
  const principal = readPrincipal(answer, token, rules);
  const credentialId = readId(answer['jti']);
  requireOtherNames(principal, credentialId, token);
  const { expiresAt, issuedAt } = times;
  const evidence = {
    ...(expiresAt !== undefined && { expiresAt: expiresAt * 1000 }),
    ...{ issuedAt: issuedAt && issuedAt * 1000, credentialId },
  };
  return { kind: 'good', principal, evidence };
}

/**
 * That it is an access token, for us, and for whoever bears it. A refresh token is active too: without an audience or a type nothing would
 * tell it from an access token.
 * @throws {TokenRefusedError} {@link EndpointError}
 */
function checkPurpose(answer: Answer, { issuer, audience }: IntrospectionRules): void {
  const { iss, aud, token_type: type } = answer;
  if (issuer !== undefined && iss !== undefined && iss !== issuer) {
    throw new TokenRefusedError('"iss" is not the configured issuer');
  }
  checkAudience(aud, audience);
  requireBearer(answer);
  if (type !== undefined && typeof type !== 'string') throw new EndpointError('"token_type" is not a text');
  if (type === undefined && audience === undefined) {
    throw new TokenRefusedError('neither an audience nor "token_type" tells it from a refresh token: set "audience"');
  }
  if (type !== undefined && type.toLowerCase() !== 'bearer') throw new TokenRefusedError('"token_type" is not Bearer');
}

interface Times {
  readonly expiresAt: number | undefined;
  readonly notBefore: number | undefined;
  readonly issuedAt: number | undefined;
}

/** In seconds. */
function readTimes(answer: Answer): Times {
  try {
    return {
      expiresAt: numericDate(answer, 'exp'),
      notBefore: numericDate(answer, 'nbf'),
      issuedAt: numericDate(answer, 'iat'),
    };
  } catch (error) {
    if (error instanceof TokenRefusedError) throw new EndpointError(error.message);
    throw error;
  }
}

/** @throws {TokenRefusedError} */
function checkTimes({ expiresAt, notBefore }: Times, tolerance: number, now: number): void {
  if (expiresAt !== undefined && expiresAt <= now) throw new TokenRefusedError('it has expired');
  if (notBefore !== undefined && notBefore > now + tolerance) throw new TokenRefusedError('"nbf" lies in the future');
}

/** Members that say something about the token, and nothing about its bearer. */
const aboutTheToken: ReadonlySet<string> = new Set(['active', 'token_type', 'cnf']);

function readPrincipal(answer: Answer, token: string, rules: IntrospectionRules) {
  // What the answer says about its bearer goes to the graph and its logs: a member with the token in it does not.
  const told: JsonObject = Object.fromEntries(
    Object.entries(answer as JsonObject).filter(
      ([name, value]) => !aboutTheToken.has(name) && (isName(name, rules) || !holdsToken(JSON.stringify(value), token)),
    ),
  );
  try {
    return toPrincipal(told, rules);
  } catch (error) {
    if (error instanceof TokenRefusedError) throw new EndpointError(`the answer cannot be used: ${error.message}`);
    throw error;
  }
}

/** Those are looked at once they are read: left out, they would be missing. */
function isName(name: string, { fieldNames }: IntrospectionRules): boolean {
  return Object.values(fieldNames).some((names: readonly string[]) => names.includes(name));
}

function readId(id: unknown): string | undefined {
  if (id === undefined) return undefined;
  if (typeof id === 'string' && id !== '' && id.length <= 256) return id;
  throw new EndpointError('"jti" is not a text');
}
