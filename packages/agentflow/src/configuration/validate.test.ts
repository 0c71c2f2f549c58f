import { describe, expect, test } from 'vitest';
import { validate } from './validate.js';

const roles = { user: ['graph:*'] };
const agent = 'graph.ts:app';

describe('every spelling of authorization is read as ours', () => {
  test.each<[unknown, object]>([
    ['ownership', { method: 'ownership' }],
    [{ type: 'ownership' }, { method: 'ownership' }],
    [
      { backend: 'ownership', isolation: 'owner' },
      { method: 'ownership', isolation: 'owner' },
    ],
    [
      { method: 'ownership', administrator_role: 'admin' },
      { method: 'ownership', administrator_role: 'admin' },
    ],
    ['insecure-allow-all', { method: 'insecure-allow-all' }],
    [{ type: 'insecure-allow-all' }, { method: 'insecure-allow-all' }],
    [
      { method: 'roles', roles },
      { method: 'roles', roles },
    ],
    [
      { method: 'rbac', roles },
      { method: 'roles', roles },
    ],
    [
      { type: 'rbac', role_scopes: roles },
      { method: 'roles', roles },
    ],
    [
      { backend: 'role_based', roles, default_scopes: [], isolation: 'owner' },
      { method: 'roles', roles, isolation: 'owner' },
    ],
    [
      { backend: 'rbac', roles, default_scopes: ['graph:read'] },
      { method: 'roles', roles: { ...roles, default_scopes: ['graph:read'] }, default_role: 'default_scopes' },
    ],
    [
      { type: 'casbin', policy: 'policy.csv' },
      { method: 'casbin', policy: 'policy.csv', max_rules: 100_000, reload_interval: 1, max_staleness: 3600 },
    ],
    ['graph.auth:Roles', { method: 'custom', path: 'graph.auth:Roles', deadline: 2 }],
    [{ path: 'graph.auth:Roles' }, { method: 'custom', path: 'graph.auth:Roles', deadline: 2 }],
    [{ backend: 'graph.auth:Roles' }, { method: 'custom', path: 'graph.auth:Roles', deadline: 2 }],
    [
      { method: 'custom', path: 'graph.auth:Roles' },
      { method: 'custom', path: 'graph.auth:Roles', deadline: 2 },
    ],
  ])('%j', (authorization, expected) => {
    const { configuration, faults } = validate({ agent, authorization });
    expect(faults).toEqual([]);
    expect(configuration?.authorization).toEqual([expected]);
    expect(validate({ agent, authorization: ['ownership', authorization] }).configuration?.authorization?.[1]).toEqual(
      expected,
    );
  });
});

