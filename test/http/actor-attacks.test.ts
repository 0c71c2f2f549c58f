import { describe, expect, test } from 'vitest';
import { createKeyPair } from '../harness/key-pairs.js';
import { createSecret, exampleGraph } from '../harness/project.js';
import { head, sendRaw } from '../harness/raw-request.js';
import { send } from '../harness/requests.js';
import { serve } from '../harness/served.js';
import { inSeconds, signToken } from '../harness/tokens.js';

/*
 * Security bar 72: a credential that says who acts, and says it so that somebody could understand it in two ways, is none. Passing
 * the actor over would leave it the whole of the principal's rights.
 */

const issuer = 'https://issuer.test';
const pair = createKeyPair('ES256');
const deep = (length: number): string =>
  length === 1 ? '{"sub":"a1"}' : `{"sub":"a${length}","act":${deep(length - 1)}}`;

/** As it stands in the token, so that also what `JSON.stringify` never writes can be told. */
const attacks: readonly (readonly [string, string])[] = [
  ['null', 'null'],
  ['true', 'true'],
  ['false', 'false'],
  ['a number', '7'],
  ['a text', '"bot"'],
  ['an empty text', '""'],
  ['a list', '[{"sub":"bot"}]'],
  ['an empty list', '[]'],
  ['an empty object', '{}'],
  ['no sub', '{"iss":"https://issuer.test","client_id":"bot"}'],
  ['user_id in the place of sub', '{"user_id":"bot"}'],
  ['an empty sub', '{"sub":""}'],
  ['a sub that is null', '{"sub":null}'],
  ['a sub that is a number', '{"sub":7}'],
  ['a sub that is a list', '{"sub":["bot"]}'],
  ['a sub that is an object', '{"sub":{"sub":"bot"}}'],
  ['a line break', '{"sub":"bot\\nadmin"}'],
  ['a NUL', '{"sub":"bot\\u0000"}'],
  ['a terminal escape', '{"sub":"\\u001b[2Jbot"}'],
  ['a line separator', '{"sub":"bot\\u2028"}'],
  ['a lone surrogate', '{"sub":"bot\\ud800"}'],
  ['256 characters', `{"sub":"${'b'.repeat(256)}"}`],
  ['sub twice', '{"sub":"bot","sub":"chief"}'],
  ['sub twice, once escaped', '{"sub":"bot","\\u0073ub":"chief"}'],
  ['in the prototype', '{"__proto__":{"sub":"bot"}}'],
  ['an issuer that is a number', '{"sub":"bot","iss":7}'],
  ['an empty issuer', '{"sub":"bot","iss":""}'],
  ['an issuer with a line break', '{"sub":"bot","iss":"a\\nb"}'],
  ['roles that are an object', '{"sub":"bot","roles":{"chief":true}}'],
  ['roles that are no texts', '{"sub":"bot","roles":["chief",1]}'],
  ['two before it', '{"sub":"bot","act":{"sub":"a"},"actor":{"sub":"b"}}'],
  ['null before it', '{"sub":"bot","act":null}'],
  ['a malformed one before it', '{"sub":"bot","act":{"sub":"a","act":{"sub":""}}}'],
  ['nine in a row', deep(9)],
  ['a hundred in a row', deep(100)],
];

/** Each claim once, in JSON of its own. */
const payload = (act: string, more: object = {}) =>
  `${JSON.stringify({ sub: 'alice', exp: inSeconds(3600), roles: ['chief'], ...more }).slice(0, -1)},"act":${act}}`;

describe('in a token', () => {
  const server = serve(
    {
      agent: exampleGraph,
      auth: ['jwt', { method: 'jwt', public_key: { file: 'issuer.pem' }, issuer, audience: 'us' }],
      authorization: { method: 'ownership', administrator_role: 'chief' },
    },
    { files: { 'issuer.pem': pair.pem } },
  );
  const me = (token: string) => send(`${server.url}/v1/auth/me`, { token });
  const own = (act: string, more?: object) => signToken(payload(act, more), server.secret);
  const ofIssuer = (act: string) => pair.sign(payload(act, { iss: issuer, aud: 'us' }));

  test('the positive twins', async () => {
    for (const act of ['{"sub":"bot"}', deep(8), '{"sub":"bot","exp":1,"aud":"them","nbf":9999999999,"roles":"x"}']) {
      expect((await me(own(act))).body).toMatchObject({ subject: 'alice', actor: { realm: 'local' } });
      expect((await me(ofIssuer(act))).body).toMatchObject({
        subject: 'alice',
        realm: issuer,
        actor: { realm: issuer },
      });
    }
  });

  test.each(attacks)('%s: 401, by either key', async (_what, act) => {
    for (const token of [own(act), ofIssuer(act)]) {
      const answer = await me(token);
      expect([answer.status, answer.body.code]).toEqual([401, 'AUTH_REQUIRED']);
      expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
      const paths = ['/v1/threads', '/v1/nowhere'].map((path) => send(`${server.url}${path}`, { token }));
      expect((await Promise.all(paths)).map(({ status }) => status)).toEqual([401, 401]);
    }
  });

  test('twice in one token', async () => {
    expect((await me(own('{"sub":"bot"}', { act: 1 }))).status).toBe(401);
    expect(
      (await me(signToken('{"sub":"alice","act":{"sub":"a"},"act":{"sub":"b"},"exp":9999999999}', server.secret)))
        .status,
    ).toBe(401);
  });

  test('an issuer’s token makes no actor of ours', async () => {
    const local = '{"sub":"bot","iss":"local"}';
    expect((await me(ofIssuer(local))).status).toBe(401);
    expect((await me(own(local))).body).toMatchObject({ actor: { sub: 'bot', realm: 'local' } });
  });

  test('nothing of it reaches the log but what is wrong', async () => {
    const answer = await me(own('{"sub":"\\u001b[2Jbot-in-disguise"}'));
    const written = () =>
      server
        .output()
        .split('\n')
        .find((line) => line.includes(answer.headers.get('x-request-id') ?? '-'));
    await expect.poll(written).toContain("an actor's subject must be 1 to 255 characters");
    expect(JSON.parse(written() ?? '').audit).toMatchObject({ principal: null, actors: [], outcome: 'refused' });
    expect(server.output()).not.toContain('bot-in-disguise');
  });
});

