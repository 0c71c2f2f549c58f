import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type RunningAgentflow, startAgentflow } from '../harness/agentflow.js';
import { describeOnDatabases, type TestDatabase } from '../harness/databases.js';
import { createProject, createSecret, exampleGraph, type Project } from '../harness/project.js';
import {
  createOwnRedis,
  createTestRedis,
  type OwnRedis,
  redisIsHere,
  redisNote,
  redisPort,
  redisServerIsHere,
  type TestRedis,
} from '../harness/redis.js';
import { send } from '../harness/requests.js';
import { openTcpGate, type TcpGate } from '../harness/tcp-gate.js';
import { tokenFor } from '../harness/tokens.js';

/* Security bar 47, 48: two processes that count together, and what becomes of it when they cannot. */

const limit = 10;
/** What each process lets pass while it counts alone. */
const alone = 5;
const rateLimit = { requests: limit, window: 86_400, address: { requests_per_minute: 10_000, burst: 10_000 } };
/* Where exact numbers are asked for, a machine that is busy with other things must not make one process count alone. */

const patient = { timeout: 20_000, interval: 20 };

let people = 0;
const secret = createSecret();
const stranger = () => {
  people += 1;
  return tokenFor(`shared-user-${people}`, secret);
};

/** How many of so many at once pass, of one person, asked of all processes in turn. Nothing else may be answered than yes and no. */
async function pass(instances: readonly RunningAgentflow[], count: number, token: string): Promise<number> {
  const ask = (index: number) => send(`${instances[index % instances.length]?.url}/v1/auth/me`, { token });
  const answers = await Promise.all(Array.from({ length: count }, (_, index) => ask(index)));
  expect(answers.filter(({ status }) => status !== 200 && status !== 429)).toEqual([]);
  for (const { status, headers, body } of answers) {
    expect(headers.get('ratelimit')).toMatch(/^"(?:credential|account)";r=\d+;t=\d+/);
    if (status === 200) continue;
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(body.error.retry_after_seconds).toBe(Number(headers.get('retry-after')));
  }
  return answers.filter(({ status }) => status === 200).length;
}

/** The same, one after another: what stands between must not be kept busy by this process itself. */
async function passInTurn(instances: readonly RunningAgentflow[], count: number, token: string): Promise<number> {
  let passed = 0;
  for (let index = 0; index < count; index += 1) {
    passed += await pass(instances.slice(index % instances.length).slice(0, 1), 1, token);
  }
  return passed;
}

const said = (instance: RunningAgentflow, text: string) => instance.output().split(text).length - 1;
const away = 'this process counts by itself';
const back = 'is back: all count together again';

/** Until every process has said so as often as that. */
const untilSaid = (instances: readonly RunningAgentflow[], text: string, count: number) =>
  vi.waitFor(() => expect(instances.map((one) => said(one, text))).toEqual(instances.map(() => count)), patient);

function startTwo(project: Project): Promise<readonly RunningAgentflow[]> {
  const options = { directory: project.directory, env: { JWT_SECRET_KEY: secret } };
  return Promise.all([startAgentflow(options), startAgentflow(options)]);
}

async function endBoth(instances: readonly RunningAgentflow[]): Promise<void> {
  expect(await Promise.all(instances.map((instance) => instance.stop()))).toEqual([0, 0]);
}

describe.skipIf(!redisIsHere)(`two processes and one Redis${redisNote}`, () => {
  describeOnDatabases((createDatabase) => {
    let database: TestDatabase;
    let redis: TestRedis;
    let project: Project;
    let instances: readonly RunningAgentflow[];

    beforeAll(async () => {
      database = await createDatabase();
      redis = createTestRedis();
      const where = database.configuration;
      project = createProject({
        'agentflow.json': {
          ...{ agent: exampleGraph, auth: 'jwt', rate_limit: rateLimit },
          ...{ redis: { url: redis.url, prefix: redis.prefix, deadline: 5 }, ...(where && { database: where }) },
        },
      });
      instances = await startTwo(project);
    });

    afterAll(async () => {
      await endBoth(instances);
      project.remove();
      await redis.remove();
      await database.remove();
    });

    test('exactly so many pass as may, of however many at once', async () => {
      for (let round = 0; round < 5; round += 1) {
        const token = stranger();
        expect(await pass(instances, 60, token)).toBe(limit);
        expect(await pass(instances, 10, token)).toBe(0);
      }
    });

    test('exactly as many, where there are exactly as many', async () => {
      expect(await pass(instances, limit, stranger())).toBe(limit);
    });

    test('an account has as many with ten credentials, asked of both', async () => {
      const tokens = Array.from({ length: 10 }, (_, index) => tokenFor('many-keys', secret, { jti: `key-${index}` }));
      const passed = await Promise.all(tokens.map((token) => pass(instances, 4, token)));
      expect(passed.reduce((sum, one) => sum + one, 0)).toBe(limit);
    });

    test('Redis keeps nothing by which anybody could be named, or act', async () => {
      const token = stranger();
      await pass(instances, 2, token);
      const dump = await redis.dump();
      expect([...dump.keys()].filter((key) => key.startsWith('credential:')).length).toBeGreaterThan(0);
      const text = JSON.stringify([...dump]);
      expect(text).not.toContain('shared-user');
      expect(text).not.toContain(token.split('.')[2]);
    });
  });
});

