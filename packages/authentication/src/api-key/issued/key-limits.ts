import {
  type ApiKeyStore,
  type Counters,
  createPolicy,
  RateLimitedError,
  RequestError,
  type StoredApiKey,
} from '@agentflow/core';

const quotaUsedUp = 'The quota of this key is used up.';

/**
 * Counts a use against what the key itself may: so many in a time, and so many in all.
 * @throws {RateLimitedError | RequestError} 429
 */
export async function takeUse(
  { family, rate, quota }: StoredApiKey,
  {
    openCounters,
    open,
  }: {
    readonly openCounters: () => Promise<Counters>;
    readonly open: () => Promise<{ readonly apiKeys: ApiKeyStore }>;
  },
): Promise<void> {
  if (rate !== undefined) {
    const numbers = { burst: rate.requests, amount: rate.requests, perSeconds: rate.windowSeconds };
    const policy = createPolicy('api-key', numbers);
    const [taken] = await (await openCounters()).take([{ key: `api-key ${family}`, policy }]);
    if (taken?.allowed !== true) {
      throw new RateLimitedError({ retryAfterSeconds: taken?.retryAfterSeconds ?? 1, violated: [policy] });
    }
  }
  if (quota === undefined) return;
  const { apiKeys } = await open();
  if (await apiKeys.takeUse(family, quota)) return;
  throw new RequestError('RATE_LIMIT_EXCEEDED', { message: quotaUsedUp, reason: `the quota of ${quota} is used up` });
}
