import { TokenRefusedError } from './token-gate.js';

/** The signature is good, and the token has run out. */
export class TokenExpiredError extends Error {
  override readonly name = 'TokenExpiredError';
}

export interface ClaimRules {
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
  readonly clockToleranceSeconds: number;
  readonly maxLifetimeSeconds: number | undefined;
}

/** The last second that a date can name (ECMA-262 §21.4.1.1): beyond it a number is no NumericDate. */
const lastSecond = 8.64e12;

/** What the registered claims say of the token itself. Times in seconds. */
export interface TokenFacts {
  readonly expiresAt: number;
  readonly issuedAt: number | undefined;
  /** RFC 7519 §4.1.7 */
  readonly tokenId: string | undefined;
}

/**
 * Checks the registered claims of a token whose signature is good. `now` is in seconds.
 * @throws {TokenRefusedError} {@link TokenExpiredError}
 */
export function checkClaims(claims: Readonly<Record<string, unknown>>, rules: ClaimRules, now: number): TokenFacts {
  checkIssuer(claims['iss'], rules.issuer);
  checkAudience(claims['aud'], rules.audience);
  requireBearer(claims);
  const tolerance = rules.clockToleranceSeconds;
  const notBefore = numericDate(claims, 'nbf');
  const issuedAt = numericDate(claims, 'iat');
  const expiresAt = numericDate(claims, 'exp');
  // RFC 8725 §3.10 does not ask for it; a credential that never ends does.
  if (expiresAt === undefined) throw new TokenRefusedError('"exp" is missing');
  // RFC 7519 §4.1.5
  if (notBefore !== undefined && notBefore > now + tolerance) throw new TokenRefusedError('"nbf" lies in the future');
  if (issuedAt !== undefined && issuedAt > now + tolerance) throw new TokenRefusedError('"iat" lies in the future');
  if (rules.maxLifetimeSeconds !== undefined && expiresAt - (issuedAt ?? now) > rules.maxLifetimeSeconds) {
    throw new TokenRefusedError('the lifetime is longer than max_lifetime');
  }
  // RFC 7519 §4.1.4: "on or after which" it must not be accepted.
  if (now >= expiresAt + tolerance) throw new TokenExpiredError('the token has expired');
  return { expiresAt, issuedAt, tokenId: readTokenId(claims['jti']) };
}

/** By it a token is taken back: one that cannot be named by its id is none of ours. */
function readTokenId(id: unknown): string | undefined {
  if (id === undefined) return undefined;
  if (typeof id !== 'string' || id === '' || id.length > 256) throw new TokenRefusedError('"jti" is not a text');
  return id;
}

/**
 * RFC 7800 §3.1: whoever presents it must prove that they have a key (RFC 8705, RFC 9449), and here nobody is asked for that proof. Taken as
 * a plain Bearer token it would be worth as much to a thief.
 * @throws {TokenRefusedError}
 */
export function requireBearer(claims: Readonly<Record<string, unknown>>): void {
  if (Object.hasOwn(claims, 'cnf'))
    throw new TokenRefusedError('it is bound to a key ("cnf"), and no proof of it is asked for');
}

/** RFC 7519 §4.1.1: compared exactly. */
export function checkIssuer(issuer: unknown, wanted: string | undefined): void {
  if (wanted !== undefined && issuer !== wanted) throw new TokenRefusedError('"iss" is not the configured issuer');
}

/** RFC 7519 §4.1.3: a token for an audience that is not us is not for us, whether or not we have a name. */
export function checkAudience(audience: unknown, wanted: string | undefined): void {
  if (audience === undefined && wanted === undefined) return;
  const list: readonly unknown[] = Array.isArray(audience) ? audience : [audience];
  const wellFormed = list.length > 0 && list.every((item) => typeof item === 'string');
  if (!wellFormed || wanted === undefined || !list.includes(wanted)) {
    throw new TokenRefusedError(
      wanted === undefined ? '"aud" names an audience, and none is configured' : '"aud" does not name us',
    );
  }
}

/** RFC 7519 §2: a number of seconds. */
export function numericDate(claims: Readonly<Record<string, unknown>>, name: string): number | undefined {
  if (!Object.hasOwn(claims, name)) return undefined;
  const value = claims[name];
  if (typeof value !== 'number' || !(value >= 0 && value <= lastSecond)) {
    throw new TokenRefusedError(`"${name}" is not a date`);
  }
  return value;
}
