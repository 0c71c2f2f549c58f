import { describe, expect, test } from 'vitest';
import { type AuthorizationBackend, type AuthorizationContext, allow, deny } from '../../authorization-backend.js';
import { UnavailableError } from '../../errors.js';
import { silentLog } from '../../log.js';
import { createPrincipal, type PrincipalFields } from '../../principal.js';
import type { RequestView } from '../request.js';
import { type AccessRequest, decide } from './authorize.js';

const request: RequestView = {
  ...{ id: 'r1', method: 'GET', target: '/', path: '/', query: new URLSearchParams(), address: '192.0.2.1' },
  ...{ match: { kind: 'not-found' }, headers: new Map(), isSecure: false, transport: 'http', credential: null },
  ...{ body: (async function* () {})(), signal: new AbortController().signal, serverEnd: new AbortController().signal },
};

type Authorize = AuthorizationBackend['authorize'];

const bot = { realm: 'local', subject: 'bot', roles: ['runner'], actor: { realm: 'local', subject: 'planner' } };

/** Asks for alice, through the bot unless told otherwise; with who was asked about. */
async function ask(
  authorize: Authorize | readonly Authorize[],
  access: Partial<AccessRequest> = {},
  principal: Partial<PrincipalFields> = { actor: bot },
) {
  const asked: string[] = [];
  const contexts: (AuthorizationContext | undefined)[] = [];
  const backends = [authorize].flat().map((one, index) => ({
    name: `b${index}`,
    backend: {
      authorize: (...given: Parameters<Authorize>) => {
        asked.push(`${index}:${given[0].sub}`);
        contexts.push(given[4]);
        return one(...given);
      },
      ...{ ready: () => true as const, describe: () => '', close: () => undefined },
    },
    deadlineMilliseconds: 50,
  }));
  const caller = {
    principal: createPrincipal({ realm: 'local', subject: 'alice', ...principal }),
    ...{ method: 'test', evidence: {} },
  };
  const decision = decide(
    request,
    caller,
    { resource: 'checkpointer', action: 'read', ...access },
    { backends, authentication: [], log: silentLog },
  );
  return { decision: await decision.catch((error: unknown) => error), asked, contexts };
}

const only =
  (...subjects: readonly string[]): Authorize =>
  ({ sub }) =>
    subjects.includes(sub) ? allow(`${sub} may`, `rule of ${sub}`) : deny(`${sub} may not`, `rule of ${sub}`);

describe('whoever acts for another', () => {
  test('may what both may; who acted before is not asked about', async () => {
    const { decision, asked } = await ask(only('alice', 'bot'));
    expect(decision).toMatchObject({
      effect: 'allow',
      reason: 'alice may; the actor bot: bot may',
      policyId: 'rule of alice',
    });
    expect(asked).toEqual(['0:alice', '0:bot']);
  });

  test.each<[string, readonly string[], string, readonly string[]]>([
    ['the actor alone may', ['bot', 'planner'], 'alice may not', ['0:alice']],
    ['the principal alone may', ['alice', 'planner'], 'the actor bot may not: bot may not', ['0:alice', '0:bot']],
    ['neither may', [], 'alice may not', ['0:alice']],
  ])('%s: refused, and the reason says who', async (_what, subjects, reason, whom) => {
    const { decision, asked } = await ask(only(...subjects));
    expect(decision).toMatchObject({ effect: 'deny', reason });
    expect(asked).toEqual(whom);
  });

  test('the same two without an actor between them: one question each', async () => {
    expect(await ask(only('alice'), {}, {})).toMatchObject({ decision: { effect: 'allow' }, asked: ['0:alice'] });
    expect(await ask(only('bot'), {}, { subject: 'bot' })).toMatchObject({ decision: { effect: 'allow' } });
  });

  test('an actor of an issuer is called by it', async () => {
    const actor = { realm: 'https://issuer.example', subject: 'bot' };
    const { decision } = await ask(only('alice'), {}, { actor });
    expect(decision).toMatchObject({ reason: 'the actor bot of https://issuer.example may not: bot may not' });
  });

  test('each of several backends is asked about both', async () => {
    const { decision, asked } = await ask([only('alice', 'bot'), only('alice')]);
    expect([decision, asked]).toEqual([
      expect.objectContaining({ effect: 'deny', policyId: 'rule of bot' }),
      ['0:alice', '1:alice', '0:bot', '1:bot'],
    ]);
  });

  test('scopes of the credential are asked first, and bound both', async () => {
    const narrow = { actor: bot, scopes: ['graph:invoke'] };
    expect(await ask(only('alice', 'bot'), {}, narrow)).toMatchObject({ decision: { effect: 'deny' }, asked: [] });
  });

  test('a backend is told which of the two questions it is', async () => {
    const { contexts } = await ask(only('alice', 'bot'));
    expect(contexts.map((context) => [context?.principal.subject, context?.actsFor?.subject])).toEqual([
      ['alice', undefined],
      ['bot', 'alice'],
    ]);
  });

  test.each<[string, Authorize]>([
    ['throws', ({ sub }) => (sub === 'alice' ? true : Promise.reject(new Error('away')))],
    ['hangs', ({ sub }) => (sub === 'alice' ? true : new Promise(() => undefined))],
    ['answers nonsense', ({ sub }) => (sub === 'alice' ? true : ('yes' as unknown as boolean))],
  ])('a backend that %s about the actor lets nobody through', async (_what, authorize) => {
    expect((await ask(authorize)).decision).toBeInstanceOf(UnavailableError);
  });
});

describe('filters', () => {
  const ids = (...list: readonly string[]) => ({ id: { in: list } });
  const byUser: Authorize = ({ sub }) => ({ filter: sub === 'alice' ? ids('a', 'b') : ids('b', 'c') });

  test('of many, those that both may', async () => {
    const { decision } = await ask(byUser, { many: true });
    expect(decision).toMatchObject({ effect: 'allow', filter: { and: [ids('a', 'b'), ids('b', 'c')] } });
  });

  test.each([
    ['a', 'deny'],
    ['b', 'allow'],
    ['c', 'deny'],
    ['d', 'deny'],
  ])('of one, %s: %s', async (resourceId, effect) => {
    expect((await ask(byUser, { resourceId })).decision).toMatchObject({ effect });
  });

  test.each<[string, Authorize]>([
    ['only the principal has one', ({ sub }) => (sub === 'alice' ? { filter: ids('a') } : true)],
    ['only the actor has one', ({ sub }) => (sub === 'alice' ? true : { filter: ids('a') })],
  ])('%s: it counts', async (_what, authorize) => {
    expect((await ask(authorize, { many: true })).decision).toMatchObject({ effect: 'allow', filter: ids('a') });
  });
});
