import { expect, test } from 'vitest';
import { configurationSchema } from '../configuration/schema.js';
import { chooseProtectedResource } from './protected-resource.js';

const issuer = { method: 'oauth', issuer: 'https://login.example.com', audience: 'us' };

function choose(file: object, environment: Readonly<Record<string, string>> = {}) {
  const configuration = configurationSchema.parse({ agent: 'graph.ts:app', auth: [issuer], ...file });
  const source = { isList: () => true };
  return chooseProtectedResource({ configuration, environment, source } as never);
}

test('the address of this server is the one of the file, else that of the environment', () => {
  expect(choose({})).toBeUndefined();
  const environment = { PUBLIC_URL: 'https://environment.example.com' };
  expect(choose({}, environment)?.document['resource']).toBe('https://environment.example.com');
  const named = choose({ public_url: 'https://file.example.com/' }, environment);
  expect(named?.document['resource']).toBe('https://file.example.com');
  expect(named?.path).toBe('/.well-known/oauth-protected-resource');
});

test('entries that name another address than the server has are refused, with what to do', () => {
  const auth = [issuer, { ...issuer, issuer: 'https://other.example.com', resource: 'https://b.example.com' }];
  expect(choose({ auth, public_url: 'https://b.example.com' })?.document['authorization_servers']).toHaveLength(2);
  expect(() => choose({ auth, public_url: 'https://a.example.com' })).toThrow(
    expect.objectContaining({
      faults: [
        expect.objectContaining({ path: ['auth', 1], remedy: expect.stringMatching(/"public_url".*PUBLIC_URL/) }),
      ],
    }),
  );
});
