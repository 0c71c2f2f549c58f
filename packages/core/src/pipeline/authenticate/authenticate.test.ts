import { describe, expect, test } from 'vitest';
import { type AuthenticationAnswer, type AuthenticationRequest, authenticated } from '../../base-auth.js';
import { UnauthenticatedError, UnavailableError } from '../../errors.js';
import { silentLog } from '../../log.js';
import { createPrincipal } from '../../principal.js';
import type { Revocable } from '../../revocation-source.js';
import type { RequestView } from '../request.js';
import { authenticate } from './authenticate.js';

function requestWith(headers: Readonly<Record<string, string>>): RequestView {
  return {
    ...{ id: 'r1', method: 'GET', target: '/', path: '/', query: new URLSearchParams(), address: '192.0.2.1' },
    ...{ match: { kind: 'not-found' }, isSecure: false, transport: 'http', credential: null },
    headers: new Map(Object.entries(headers)),
    ...{
      body: (async function* () {})(),
      signal: new AbortController().signal,
      serverEnd: new AbortController().signal,
    },
  };
}

interface Asked {
  readonly headers?: Readonly<Record<string, string>>;
  readonly isRevoked?: (revocable: Revocable) => boolean;
}

type Answering = (request: AuthenticationRequest) => AuthenticationAnswer;

function ask(answer: AuthenticationAnswer | Answering, { headers = {}, isRevoked = () => false }: Asked = {}) {
  const backend = {
    authenticate: (request: AuthenticationRequest) => (typeof answer === 'function' ? answer(request) : answer),
    challenge: () => ({ scheme: 'Test', parameters: {} }),
    ...{ describe: () => '', close: () => undefined },
  };
  const backends = [{ name: 'test', backend, deadlineMilliseconds: 50 }];
  const options = { backends, revocations: { isRevoked }, log: silentLog };
  return authenticate(requestWith(headers), options).catch((error: unknown) => error);
}

const act = { sub: 'bot', act: { sub: 'planner' } };
const through = { sub: 'alice', act };
const own = { sub: 'alice' };

describe('who has been turned out', () => {
  const evidence = { credentialId: 'k1', issuedAt: 1000 };
  const actor = { realm: 'local', subject: 'bot', actor: { realm: 'local', subject: 'planner' } };
  const byKey = authenticated(createPrincipal({ realm: 'local', subject: 'alice', tenant: 'acme', actor }), evidence);

  test.each(['alice', 'bot', 'planner'])('%s: neither acts nor is acted for', async (gone) => {
    const seen: Revocable[] = [];
    const isRevoked = (one: Revocable) => {
      seen.push(one);
      return one.principal.subject === gone && one.issuedAt === 1000 && one.credentialId === 'k1';
    };
    const error = await ask(byKey, { isRevoked });
    expect(error).toBeInstanceOf(UnauthenticatedError);
    expect(seen.map(({ principal }) => `${principal.tenant} ${principal.subject}`).at(-1)).toBe(`acme ${gone}`);
  });

  test('somebody else: all are asked about, and let in', async () => {
    const seen: string[] = [];
    const isRevoked = ({ principal }: Revocable) => {
      seen.push(principal.subject);
      return principal.subject === 'mallory';
    };
    expect(await ask(byKey, { isRevoked })).toMatchObject({ principal: { subject: 'alice' } });
    expect(seen).toEqual(['alice', 'bot', 'planner']);
  });
});

describe('X-Act-For', () => {
  const naming = (name: string) => ({ headers: { 'x-act-for': name } });

  test('whoever is named must be who was authenticated, through an actor', async () => {
    expect(await ask(through, naming('alice'))).toMatchObject({ principal: { subject: 'alice' } });
    expect(await ask(through)).toMatchObject({ principal: { subject: 'alice' } });
    expect(await ask(own)).toMatchObject({ principal: { subject: 'alice' } });
  });

  test.each<[string, AuthenticationAnswer, string]>([
    ['nobody acts', own, 'alice'],
    ['nobody acts, for another', own, 'bob'],
    ['another is acted for', through, 'bob'],
    ['the actor is named', through, 'bot'],
    ['nobody is named', through, ''],
    ['in capitals', through, 'Alice'],
  ])('%s: refused', async (_what, answer, name) => {
    const error = await ask(answer, naming(name));
    expect(error).toBeInstanceOf(UnauthenticatedError);
    expect(String(error)).toContain('test: the credential does not act for whom X-Act-For names');
  });
});

describe('a plugin’s record', () => {
  test('says who acts, and the claims do not', async () => {
    const caller = await ask({ ...through, email: 'a@b' });
    expect(caller).toMatchObject({
      principal: { claims: { email: 'a@b' }, actor: { subject: 'bot', actor: { subject: 'planner' } } },
    });
  });

  test.each([null, 'bot', [], {}, { sub: '' }, { sub: 'bot', act: 1 }])('with the act %j is 503', async (malformed) => {
    expect(await ask({ sub: 'alice', act: malformed })).toBeInstanceOf(UnavailableError);
    expect(await ask({ sub: 'alice', actor: malformed })).toBeInstanceOf(UnavailableError);
  });

  test('a credential among the claims is dropped, and the actor stays', async () => {
    const secret = 'c2a94f1be07d8356';
    const byKey: Answering = ({ headers }) =>
      headers.has('x-api-key') ? { ...through, key: headers.get('x-api-key') } : null;
    const caller = await ask(byKey, { headers: { 'x-api-key': secret } });
    expect(caller).toMatchObject({ principal: { claims: {}, actor: { subject: 'bot' } } });
    expect(JSON.stringify(caller)).not.toContain(secret);
  });
});
