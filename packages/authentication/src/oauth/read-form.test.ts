import { ConfigurationError } from '@agentflow/core';
import { describe, expect, test } from 'vitest';
import { oauthBackend } from '../../../../test/harness/oauth-backend.js';
import { oauthAuthOptionsSchema } from './index.js';

const issuer = { issuer: 'https://login.example', audience: 'us' };
const introspection = {
  url: 'https://login.example/introspect',
  client_id: 'us',
  client_secret: 'a secret that is long',
};
const verify = { verify_url: 'https://login.example/verify' };

function faultsOf(options: object, more: Parameters<typeof oauthBackend>[1] = {}): readonly string[] {
  try {
    oauthBackend(options, { strict: true, ...more });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.faults.map(({ path, message, remedy }) => `${path.join('.')}: ${message} — ${remedy}`);
  }
}

test.each<[string, object]>([
  ['an issuer', issuer],
  ['an issuer and the address of its keys', { ...issuer, jwks_uri: 'https://keys.example/jwks' }],
  [
    'all that goes with an issuer',
    { ...issuer, type: 'JWT', algorithms: ['ES256'], max_lifetime: '1h', key_cache: '5m' },
  ],
  ['introspection', { introspection }],
  ['introspection of an issuer', { issuer: issuer.issuer, introspection: { ...introspection, url: undefined } }],
  ['introspection with its own realm', { introspection, realm: 'corp', cache: 0, max_connections: 5 }],
  ['a verify endpoint', verify],
  ['an endpoint of ours, by a name', { ...verify, allow_networks: ['10.0.0.0/8', 'fd00::/8', '192.168.1.7'] }],
  ['an address, where it is listed', { ...issuer, issuer: 'https://10.1.2.3', allow_networks: ['10.0.0.0/8'] }],
])('%s is a form', (_what, options) => {
  expect(faultsOf(options)).toEqual([]);
});

test.each<[string, object, RegExp]>([
  ['no audience', { issuer: issuer.issuer }, /^auth: an "issuer" needs the "audience"/],
  [
    'two forms',
    { issuer: issuer.issuer, ...verify },
    /^auth\.issuer: "issuer" means nothing beside "verify_url": it goes with "issuer" or "introspection".*make "auth" a list/,
  ],
  [
    'the keys of an issuer beside introspection',
    { introspection, jwks_uri: 'https://a.example' },
    /^auth\.jwks_uri: .* beside "introspection": it goes with "issuer"/,
  ],
  [
    'the fields of an answer beside an issuer',
    { ...issuer, fields: {} },
    /^auth\.fields: .* beside "issuer": it goes with "verify_url"/,
  ],
  [
    'a memory beside an issuer',
    { ...issuer, cache: '5s' },
    /^auth\.cache: .* it goes with "verify_url" or "introspection"/,
  ],
  ['a realm beside an issuer', { ...issuer, realm: 'corp' }, /^auth\.realm: /],
  [
    'a realm and an issuer',
    { issuer: issuer.issuer, introspection, realm: 'corp' },
    /^auth\.realm: "realm" and "issuer" cannot both/,
  ],
  [
    'introspection nowhere',
    { introspection: { ...introspection, url: undefined } },
    /^auth: "introspection" needs its "url"/,
  ],
  [
    'http',
    { ...issuer, issuer: 'http://login.example' },
    /^auth\.issuer: "issuer" would have keys fetched from login\.example in the clear — .*insecure_http/,
  ],
  ['keys over http', { ...issuer, jwks_uri: 'http://login.example/keys' }, /^auth\.jwks_uri: .* in the clear/],
  [
    'tokens over http',
    { introspection: { ...introspection, url: 'http://login.example' } },
    /^auth\.introspection\.url: .* in the clear/,
  ],
  ['an issuer that is no address', { ...issuer, issuer: 'login.example' }, /^auth\.issuer: .* not the address/],
  ['an issuer with a query', { ...issuer, issuer: 'https://login.example?a' }, /^auth\.issuer: "issuer" has a query/],
  [
    'an issuer with a fragment',
    { ...issuer, issuer: 'https://login.example#a' },
    /^auth\.issuer: "issuer" has a fragment/,
  ],
  [
    'an issuer with a password',
    { ...issuer, issuer: 'https://a:b@login.example' },
    /^auth\.issuer: "issuer" holds a name/,
  ],
  [
    'this machine, for strangers',
    { ...issuer, issuer: 'http://127.0.0.1:9000' },
    /^auth\.issuer: "issuer" names 127\.0\.0\.1, which is no address of the public internet — .*"allow_networks": \["127\.0\.0\.1\/32"\]/,
  ],
  [
    'this machine, in other figures',
    { ...issuer, issuer: 'https://0x7f000001' },
    /^auth\.issuer: "issuer" names 127\.0\.0\.1/,
  ],
  ['this machine, by name', { ...issuer, issuer: 'https://localhost' }, /^auth\.issuer: "issuer" names localhost/],
  [
    'a private address',
    { ...issuer, jwks_uri: 'https://192.168.1.1/keys' },
    /^auth\.jwks_uri: .* names 192\.168\.1\.1/,
  ],
  [
    'the metadata of a cloud',
    { introspection: { ...introspection, url: 'https://169.254.169.254/' } },
    /^auth\.introspection\.url: /,
  ],
  ['a mapped address', { ...issuer, issuer: 'https://[::ffff:10.0.0.1]' }, /^auth\.issuer: /],
  [
    'a network that is none',
    { ...issuer, allow_networks: ['10.0.0.0/8', 'intranet'] },
    /^auth\.allow_networks\.1: .* no network/,
  ],
  ['all networks', { ...issuer, allow_networks: ['::/0'] }, /^auth\.allow_networks\.0: .* all addresses/],
  ['a resource that is no address', { ...issuer, resource: 'agents' }, /^auth\.resource: .* not the address/],
  ['a resource with a query', { ...issuer, resource: 'https://a.example?b' }, /^auth\.resource: .* has a query/],
  [
    'a resource with a path of parameters',
    { ...issuer, resource: 'https://a.example/{id}' },
    /^auth\.resource: .* more than names/,
  ],
  ['a resource over http', { ...issuer, resource: 'http://a.example' }, /^auth\.resource: .* in the clear/],
])('%s is refused', (_what, options, expected) => {
  const faults = faultsOf(options);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toMatch(expected);
});

