import { randomUUID } from 'node:crypto';
import {
  type AccessTokens,
  type Clock,
  localRealm,
  maxAccessTokenSeconds,
  reservedUserFields,
  type SessionPrincipal,
} from '@agentflow/core';
import type { JsonObject } from '@agentflow/protocol';
import { SignJWT } from 'jose';
import type { Algorithm } from '../jwt/algorithms.js';
import { TokenExpiredError } from '../jwt/check-claims.js';
import { type ChangingKeys, createPublicKeyChoice, createSecretChoice } from '../jwt/choose-keys.js';
import { TokenRefusedError } from '../jwt/token-gate.js';
import type { TokenRules } from '../jwt/token-rules.js';
import { createTokenVerifier, OtherTokenError, type VerifiedToken } from '../jwt/verify-token.js';
import type { LoginAuthOptions } from './options.js';
import type { SigningKeys } from './signing-keys.js';

/** RFC 9068 §2.1: so that no other kind of token is taken for one, and it for no other. */
const type = 'at+jwt';

/** Clocks of processes of one server. */
const toleranceSeconds = 5;

/** A token of ours, verified. */
export interface VerifiedAccessToken extends VerifiedToken {
  readonly sessionId: string;
  readonly credentialId: string;
}

export interface OwnAccessTokens extends AccessTokens {
  /** @throws {TokenRefusedError} TokenExpiredError or OtherTokenError */
  verify(token: string): Promise<VerifiedAccessToken>;
}

export interface AccessTokenParts {
  readonly keys: SigningKeys;
  /** Whether they are secrets, which both sign and verify. */
  readonly areSecrets: boolean;
  readonly options: Pick<LoginAuthOptions, 'issuer' | 'audience' | 'token_ttl'>;
  readonly clock: Clock;
}

export function createAccessTokens({ keys, areSecrets, options, clock }: AccessTokenParts): OwnAccessTokens {
  const algorithms: readonly Algorithm[] = areSecrets ? ['HS256'] : ['EdDSA', 'ES256'];
  const rules: TokenRules = {
    ...{ algorithms: new Set(algorithms), types: [type], issuer: options.issuer, audience: options.audience },
    ...{ clockToleranceSeconds: toleranceSeconds, maxLifetimeSeconds: maxAccessTokenSeconds, realm: localRealm },
    fieldNames: { subject: ['sub'], roles: ['roles'], scopes: [], tenant: ['tenant'], actor: [] },
    ofSessions: true,
  };
  const create = areSecrets ? createSecretChoice : createPublicKeyChoice;
  const changing: ChangingKeys = {
    choose: async (hint) => create(keys.known())(hint),
    // What was verified a moment ago counts no more once its key was taken back.
    holds: async (key) => keys.known().includes(key),
  };
  const verifyToken = createTokenVerifier(changing, rules, clock);

  async function verify(token: string): Promise<VerifiedAccessToken> {
    await keys.look(keyIdOf(token));
    const { sessionId, credentialId, ...rest } = await verifyToken(token);
    // What could not be taken back is none of ours, whoever has signed it.
    if (sessionId === undefined || credentialId === undefined) throw new TokenRefusedError('"sid" or "jti" is missing');
    return { ...rest, sessionId, credentialId };
  }

  return {
    verify,

    async read(token) {
      try {
        return await verify(token);
      } catch (error) {
        const isRefusal =
          error instanceof TokenRefusedError || error instanceof TokenExpiredError || error instanceof OtherTokenError;
        if (isRefusal) return undefined;
        throw error;
      }
    },

    async sign({ principal, sessionId, notAfter }) {
      const { id, algorithm, key } = await keys.signer();
      const issuedAt = Math.floor(clock.now() / 1000);
      const expiresAt = Math.min(issuedAt + options.token_ttl, Math.floor(notAfter / 1000));
      const token = await new SignJWT({ ...claimsOf(principal), sid: sessionId })
        .setProtectedHeader({ alg: algorithm, typ: type, ...(id !== undefined && { kid: id }) })
        .setIssuer(options.issuer)
        .setAudience(options.audience)
        .setSubject(principal.subject)
        .setJti(randomUUID())
        .setIssuedAt(issuedAt)
        .setExpirationTime(expiresAt)
        .sign(key);
      return { token, expiresAt: expiresAt * 1000 };
    },
  };
}

const tokensOwn: ReadonlySet<string> = new Set(['iss', 'aud', 'exp', 'nbf', 'iat', 'jti', 'sid', 'may_act']);

function claimsOf({ realm, tenant, roles, claims }: SessionPrincipal): JsonObject {
  const others = Object.entries(claims).filter(([name]) => !tokensOwn.has(name) && !reservedUserFields.has(name));
  return { ...Object.fromEntries(others), tenant, roles, ...(realm !== localRealm && { realm }) };
}

/** Not believed: it only says whether it is worth to look for a key. */
function keyIdOf(token: string): string | undefined {
  const header = Buffer.from(token.split('.', 1)[0] ?? '', 'base64url').toString('utf8');
  return /"kid"\s*:\s*"([\w-]{1,128})"/.exec(header)?.[1];
}
