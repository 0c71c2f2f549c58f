import { describe, expect, test } from 'vitest';
import { oauthAuthOptionsSchema } from './index.js';
import { fillVerifyOptions } from './options.js';
import { readAnswer } from './read-answer.js';

const token = 'token-5f2c81d9e0';
const realm = 'https://login.example';

function read(act: unknown, { fields = {}, ...more }: { readonly fields?: object } & Record<string, unknown> = {}) {
  const options = fillVerifyOptions(
    oauthAuthOptionsSchema.parse({ method: 'oauth', verify_url: realm, fields }),
    realm,
  );
  return readAnswer({ sub: 'alice', act, ...more }, token, { fields: options.fields, realm }, 0);
}

describe('who acts, by a verify endpoint', () => {
  test('is read unasked: passed over, it would have the whole of the subject’s rights', () => {
    expect(read({ sub: 'bot', act: { sub: 'planner' } })).toMatchObject({
      kind: 'good',
      principal: { realm, subject: 'alice', actor: { realm, subject: 'bot', actor: { realm, subject: 'planner' } } },
    });
    expect(read(undefined)).not.toHaveProperty('principal.actor');
  });

  test('its issuer is its realm, unless it is the answer’s own', () => {
    const act = { sub: 'bot', iss: 'https://iss.example' };
    expect(read(act)).toMatchObject({ principal: { actor: { realm: 'https://iss.example' } } });
    expect(read(act, { iss: 'https://iss.example' })).toMatchObject({ principal: { actor: { realm } } });
  });

  test('its roles stand where those of the subject do, and count only where those are mapped', () => {
    const act = { sub: 'bot', roles: ['chief'], access: { roles: ['runner'] } };
    expect(read(act)).toMatchObject({ principal: { roles: [], actor: { roles: [] } } });
    expect(read(act, { fields: { roles: 'access.roles' } })).toMatchObject({
      principal: { actor: { roles: ['runner'] } },
    });
  });

  test('it may stand elsewhere', () => {
    const fields = { actor: 'session.delegate' };
    expect(read(undefined, { fields, session: { delegate: { sub: 'bot' } } })).toMatchObject({
      principal: { actor: { subject: 'bot' } },
    });
  });

  test('of another tenant than the subject it is refused', () => {
    const more = { fields: { tenant: 'org' }, org: 'acme' };
    expect(read({ sub: 'bot', org: 'acme' }, more)).toMatchObject({ principal: { tenant: 'acme' } });
    expect(() => read({ sub: 'bot', org: 'globex' }, more)).toThrow('of another tenant');
  });

  test.each<[string, unknown]>([
    ['null', null],
    ['a text', 'bot'],
    ['a list', [{ sub: 'bot' }]],
    ['no sub', { client_id: 'bot' }],
    ['an empty sub', { sub: '' }],
    ['a line break', { sub: 'bot\n' }],
    ['an issuer of ours', { sub: 'bot', iss: 'local' }],
    ['the token as its name', { sub: `x-${token}` }],
    ['the token as its issuer', { sub: 'bot', iss: token }],
    ['the token as the name of who acted before', { sub: 'bot', act: { sub: token } }],
  ])('%s is no answer', (_what, act) => {
    expect(() => read(act)).toThrow(expect.objectContaining({ name: 'EndpointError' }));
    expect(() => read(act)).toThrow(expect.not.objectContaining({ message: expect.stringContaining(token) }));
  });
});
