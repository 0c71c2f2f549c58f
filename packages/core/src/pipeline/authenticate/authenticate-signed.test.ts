import { routes } from '@agentflow/protocol';
import { expect, test } from 'vitest';
import { authenticated, type ConfiguredAuth } from '../../base-auth.js';
import { BadRequestError, UnauthenticatedError, UnavailableError } from '../../errors.js';
import { silentLog } from '../../log.js';
import { createPrincipal } from '../../principal.js';
import { noRevocations, type RevocationSource } from '../../revocation-source.js';
import type { Delivery, Webhooks } from '../../webhooks.js';
import type { RequestView } from '../request.js';
import { authenticate } from './authenticate.js';

const principal = createPrincipal({ realm: 'local', subject: 'webhook:orders', scopes: ['graph:invoke'] });
const delivery: Delivery = {
  ...{ hook: 'orders', id: 'msg_1', label: 'msg_1', rememberMilliseconds: 1, waits: false, maxBodyBytes: 1 },
  read: (_payload, input) => ({ input, threadId: undefined }),
};
const webhooks: Webhooks = {
  maxBodyBytes: 1024,
  precheck: () => undefined,
  verify: ({ hook, body }) =>
    hook === 'orders' && Buffer.from(body).toString() === '{}'
      ? { result: authenticated(principal, { issuedAt: 1000 }), delivery }
      : { reason: 'signed with another secret' },
  challenge: () => ({ scheme: 'Webhook', parameters: { realm: 'agentflow' } }),
  describe: () => [],
};

/** One that would take anybody: it is not asked. */
const anybody: ConfiguredAuth = {
  name: 'anybody',
  deadlineMilliseconds: 100,
  backend: {
    authenticate: () => authenticated(createPrincipal({ realm: 'local', subject: 'anybody' })),
    reads: (headers) => [headers.get('x-api-key') ?? ''].filter((text) => text !== ''),
    challenge: () => ({ scheme: 'ApiKey', parameters: {} }),
    describe: () => '',
    close: () => undefined,
  },
};

const signal = new AbortController().signal;
const requestOf = (headers: Readonly<Record<string, string>> = {}, body: string | undefined = '{}'): RequestView => ({
  ...{ id: 'r', method: 'POST', target: '/', path: '/', query: new URLSearchParams(), address: '192.0.2.1' },
  ...{
    isSecure: true,
    transport: 'http',
    credential: null,
    body: (async function* () {})(),
    signal,
    serverEnd: signal,
  },
  match: {
    ...{ kind: 'found', parameters: { name: 'orders' } },
    route: { name: 'receiveWebhook', ...routes.receiveWebhook },
  },
  headers: new Map(Object.entries(headers)),
  ...(body !== undefined && { signedBody: Buffer.from(body) }),
});

const options = { backends: [anybody], revocations: noRevocations, webhooks, log: silentLog };
const revoking = (isRevoked: RevocationSource['isRevoked']) => ({ ...options, revocations: { isRevoked } });

test('whoever has signed is who the configuration says, and nobody else is asked', async () => {
  const caller = await authenticate(requestOf(), options);
  expect(caller).toMatchObject({ principal: { subject: 'webhook:orders' }, method: 'webhook', delivery });
});

const { signedBody: _unread, ...unread } = requestOf();

test.each<[string, () => Promise<unknown>]>([
  ['another body', () => authenticate(requestOf({}, '{ }'), options)],
  ['nothing read', () => authenticate(unread, options)],
  ['no webhooks any more', () => authenticate(requestOf(), { ...options, webhooks: undefined })],
  ['somebody named for whom it would act', () => authenticate(requestOf({ 'x-act-for': 'alice' }), options)],
  [
    'all taken back that it was given before',
    () =>
      authenticate(
        requestOf(),
        revoking(({ issuedAt }) => issuedAt === 1000),
      ),
  ],
])('with %s it is nobody', async (_what, asked) => {
  const error = await asked().catch((one: unknown) => one);
  expect(error).toBeInstanceOf(UnauthenticatedError);
  expect((error as UnauthenticatedError).code).toBe('AUTH_REQUIRED');
});

test('what was taken back after it was signed by others, or cannot be told', async () => {
  expect(
    await authenticate(
      requestOf(),
      revoking(({ issuedAt }) => (issuedAt ?? 0) < 1000),
    ),
  ).not.toBeNull();
  const broken = revoking(() => {
    throw new Error('away');
  });
  await expect(authenticate(requestOf(), broken)).rejects.toBeInstanceOf(UnavailableError);
});

test('a credential beside the signature is one too many', async () => {
  await expect(authenticate(requestOf({ 'x-api-key': 'k' }), options)).rejects.toBeInstanceOf(BadRequestError);
});
