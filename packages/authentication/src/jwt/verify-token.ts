import { createHash } from 'node:crypto';
import { type Clock, type Principal, PrincipalFieldError, readPrincipal } from '@agentflow/core';
import { compactVerify, errors } from 'jose';
import { LRUCache } from 'lru-cache';
import { checkClaims } from './check-claims.js';
import type { ChooseKeys, VerificationKey } from './choose-keys.js';
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
}

/**
 * Claims about the token itself, which say nothing about its bearer (RFC 7519 §4.1), and `may_act`, which is for whoever exchanges it for
 * another and makes nobody an actor (RFC 8693 §4.4).
 */
const registeredClaims: ReadonlySet<string> = new Set(['iss', 'aud', 'exp', 'nbf', 'iat', 'jti', 'sub', 'may_act']);

/** The token may be good, and another entry would have to say so: it has another algorithm or another issuer. */
export class OtherTokenError extends Error {
  override readonly name = 'OtherTokenError';
}

/**
 * Makes the verifier of one entry: gate, signature, claims, principal. What it has verified it remembers until it expires,
 * by digest, so that a heap dump holds no token; each entry for itself, so that none answers for another.
 */
export function createTokenVerifier(chooseKeys: ChooseKeys, rules: TokenRules, clock: Clock) {
  const remembered = new LRUCache<string, VerifiedToken>({ max: maxRememberedTokens });
  const toleranceMilliseconds = rules.clockToleranceSeconds * 1000;

  async function verify(token: string): Promise<VerifiedToken> {
    const { algorithm, keyId, type } = passTokenGate(token);
    if (!rules.algorithms.has(algorithm)) {
      throw new OtherTokenError(`the algorithm is not ${[...rules.algorithms].join(' or ')}`);
    }
    requireOwnIssuer(token, rules.issuer);
    checkType(type, rules.types);
    const claims = readObject(await checkSignature(token, chooseKeys({ algorithm, keyId })), 'payload');
    const { expiresAt, issuedAt, tokenId } = checkClaims(claims, rules, clock.now() / 1000);
    return {
      principal: toPrincipal(claims, rules),
      expiresAt: expiresAt * 1000,
      issuedAt: issuedAt && issuedAt * 1000,
      credentialId: tokenId,
    };
  }

  /** @throws {TokenRefusedError}, TokenExpiredError or OtherTokenError */
  return async function verifyToken(token: string): Promise<VerifiedToken> {
    const digest = createHash('sha256').update(token).digest('base64');
    const known = remembered.get(digest);
    if (known !== undefined) {
      if (clock.now() < known.expiresAt + toleranceMilliseconds) return known;
      remembered.delete(digest);
    }
    const verified = await verify(token);
    remembered.set(digest, verified);
    return verified;
  };
}

/** Not yet believed: this only chooses among entries, and the claim is checked again once the signature is. */
function requireOwnIssuer(token: string, issuer: string | undefined): void {
  if (issuer === undefined) return;
  const claims = readObject(token.split('.')[1] ?? '', 'payload');
  if (claims['iss'] !== issuer) throw new OtherTokenError('"iss" is not the configured issuer');
}

/** The payload that the signature covers. One refusal, whichever key has failed. */
async function checkSignature(token: string, keys: readonly VerificationKey[]): Promise<Uint8Array> {
  for (const { key, algorithm } of keys) {
    try {
      return (await compactVerify(token, key, { algorithms: [algorithm] })).payload;
    } catch (error) {
      // Anything but a refusal of jose's is our own fault and must not pass for the caller's.
      if (!(error instanceof errors.JOSEError)) throw error;
    }
  }
  throw new TokenRefusedError('the signature is not good');
}

function toPrincipal(claims: Readonly<Record<string, unknown>>, { realm, fieldNames }: TokenRules): Principal {
  try {
    return readPrincipal({ fields: claims, realm, names: fieldNames, ignored: registeredClaims });
  } catch (error) {
    if (error instanceof PrincipalFieldError) throw new TokenRefusedError(error.message);
    throw error;
  }
}
