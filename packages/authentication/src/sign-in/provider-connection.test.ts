import { expect, test } from 'vitest';
import { createProviderConnection, ProviderRefusalError } from './provider-connection.js';

const issuer = 'https://idp.example';
const metadata = { issuer, token_endpoint: `${issuer}/token`, authorization_endpoint: `${issuer}/authorize` };

/** One that answers a device code with an error of this name. */
function connectionTo(error: string) {
  const json = (body: object, status = 200) => Response.json(body, { status });
  return createProviderConnection({
    ...{ name: 'idp', issuer: new URL(issuer), clientId: 'us', clientSecret: undefined, scopes: [], wanted: [] },
    fetch: async (url) => (url.endsWith('/token') ? json({ error }, 400) : json(metadata)),
    clock: { now: () => 1_800_000_000_000 },
  });
}

test.each([
  ['authorization_pending', 'pending'],
  ['slow_down', 'slow-down'],
  ['access_denied', 'denied'],
  ['expired_token', 'expired'],
])('a device code of which it says %s is %s', async (error, kind) => {
  expect(await connectionTo(error).askDevice('code')).toEqual({ kind });
});

test.each(['constructor', '__proto__', 'toString', 'invalid_client'])(
  'of which it says %s, it has refused us',
  async (error) => {
    await expect(connectionTo(error).askDevice('code')).rejects.toBeInstanceOf(ProviderRefusalError);
  },
);