describe('in X-Act-For', () => {
  const [acting, plain] = [createSecret(), createSecret()];
  const keys = [
    { id: 'k-acting', key: { env: 'ACTING' }, subject: 'bot', acts_for: ['alice'] },
    { id: 'k-plain', key: { env: 'PLAIN' }, subject: 'plain' },
  ];
  const server = serve(
    { agent: exampleGraph, auth: ['jwt', { method: 'api_key', keys }], cors: { origins: ['https://app.example.com'] } },
    { env: { ACTING: acting, PLAIN: plain } },
  );
  const statusOf = async (lines: readonly string[], path = '/v1/threads') =>
    (await sendRaw(server.port, head('GET', path, [...lines, 'Connection: close']))).status;
  const withKey = `X-API-Key: ${acting}`;

  test.each<[string, readonly string[], number]>([
    ['the positive twin', [withKey, 'X-Act-For: alice'], 200],
    ['in another spelling of the field', [withKey, 'x-ACT-for: alice'], 200],
    ['with spaces around it, which are not part of it', [withKey, 'X-Act-For:   alice  '], 200],
    ['as itself', [withKey], 200],
    ['another', [withKey, 'X-Act-For: bob'], 401],
    ['in capitals', [withKey, 'X-Act-For: ALICE'], 401],
    ['nobody', [withKey, 'X-Act-For:'], 401],
    ['two in one field', [withKey, 'X-Act-For: alice, bob'], 401],
    ['the same twice in one field', [withKey, 'X-Act-For: alice, alice'], 401],
    ['two fields', [withKey, 'X-Act-For: alice', 'X-Act-For: bob'], 400],
    ['two fields that are alike', [withKey, 'X-Act-For: alice', 'X-Act-For: alice'], 400],
    ['one field and an empty one', [withKey, 'X-Act-For: alice', 'X-Act-For:'], 400],
    ['a raw byte', [withKey, 'X-Act-For: \u00e4lice'], 401],
    ['a look-alike of the field', [withKey, 'X\u2010Act\u2010For: alice'], 400],
    ['the key that acts for nobody', [`X-API-Key: ${plain}`, 'X-Act-For: alice'], 401],
    ['an unknown key', [`X-API-Key: ${createSecret()}`, 'X-Act-For: alice'], 401],
    ['no credential', ['X-Act-For: alice'], 401],
  ])('%s: %j', async (_what, lines, status) => {
    expect(await statusOf(lines)).toBe(status);
  });

  test('beside a token nobody reads it, and so nobody is let in: less was asked for than the token gives', async () => {
    const token = server.tokenFor('alice');
    expect(await statusOf([`Authorization: Bearer ${token}`])).toBe(200);
    for (const name of ['alice', 'bob', '']) {
      expect(await statusOf([`Authorization: Bearer ${token}`, `X-Act-For: ${name}`])).toBe(401);
    }
    const acted = server.tokenFor('alice', { act: { sub: 'bot' } });
    expect(await statusOf([`Authorization: Bearer ${acted}`, 'X-Act-For: alice'])).toBe(200);
    expect(await statusOf([`Authorization: Bearer ${acted}`, 'X-Act-For: bob'])).toBe(401);
  });

  test('a public route asks nobody', async () => {
    expect(await statusOf(['X-Act-For: alice'], '/ping')).toBe(200);
  });

  test('whoever puts a key there finds it in no log', async () => {
    expect(await statusOf([withKey, `X-Act-For: ${plain}`])).toBe(401);
    expect(await statusOf([withKey, `X-Act-For: ${acting}`])).toBe(401);
    await expect.poll(() => server.output()).toContain('X-Act-For names nobody');
    expect(server.output()).not.toMatch(new RegExp(`${plain.slice(0, 8)}|${acting.slice(0, 8)}`));
  });

  test('a page of a listed origin may send it', async () => {
    const lines = ['Origin: https://app.example.com', 'Access-Control-Request-Method: GET'];
    const asked = (name: string) =>
      sendRaw(server.port, head('OPTIONS', '/v1/threads', [...lines, `Access-Control-Request-Headers: ${name}`]));
    const answer = await asked('x-act-for');
    expect(answer.status).toBe(204);
    expect(answer.text).toMatch(/access-control-allow-headers: .*X-API-Key,X-Policy-Revision,X-Act-For/i);
    expect((await asked('x-act-as')).status).toBe(403);
  });
});

describe('by nobody in particular', () => {
  const server = serve({ agent: exampleGraph });

  test('where nobody is asked who they are, nobody acts for anybody', async () => {
    expect((await send(`${server.url}/v1/threads`)).status).toBe(200);
    expect((await send(`${server.url}/v1/threads`, { headers: { 'X-Act-For': 'alice' } })).status).toBe(401);
  });
});
