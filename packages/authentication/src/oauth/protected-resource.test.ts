import { expect, test } from 'vitest';
import { oauthBackend } from '../../../../test/harness/oauth-backend.js';
import { oauthAuthOptionsSchema } from './index.js';
import { protectedResourceOf } from './protected-resource.js';

const issuer = { issuer: 'https://login.example', audience: 'us' };

function named(options: object, environment: Readonly<Record<string, string>> = {}) {
  const parsed = oauthAuthOptionsSchema.parse({ method: 'oauth', ...options });
  return protectedResourceOf(parsed, { path: ['auth'], environment });
}

test.each([
  ['https://a.example', 'https://a.example', '/.well-known/oauth-protected-resource'],
  ['https://a.example/', 'https://a.example', '/.well-known/oauth-protected-resource'],
  ['https://a.example:8443/mcp', 'https://a.example:8443/mcp', '/.well-known/oauth-protected-resource/mcp'],
  ['https://a.example/v1/graph/', 'https://a.example/v1/graph/', '/.well-known/oauth-protected-resource/v1/graph'],
])('%s is %s, and %s tells of it (RFC 9728 §3.1)', (resource, identifier, metadataPath) => {
  const told = { resource: identifier, issuer: issuer.issuer, metadataPath, scopes: undefined };
  expect(named({ ...issuer, resource })).toEqual(told);
  expect(named(issuer, { PUBLIC_URL: resource })).toEqual(told);
  const { backend } = oauthBackend(issuer, { environment: { PUBLIC_URL: resource } });
  expect(backend.challenge()).toEqual({
    scheme: 'Bearer',
    parameters: { realm: 'agentflow', resource_metadata: `${new URL(resource).origin}${metadataPath}` },
  });
});

test('where nobody says the address, or there is no issuer to name, nothing is told', () => {
  expect(named(issuer)).toBeUndefined();
  expect(named({ verify_url: 'https://a.example/v' }, { PUBLIC_URL: 'https://a.example' })).toBeUndefined();
  const bare = { scheme: 'Bearer', parameters: { realm: 'agentflow' } };
  expect(oauthBackend(issuer).backend.challenge()).toEqual(bare);
  expect(
    oauthBackend(
      { verify_url: 'https://a.example/v' },
      { environment: { PUBLIC_URL: 'https://a.example' } },
    ).backend.challenge(),
  ).toEqual(bare);
});
