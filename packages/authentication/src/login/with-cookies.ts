import type { BaseAuth } from '@agentflow/core';
import type { MadeProviderSignIn } from '../sign-in/index.js';

/** The same, also for browsers that are known by the cookie of their session. Who presents a token as well is asked which it is: 400. */
export function withCookies(
  tokens: BaseAuth,
  { cookieAuth, close }: Pick<MadeProviderSignIn, 'cookieAuth' | 'close'>,
): BaseAuth {
  return {
    authenticate: async (request, context, credential) =>
      credential === null ? cookieAuth.authenticate(request) : tokens.authenticate(request, context, credential),
    reads: (headers, credential) => [...(tokens.reads?.(headers, credential) ?? []), ...cookieAuth.reads(headers)],
    challenge: () => tokens.challenge(),
    describe: () => tokens.describe(),
    close,
  };
}
