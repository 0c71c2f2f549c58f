import { describe, expect, test } from 'vitest';
import {
  answers,
  breaks,
  faultyProvider,
  floods,
  hangs,
  redirectsTo,
} from '../../../../../test/harness/faulty-provider.js';
import { createKeyPair } from '../../../../../test/harness/key-pairs.js';
import { oauthBackend } from '../../../../../test/harness/oauth-backend.js';
import { signToken } from '../../../../../test/harness/tokens.js';
import { createManualClock } from '../../../../agentflow/src/testing/manual-clock.js';

/* Security bar 1 to 10 and 13 to 21, at the backend: time is moved by hand, and what the provider was asked is counted. */

const provider = faultyProvider();
const start = Date.parse('2026-01-01T00:00:00Z');
const seconds = start / 1000;
const audience = 'https://agents.example';
const discovery = '/.well-known/openid-configuration';

const claims = (more: object = {}) => ({
  ...{ sub: 'alice', iss: provider.issuer, aud: audience, exp: seconds + 36_000, ...more },
});
const header = (more: object = {}) => ({ alg: 'ES256', typ: 'at+jwt', kid: 'k1', ...more });
const good = (payload: object = {}, head: object = {}) => provider.pair.sign(claims(payload), header(head));

function make(options: object = {}, more: Parameters<typeof oauthBackend>[1] = {}) {
  const clock = createManualClock(start);
  const made = oauthBackend({ issuer: provider.issuer, audience, deadline: 60, ...options }, { clock, ...more });
  return {
    ...made,
    at: (after: number) => clock.set(start + after),
    /** By a token that nobody has presented yet, so that nothing is remembered of it. */
    fresh: async (head: object = {}) => (await made.present(good({ jti: String(Math.random()) }, head))).kind,
  };
}

const minute = 60_000;