describe('what cannot be read is refused, with its place and a remedy', () => {
  const unsupported = /^Unsupported authorization method$/;
  test.each<[unknown, (string | number)[], RegExp, RegExp | undefined]>([
    ['allow_all', ['authorization'], unsupported, /"insecure-allow-all"/],
    ['default', ['authorization'], unsupported, /"insecure-allow-all"/],
    [{ type: 'none' }, ['authorization'], unsupported, /"insecure-allow-all"/],
    [['ownership', { backend: 'allow_all' }], ['authorization', 1], unsupported, /"insecure-allow-all"/],
    ['ownershp', ['authorization'], unsupported, /^Did you mean "ownership"\?/],
    [{ method: 'casbn' }, ['authorization'], unsupported, /^Did you mean "casbin"\?/],
    [['ownership', { type: 'rols' }], ['authorization', 1], unsupported, /^Did you mean "roles"\?/],
    ['insecure-alow-all', ['authorization'], unsupported, /^Did you mean "insecure-allow-all"\?/],
    ['opa', ['authorization'], unsupported, /^Use "ownership"/],
    [{}, ['authorization'], unsupported, /^Use "ownership"/],
    [{ roles }, ['authorization'], unsupported, /^Use "ownership"/],
    [{ method: 7 }, ['authorization'], unsupported, /^Use "ownership"/],
    [{ method: 'ownership', type: 'rbac' }, ['authorization', 'type'], /unknown key "type"/, undefined],
    [{ type: 'rbac', backend: 'rbac', roles }, ['authorization'], unsupported, /^Use "ownership"/],
    [{ method: 'roles', role: {} }, ['authorization', 'roles'], /"roles" is missing/, undefined],
    [{ method: 'roles' }, ['authorization', 'roles'], /"roles" is missing/, undefined],
    [
      { type: 'rbac', roles, role_scopes: roles },
      ['authorization', 'role_scopes'],
      /unknown key "role_scopes"/,
      undefined,
    ],
    [
      { type: 'rbac', roles, default_scopes: ['*'], default_role: 'user' },
      ['authorization', 'default_scopes'],
      /unknown key "default_scopes"/,
      undefined,
    ],
    [
      { method: 'roles', roles: { user: '*' } },
      ['authorization', 'roles', 'user'],
      /^"user" must be a list, not a text$/,
      undefined,
    ],
    [{ method: 'insecure-allow-all', role: 'a' }, ['authorization', 'role'], /unknown key "role"/, undefined],
    [{ method: 'casbin' }, ['authorization', 'policy'], /"policy" is missing/, undefined],
    [{ method: 'casbin', policy: 'a.csv', max_rules: 0 }, ['authorization', 'max_rules'], /"max_rules"/, undefined],
    [
      { method: 'casbin', policy: 'a.csv', reload_interval: '0s' },
      ['authorization', 'reload_interval'],
      /longer than 0s/,
      undefined,
    ],
    [
      { method: 'casbin', policy: 'a.csv', reload_interval: '30m' },
      ['authorization', 'max_staleness'],
      /"max_staleness" must be at least three times "reload_interval"/,
      /How long the last good policy decides/,
    ],
    [
      { method: 'casbin', policy: 'a.csv', max_staleness: '8d' },
      ['authorization', 'max_staleness'],
      /"max_staleness" must be a duration such as .* of at most 7d$/,
      undefined,
    ],
  ])('%j', (authorization, path, message, remedy) => {
    const { configuration, faults } = validate({ agent, authorization });
    expect(configuration).toBeUndefined();
    expect(faults[0]?.path).toEqual(path);
    expect(faults[0]?.message).toMatch(message);
    if (remedy !== undefined) expect(faults[0]?.remedy).toMatch(remedy);
  });

  test('an unknown auth method, too', () => {
    expect(validate({ agent, auth: 'jtw' }).faults).toEqual([
      { path: ['auth'], message: 'Unsupported auth method', remedy: expect.stringContaining('Did you mean "jwt"?') },
    ]);
  });
});

describe('every spelling of auth is read as ours', () => {
  const custom = { method: 'custom', path: 'graph/auth.ts:ApiKeyAuth', deadline: 5 };
  test.each<[unknown, object]>([
    ['jwt', { method: 'jwt' }],
    [{}, { method: 'jwt' }],
    ['api_key', { method: 'api_key' }],
    ['graph/auth.ts:ApiKeyAuth', custom],
    [{ path: 'graph/auth.ts:ApiKeyAuth' }, custom],
    [
      { path: 'graph/auth.ts:ApiKeyAuth', deadline: '3s' },
      { ...custom, deadline: 3 },
    ],
    [{ method: 'custom', path: 'graph/auth.ts:ApiKeyAuth' }, custom],
  ])('%j', (auth, expected) => {
    const { configuration, faults } = validate({ agent, auth });
    expect(faults).toEqual([]);
    expect(configuration?.auth).toEqual([expect.objectContaining(expected)]);
    expect(validate({ agent, auth: ['jwt', auth] }).configuration?.auth?.[1]).toMatchObject(expected);
  });
});

