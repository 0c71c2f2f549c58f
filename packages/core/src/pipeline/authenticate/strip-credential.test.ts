import { describe, expect, test } from 'vitest';
import type { AuthenticationAnswer, AuthenticationRequest, ConfiguredAuth } from '../../base-auth.js';
import { UnavailableError } from '../../errors.js';
import { silentLog } from '../../log.js';
import { noRevocations } from '../../revocation-source.js';
import { readCredential } from '../receive/headers.js';
import { authenticate } from './authenticate.js';

type Answer = (request: AuthenticationRequest) => AuthenticationAnswer;

const key = 'key-of-alice-0123';

/** What becomes of the claims that a plugin answers: an error, or those that are left. */
async function claimsLeft(
  answer: Answer,
  fields: Readonly<Record<string, string>>,
  reads?: ConfiguredAuth['backend']['reads'],
) {
  const headers = new Map(Object.entries(fields));
  const signal = new AbortController().signal;
  let asked = 0;
  const backend = {
    authenticate(request: AuthenticationRequest) {
      asked += 1;
      return answer(request);
    },
    ...{ challenge: () => ({ scheme: 'Test', parameters: {} }), describe: () => '', close: () => undefined },
    ...(reads !== undefined && { reads }),
  };
  const caller = await authenticate(
    {
      ...{ id: 'r1', method: 'GET', target: '/', path: '/', query: new URLSearchParams(), address: '192.0.2.1' },
      ...{ match: { kind: 'not-found' }, isSecure: false, transport: 'http', credential: readCredential(headers) },
      ...{ headers, body: (async function* () {})(), signal, serverEnd: signal },
    },
    {
      backends: [{ name: 'test', backend, deadlineMilliseconds: 50 }],
      revocations: noRevocations,
      log: silentLog,
    },
  ).catch((error: unknown) => error);
  return { outcome: caller instanceof Error ? caller : (caller as { principal: object } | null)?.principal, asked };
}

const byKey =
  (claims: (sent: string) => object): Answer =>
  ({ headers }) => {
    const sent = headers.get('x-api-key') ?? '';
    return sent === key ? { sub: 'alice', state: 'suspended-for-good', ...claims(sent) } : null;
  };

const own = { state: 'suspended-for-good' };

describe('the credential among the claims', () => {
  test.each<[string, (sent: string) => object, object]>([
    ['as a value', (sent) => ({ sent }), own],
    ['inside a value', (sent) => ({ login: { by: [sent] } }), own],
    ['as a part of a text', (sent) => ({ header: `Key ${sent}` }), own],
  ])('%s is dropped, and nothing else', async (_where, claims, left) => {
    expect((await claimsLeft(byKey(claims), { 'x-api-key': key })).outcome).toMatchObject({ claims: left });
  });

  test('where the backend says what it reads, however short that is', async () => {
    const answer: Answer = ({ headers }) =>
      headers.get('x-pin') === '1234' ? { sub: 'alice', pin: '1234', n: 'a' } : null;
    const reads = (headers: { get(name: string): string | null | undefined }) => [headers.get('x-pin') ?? ''];
    expect((await claimsLeft(answer, { 'x-pin': '1234' }, reads)).outcome).toMatchObject({ claims: { n: 'a' } });
  });

  test.each<[string, (sent: string) => object, Readonly<Record<string, string>>, string]>([
    ['as the name of a claim', (sent) => ({ [sent]: true }), {}, '"[secret]" holds'],
    ['as a name inside one', (sent) => ({ keys: { [sent]: true } }), {}, '"keys" holds'],
    [
      'beside another text that a claim holds',
      (sent) => ({ sent }),
      { cookie: 'a=suspended-for-good' },
      '"sent", "state"',
    ],
  ])('%s: refused, and the reason names backend and claim', async (_where, claims, more, told) => {
    const { outcome } = await claimsLeft(byKey(claims), { 'x-api-key': key, ...more });
    expect(outcome).toBeInstanceOf(UnavailableError);
    expect((outcome as UnavailableError).reason).toContain('authentication backend test: the claim ');
    expect((outcome as UnavailableError).reason).toContain(told);
    expect((outcome as UnavailableError).reason).not.toContain(key);
  });
});

describe('what a caller sends beside the credential', () => {
  test.each<[string, Readonly<Record<string, string>>, number]>([
    ['a cookie', { cookie: 'theme=dark; a=suspended-for-good' }, 2],
    ['a header', { 'x-my-token': 'suspended-for-good' }, 2],
    ['a bearer token', { authorization: 'Bearer suspended-for-good' }, 2],
    ['a header that is like no credential', { 'x-colour': 'suspended-for-good' }, 1],
    ['the name of a claim', { cookie: 'a=state' }, 1],
  ])('%s takes no claim off', async (_what, more, times) => {
    const { outcome, asked } = await claimsLeft(
      byKey(() => ({})),
      { 'x-api-key': key, ...more },
    );
    expect(outcome).toMatchObject({ claims: own });
    expect(asked).toBe(times);
  });

  test('is not looked at where the backend says what it reads', async () => {
    const reads = (headers: { get(name: string): string | null | undefined }) => [headers.get('x-api-key') ?? ''];
    const { outcome, asked } = await claimsLeft(
      byKey(() => ({})),
      { 'x-api-key': key, cookie: 'a=suspended-for-good' },
      reads,
    );
    expect(outcome).toMatchObject({ claims: own });
    expect(asked).toBe(1);
  });

  test('takes no claim off a guest', async () => {
    const guest: Answer = () => ({ sub: 'guest', tier: 'anonymous' });
    const { outcome } = await claimsLeft(guest, { 'x-session-token': 'anonymous' });
    expect(outcome).toMatchObject({ claims: { tier: 'anonymous' } });
  });

  test.each<[string, Answer, Readonly<Record<string, string>>]>([
    [
      'needed beside it, and no credential',
      ({ headers }) =>
        headers.get('x-api-key') === key && headers.has('x-request-token') ? { sub: 'alice', ...own } : null,
      { 'x-api-key': key, 'x-request-token': 'suspended-for-good' },
    ],
    [
      'put into the user, and proving nothing',
      ({ headers }) => ({ sub: 'alice', copy: headers.get('x-request-token') }),
      { 'x-request-token': 'suspended-for-good' },
    ],
    [
      'that makes another of whoever sends it',
      ({ headers }) => ({ sub: headers.has('x-request-token') ? 'alice' : 'guest', ...own }),
      { 'x-request-token': 'suspended-for-good' },
    ],
    [
      'one of several in the field of the credential',
      ({ headers }) =>
        headers.get('x-api-key')?.startsWith(key) ? { sub: 'alice', copy: headers.get('x-api-key') } : null,
      { 'x-api-key': `${key}, suspended-for-good`, cookie: `a=${key}` },
    ],
  ])('%s: refused', async (_what, answer, fields) => {
    expect((await claimsLeft(answer, fields)).outcome).toBeInstanceOf(UnavailableError);
  });
});