describe('a token', () => {
  test('that the issuer has signed for us is its subject’s, in the realm of the issuer', async () => {
    const answer = await make({ claims: { roles: 'realm_access.roles', tenant: 'org.id' } }).present(
      good({ scope: 'graph:read graph:invoke', realm_access: { roles: ['editor'] }, org: { id: 'acme' }, jti: 'j1' }),
    );
    expect(answer).toMatchObject({
      principal: {
        ...{ realm: provider.issuer, subject: 'alice', tenant: 'acme', roles: ['editor'] },
        scopes: ['graph:read', 'graph:invoke'],
      },
      evidence: { expiresAt: (seconds + 36_000) * 1000, credentialId: 'j1' },
    });
  });

  test.each<[string, () => string]>([
    ['a forged signature', () => createKeyPair('ES256').sign(claims(), header())],
    ['alg none', () => good({}, { alg: 'none' }).replace(/[^.]*$/, '')],
    ['the public key as a secret', () => signToken(claims(), provider.pair.pem, header({ alg: 'HS256' }))],
    ['another audience', () => good({ aud: 'https://other.example' })],
    ['no audience', () => good({ aud: undefined })],
    ['an empty list of audiences', () => good({ aud: [] })],
    ['no end', () => good({ exp: undefined })],
    ['an end in the past', () => good({ exp: seconds - 60 })],
    ['a beginning in the future', () => good({ nbf: seconds + 60 })],
    ['another issuer', () => good({ iss: `${provider.issuer}/` })],
    ['no issuer', () => good({ iss: undefined })],
    ['an ID token', () => good({}, { typ: 'JWT' })],
    ['no type', () => good({}, { typ: undefined })],
    ['a logout token', () => good({}, { typ: 'logout+jwt' })],
    ['a DPoP proof', () => good({}, { typ: 'dpop+jwt' })],
    ['a key of its own', () => good({}, { jwk: provider.pair.jwk() })],
    ['the address of a key', () => good({}, { jku: `${provider.issuer}/canary` })],
    ['a key that it must have proved (RFC 9449)', () => good({ cnf: { jkt: 'x' } })],
    ['a certificate that it must have proved (RFC 8705)', () => good({ cnf: { 'x5t#S256': 'x' } })],
    ['no subject', () => good({ sub: undefined })],
    ['a subject in a list', () => good({ sub: ['alice'] })],
    ['padding', () => `${good()}=`],
    ['another key id', () => good({}, { kid: 'k2' })],
    ['a path as key id', () => good({}, { kid: '../../etc/passwd' })],
  ])('with %s is refused, and the same without is not', async (_what, sign) => {
    const { present } = make();
    expect((await present(sign())).kind).toMatch(/^(?:rejected|not-applicable)$/);
    expect((await present(good())).kind).toBe('authenticated');
    expect(provider.requestsTo('/canary')).toBe(0);
  });

  test.each(['at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/At+Jwt'])('of the type %s is good', async (typ) => {
    expect((await make().present(good({}, { typ }))).kind).toBe('authenticated');
  });

  test('of another type is good where the configuration says so', async () => {
    const { present } = make({ type: ['at+jwt', 'JWT'] });
    expect(await Promise.all([present(good({}, { typ: 'JWT' })), present(good({}, { typ: undefined }))])).toMatchObject(
      [{ kind: 'authenticated' }, { kind: 'authenticated' }],
    );
    expect((await present(good({}, { typ: 'logout+jwt' }))).kind).toBe('rejected');
  });

  test('that has ended is told so, once its signature is good', async () => {
    const { present } = make();
    expect(await present(good({ exp: seconds - 60 }))).toMatchObject({ code: 'TOKEN_EXPIRED' });
    expect(await present(createKeyPair('ES256').sign(claims({ exp: seconds - 60 }), header()))).toMatchObject({
      code: 'AUTH_REQUIRED',
    });
  });

  test('of another issuer, an opaque one and none are for others, and nobody is asked about them', async () => {
    const { kinds } = make();
    expect(await kinds(good({ iss: 'https://other.example' }), 'opaque-5f2c81d9e0', 'a.b')).toEqual(
      Array.from({ length: 3 }, () => 'not-applicable'),
    );
    expect(provider.requestsTo()).toBe(0);
  });
});