describe('faults are told in plain words, and the remedy says what the key means', () => {
  test.each<[object, string, RegExp]>([
    [{ agent: '' }, '"agent" must not be empty', /^The graph/],
    [{}, '"agent" is missing', /^The graph: "graph\/react.ts:app"/],
    [{ agent, auth: 7 }, '"auth" must be a text, an object or a list, not a number', /^How callers prove/],
    [{ agent, auth: true }, '"auth" must be a text, an object or a list, not true or false', /^How callers prove/],
    [{ agent, auth: [] }, '"auth" must not be empty', /^How callers prove/],
    [{ agent, auth: ['jwt', 7] }, 'entry 2 of "auth" must be a text or an object, not a number', /^Use "jwt"/],
    [{ agent, authorization: 7 }, '"authorization" must be a text, an object or a list, not a number', /^Who may do/],
    [{ agent, auth: { method: 'jwt', algorithm: 'none' } }, '"algorithm" must be one of "HS256", "HS384"', /^The one/],
    [{ agent, auth: { method: 'jwt', algorithm: 7 } }, '"algorithm" must be one of "HS256"', /^The one algorithm/],
    [
      { agent, auth: { method: 'api_key', header: 'a b' } },
      '"header" must be the name of a header field',
      /^The header/,
    ],
    [{ agent, auth: { method: 'api_key', keys: [] } }, '"keys" must not be empty', /^The keys/],
    [{ agent, auth: { method: 'api_key', issued: 'yes' } }, '"issued" must be an object or true, not a text', /./],
    [{ agent, auth: { method: 'api_key', issued: false } }, '"issued" must be an object or true, not false', /./],
    [{ agent, auth: { method: 'api_key', keys: [7] } }, 'entry 1 of "keys" must be an object, not a number', /./],
    [
      { agent, auth: { method: 'api_key', bearer: 'yes' } },
      '"bearer" must be true or false, not a text',
      /^Also takes/,
    ],
    [{ agent, auth: { method: 'custom' } }, '"path" is missing', /ApiKeyAuth/],
    [{ agent, auth: { method: 'oauth' } }, 'needs "issuer", "introspection" or "verify_url"', /^How callers prove/],
    [
      { agent, auth: { method: 'oauth', verify_url: 'https://a.example', max_connections: 0 } },
      '"max_connections" must be at least 1',
      /^About how many/,
    ],
    [
      { agent, authorization: { method: 'casbin', policy: 'p', max_rules: 1.5 } },
      '"max_rules" must be a',
      /^More lines/,
    ],
    [{ agent, scopes: { x: 'graph:invoke' } }, '"x" must be a list, not a text', /^What the scopes/],
    [{ agent, scopes: [] }, '"scopes" must be an object, not a list', /^What the scopes/],
    [{ agent, shutdown_grace: 'soon' }, '"shutdown_grace" must be a duration such as "30s"', /^How long requests/],
    [{ agent, shutdown_grace: null }, '"shutdown_grace" must be a text or a number, not null', /^How long requests/],
    [{ agent, database: { url: '' } }, '"url" must not be empty', /^"postgres:/],
    [{ agent, database: 7 }, '"database" must be an object or a text, not a number', /^PostgreSQL/],
    [{ agent, graphs: {} }, 'unknown key "graphs"', /LangGraph.*agentflow init --from langgraph\.json/],
    [{ agent, http: {} }, 'unknown key "http"', /routes are fixed/],
    [{ agent, port: 8000 }, 'unknown key "port"', /--port/],
    [{ agent, checkpointer: 'a:b' }, '"checkpointer" is not supported by this version', /kept in the database/],
    [{ agent, store: 'a:b' }, '"store" is not supported by this version', /kept in the database/],
  ])('%j', (file, message, remedy) => {
    const { faults } = validate(file);
    expect(faults).toHaveLength(1);
    expect(faults[0]?.message).toContain(message);
    expect(faults[0]?.message).not.toMatch(/expected|received|Invalid|>=|\|/);
    expect(faults[0]?.remedy).toMatch(remedy);
  });
});