test('every fault at once', () => {
  expect(faultsOf({ issuer: issuer.issuer, headers: {}, cache: 1, realm: 'x' })).toHaveLength(4);
});

test('a secret in the file is refused for strangers, and nobody repeats it', () => {
  const faults = faultsOf({ introspection }, { isLiteral: () => true });
  expect(faults).toHaveLength(1);
  expect(faults[0]).toMatch(/^auth\.introspection\.client_secret: /);
  expect(faults[0]).not.toContain(introspection.client_secret);
});

test.each(['http://127.0.0.1:9000', 'http://localhost:9000', 'http://[::1]:9000'])(
  '%s is accepted where only this machine is served, and said at the start',
  (address) => {
    const { warnings } = oauthBackend({ ...issuer, issuer: address }, { strict: false });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.message).toContain('no address of the public internet');
    expect(faultsOf({ ...issuer, issuer: 'https://10.0.0.1' }, { strict: false })).toHaveLength(1);
  },
);

describe('by the schema', () => {
  test.each<[string, object]>([
    ['no form', {}],
    ['only an audience', { audience: 'us' }],
    ['a secret’s algorithm', { ...issuer, algorithms: ['HS256'] }],
    ['no algorithm', { ...issuer, algorithms: [] }],
    ['the algorithm none', { ...issuer, algorithms: ['none'] }],
    ['no fetches', { ...issuer, fetches_per_minute: 0 }],
    ['a cool-down of nothing', { ...issuer, key_cooldown: 0 }],
    ['keys that are fetched each time', { ...issuer, key_cache: '0s' }],
    ['introspection without a secret', { introspection: { url: introspection.url, client_id: 'us' } }],
    ['an empty secret', { introspection: { ...introspection, client_secret: '' } }],
    ['an unknown way to send it', { introspection: { ...introspection, send_secret: 'jwt' } }],
    ['a scope with a space', { ...issuer, scopes_supported: ['a b'] }],
    ['an issuer of 256 characters', { ...issuer, issuer: `https://${'a'.repeat(248)}` }],
  ])('%s is refused', (_what, options) => {
    expect(oauthAuthOptionsSchema.safeParse({ method: 'oauth', ...options }).success).toBe(false);
    expect(oauthAuthOptionsSchema.safeParse({ method: 'oauth', ...issuer }).success).toBe(true);
  });
});
