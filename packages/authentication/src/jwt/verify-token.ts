import { createHash, type webcrypto } from 'node:crypto';
import {
  type Clock,
  localRealm,
  type Principal,
  PrincipalFieldError,
  type PrincipalFieldNames,
  readPrincipal,
} from '@agentflow/core';
import { compactVerify, errors } from 'jose';
import { LRUCache } from 'lru-cache';
import { checkClaims } from './check-claims.js';
import { maxRememberedTokens } from './options.js';
import { passTokenGate, readObject, TokenRefusedError } from './token-gate.js';
import type { TokenRules } from './token-rules.js';

/** A token that has been verified, and until when it holds. Times in milliseconds since the epoch. */
export interface VerifiedToken {
  readonly principal: Principal;
  readonly expiresAt: number;
  readonly issuedAt: number | undefined;
  /** Its `jti`. */
  readonly credentialId: string | undefined;
}

/** Claims about the token itself, which say nothing about its bearer (RFC 7519 §4.1). */
const registeredClaims: ReadonlySet<string> = new Set(['iss', 'aud', 'exp', 'nbf', 'iat', 'jti', 'sub']);

/**
 * Makes the verifier of one key: gate, signature, claims, principal. What it has verified it remembers until it expires,
 * by digest, so that a heap dump holds no token.
 */
export function createTokenVerifier(key: webcrypto.CryptoKey, rules: TokenRules, clock: Clock) {
  const remembered = new LRUCache<string, VerifiedToken>({ max: maxRememberedTokens });
  const toleranceMilliseconds = rules.clockToleranceSeconds * 1000;

  async function verify(token: string): Promise<VerifiedToken> {
    passTokenGate(token, rules);
    const { payload } = await checkSignature(token, key, rules.algorithm);
    const claims = readObject(payload, 'payload');
    const { expiresAt, issuedAt, tokenId } = checkClaims(claims, rules, clock.now() / 1000);
    return {
      principal: toPrincipal(claims, rules.fieldNames),
      expiresAt: expiresAt * 1000,
      issuedAt: issuedAt && issuedAt * 1000,
      credentialId: tokenId,
    };
  }

  /** @throws {TokenRefusedError} and TokenExpiredError */
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

async function checkSignature(token: string, key: webcrypto.CryptoKey, algorithm: string) {
  try {
    return await compactVerify(token, key, { algorithms: [algorithm] });
  } catch (error) {
    // Anything but a refusal of jose's is our own fault and must not pass for the caller's.
    if (error instanceof errors.JOSEError) throw new TokenRefusedError('the signature is not good');
    throw error;
  }
}

function toPrincipal(claims: Readonly<Record<string, unknown>>, names: PrincipalFieldNames): Principal {
  try {
    return readPrincipal({ fields: claims, realm: localRealm, names, ignored: registeredClaims });
  } catch (error) {
    if (error instanceof PrincipalFieldError) throw new TokenRefusedError(error.message);
    throw error;
  }
}
