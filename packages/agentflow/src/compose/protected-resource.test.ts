import { placeApiKeys, type Route, routeList } from '@agentflow/protocol';
import { expect, test } from 'vitest';
import { configurationSchema } from '../configuration/schema.js';
import { chooseProtectedResource } from './protected-resource.js';

const issuer = { method: 'oauth', issuer: 'https://login.example.com', audience: 'us' };

function choose(
  file: object,
  environment: Readonly<Record<string, string>> = {},
  routes: readonly Route[] = routeList,
) {
  const configuration = configurationSchema.parse({ agent: 'graph.ts:app', auth: [issuer], ...file });
  const source = { isList: () => true };
  return chooseProtectedResource({ configuration, environment, source } as never, routes);
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

test('clients are told of the scopes that are of use here: of the routes that are served, and of what is guarded', () => {
  const environment = { PUBLIC_URL: 'https://environment.example.com' };
  const told = (file: object, routes?: readonly Route[]) =>
    choose(file, environment, routes)?.document['scopes_supported'];
  const always = told({}) as string[];
  expect(always).toEqual(expect.arrayContaining(['graph:invoke', 'session:read', 'store:write']));
  expect(always.filter((scope) => /^(?:api-key|user|tool|node|credential):/.test(scope))).toEqual([]);
  expect(told({}, [...routeList, ...placeApiKeys(true)])).toEqual(
    [...always, 'api-key:read', 'api-key:write', 'api-key:delete'].toSorted(),
  );
  expect(told({ guard: ['tool'] })).toEqual([...always, 'tool:use'].toSorted());
  const scopes = { 'workflow:trigger': ['graph:invoke'] };
  expect(told({ guard: ['tool'], scopes })).toEqual(['workflow:trigger']);
});
