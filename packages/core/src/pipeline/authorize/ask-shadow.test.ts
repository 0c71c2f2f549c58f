import { describe, expect, test } from 'vitest';
import {
  type AuthorizationBackend,
  allow,
  type Decision,
  deny,
  type ShadowBackend,
} from '../../authorization-backend.js';
import { type Log, silentLog } from '../../log.js';
import { createPrincipal } from '../../principal.js';
import type { Caller, RequestView } from '../request.js';
import type { Difference } from './ask-shadow.js';
import { type AccessRequest, decide } from './authorize.js';

const request: RequestView = {
  ...{ id: 'r1', method: 'POST', target: '/', path: '/', query: new URLSearchParams(), address: '192.0.2.1' },
  ...{ match: { kind: 'not-found' }, headers: new Map(), isSecure: false, transport: 'http', credential: null },
  ...{ body: (async function* () {})(), signal: new AbortController().signal, serverEnd: new AbortController().signal },
};

const access: AccessRequest = { resource: 'graph', action: 'invoke', resourceId: 'thread' };

/** Decisions by a live backend and a shadow, with what was told, asked and logged meanwhile. */
function ask(
  live: AuthorizationBackend['authorize'],
  candidate: ShadowBackend['authorize'],
  scopes?: readonly string[],
) {
  const others: AuthorizationBackend['authorize'][] = [];
  const told: Difference[] = [];
  const asked: unknown[] = [];
  const errors: object[] = [];
  const log: Log = { ...silentLog, error: (fields) => void errors.push(fields) };
  const shadow: ShadowBackend = {
    name: 'candidate.csv',
    authorize: (...given) => {
      asked.push(given.slice(1));
      return candidate(...given);
    },
    describe: () => '',
    close: () => undefined,
  };
  const named = (name: string, authorize: AuthorizationBackend['authorize']) => {
    const backend = { authorize, ready: () => true as const, describe: () => '', close: () => undefined };
    return { name, backend, deadlineMilliseconds: 50 };
  };
  const options = () => ({
    backends: [{ ...named('live', live), shadow }, ...others.map((authorize) => named('other', authorize))],
    ...{ authentication: [], log, tellDifference: (one: Difference) => void told.push(one) },
  });
  const caller: Caller = {
    principal: createPrincipal({ realm: 'local', subject: 'alice', ...(scopes && { scopes }) }),
    ...{ method: 'test', evidence: {} },
  };
  const once = (of: AccessRequest = access): Promise<Decision> => decide(request, caller, of, options());
  return { once, told, asked, errors, others };
}

describe('a shadow', () => {
  test.each([
    [true, 'allow'],
    [false, 'deny'],
  ])('is asked the same, and never changes the answer %s', async (answer, effect) => {
    const { once, told, asked } = ask(
      () => answer,
      () => (answer ? deny('not by me', 'candidate.csv:1') : allow('by me')),
    );
    expect((await once()).effect).toBe(effect);
    expect(asked).toEqual([['graph', 'invoke', 'thread', { many: false }]]);
    expect(told).toMatchObject([{ access, name: 'live', shadow: 'candidate.csv', change: answer ? 'loss' : 'gain' }]);
  });

  test('is told of where it agrees as little as where nobody wants to know', async () => {
    const { once, told, asked } = ask(
      () => true,
      () => allow('so do I'),
    );
    await once();
    expect([asked.length, told]).toEqual([1, []]);
  });

  test('is compared by its filter, for a list', async () => {
    const { once, told } = ask(
      () => ({ filter: { id: { in: ['a'] } } }),
      () => ({ ...allow('some'), filter: { id: { in: ['a', 'b'] } } }),
    );
    const decision = await once({ resource: 'checkpointer', action: 'read', many: true });
    expect(decision.filter).toEqual({ id: { in: ['a'] } });
    expect(told.map(({ change }) => change)).toEqual(['gain']);
  });

  test('is not asked where the scopes or the backend have refused before', async () => {
    const bounded = ask(
      () => true,
      () => deny('never'),
      ['graph:read'],
    );
    expect((await bounded.once()).effect).toBe('deny');
    const broken = ask(
      () => Promise.reject(new Error('away')),
      () => deny('never'),
    );
    await expect(broken.once()).rejects.toThrow('away');
    expect([bounded.asked, bounded.told, broken.asked, broken.told]).toEqual([[], [], [], []]);
  });

  test('is held against its own backend, and not against what all of them say', async () => {
    const agreeing = ask(
      () => true,
      () => allow('so do I'),
    );
    agreeing.others.push(() => false);
    expect((await agreeing.once()).effect).toBe('deny');
    expect([agreeing.asked.length, agreeing.told]).toEqual([1, []]);
    const differing = ask(
      () => true,
      () => deny('not by me'),
    );
    differing.others.push(() => false);
    expect((await differing.once()).effect).toBe('deny');
    expect(differing.told).toMatchObject([{ change: 'loss', name: 'live' }]);
  });

  test('that throws changes nothing, and is told once until it answers again', async () => {
    let isBroken = true;
    const { once, told, errors } = ask(
      () => true,
      () => {
        if (isBroken) throw new Error('no more');
        return deny('never');
      },
    );
    for (let count = 0; count < 3; count += 1) expect((await once()).effect).toBe('allow');
    expect([errors.length, told.length]).toEqual([1, 0]);
    isBroken = false;
    await once();
    expect(told).toHaveLength(1);
    isBroken = true;
    await once();
    await once();
    expect(errors).toHaveLength(2);
  });
});
