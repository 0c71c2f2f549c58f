import { placeWebhooks, routeList } from '@agentflow/protocol';
import { describe, expect, test } from 'vitest';
import { configurationSchema } from '../configuration/schema.js';
import { chooseLimits } from './limits.js';

interface Given {
  readonly rateLimit?: unknown;
  readonly environment?: Readonly<Record<string, string>>;
  readonly mode?: 'production' | 'development';
  readonly auth?: boolean;
}

function choose({ rateLimit, environment = {}, mode = 'production', auth = true }: Given) {
  const announced: string[] = [];
  const configuration = configurationSchema.parse({
    agent: 'graph.ts:app',
    ...(auth && { auth: 'jwt' }),
    ...(rateLimit !== undefined && { rate_limit: rateLimit }),
  });
  const announce = (line: string) => void announced.push(line);
  const { rules, attempts, runs, description } = chooseLimits(configuration, {
    ...{ environment, mode, routes: [...routeList, ...placeWebhooks(true)], announce },
  });
  const { everybody, address, credential, account, badCredentials } = rules ?? {};
  const numbers = [everybody, address, credential, account, badCredentials].map((policy) =>
    policy === undefined ? null : [policy.burst, policy.intervalMicroseconds],
  );
  return { numbers, attempts, runs, description, announced, routes: rules?.routes, isOff: rules === undefined };
}

const second = 1_000_000;

describe('everybody, address, credential, account and bad credentials, as burst and interval', () => {
  test.each<readonly [string, Given, readonly unknown[]]>([
    ['nothing', {}, [null, [100, second / 10], [10, second], [10, second], [50, second]]],
    [
      'nothing, in development',
      { mode: 'development' },
      [null, [1000, second / 100], [100, second / 10], [100, second / 10], [500, second / 10]],
    ],
    [
      'm9m',
      { rateLimit: { enabled: true, requests_per_minute: 120, burst: 5 } },
      [null, [50, second / 20], [5, second / 2], [5, second / 2], [25, second / 2]],
    ],
    [
      'a rate without a burst',
      { rateLimit: { requests_per_minute: 6 } },
      [null, [10, second], [1, 10 * second], [1, 10 * second], [5, 10 * second]],
    ],
    [
      'AgentFlow, by address',
      { rateLimit: { requests: 100, window: 50, by: 'ip', backend: 'memory', fail_open: true } },
      [null, [100, second / 2], null, null, [500, second / 2]],
    ],
    [
      'AgentFlow, all together',
      { rateLimit: { requests: 100, by: 'global' } },
      [[100, 0.6 * second], null, null, null, [500, 0.6 * second]],
    ],
    [
      'an address of its own',
      { rateLimit: { address: { requests_per_minute: 60, burst: 7 } } },
      [null, [7, second], [10, second], [10, second], [50, second]],
    ],
    [
      'variables',
      { environment: { RATE_LIMIT_REQUESTS_PER_MINUTE: '600', RATE_LIMIT_BURST: '3' } },
      [null, [30, second / 100], [3, second / 10], [3, second / 10], [15, second / 10]],
    ],
    [
      'the file before variables',
      { rateLimit: { burst: 4 }, environment: { RATE_LIMIT_REQUESTS_PER_MINUTE: '600', RATE_LIMIT_BURST: '3' } },
      [null, [40, second / 100], [4, second / 10], [4, second / 10], [20, second / 10]],
    ],
    ['no auth, and asked for', { auth: false, rateLimit: { burst: 4 } }, [null, [4, second], null, null, null]],
  ])('%s', (_name, given, expected) => {
    expect(choose(given).numbers).toEqual(expected);
  });
});

describe('what is off', () => {
  test('is so without auth where nobody has asked for it, and silently', () => {
    expect(choose({ auth: false })).toMatchObject({ isOff: true, announced: [] });
  });

  test.each([false, { enabled: false }])(
    'is told where %j ends it, and sign-ins are limited all the same',
    (rateLimit) => {
      const { isOff, announced, attempts } = choose({ rateLimit });
      expect([isOff, announced.length, attempts.pair.burst]).toEqual([true, 1, 10]);
      expect(choose({ rateLimit: true })).toMatchObject({ isOff: false, announced: [] });
      expect(choose({ rateLimit: null })).toMatchObject({ isOff: false, announced: [] });
    },
  );
});

test.each<readonly [string, Given, number | undefined]>([
  ['nothing', {}, 50],
  ['nothing, in development', { mode: 'development' }, 500],
  ['no auth', { auth: false, rateLimit: { concurrent_runs: 3 } }, undefined],
  ['the file', { rateLimit: { concurrent_runs: 3 } }, 3],
  ['a variable', { environment: { RATE_LIMIT_CONCURRENT_RUNS: '4' } }, 4],
  [
    'the file before a variable',
    { rateLimit: { concurrent_runs: 3 }, environment: { RATE_LIMIT_CONCURRENT_RUNS: '4' } },
    3,
  ],
  ['no cap, by a variable', { environment: { RATE_LIMIT_CONCURRENT_RUNS: '0' } }, undefined],
  ['no cap', { rateLimit: { concurrent_runs: 0 } }, undefined],
  ['no limits', { rateLimit: false }, undefined],
])('runs of one principal at a time: %s', (_name, given, expected) => {
  expect(choose(given).runs).toBe(expected);
});

test('attempts to sign in have numbers of their own', () => {
  const { attempts } = choose({ rateLimit: { sign_in: { attempts: 4, interval: '2m' } } });
  expect(
    [attempts.pair, attempts.address, attempts.account].map((one) => [one.burst, one.intervalMicroseconds]),
  ).toEqual([
    [4, 120 * second],
    [12, 20 * second],
    [12, 120 * second],
  ]);
  const byVariable = choose({ rateLimit: {}, environment: { RATE_LIMIT_SIGN_IN_ATTEMPTS: '7' } });
  expect(byVariable.attempts.pair.burst).toBe(7);
});

test('a route counts together with another path to it', () => {
  const { routes } = choose({
    rateLimit: { routes: { receiveWebhook: { burst: 2 }, receiveWebhookInShort: { burst: 1 } } },
  });
  expect(routes?.get('receiveWebhook')?.map(({ name }) => name)).toEqual(['receiveWebhook']);
  expect(routes?.get('receiveWebhookInShort')?.map(({ name }) => name)).toEqual([
    'receiveWebhook',
    'receiveWebhookInShort',
  ]);
});

test('a route counts by its name and by its permission', () => {
  const { routes } = choose({
    rateLimit: {
      routes: { 'graph:stream': { burst: 2 }, streamGraph: { burst: 3 }, readMe: { requests_per_minute: 6 } },
    },
  });
  const told = (name: Parameters<NonNullable<typeof routes>['get']>[0]) =>
    routes?.get(name)?.map((policy) => [policy.name, policy.burst]);
  expect(told('streamGraph')).toEqual([
    ['graph:stream', 2],
    ['streamGraph', 3],
  ]);
  expect(told('openSocket')).toEqual([['graph:stream', 2]]);
  expect(told('readMe')).toEqual([['readMe', 1]]);
  expect(told('invokeGraph')).toBeUndefined();
});
