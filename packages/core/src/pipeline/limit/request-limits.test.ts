import { type RouteName, routes } from '@agentflow/protocol';
import { describe, expect, test } from 'vitest';
import { RateLimitedError } from '../../errors.js';
import { createPolicy } from '../../limits/limit-policy.js';
import { createMemoryCounters } from '../../limits/memory-counters.js';
import { createPrincipal } from '../../principal.js';
import { createMemorySignals } from '../../signals.js';
import type { RequestView } from '../request.js';
import type { LimitedRequest } from './count-request.js';
import { createKnownCredentials } from './known-credentials.js';
import type { LimitRules } from './limit-rules.js';
import { createRequestLimits } from './request-limits.js';

const clock = { now: () => 1_800_000_000_000 };
const policy = (name: string, burst: number) => createPolicy(name, { burst, amount: burst, perSeconds: 86_400 });
const principal = createPrincipal({ realm: 'local', subject: 'alice', claims: {} });

const ofEachOwn = { address: policy('address', 6), credential: policy('credential', 2), account: policy('account', 2) };

/** The names of what a request counts against, for each that is made in turn; `refused` where it is one too many. */
function createAsking(limited: Partial<LimitRules> = ofEachOwn) {
  const limits = createRequestLimits({
    rules: {
      ...limited,
      ...{ badCredentials: policy('bad-credentials', 5), routes: new Map(), excludedPaths: new Set<string>() },
    },
    ...{ counters: createMemoryCounters({ clock }), digest: (text: string) => text, signals: createMemorySignals() },
    known: createKnownCredentials(),
  });
  return async (name: RouteName, address = '192.0.2.1') => {
    const record: LimitedRequest = {};
    const request = {
      ...{ path: '/', address, headers: new Map<string, string>() },
      match: { kind: 'found', route: { ...routes[name], name }, parameters: {} },
      credential: { scheme: 'bearer', credentials: 'a token' },
    } as unknown as RequestView;
    try {
      const credential = await limits.presented(request, [], record);
      await limits.accepted(request, principal, credential, record);
    } catch {
      return `refused: ${record.limits?.map((one) => one.policy.name).join(' ')}`;
    }
    return record.limits?.map((one) => one.policy.name).join(' ');
  };
}

const endings = [
  ...(['signOut', 'endAllSessions', 'endOtherSessions', 'endSession', 'revokeApiKey'] as const),
  ...(['endTenantSession', 'revokeTenantApiKey'] as const),
];

test.each(endings)(
  '%s counts against the address alone, and is not kept waiting by what the account has used up',
  async (name) => {
    const ask = createAsking();
    const all = 'address credential account';
    expect([await ask('readMe'), await ask('readMe'), await ask('readMe')]).toEqual([all, all, 'refused: credential']);
    const ends = [await ask(name), await ask(name), await ask(name), await ask(name), await ask(name)];
    expect(ends).toEqual(['address', 'address', 'address', 'address', 'refused: address']);
  },
);

test('and uses up nothing of what the account may ask', async () => {
  const ask = createAsking();
  for (let index = 0; index < 3; index += 1) expect(await ask('signOut')).toBe('address');
  expect(await ask('readMe')).toBe('address credential account');
});

test('what is of everybody together is used up by each', async () => {
  const ask = createAsking({ everybody: policy('everybody', 3) });
  const asked = [
    await ask('readMe', '192.0.2.1'),
    await ask('signOut', '192.0.2.2'),
    await ask('listThreads', '192.0.2.3'),
  ];
  expect(asked).toEqual(['everybody', 'everybody', 'everybody']);
  expect(await ask('readMe', '192.0.2.4')).toBe('refused: everybody');
});

describe('a credential that is good, and is presented at another address', () => {
  const rules: LimitRules = {
    ...{ credential: policy('credential', 3), badCredentials: policy('bad-credentials', 2) },
    ...{ routes: new Map(), excludedPaths: new Set<string>() },
  };
  const create = () =>
    createRequestLimits({
      ...{ rules, counters: createMemoryCounters({ clock }), digest: (text: string) => text },
      ...{ known: createKnownCredentials(), signals: createMemorySignals() },
    });
  const requestOf = (credentials: string, address: string) =>
    ({
      ...{ path: '/', address, headers: new Map<string, string>() },
      match: { kind: 'found', route: { ...routes.readMe, name: 'readMe' }, parameters: {} },
      credential: { scheme: 'basic', credentials },
    }) as unknown as RequestView;
  const [home, elsewhere] = ['192.0.2.1', '192.0.2.2'];

  test('is a guess among those that are made there', async () => {
    const limits = create();
    const request = requestOf('the right one', home);
    await limits.accepted(request, principal, await limits.presented(request, [], {}), {});
    for (const address of [home, elsewhere]) {
      for (const guess of ['one', 'two']) {
        await limits.rejected(address, await limits.presented(requestOf(guess, address), [], {}));
      }
    }
    for (const guess of ['three', 'the right one']) {
      await expect(limits.presented(requestOf(guess, elsewhere), [], {})).rejects.toThrow(RateLimitedError);
    }
    await expect(limits.presented(requestOf('three', home), [], {})).rejects.toThrow(RateLimitedError);
    expect(await limits.presented(request, [], {})).toBeDefined();
  });

  test('has there what any other has', async () => {
    const limits = create();
    const left = async (credentials: string, address: string) => {
      const record: LimitedRequest = {};
      await limits.presented(requestOf(credentials, address), [], record);
      return record.limits?.map(({ taken }) => taken.remaining);
    };
    expect([await left('used', home), await left('used', home)]).toEqual([[2], [1]]);
    expect([await left('used', elsewhere), await left('unused', elsewhere)]).toEqual([[2], [2]]);
  });
});
