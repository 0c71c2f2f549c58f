import { describe, expect, test } from 'vitest';
import { type AuthorizationBackend, allow, deny } from '../../authorization-backend.js';
import { AccessDeniedError, UnavailableError } from '../../errors.js';
import { silentLog } from '../../log.js';
import { createPrincipal } from '../../principal.js';
import { UseRefusedError } from '../../use-guard.js';
import type { Caller, RequestView } from '../request.js';
import { authorizeUse, type RefusedUse } from './authorize-use.js';

const request: RequestView = {
  ...{ id: 'r1', method: 'POST', target: '/', path: '/', query: new URLSearchParams(), address: '192.0.2.1' },
  ...{ match: { kind: 'not-found' }, headers: new Map(), isSecure: false, transport: 'http', credential: null },
  ...{ body: (async function* () {})(), signal: new AbortController().signal, serverEnd: new AbortController().signal },
};

const callerWith = (scopes?: readonly string[]): Caller => ({
  principal: createPrincipal({ realm: 'local', subject: 'alice', ...(scopes && { scopes }) }),
  method: 'test',
  evidence: {},
});

type Authorize = AuthorizationBackend['authorize'];

async function use(name: unknown, authorize: Authorize, scopes?: readonly string[]) {
  const told: RefusedUse[] = [];
  const asked: unknown[] = [];
  const backend = {
    authorize: (...given: Parameters<Authorize>) => {
      asked.push(given.slice(1, 4));
      return authorize(...given);
    },
    ready: () => true as const,
    describe: () => '',
    close: () => undefined,
  };
  const options = {
    backends: [{ name: 'test', backend, deadlineMilliseconds: 50 }],
    ...{ authentication: [], log: silentLog },
  };
  const of = { resource: 'tool', name: name as string } as const;
  const error: unknown = await authorizeUse({ request, caller: callerWith(scopes) }, of, options, (one) => {
    told.push(one);
  }).catch((caught: unknown) => caught);
  return { error, told, asked };
}

describe('a use of a tool', () => {
  test('is asked like any request, with the name as the id, and told of where it is refused', async () => {
    const allowed = await use('look', () => allow('so be it'));
    expect(allowed).toEqual({ error: undefined, told: [], asked: [['tool', 'use', 'look']] });
    const { error, told } = await use('look', () => deny('not she', 'rule 7'));
    expect(error).toBeInstanceOf(UseRefusedError);
    expect(String(error)).toBe('UseRefusedError: You may not use this tool.');
    expect(told).toEqual([
      {
        access: { resource: 'tool', action: 'use', resourceId: 'look' },
        policyId: 'rule 7',
        refusal: expect.any(AccessDeniedError),
      },
    ]);
    expect(told[0]?.refusal.reason).toBe('not she');
  });

  test.each<[string, Authorize]>([
    ['throws', () => Promise.reject(new Error('away'))],
    ['hangs', () => new Promise(() => undefined)],
    ['answers nonsense', () => 'yes' as unknown as boolean],
  ])('is refused as unavailable by a backend that %s', async (_what, authorize) => {
    const { error, told } = await use('look', authorize);
    expect(String(error)).toBe('UseRefusedError: This tool cannot be used at the moment.');
    expect(told.map(({ refusal }) => refusal)).toEqual([expect.any(UnavailableError)]);
  });

  test('needs room in the scopes of the credential', async () => {
    for (const scopes of [[], ['graph:invoke'], ['node:use'], ['tools:use']]) {
      expect(await use('look', () => true, scopes)).toMatchObject({ error: expect.any(UseRefusedError), asked: [] });
    }
    for (const scopes of [['tool:use'], ['*'], ['tool:*']]) {
      expect(await use('look', () => true, scopes)).toMatchObject({ error: undefined });
    }
  });

  test.each([[undefined], [''], [42], [['look']], ['look\n'], ['l'.repeat(256)]])(
    'whose name is %j is refused unasked: without an id it would be about all tools',
    async (name) => {
      const { error, told, asked } = await use(name, () => true);
      expect([error, asked]).toEqual([expect.any(UseRefusedError), []]);
      expect(told[0]?.access.resourceId).toBeUndefined();
    },
  );
});
