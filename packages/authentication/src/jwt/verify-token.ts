import { type Clock, type Principal, PrincipalFieldError, readPrincipal } from '@agentflow/core';
import { compactVerify, errors } from 'jose';
import { LRUCache } from 'lru-cache';
import { createProcessDigest } from '../process-digest.js';
import { checkClaims } from './check-claims.js';
import type { ChangingKeys, ChooseKeys, VerificationKey } from './choose-keys.js';
import { withPaths } from './claim-paths.js';
import { maxRememberedTokens } from './options.js';
import { checkType, passTokenGate, readObject, TokenRefusedError } from './token-gate.js';
import type { TokenRules } from './token-rules.js';

/** A token that has been verified, and until when it holds. Times in milliseconds since the epoch. */
export interface VerifiedToken {
  readonly principal: Principal;
  readonly expiresAt: number;
  readonly issuedAt: number | undefined;
  /** Its `jti`. */
  readonly credentialId: string | undefined;
  /** Of a session of ours. */
  readonly sessionId: string | undefined;
}

/**
 * Claims about the token itself, which say nothing about its bearer (RFC 7519 §4.1), and `may_act`, which is for whoever exchanges it for
 * another and makes nobody an actor (RFC 8693 §4.4).
 */
const registeredClaims: ReadonlySet<string> = new Set(['iss', 'aud', 'exp', 'nbf', 'iat', 'jti', 'sub', 'may_act']);

const claimsOfSessions: ReadonlySet<string> = new Set([...registeredClaims, 'sid']);

/** The token may be good, and another entry would have to say so: it has another algorithm or another issuer. */
export class OtherTokenError extends Error {
  override readonly name = 'OtherTokenError';
}

interface Remembered {
  readonly token: VerifiedToken;
  readonly key: VerificationKey;
}

/** Keys that never change: what they have verified, they have. */
function unchanging(chooseKeys: ChooseKeys): ChangingKeys {
  return { choose: async (hint) => chooseKeys(hint), holds: async () => true };
}

/**
 * Makes the verifier of one entry: gate, signature, claims, principal. What it has verified it remembers until it expires, or its key is
 * gone, by digest, so that a heap dump holds no token; each entry for itself, so that none answers for another.
 */
export function createTokenVerifier(keys: ChooseKeys | ChangingKeys, rules: TokenRules, clock: Clock) {
  const digestOf = createProcessDigest();
  const remembered = new LRUCache<string, Remembered>({ max: maxRememberedTokens });
  const toleranceMilliseconds = rules.clockToleranceSeconds * 1000;
  const mayChange = typeof keys !== 'function';
  const { choose, holds } = mayChange ? keys : unchanging(keys);

  async function verify(token: string): Promise<Remembered> {
    const { algorithm, keyId, type } = passTokenGate(token);
    if (!rules.algorithms.has(algorithm)) {
      throw new OtherTokenError(`the algorithm is not ${[...rules.algorithms].join(' or ')}`);
    }
    requireOwnIssuer(token, rules.issuer);
    checkType(type, rules.types);
    const { payload, key } = await checkSignature(token, await choose({ algorithm, keyId }));
    const claims = readObject(payload, 'payload');
    const { expiresAt, issuedAt, tokenId } = checkClaims(claims, rules, clock.now() / 1000);
    return {
      key,
      token: {
        principal: toPrincipal(claims, rules),
        expiresAt: expiresAt * 1000,
        issuedAt: issuedAt && issuedAt * 1000,
        credentialId: tokenId,
        sessionId: rules.ofSessions === true ? textOf(claims, 'sid') : undefined,
      },
    };
  }

  /** @throws {TokenRefusedError}, TokenExpiredError or OtherTokenError */
  return async function verifyToken(token: string): Promise<VerifiedToken> {
    const digest = digestOf(token);
    const known = remembered.get(digest);
    if (known !== undefined) {
      const isAlive = clock.now() < known.token.expiresAt + toleranceMilliseconds;
      if (isAlive && (!mayChange || (await holds(known.key)))) return known.token;
      remembered.delete(digest);
    }
    const verified = await verify(token);
    remembered.set(digest, verified);
    return verified.token;
  };
}

/** Not yet believed: this only chooses among entries, and the claim is checked again once the signature is. */
function requireOwnIssuer(token: string, issuer: string | undefined): void {
  if (issuer === undefined) return;
  const claims = readObject(token.split('.')[1] ?? '', 'payload');
  if (claims['iss'] !== issuer) throw new OtherTokenError('"iss" is not the configured issuer');
}

/** The payload that the signature covers. One refusal, whichever key has failed. */
async function checkSignature(
  token: string,
  keys: readonly VerificationKey[],
): Promise<{ readonly payload: Uint8Array; readonly key: VerificationKey }> {
  for (const one of keys) {
    try {
      const { payload } = await compactVerify(token, one.key, { algorithms: [one.algorithm] });
      return { payload, key: one };
    } catch (error) {
      // Anything but a refusal of jose's is our own fault and must not pass for the caller's.
      if (!(error instanceof errors.JOSEError)) throw error;
    }
  }
  throw new TokenRefusedError('the signature is not good');
}

/** @throws {TokenRefusedError} */
export function toPrincipal(
  claims: Readonly<Record<string, unknown>>,
  rules: Pick<TokenRules, 'realm' | 'fieldNames' | 'ofSessions'>,
): Principal {
  const { fieldNames: names, ofSessions } = rules;
  const realm = (ofSessions === true ? textOf(claims, 'realm') : undefined) ?? rules.realm;
  const ignored = ofSessions === true ? claimsOfSessions : registeredClaims;
  try {
    return readPrincipal({ fields: withPaths(claims, names), realm, names, ignored });
  } catch (error) {
    if (error instanceof PrincipalFieldError) throw new TokenRefusedError(error.message);
    throw error;
  }
}

function textOf(claims: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
  if (value === undefined || (typeof value === 'string' && value !== '')) return value;
  throw new TokenRefusedError(`"${name}" is not a text`);
}
