import { inspect } from 'node:util';
import { createOAuthAuth, oauthAuthOptionsSchema } from '@agentflow/authentication';
import {
  type AuthenticationResult,
  type BaseAuth,
  type ConfigurationFault,
  isAuthenticationResult,
  type Log,
  type LogFields,
  systemClock,
} from '@agentflow/core';

export interface OAuthBackend {
  readonly backend: BaseAuth;
  readonly warnings: readonly ConfigurationFault[];
  /** What was logged, each as its level and sentence. */
  readonly logged: readonly string[];
  /** What a Bearer token comes to: the answer, or 503 with its reason. */
  readonly present: (
    token: string,
  ) => Promise<AuthenticationResult | { readonly kind: 'unavailable'; readonly reason: string }>;
  /** Only how it ends, for as many tokens as there are, at once. */
  readonly kinds: (...tokens: readonly string[]) => Promise<readonly string[]>;
}

type Surroundings = Parameters<typeof createOAuthAuth>[1];

const request = {
  ...{ method: 'GET', url: '/', address: '', requestId: '', transport: 'http' as const, isSecure: true },
  headers: new Headers(),
};

/**
 * The backend as the server makes it from its part of the file: for strangers where `strict`, and else for this machine. Nothing is fetched
 * before the first token, so that a test counts from there; unless `isTrial` says otherwise.
 */
export function oauthBackend(options: object, more: Partial<Surroundings> = {}): OAuthBackend {
  const warnings: ConfigurationFault[] = [];
  const logged: string[] = [];
  const write = (level: string) => (_fields: LogFields, message: string) => void logged.push(`${level}: ${message}`);
  const log: Log = { info: write('info'), warn: write('warn'), error: write('error') };
  const backend = createOAuthAuth(oauthAuthOptionsSchema.parse({ method: 'oauth', ...options }), {
    ...{ directory: '.', path: ['auth'], environment: {}, clock: systemClock, strict: false, log, isTrial: true },
    isLiteral: () => false,
    warn: (fault) => void warnings.push(fault),
    ...more,
  });
  const context = { log, signal: new AbortController().signal };
  const present: OAuthBackend['present'] = async (token) => {
    try {
      const answer = await backend.authenticate(request, context, { scheme: 'bearer', credentials: token });
      if (!isAuthenticationResult(answer)) throw new TypeError('not an answer of ours');
      return answer;
    } catch (error) {
      return { kind: 'unavailable', reason: inspect(error) };
    }
  };
  return {
    ...{ backend, warnings, logged, present },
    kinds: async (...tokens) => (await Promise.all(tokens.map(present))).map(({ kind }) => kind),
  };
}
