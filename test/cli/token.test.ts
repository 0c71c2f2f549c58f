import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runAgentflow, startAgentflow } from '../harness/agentflow.js';
import { createKeyPair } from '../harness/key-pairs.js';
import { createProject, createSecret, exampleGraph, type Project } from '../harness/project.js';
import { send } from '../harness/requests.js';
import { inSeconds, signToken } from '../harness/tokens.js';

const issuer = 'https://issuer.test';
const audience = 'agentflow-test';
const pair = createKeyPair('ES256');
const byIssuer = { method: 'jwt', public_key: { file: 'issuer.pem' }, issuer, audience };
const bySecret = { method: 'jwt', secret: { value: '${NEW_SECRET}', id: '2026' }, previous_secrets: ['${OLD_SECRET}'] };
const env = { NEW_SECRET: createSecret(), OLD_SECRET: createSecret() };
const claims = (more: object = {}) => ({ sub: 'alice', iss: issuer, aud: audience, exp: inSeconds(3600), ...more });

let project: Project;
beforeAll(() => {
  project = createProject({
    'issuer.pem': pair.pem,
    'issuer.json': { agent: exampleGraph, auth: byIssuer },
    'agentflow.json': { agent: exampleGraph, auth: [byIssuer, bySecret] },
  });
});
afterAll(() => project.remove());

const run = (...args: readonly string[]) => runAgentflow(args, { directory: project.directory, env });

describe('where there are only public keys', () => {
  const only = ['--config', 'issuer.json'];

  test('no token can be minted, and it is said who can', async () => {
    const { code, output } = await run('token', ...only);
    expect(code).toBe(2);
    expect(output).toContain('only public keys for "jwt": they verify tokens and cannot sign any');
    expect(output).toContain('Get a token from the issuer');
    expect(output).not.toMatch(/^ey/m);
  });

  test('a token of the issuer can be looked into', async () => {
    const accepted = await run('token', 'inspect', pair.sign(claims()), ...only);
    expect(accepted).toMatchObject({ code: 0, output: expect.stringContaining('accepted  as alice') });
    const refused = await run('token', 'inspect', pair.sign(claims({ aud: 'other' })), ...only);
    expect(refused).toMatchObject({ code: 3, output: expect.stringContaining('refused   "aud" does not name us') });
  });

  test('development makes no secret that nobody would use, and tells whom to ask', async () => {
    const server = await startAgentflow({ directory: project.directory, args: ['dev', ...only], env });
    await expect.poll(() => server.output()).toContain('with a token of the issuer, in place of the dots');
    expect(await server.stop()).toBe(0);
    expect(server.output()).toContain(`ES256 of ${issuer}, public key from issuer.pem`);
    expect(server.output()).not.toContain('one was made for this laptop');
  });
});

describe('in a list, the entry with a secret signs', () => {
  test('with the newest secret and its id, and the server lets it in', async () => {
    const minted = await run('token', '--user', 'bob');
    expect(minted.code).toBe(0);
    const token = minted.output.split('\n').find((line) => line.startsWith('ey')) ?? '';
    const [header = '', payload = ''] = token.split('.');
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ alg: 'HS256', typ: 'JWT', kid: '2026' });
    const read = JSON.parse(Buffer.from(payload, 'base64url').toString());
    expect(token).toBe(signToken(read, env.NEW_SECRET, { alg: 'HS256', typ: 'JWT', kid: '2026' }));

    const server = await startAgentflow({ directory: project.directory, env });
    const { status, body } = await send(`${server.url}/v1/auth/me`, { token });
    expect(await server.stop()).toBe(0);
    expect([status, body.realm, body.subject]).toEqual([200, 'local', 'bob']);
  });

  test.each<[string, () => string, number, RegExp]>([
    ['of the issuer', () => pair.sign(claims()), 0, /accepted {2}as alice/],
    [
      'of the older secret',
      () => signToken({ sub: 'carol', exp: inSeconds(60) }, env.OLD_SECRET),
      0,
      /accepted {2}as carol/,
    ],
    [
      'of another secret',
      () => signToken(claims(), createSecret()),
      3,
      /the algorithm is not ES256; the signature is not good/,
    ],
    [
      'of another issuer',
      () => pair.sign(claims({ iss: 'x' })),
      3,
      /"iss" is not the configured issuer; the algorithm is not HS256/,
    ],
    ['that is none', () => 'abc', 3, /has not the form of a signed JWT/],
  ])('a token %s is looked into by each entry in turn', async (_what, make, code, expected) => {
    const inspected = await run('token', 'inspect', make());
    expect(inspected.output).toMatch(expected);
    expect(inspected.code).toBe(code);
  });
});

describe('for somebody through an actor', () => {
  const tokenIn = (output: string) => output.split('\n').find((line) => line.startsWith('ey')) ?? '';

  test('the chain is in the token, the current actor outermost, and inspecting it says so', async () => {
    const actors = ['--actor', 'bot', '--actor', 'planner', '--actor-role', 'runner', '--actor-role', 'clerk'];
    const minted = await run('token', '--user', 'bob', '--role', 'user', ...actors);
    const token = tokenIn(minted.output);
    const read = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    expect(read).toMatchObject({ sub: 'bob', roles: ['user'] });
    expect(read.act).toEqual({ sub: 'bot', roles: ['runner', 'clerk'], act: { sub: 'planner' } });
    const inspected = await run('token', 'inspect', token);
    expect(inspected.output).toContain('accepted  as bob, through bot, planner, roles [user], tenant default');
    const own = tokenIn((await run('token', '--user', 'bob')).output);
    expect((await run('token', 'inspect', own)).output).toContain('accepted  as bob, roles []');
  });

  test('one that no server would take is not minted', async () => {
    const nine = Array.from({ length: 9 }, (_, index) => ['--actor', `a${index}`]).flat();
    for (const [args, message] of [
      [nine, 'more than 8 actors in a row'],
      [['--actor', ''], "an actor's subject must be 1 to 255 characters"],
      [['--actor', 'a\nb'], "an actor's subject must be 1 to 255 characters"],
      [['--actor-role', 'runner'], '--actor-role needs --actor'],
    ] as const) {
      const { code, output } = await run('token', ...args);
      expect([code, output]).toEqual([1, expect.stringContaining(message)]);
      expect(tokenIn(output)).toBe('');
    }
    expect(tokenIn((await run('token', ...nine.slice(2))).output)).not.toBe('');
  });

  test('one with a malformed actor is looked into, and refused', async () => {
    const token = signToken({ sub: 'bob', act: 'bot', exp: inSeconds(60) }, env.NEW_SECRET);
    expect(await run('token', 'inspect', token)).toMatchObject({
      code: 3,
      output: expect.stringContaining(
        'refused   the algorithm is not ES256; who acts ("act") must be an object with "sub"',
      ),
    });
  });
});

test.each([
  ['login', /Tokens of "login" are had by signing in: agentflow login --server URL; then: agentflow token current/],
  ['api_key', /Set "auth": "jwt"\. Another method has credentials of its own\./],
])(
  'without "jwt" (%s), it is said what to do, and nothing that takes away how people sign in',
  async (auth, remedy) => {
    project.write('other.json', { agent: exampleGraph, auth });
    for (const args of [['token'], ['token', 'inspect', 'a.b.c']]) {
      const { code, output } = await run(...args, '--config', 'other.json');
      expect([code, output]).toEqual([2, expect.stringMatching(remedy)]);
      expect([output.includes('Set "auth": "jwt"'), output.includes('Nothing is served')]).toEqual([
        auth === 'api_key',
        false,
      ]);
    }
  },
);
