import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Redis } from 'ioredis';
import { freePort } from './free-port.js';

const redisUrl = process.env['AGENTFLOW_TEST_REDIS'] ?? 'redis://127.0.0.1:6379';

async function answers(): Promise<boolean> {
  const redis = new Redis(redisUrl, { lazyConnect: true, connectTimeout: 20_000, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return (await redis.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
}

export const redisIsHere = await answers();

/** For the name of a block that is skipped without it. */
export const redisNote = redisIsHere ? '' : ' (Redis is not there: start it, or name one in AGENTFLOW_TEST_REDIS)';

/** A part of a Redis that nobody else uses. */
export interface TestRedis {
  readonly url: string;
  readonly prefix: string;
  /** All keys there, without the prefix, and what they hold. */
  dump(): Promise<ReadonlyMap<string, string>>;
  remove(): Promise<void>;
}

export function createTestRedis(): TestRedis {
  const prefix = `agentflow-test-${randomBytes(6).toString('hex')}:`;
  const redis = new Redis(redisUrl);
  return {
    ...{ url: redisUrl, prefix },
    async dump() {
      const keys = await redis.keys(`${prefix}*`);
      const values = await Promise.all(keys.map(async (key) => (await redis.get(key)) ?? ''));
      return new Map(keys.map((key, index) => [key.slice(prefix.length), values[index] ?? '']));
    },
    async remove() {
      const keys = await redis.keys(`${prefix}*`);
      if (keys.length > 0) await redis.del(keys);
      redis.disconnect();
    },
  };
}

/** The port of the Redis that the tests use. */
export const redisPort = Number(new URL(redisUrl).port || 6379);

const executable = process.env['AGENTFLOW_TEST_REDIS_SERVER'] ?? '/usr/bin/redis-server';

/** Debian: `apt-get install redis-server`. */
export const redisServerIsHere = existsSync(executable);

/** A Redis of a test's own, which can be killed and started again where it was. It keeps nothing. */
export interface OwnRedis {
  readonly url: string;
  start(): Promise<void>;
  kill(): Promise<void>;
}

export async function createOwnRedis(): Promise<OwnRedis> {
  const port = await freePort();
  let child: ChildProcess | undefined;
  return {
    url: `redis://127.0.0.1:${port}`,
    async start() {
      const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
      const started = spawn(executable, args, { cwd: tmpdir(), stdio: ['ignore', 'pipe', 'ignore'] });
      child = started;
      await new Promise<void>((resolve, reject) => {
        let output = '';
        started.stdout.setEncoding('utf8').on('data', (text: string) => {
          output += text;
          if (/ready to accept connections/i.test(output)) resolve();
        });
        started.once('close', (code) => reject(new Error(`redis-server ended with ${code}:\n${output}`)));
      });
    },
    async kill() {
      const ended = child;
      child = undefined;
      if (ended === undefined || ended.exitCode !== null) return;
      const closed = once(ended, 'close');
      ended.kill('SIGKILL');
      await closed;
    },
  };
}
