import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Counters, type Taken, type Taking, toTaken } from '@agentflow/core';
import { Redis } from 'ioredis';
import { giveBackScript, takeScript } from './limit-scripts.js';

export interface RedisOptions {
  /** `redis://user:password@host:6379/0`; `rediss:` over TLS. It may hold a password: never to be shown. */
  readonly url: string;
  /** Before every key, so that others may use the same Redis. */
  readonly prefix: string;
}

/** Counters that several processes share. */
export interface SharedCounters extends Counters {
  take(takings: readonly Taking[]): Promise<readonly Taken[]>;
  giveBack(takings: readonly Taking[]): Promise<void>;
  clear(takings: readonly Pick<Taking, 'key' | 'policy'>[]): Promise<void>;
  mark(key: string, seconds: number): Promise<void>;
  isMarked(key: string): Promise<boolean>;
  /** Rejects if it cannot be asked. */
  ping(): Promise<void>;
  close(): void;
}

/** A connection that says nothing for so long, while something waits for it, is given up for another. */
const silentMilliseconds = 5_000;
const longestRetryMilliseconds = 1_000;

/** How long a start waits for it. */
const openMilliseconds = 1_000;

/**
 * Counts in Redis. It is waited for a moment, and opened whether it is there or not: each call finds out for itself. Every call may take for as long as Redis hangs, so
 * it is for whoever calls to wait no longer than they can. Nothing is sent twice: what was lost was not counted.
 */
export async function openRedisCounters({ url, prefix }: RedisOptions): Promise<SharedCounters> {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    enableReadyCheck: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: silentMilliseconds,
    socketTimeout: silentMilliseconds,
    retryStrategy: (attempt) => Math.min(attempt * 50, longestRetryMilliseconds),
  });
  // Each call says for itself that it failed, and by this why there is no connection.
  let noConnection: Error | undefined;
  redis.on('error', (error: Error) => {
    // Of a name with several addresses: each has failed, and the error of all says nothing.
    noConnection = error instanceof AggregateError ? error.errors[0] : error;
  });
  redis.on('ready', () => {
    noConnection = undefined;
  });
  const asked = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw redis.status === 'ready' ? error : (noConnection ?? error);
    }
  };
  await Promise.race([once(redis, 'ready').catch(() => undefined), sleep(openMilliseconds, undefined, { ref: false })]);
  const keyOf = ({ key, policy }: Pick<Taking, 'key' | 'policy'>) => `${prefix}${policy.name}:${key}`;
  const markOf = (key: string) => `${prefix}mark:${key}`;
  const take = prepareScript(redis, takeScript);
  const giveBack = prepareScript(redis, giveBackScript);

  return {
    async take(takings) {
      const answer = (await asked(() => take(takings.map(keyOf), argumentsOf(takings)))) as readonly number[];
      return takings.map(({ policy }, index) => {
        const [allowed, debt = 0, over = 0] = answer.slice(index * 3, index * 3 + 3);
        return toTaken(allowed === 1, debt, policy, over);
      });
    },
    async giveBack(takings) {
      await asked(() => giveBack(takings.map(keyOf), argumentsOf(takings)));
    },
    async clear(takings) {
      await asked(() => redis.del(takings.map(keyOf)));
    },
    async mark(key, seconds) {
      await asked(() => redis.set(markOf(key), '1', 'EX', seconds));
    },
    async isMarked(key) {
      return (await asked(() => redis.exists(markOf(key)))) === 1;
    },
    async ping() {
      // By the way of all others: a Redis that may not write answers PING all the same.
      await asked(() => take([`${prefix}probe`], [1_000_000, 1, 1]));
    },
    close: () => redis.disconnect(),
  };
}

function argumentsOf(takings: readonly Taking[]): readonly number[] {
  return takings.flatMap(({ policy, cost = 1 }) => [policy.burst, policy.intervalMicroseconds, cost]);
}

/** By its digest, and whole only where Redis does not know it: after a restart of either. */
function prepareScript(redis: Redis, script: string) {
  const digest = createHash('sha1').update(script).digest('hex');
  return async (keys: readonly string[], values: readonly number[]): Promise<unknown> => {
    try {
      return await redis.evalsha(digest, keys.length, ...keys, ...values);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return redis.eval(script, keys.length, ...keys, ...values);
    }
  };
}