describe('how often the provider is asked', () => {
  test('a thousand at once, and nothing known: one fetch of the keys, by one look at the metadata', async () => {
    const { kinds } = make();
    const tokens = Array.from({ length: 1000 }, (_, index) => good({ jti: `j${index}` }));
    expect(new Set(await kinds(...tokens))).toEqual(new Set(['authenticated']));
    expect([provider.requestsTo('/keys'), provider.requestsTo(discovery)]).toEqual([1, 1]);
  });

  test('with the address of the keys, nothing else', async () => {
    const { kinds } = make({ jwks_uri: provider.jwksUri });
    expect(new Set(await kinds(good(), good({ sub: 'bob' })))).toEqual(new Set(['authenticated']));
    expect(provider.requestsTo()).toBe(1);
  });

  test('ten thousand unknown key ids, one fetch in a cool-down; good tokens do not notice', async () => {
    const options = { key_cooldown: '30s', jwks_uri: provider.jwksUri, deadline: 60 };
    const { backend, present, kinds, at, fresh } = make(options);
    expect(await fresh()).toBe('authenticated');
    // Nobody comes as far as their signatures.
    const rest = good().split('.').slice(1).join('.');
    const bad = Array.from({ length: 10_000 }, (_, index) => {
      const head = JSON.stringify(header({ kid: `unknown-${index}` }));
      return `${Buffer.from(head).toString('base64url')}.${rest}`;
    });
    const ask = async (from: number, to: number) => new Set(await kinds(...bad.slice(from, to)));
    expect(await ask(0, 5000)).toEqual(new Set(['rejected']));
    expect(provider.requestsTo('/keys')).toBe(1);
    at(30_000);
    const [others, mixed] = await Promise.all([ask(5000, 10_000), kinds(...Array.from({ length: 100 }, () => good()))]);
    expect([others, new Set(mixed), provider.requestsTo('/keys')]).toEqual([
      new Set(['rejected']),
      new Set(['authenticated']),
      2,
    ]);
    // And not one of them waits for a provider that hangs because of somebody else's key id.
    at(61_000);
    provider.on('/keys', hangs);
    const waiting = present(good({}, { kid: 'unknown' }));
    await provider.waitForOpen(1);
    expect(await fresh()).toBe('authenticated');
    await backend.close();
    expect((await waiting).kind).toBe('unavailable');
    expect(provider.requestsTo('/keys')).toBe(3);
  });

  test('no more than five times a minute, whatever is asked', async () => {
    const { present, at } = make({ key_cooldown: '1s', key_cache: '1s', jwks_uri: provider.jwksUri });
    for (let second = 0; second < 60; second += 1) {
      at(second * 1000);
      await present(good({}, { kid: `unknown-${second}` }));
    }
    expect(provider.requestsTo()).toBe(5);
    at(minute);
    expect((await present(good())).kind).toBe('authenticated');
    expect(provider.requestsTo()).toBe(6);
  });

  test('a hundred requests, one after the other, while it fails: a handful of fetches', async () => {
    provider.on('/keys', answers({}, 500));
    const { present, at } = make({ jwks_uri: provider.jwksUri, fetches_per_minute: 60 });
    for (let index = 0; index < 100; index += 1) {
      at(index * 100);
      expect((await present(good())).kind).toBe('unavailable');
    }
    // At 0, 1, 3 and 7 seconds.
    expect(provider.requestsTo('/keys')).toBe(4);
    provider.on('/keys', answers({ keys: [provider.pair.jwk({ kid: 'k1' })] }));
    at(minute);
    expect((await present(good())).kind).toBe('authenticated');
  });

  test('at the start once, so that the first token need not wait; and never for a mere validation', async () => {
    const { backend } = make({}, { isTrial: false });
    await expect.poll(() => provider.requestsTo('/keys')).toBe(1);
    await backend.close();
    make({}, { isTrial: true });
    expect(provider.requestsTo('/keys')).toBe(1);
  });
});

describe('keys that change', () => {
  const next = createKeyPair('ES256');
  const byNext = (jti: string) => next.sign(claims({ jti }), header({ kid: 'k2' }));
  const jwks = () => ({
    old: provider.pair.jwk({ kid: 'k1', alg: 'ES256' }),
    next: next.jwk({ kid: 'k2', alg: 'ES256' }),
  });

  test('a new one within a cool-down; a removed one until the cache has ended, whoever is remembered', async () => {
    const { present, at, fresh } = make({ key_cooldown: '30s', key_cache: '10m' });
    const remembered = good();
    expect((await present(remembered)).kind).toBe('authenticated');
    provider.publish(jwks().old, jwks().next);
    expect((await present(byNext('1'))).kind).toBe('rejected');
    at(30_000);
    expect((await present(byNext('2'))).kind).toBe('authenticated');
    expect(await fresh()).toBe('authenticated');
    provider.publish(jwks().next);
    expect(await fresh()).toBe('authenticated');
    at(30_000 + 10 * minute);
    expect([await fresh(), (await present(remembered)).kind]).toEqual(['rejected', 'rejected']);
    expect((await present(byNext('3'))).kind).toBe('authenticated');
  });

  test('another key under the same id does not vouch for what the former has signed', async () => {
    const { present, at } = make({ key_cache: '1m' });
    const remembered = good();
    expect((await present(remembered)).kind).toBe('authenticated');
    provider.publish(next.jwk({ kid: 'k1', alg: 'ES256' }));
    at(minute);
    expect((await present(remembered)).kind).toBe('rejected');
    expect((await present(next.sign(claims(), header()))).kind).toBe('authenticated');
  });
});