describe.skipIf(!redisIsHere)(`two processes and a Redis that misbehaves${redisNote}`, () => {
  let redis: TestRedis;
  let gate: TcpGate;
  let project: Project;
  let instances: readonly RunningAgentflow[];
  let outages = 0;

  beforeAll(async () => {
    redis = createTestRedis();
    gate = await openTcpGate(redisPort);
    project = createProject({
      'agentflow.json': {
        ...{ agent: exampleGraph, auth: 'jwt', rate_limit: rateLimit },
        redis: { url: `redis://127.0.0.1:${gate.port}`, prefix: redis.prefix, deadline: 0.5 },
      },
    });
    instances = await startTwo(project);
  });

  afterAll(async () => {
    await endBoth(instances);
    project.remove();
    await gate.close();
    await redis.remove();
  });

  test.each([
    ['hangs', 'hang'],
    ['is not there', 'refuse'],
    ['answers errors', { answer: '-ERR out of order\r\n' }],
  ] as const)('while Redis %s each counts alone and stricter, and together again after that', async (_what, mood) => {
    const token = stranger();
    expect(await passInTurn(instances, 30, token)).toBe(limit);
    gate.be(mood);
    outages += 1;
    const first = await pass(instances, 60, token);
    // What was asked together before is not known here; what each lets pass is bounded.
    expect(first).toBeLessThanOrEqual(alone * instances.length);
    await untilSaid(instances, away, outages);
    gate.heard();
    const another = stranger();
    expect(await pass(instances, 60, another)).toBe(alone * instances.length);
    expect(await pass(instances, 60, another)).toBe(0);
    // Nobody waited for it: nothing was asked but whether it is back.
    expect(gate.heard()).not.toContain('credential:');
    gate.be('open');
    await untilSaid(instances, back, outages);
    const third = stranger();
    expect(await passInTurn(instances, 30, third)).toBe(limit);
    expect(instances.map((one) => said(one, away))).toEqual([outages, outages]);
  });
});

describe.skipIf(!redisServerIsHere)(
  `a Redis of one’s own${redisServerIsHere ? '' : ' (redis-server is not there: install it)'}`,
  () => {
    let redis: OwnRedis;
    let project: Project;
    let instance: RunningAgentflow;
    const password = 'made-up-password-of-redis';

    beforeAll(async () => {
      redis = await createOwnRedis();
      const url = redis.url.replace('//', `//:${password}@`);
      project = createProject({
        'agentflow.json': {
          ...{ agent: exampleGraph, auth: 'jwt', rate_limit: rateLimit },
          redis: { url: '${OWN_REDIS}', deadline: 5 },
        },
      });
      // It is not there yet.
      const env = { JWT_SECRET_KEY: secret, OWN_REDIS: url };
      instance = await startAgentflow({ directory: project.directory, env });
    });
    afterAll(async () => {
      expect(await instance.stop()).toBe(0);
      project.remove();
      await redis.kill();
    });

    test('that is not there is no reason not to start; that was killed and is back, none to be stuck', async () => {
      expect(await pass([instance], 30, stranger())).toBe(alone);
      // A password that nobody has asked for is no matter.
      for (let round = 1; round <= 3; round += 1) {
        await redis.start();
        await untilSaid([instance], back, round);
        const token = stranger();
        expect(await pass([instance], 30, token)).toBe(limit);
        await redis.kill();
        expect(await pass([instance], 30, token)).toBeLessThanOrEqual(alone);
        await untilSaid([instance], away, round + 1);
        expect(await pass([instance], 30, stranger())).toBe(alone);
      }
      expect(instance.output()).toContain('counted in Redis 127.0.0.1');
      expect(instance.output()).not.toContain(password);
    });

    test('can be named by a variable', async () => {
      const named = createProject({ 'agentflow.json': { agent: exampleGraph, auth: 'jwt', rate_limit: rateLimit } });
      const env = { JWT_SECRET_KEY: secret, REDIS_URL: redis.url.replace('//', `//:${password}@`) };
      const other = await startAgentflow({ directory: named.directory, env });
      expect(await other.stop()).toBe(0);
      named.remove();
      expect(other.output()).toContain(`counted in Redis ${new URL(redis.url).host}, from REDIS_URL`);
      expect(other.output()).not.toContain(password);
    });
  },
);
