import {
  type ApiKeyAuthOptions,
  apiKeyAuthOptionsSchema,
  createApiKeyAuth,
  createIssuedKeys,
} from '@agentflow/authentication';
import {
  type Clock,
  createMemoryCounters,
  createPeppers,
  createRevocations,
  type FollowedRevocations,
  type IssuingSurroundings,
  type Log,
  type Peppers,
  Secret,
  type Stores,
  silentLog,
} from '@agentflow/core';

export interface IssuingWorld {
  readonly clock: Clock;
  readonly stores: Stores;
  readonly peppers?: Peppers;
  readonly log?: Log;
  readonly options?: object;
  readonly isTrial?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}

export const testPeppers = createPeppers(new Secret('6f1c29a8e4d05b7398fa42c1d60e8b57'), []);

/** An `api_key` that issues, on stores of a test's. What it returns must be closed. */
export async function issueOn({
  clock,
  stores,
  peppers = testPeppers,
  log = silentLog,
  options,
  environment,
  isTrial = true,
}: IssuingWorld) {
  const revocations: FollowedRevocations = createRevocations({ open: async () => stores, clock, log });
  await revocations.start();
  const counters = createMemoryCounters({ clock });
  const surroundings: IssuingSurroundings = {
    ...{ directory: '.', path: ['auth'], environment: environment ?? {}, isLiteral: () => false, clock, log },
    ...{ strict: true, isTrial, isReload: false, revocations },
    warn: () => undefined,
    announce: () => undefined,
    openStores: async () => stores,
    obtainPeppers: () => peppers,
    openCounters: async () => counters,
    openAttempts: () => Promise.reject(new Error('nobody guesses here')),
  };
  const parsed: ApiKeyAuthOptions = apiKeyAuthOptionsSchema.parse({ method: 'api_key', issued: true, ...options });
  const { issued } = parsed;
  if (issued === undefined) throw new Error('nothing is issued');
  const { backend, apiKeys } = createApiKeyAuth(parsed, surroundings, undefined, {
    createIssued: (findConfigured) => createIssuedKeys(issued, { surroundings, findConfigured }),
  });
  if (apiKeys === undefined) throw new Error('nothing is issued');
  return {
    ...{ backend, apiKeys, revocations },
    async close() {
      await backend.close();
      revocations.close();
    },
  };
}