describe('while the provider is away', () => {
  test.each<[string, Parameters<typeof provider.on>[1]]>([
    ['a break', breaks],
    ['500', answers({}, 500)],
    ['404', answers({}, 404)],
    ['a page', answers('<html>', 200, { 'Content-Type': 'text/html' })],
    ['half of JSON', answers('{"keys":[')],
    ['no keys', answers({ keys: [] })],
    ['no list of keys', answers({ keys: {} })],
    ['null', answers('null')],
    ['a redirect', (...all) => redirectsTo(`${provider.issuer}/elsewhere`)(...all)],
    [
      'ten thousand keys',
      answers({ keys: Array.from({ length: 10_000 }, (_, kid) => ({ kty: 'EC', kid: `${kid}` })) }),
    ],
    [
      'a hundred and one keys',
      (...all) => answers({ keys: Array.from({ length: 101 }, () => provider.pair.jwk()) })(...all),
    ],
    ['deep nesting', answers(`{"keys":${'['.repeat(5000)}${']'.repeat(5000)}}`)],
    ['a member twice', answers('{"keys":[],"keys":[]}')],
    ['600 KiB', answers(`{"keys":[],"x":"${'x'.repeat(600 * 1024)}"}`)],
  ])('%s: known keys hold until they are too old, then nothing does, then everything again', async (_what, trouble) => {
    const { at, fresh, logged } = make({ key_cache: '10m', max_stale: '1h', jwks_uri: provider.jwksUri });
    expect(await fresh()).toBe('authenticated');
    provider.on('/keys', trouble);
    at(10 * minute);
    expect(await fresh()).toBe('authenticated');
    expect(logged.at(-1)).toMatch(
      /^error: the keys of .* cannot be fetched: .*; those that are known are used until 2026-01-01T01:10:00/,
    );
    at(70 * minute - 1);
    expect(await fresh()).toBe('authenticated');
    at(70 * minute);
    expect(await fresh()).toBe('unavailable');
    expect(provider.requestsTo('/elsewhere')).toBe(0);
    provider.publish(provider.pair.jwk({ kid: 'k1' }));
    provider.on('/keys', (...all) => answers({ keys: [provider.pair.jwk({ kid: 'k1' })] })(...all));
    at(72 * minute);
    expect(await fresh()).toBe('authenticated');
    expect(logged.at(-1)).toMatch(/^info: .* can be fetched again/);
  });

  test('from the start: 503, neither let in nor told that the token is bad', async () => {
    await provider.stop();
    const { at, fresh } = make();
    expect(await fresh()).toBe('unavailable');
    await provider.resume();
    at(1000);
    expect(await fresh()).toBe('authenticated');
  });

  test('a configuration that is read anew goes on with the keys that were known, as old as they are', async () => {
    const first = make({ key_cache: '10m', max_stale: '1h' }, { isTrial: false });
    expect(await first.fresh()).toBe('authenticated');
    await first.backend.close();
    provider.on('/keys', answers({}, 500));
    const reloaded = { isTrial: false, isReload: true };
    const next = make({ key_cache: '10m', max_stale: '1h' }, reloaded);
    expect([await next.fresh(), await make({}, { isTrial: false }).fresh()]).toEqual(['authenticated', 'unavailable']);
    next.at(70 * minute);
    expect(await next.fresh()).toBe('unavailable');
    // Not where others would be used.
    expect(await make({ algorithms: ['ES256'] }, reloaded).fresh()).toBe('unavailable');
    expect(await make({ jwks_uri: provider.jwksUri }, reloaded).fresh()).toBe('unavailable');
  });

  test('a remembered token is good for no longer than its key', async () => {
    const { present, at } = make({ key_cache: '10m', max_stale: 0 });
    const token = good();
    expect((await present(token)).kind).toBe('authenticated');
    provider.on('/keys', answers({}, 500));
    at(10 * minute - 1);
    expect((await present(token)).kind).toBe('authenticated');
    at(10 * minute);
    expect((await present(token)).kind).toBe('unavailable');
  });

  test('one that hangs, while the keys are old: one waits, the others go on', async () => {
    const { present, at, fresh } = make({ deadline: 3, key_cache: '1m', jwks_uri: provider.jwksUri });
    await present(good());
    provider.on('/keys', hangs);
    at(minute);
    expect(await fresh()).toBe('authenticated');
    at(minute + 999);
    expect([await fresh(), await fresh(), provider.requestsTo('/keys')]).toEqual(['authenticated', 'authenticated', 2]);
    at(minute + 5000);
    expect(await fresh()).toBe('authenticated');
    await provider.waitForOpen(1);
    expect(provider.requestsTo('/keys')).toBe(3);
  });

  test('200 MB are cut off at half a megabyte', async () => {
    const flood = floods(200 * 1024 * 1024);
    provider.on('/keys', flood.misbehaviour);
    const { present, backend } = make();
    expect((await present(good())).kind).toBe('unavailable');
    // What the kernel holds on both sides comes on top.
    expect(await flood.taken).toBeLessThan(16 * 1024 * 1024);
    await backend.close();
  });
});

