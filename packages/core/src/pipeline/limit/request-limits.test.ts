import { type RouteName, routes } from '@agentflow/protocol';
import { expect, test } from 'vitest';
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

test.each(['signOut', 'endAllSessions', 'revokeApiKey'] as const)(
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
