import { ConfigurationError } from '@agentflow/core';
import type { RedisOptions } from '@agentflow/stores';
import type { LoadedConfiguration } from '../configuration/load-configuration.js';
import { readUrlVariable } from './url-variable.js';

/** Where several processes count together. */
export interface ChosenRedis extends RedisOptions {
  /** For people: who has said so. */
  readonly source: string;
  /** Absent: as the counters have it. */
  readonly deadlineMilliseconds: number | undefined;
}

const defaultPrefix = 'agentflow:rate-limit:';
const remedy = 'Write redis://user:password@host:6379/0, or leave it out: then each process counts for itself.';

/**
 * `redis` in the file, else AgentFlow's place for it in `rate_limit`, else `REDIS_URL`. Undefined where each process counts for itself.
 * @throws {ConfigurationError}
 */
export function chooseRedis({ configuration, environment, directory }: LoadedConfiguration): ChosenRedis | undefined {
  const { redis, rate_limit: limit } = configuration;
  const backend = limit?.backend;
  if (backend === 'memory') return undefined;
  const inFile = redis ?? limit?.redis;
  const path = redis ? ['redis'] : ['rate_limit', 'redis'];
  const found = inFile
    ? { url: inFile.url, source: `"${path.join('.')}" in the file` }
    : readUrlVariable('REDIS_URL', environment, directory);
  if (found === undefined) {
    if (backend === undefined) return undefined;
    const message = '"rate_limit.backend" is "redis", and nothing says where it is';
    throw new ConfigurationError([{ path: ['rate_limit', 'backend'], message, remedy: `Set "redis". ${remedy}` }]);
  }
  requireRedisUrl(found.url, inFile ? path : [], found.source);
  const deadline = inFile?.deadline;
  return {
    ...{ ...found, prefix: inFile?.prefix ?? defaultPrefix },
    deadlineMilliseconds: deadline === undefined ? undefined : deadline * 1000,
  };
}

function requireRedisUrl(url: string, path: readonly string[], source: string): void {
  const isRedis = /^rediss?:\/\//i.test(url);
  if (isRedis && URL.canParse(url)) return;
  // The text itself may hold a password, so it is not repeated.
  const what = isRedis ? 'is no URL' : 'does not begin with "redis://" or "rediss://", as the address of a Redis does';
  throw new ConfigurationError([{ path, message: `${source} ${what}`, remedy }]);
}

/** For people: without the password, and whatever else the address holds. */
export function describeRedis({ url }: Pick<ChosenRedis, 'url'>): string {
  return `Redis ${new URL(url).host || 'on this machine'}`;
}

export function describeCounting({ redis }: { readonly redis: ChosenRedis | undefined }): string {
  if (redis === undefined) return 'counted by this process';
  return `counted in ${describeRedis(redis)}, from ${redis.source}`;
}