describe('a set with keys that are no good', () => {
  const other = createKeyPair('ES256');
  const rsa = createKeyPair('RS256');
  const secret = Buffer.from('0123456789abcdef0123456789abcdef');
  const own = () => provider.pair.jwk({ kid: 'k1' });
  const byOther = (head: object = {}) => other.sign(claims(), header({ kid: 'k2', ...head }));

  test.each<[string, () => object[], () => string]>([
    [
      'a symmetric key',
      () => [{ kty: 'oct', kid: 'k2', k: secret.toString('base64url') }],
      () => signToken(claims(), secret, header({ alg: 'HS256', kid: 'k2' })),
    ],
    ['a private key', () => [{ ...other.privateKey.export({ format: 'jwk' }), kid: 'k2' }], byOther],
    ['a key for encryption', () => [other.jwk({ kid: 'k2', use: 'enc' })], byOther],
    ['a key with other operations', () => [other.jwk({ kid: 'k2', key_ops: ['encrypt'] })], byOther],
    ['another algorithm than its curve has', () => [other.jwk({ kid: 'k2', alg: 'ES384' })], byOther],
    ['a secret’s algorithm', () => [other.jwk({ kid: 'k2', alg: 'HS256' })], byOther],
    [
      'a weak RSA key',
      () => [{ kty: 'RSA', kid: 'k2', n: Buffer.alloc(128, 0xff).toString('base64url'), e: 'AQAB' }],
      byOther,
    ],
    ['two keys with one id', () => [other.jwk({ kid: 'k2' }), createKeyPair('ES256').jwk({ kid: 'k2' })], byOther],
    ['a key id that is a path', () => [other.jwk({ kid: '../k2' })], byOther],
    ['what is no key', () => [{}, { kty: 'XX', kid: 'k2' }], byOther],
  ])('%s: never used, and the good one is', async (_what, bad, sign) => {
    provider.publish(...bad(), own());
    const { present, logged } = make();
    expect((await present(sign())).kind).toMatch(/^(?:rejected|not-applicable)$/);
    expect((await present(good())).kind).toBe('authenticated');
    expect(logged.some((line) => /^warn: some of the keys .* are not used: /.test(line))).toBe(true);
    // Without the defect, the same key would do.
    provider.publish(other.jwk({ kid: 'k2' }), own());
    expect((await make().present(byOther())).kind).toBe('authenticated');
  });

  test('only bad ones are no set', async () => {
    provider.publish({ kty: 'oct', k: 'x' });
    expect((await make().present(good())).kind).toBe('unavailable');
  });

  test('a token without a key id: only where exactly one key fits', async () => {
    const nameless = good({}, { kid: undefined });
    provider.publish(own(), rsa.jwk({ kid: 'r1' }));
    expect((await make().present(nameless)).kind).toBe('authenticated');
    provider.publish(own(), other.jwk({ kid: 'k2' }));
    expect((await make().present(nameless)).kind).toBe('rejected');
    provider.publish(provider.pair.jwk());
    expect((await make().present(nameless)).kind).toBe('authenticated');
  });

  test('an algorithm that is not listed is not taken', async () => {
    provider.publish(own(), rsa.jwk({ kid: 'r1' }));
    const token = rsa.sign(claims(), header({ alg: 'RS256', kid: 'r1' }));
    expect((await make({ algorithms: ['ES256'] }).present(token)).kind).toBe('not-applicable');
    expect((await make().present(token)).kind).toBe('authenticated');
  });
});

