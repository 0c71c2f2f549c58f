import { createJwtAuth, jwtAuthOptionsSchema } from '@agentflow/authentication';
import {
  type AuthenticationResult,
  type BackendSurroundings,
  type ConfigurationFault,
  isAuthenticationResult,
  silentLog,
  systemClock,
} from '@agentflow/core';

export interface JwtBackend {
  readonly description: string;
  /** What was accepted with a warning. */
  readonly warnings: readonly ConfigurationFault[];
  present(token: string): Promise<AuthenticationResult>;
}

const request = {
  method: 'GET',
  url: '/',
  headers: new Headers(),
  address: '',
  isSecure: true,
  requestId: '',
  transport: 'http',
} as const;

/** The backend as the server makes it from its part of the file, with production's rules unless told otherwise. */
export async function createJwtBackend(
  options: object,
  surroundings: Partial<BackendSurroundings> = {},
): Promise<JwtBackend> {
  const warnings: ConfigurationFault[] = [];
  const backend = await createJwtAuth(jwtAuthOptionsSchema.parse({ method: 'jwt', ...options }), {
    directory: '.',
    path: ['auth'],
    environment: {},
    clock: systemClock,
    strict: true,
    isLiteral: () => false,
    warn: (fault) => void warnings.push(fault),
    ...surroundings,
  });
  const context = { log: silentLog, signal: new AbortController().signal };
  return {
    description: backend.describe(),
    warnings,
    async present(token) {
      const answer = await backend.authenticate(request, context, { scheme: 'bearer', credentials: token });
      if (!isAuthenticationResult(answer)) throw new TypeError('the backend has answered something else than a result');
      return answer;
    },
  };
}
