import { createHmac, randomBytes } from 'node:crypto';
import { type BackendSurroundings, ConfigurationError, type SignedBy } from '@agentflow/core';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { webhooksSchema } from './options.js';
import { createWebhooks } from './webhook-auth.js';

const now = 1_614_265_330_000;
const warnings: string[] = [];
const surroundings: BackendSurroundings = {
  ...{ directory: '.', path: ['webhooks'], environment: {}, isLiteral: () => false, strict: false },
  clock: { now: () => now },
  warn: ({ message }) => void warnings.push(message),
};
const secret = `whsec_${randomBytes(32).toString('base64')}`;
const plain = randomBytes(32).toString('hex');

const create = (hooks: object, more: Partial<BackendSurroundings> = {}) =>
  createWebhooks(webhooksSchema.parse(hooks), { ...surroundings, ...more });

const headersOf = (fields: Readonly<Record<string, string>>) => new Headers(fields);
const signed = (key: string, body: string, { id = 'msg_1', at = now }: { id?: string; at?: number } = {}) =>
  headersOf({
    'webhook-id': id,
    'webhook-timestamp': String(at / 1000),
    'webhook-signature': new Webhook(key).sign(id, new Date(at), body),
  });
const github = (key: string, body: string) =>
  headersOf({ 'x-hub-signature-256': `sha256=${createHmac('sha256', key).update(body).digest('hex')}` });
const bytes = (text: string) => Buffer.from(text);

const accepted = (answer: SignedBy | { readonly reason: string }) => {
  if ('reason' in answer) throw new Error(answer.reason);
  return answer;
};

test("the example that everybody's libraries are tested with", () => {
  const hooks = create({ h: { secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' } });
  const headers = headersOf({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
  expect(hooks.precheck(headers)).toBeUndefined();
  const { result, delivery } = accepted(hooks.verify({ hook: 'h', headers, body: bytes('{"test": 2432232314}') }));
  expect(result).toMatchObject({
    principal: { realm: 'local', subject: 'webhook:h', tenant: 'default', roles: [], scopes: ['graph:invoke'] },
    evidence: { issuedAt: now },
  });
  expect(delivery).toMatchObject({ hook: 'h', id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', waits: false });
});

test('a text without the prefix is the key itself', () => {
  const hooks = create({ h: { secret: plain } });
  const signature = createHmac('sha256', plain)
    .update(`a.${now / 1000}.{}`)
    .digest('base64');
  const headers = headersOf({
    ...{ 'webhook-id': 'a', 'webhook-timestamp': String(now / 1000), 'webhook-signature': `v1,${signature}` },
  });
  expect(accepted(hooks.verify({ hook: 'h', headers, body: bytes('{}') })).delivery.id).toBe('a');
});

test.each([
  [-5 * 60_000, true],
  [5 * 60_000, true],
  [-5 * 60_000 - 1000, false],
  [5 * 60_000 + 1000, false],
])('signed %i ms from now', (shift, isTaken) => {
  const hooks = create({ h: { secret } });
  expect(hooks.precheck(signed(secret, '{}', { at: now + shift })) === undefined).toBe(isTaken);
});

test("a time that has passed is not covered by another form's fields, which have none", () => {
  const hooks = create({ standard: { secret }, github: { secret: plain, format: 'github' } });
  const old = signed(secret, '{}', { at: now - 3_600_000 });
  old.set('x-hub-signature-256', `sha256=${'0'.repeat(64)}`);
  expect(hooks.precheck(old)).toMatchObject({ reason: expect.stringContaining('another time') });
  expect(hooks.precheck(github(plain, '{}'))).toBeUndefined();
  expect(create({ standard: { secret } }).precheck(github(plain, '{}'))).toMatchObject({ reason: expect.any(String) });
});

test('each hook takes its own form and its own secrets', () => {
  const hooks = create({ standard: { secret }, github: { secret: plain, format: 'github' } });
  const body = '{"a":1}';
  const ask = (hook: string, headers: Headers) => 'reason' in hooks.verify({ hook, headers, body: bytes(body) });
  expect([ask('standard', signed(secret, body)), ask('github', github(plain, body))]).toEqual([false, false]);
  expect([ask('standard', github(plain, body)), ask('github', signed(secret, body))]).toEqual([true, true]);
  expect([ask('nobody', signed(secret, body)), ask('nobody', github(plain, body))]).toEqual([true, true]);
  expect(ask('constructor', signed(secret, body))).toBe(true);
});

test("the body names a delivery of GitHub's, and what was signed any other", () => {
  const hooks = create({ standard: { secret }, github: { secret: plain, format: 'github' } });
  const id = (hook: string, headers: Headers, body: string) =>
    accepted(hooks.verify({ hook, headers, body: bytes(body) })).delivery.id;
  const named = github(plain, '{}');
  named.set('x-github-delivery', 'another');
  expect(id('github', named, '{}')).toBe(id('github', github(plain, '{}'), '{}'));
  expect(id('github', github(plain, '{ }'), '{ }')).not.toBe(id('github', named, '{}'));
  expect(id('standard', signed(secret, '{}', { id: 'msg_7' }), '{}')).toBe('msg_7');
});

test('placeholders are filled once, and what is not there is said', () => {
  const read = (options: object, payload: unknown) => {
    const hooks = create({ h: { secret, ...options } });
    const body = JSON.stringify(payload);
    const { delivery } = accepted(hooks.verify({ hook: 'h', headers: signed(secret, body), body: bytes(body) }));
    return delivery.read(payload, body);
  };
  const payload = { a: '{{/b}} $& $1', b: { c: [1, null] }, n: 7, e: '' };
  const input = 'x {{/a}} y {{/b/c}} {{/n}}{{/e}} {{}} { /a } {a}';
  expect(read({ input }, payload)).toEqual({
    input: `x {{/b}} $& $1 y [1,null] 7 ${JSON.stringify(payload)} { /a } {a}`,
    threadId: undefined,
  });
  expect(read({ thread: 'inbox' }, payload).threadId).toBe('inbox');
  expect(read({ thread: { pointer: '/n' } }, payload).threadId).toBe('h:7');
  expect(() => read({ input: '{{/x}}' }, payload)).toThrow('there is nothing at /x');
  for (const pointer of ['/e', '/b', '/x']) {
    expect(() => read({ thread: { pointer } }, payload)).toThrow(`neither a text nor a whole number at ${pointer}`);
  }
});

test.each(['{{ /a }}', '{{a}}', '{{ a }}'])('what has the form of a place, and is none, is refused: %s', (wrong) => {
  const problem = `write {{/a}} for ${wrong}`;
  expect(() => create({ h: { secret, input: `x {{/b}} ${wrong}` } })).toThrow(problem);
});

test.each<[string, object, RegExp]>([
  ['is not base64', { secret: 'whsec_***' }, /not base64/],
  ['is too short', { secret: `whsec_${randomBytes(16).toString('base64')}` }, /has 16 bytes; .* at least 24/],
  ['is too short as a text', { secret: 'x'.repeat(23) }, /has 23 bytes/],
  ['is guessed first, in production', { secret: 'x'.repeat(64) }, /too regular/],
  ['is not there', { secret: { env: 'NOWHERE' } }, /neither NOWHERE nor NOWHERE_FILE is set/],
  ['is the second, and is too short', { secret: [secret, 'short'] }, /has 5 bytes/],
])('a secret that %s', (_what, hook, message) => {
  const start = () => create({ h: hook }, { strict: true });
  expect(start).toThrow(ConfigurationError);
  expect(start).toThrow(message);
  expect(() => create({ h: { secret } }, { strict: true })).not.toThrow();
});