describe('metadata', () => {
  const document = (more: object) => ({ issuer: provider.issuer, jwks_uri: provider.jwksUri, ...more });

  test.each<[string, () => object, RegExp]>([
    ['of another issuer', () => document({ issuer: `${provider.issuer}/` }), /are of another issuer/],
    ['of no issuer', () => document({ issuer: undefined }), /are of another issuer/],
    [
      'that lead to another origin',
      () => document({ jwks_uri: 'https://keys.example/jwks' }),
      /on another origin, https:\/\/keys\.example: if that is right, set "jwks_uri"/,
    ],
    [
      'that lead to this machine under another name',
      () => document({ jwks_uri: 'http://localhost:1/' }),
      /another origin/,
    ],
    ['that lead to a file', () => document({ jwks_uri: 'file:///etc/passwd' }), /another origin/],
    ['with a password', () => document({ jwks_uri: provider.jwksUri.replace('//', '//a:b@') }), /is no address/],
    ['without keys', () => document({ jwks_uri: undefined }), /name no keys/],
    ['that are a list', () => [], /is not an object/],
  ])('%s are refused', async (_what, lie, expected) => {
    provider.on(discovery, answers(lie()));
    const { fresh, logged, at } = make();
    expect(await fresh()).toBe('unavailable');
    expect(logged[0]).toMatch(expected);
    expect(provider.requestsTo('/keys')).toBe(0);
    provider.on(discovery, answers(document({})));
    at(1000);
    expect(await fresh()).toBe('authenticated');
  });

  test('stand where RFC 8414 puts them, if not where OpenID does', async () => {
    provider.on(discovery, answers({}, 404));
    provider.on('/.well-known/oauth-authorization-server', answers(document({})));
    expect(await make().fresh()).toBe('authenticated');
  });

  test('of an issuer with a path stand before it and after it', async () => {
    const issuer = `${provider.issuer}/realms/acme`;
    provider.on('/.well-known/oauth-authorization-server/realms/acme', answers(document({ issuer })));
    const { present } = make({ issuer });
    expect((await present(good({ iss: issuer }))).kind).toBe('authenticated');
    expect(provider.requestsTo('/realms/acme/.well-known/openid-configuration')).toBe(1);
  });

  test('a redirect is followed by nobody', async () => {
    provider.on(discovery, redirectsTo(`${provider.issuer}/elsewhere`));
    provider.on('/elsewhere', answers(document({})));
    expect(await make().fresh()).toBe('unavailable');
    expect(provider.requestsTo('/elsewhere')).toBe(0);
  });
});

test('the same subject of two issuers is two principals, and neither key vouches for the other', async () => {
  const one = make();
  const issuer = `${provider.issuer}/b`;
  const keys = createKeyPair('ES256');
  provider.on('/b/keys', answers({ keys: [keys.jwk({ kid: 'k1' })] }));
  const other = make({ issuer, jwks_uri: `${provider.issuer}/b/keys` });
  const ofOther = keys.sign(claims({ iss: issuer }), header());
  expect([await one.present(good()), await other.present(ofOther)]).toMatchObject([
    { principal: { subject: 'alice', realm: provider.issuer } },
    { principal: { subject: 'alice', realm: issuer } },
  ]);
  expect((await other.present(good({ iss: issuer }))).kind).toBe('rejected');
});
