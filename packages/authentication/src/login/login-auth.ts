import { type BaseAuth, localRealm, refreshTokenPrefix, rejected } from '@agentflow/core';
import { createBearerAuth } from '../bearer-auth.js';
import { answerFor } from '../jwt/answer-for.js';
import { looksLikeJwt, TokenRefusedError } from '../jwt/token-gate.js';
import type { OwnAccessTokens } from './access-tokens.js';

export interface LoginAuthParts {
  readonly tokens: Pick<OwnAccessTokens, 'verify'>;
  /** Of the providers that are offered: with any other, nobody is signed in, whatever token there still is. */
  readonly issuers: ReadonlySet<string>;
  readonly description: string;
}

/** Knows somebody by the access token of their session. */
export function createLoginAuth({ tokens, issuers, description }: LoginAuthParts): BaseAuth {
  return createBearerAuth({
    takes: (token) => isRefreshToken(token) || looksLikeJwt(token),
    async answer(token) {
      if (isRefreshToken(token)) return rejected('a refresh token is good for a refresh alone');
      return answerFor(token, async (jwt) => {
        const verified = await tokens.verify(jwt);
        const { realm } = verified.principal;
        if (realm === localRealm || issuers.has(realm)) return verified;
        throw new TokenRefusedError('the provider that has signed them in is not offered any more');
      });
    },
    description,
  });
}

function isRefreshToken(token: string): boolean {
  return token.startsWith(refreshTokenPrefix);
}
