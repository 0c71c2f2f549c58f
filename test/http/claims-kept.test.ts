import { describe, expect, test } from 'vitest';
import { exampleGraph } from '../harness/project.js';
import { send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/* What a token or a plugin says of a caller is not taken off by the caller, whatever text they send beside their credential. */

const authorization = `export class Standing {
  authorize(user) {
    return user.standing !== 'suspended by the board' && user['suspended'] !== true && user.tier !== 'anonymous-guest';
  }
}
`;

const authentication = `const people = { 'key-of-alice-0123': 'suspended by the board', 'key-of-bob-456789': 'good' };
export class Keys {
  authenticate({ headers }) {
    const key = headers.get('X-API-Key');
    const standing = people[key];
    return standing === undefined ? null : { user_id: standing === 'good' ? 'bob' : 'alice', standing, api_key: key };
  }
}
export class Guests {
  authenticate({ headers }) {
    return { user_id: headers.get('X-Session-Token') === 'bobs-session' ? 'bob' : 'guest', tier: 'anonymous-guest' };
  }
}
`;

const files = { 'authorization.js': authorization, 'authentication.js': authentication };
const options = { agent: exampleGraph, authorization: { method: 'custom', path: 'authorization.js:Standing' } };

const tokens = serve({ ...options, auth: 'jwt' }, { files });
const keys = serve({ ...options, auth: { method: 'custom', path: 'authentication.js:Keys' } }, { files });
const guests = serve({ ...options, auth: { method: 'custom', path: 'authentication.js:Guests' } }, { files });

/**
 * Every text beside the credential that says what a claim says, or how it is called; and what two callers are told whose key the plugin hands
 * on: with several such texts there is no telling which is the key.
 */
const sent: readonly (readonly [string, Readonly<Record<string, string>>, readonly [number, number]])[] = [
  ['nothing', {}, [403, 200]],
  ['a cookie with a value', { Cookie: 'a=suspended by the board' }, [503, 200]],
  ['cookies with names', { Cookie: 'a=standing; b=suspended' }, [503, 503]],
  ['a header like a token', { 'X-My-Token': 'suspended by the board' }, [503, 200]],
  ['a header like a session, with a name', { 'X-Session': 'standing' }, [503, 503]],
  ['several', { 'X-My-Token': 'suspended by the board', Cookie: 'a=suspended by the board; b=standing' }, [503, 503]],
];

describe.each(sent)('with %s', (_what, headers, [alice, bob]) => {
  test('a token keeps its claims', async () => {
    for (const claims of [{ standing: 'suspended by the board' }, { suspended: true }]) {
      const token = tokens.tokenFor('alice', claims);
      expect((await send(`${tokens.url}/v1/threads`, { token, headers })).status).toBe(403);
      const me = await send(`${tokens.url}/v1/auth/me`, { token, headers });
      expect([me.status, me.body.claims]).toEqual([200, claims]);
    }
    const token = tokens.tokenFor('bob', { standing: 'good' });
    expect((await send(`${tokens.url}/v1/threads`, { token, headers })).status).toBe(200);
  });

  test('who is known by a key that the plugin hands on is let in by no other text', async () => {
    const ask = (key: string) => send(`${keys.url}/v1/threads`, { headers: { ...headers, 'X-API-Key': key } });
    expect([(await ask('key-of-alice-0123')).status, (await ask('key-of-bob-456789')).status]).toEqual([alice, bob]);
  });
});

test.each<[string, Readonly<Record<string, string>>]>([
  ['nothing', {}],
  ['a text that is no credential', { 'X-Session-Token': 'anonymous-guest' }],
  ['a cookie', { Cookie: 'a=anonymous-guest' }],
])('whom a plugin takes for a guest remains one, with %s', async (_what, headers) => {
  expect((await send(`${guests.url}/v1/threads`, { headers })).status).toBe(403);
  expect((await send(`${guests.url}/v1/auth/me`, { headers })).body.claims).toEqual({ tier: 'anonymous-guest' });
});

test('the key that proves who somebody is goes no further', async () => {
  const me = await send(`${keys.url}/v1/auth/me`, { headers: { 'X-API-Key': 'key-of-bob-456789' } });
  expect([me.status, me.body.claims]).toEqual([200, { standing: 'good' }]);
});
