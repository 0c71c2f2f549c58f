import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { expandVariables } from './environment.js';
import { authExamples, authorizationExamples, fileExamples } from './examples.js';
import { backendJsonSchemas, configurationJsonSchema } from './json-schema.js';
import { validate } from './validate.js';

const ajv = new Ajv2020({ allErrors: true, strictTypes: false, strictRequired: false, validateFormats: false });
const isValid = ajv.compile(configurationJsonSchema());

const environment = { METHOD: 'jwt', CLASS: 'graph/auth.ts:Keys', SOON: '4m', ALGORITHM: 'HS512', DATABASE_URL: 'x' };

/** What the loader says of a file's value, up to where it looks for what the file names. */
function loads(file: unknown): boolean {
  const { value, faults } = expandVariables(file, environment);
  return faults.length === 0 && validate(value).faults.length === 0;
}

const agent = 'graph.ts:app';
const jwt = (more: object) => ({ agent, auth: { method: 'jwt', ...more } });
const keys = (more: object) => ({
  agent,
  auth: { method: 'api_key', keys: [{ id: 'a', key: 'k', subject: 's', ...more }] },
});
const oauth = (more: object) => ({ agent, auth: { method: 'oauth', verify_url: 'https://a.example', ...more } });
const authorization = (value: unknown) => ({ agent, authorization: value });
const roles = { user: ['graph:*'] };

const good: readonly unknown[] = [
  { agent },
  { $schema: './schema.json', agent, auth: null, authorization: null, env: null },
  { agent, auth: 'jwt' },
  { agent, auth: 'api_key' },
  { agent, auth: 'graph/auth.ts:Keys' },
  { agent, auth: ['jwt', 'api_key', 'graph.auth:Keys', { path: 'graph.auth:Keys' }] },
  { agent, auth: { path: 'graph.auth:Keys', deadline: '3s' } },
  { agent, auth: { method: 'custom', path: 'graph.auth:Keys', deadline: 3 } },
  { agent, auth: {} },
  { agent, auth: { issuer: 'me' } },
  jwt({ secret: 'text', previous_secrets: ['text', { file: 'a' }, { value: 'b', id: 'k1' }] }),
  jwt({ public_key: { kty: 'RSA' }, public_keys: ['pem', { file: 'a', id: 'k' }], jwks: { keys: [] } }),
  jwt({ algorithm: 'ES256', type: ['JWT', 'at+jwt'], clock_tolerance: ' 10s ', max_lifetime: 3600 }),
  jwt({ claims: { subject: 'uid', roles: ['a', 'b'], tenant: 'org' } }),
  { agent, auth: { method: 'api_key', header: 'X-Key', bearer: true, file: 'keys.json' } },
  keys({ key: { env: 'NAME' }, roles: ['a'], scopes: [], tenant: 't', expires_at: '2030-01-31T00:00:00Z' }),
  keys({ key: { file: 'key' }, claims: { email: 'a@b.c', deep: [1, { a: null }] } }),
  oauth({ headers: { Authorization: 'Bearer x' }, fields: { roles: ['a', 'b'], claims: { email: 'x.y' } } }),
  oauth({ refused_with: [400, 401], cache: '10m', deadline: 0.5, max_connections: 1000 }),
  ...[
    'ownership',
    'insecure-allow-all',
    'graph/auth.ts:Roles',
    { path: 'a:B' },
    { backend: 'a:B' },
    { type: 'a:B' },
  ].map(authorization),
  ...['method', 'type', 'backend'].flatMap((word) => [
    authorization({ [word]: 'ownership', isolation: 'owner', administrator_role: 'root' }),
    authorization({ [word]: 'roles', roles, inherits: { admin: ['user'] }, default_role: 'user' }),
    authorization({ [word]: 'rbac', role_scopes: roles, default_scopes: ['graph:read'] }),
    authorization({ [word]: 'role_based', roles, default_scopes: [], default_role: 'user' }),
    authorization({
      [word]: 'casbin',
      policy: 'p.csv',
      model: 'm.conf',
      max_rules: 1,
      reload_interval: '1s',
      max_staleness: '2h',
    }),
    authorization({ [word]: 'custom', path: 'a:B', deadline: 1 }),
    authorization({ [word]: 'insecure-allow-all' }),
    authorization(['ownership', { [word]: 'ownership' }]),
  ]),
  { agent, scopes: { 'workflow:trigger': ['graph:invoke'], none: [] } },
  { agent, database: 'postgres://a/b' },
  { agent, database: { url: 'postgres://a/b', schema: 'x', max_connections: 5 } },
  { agent, shutdown_grace: 0, thread_wait: '300' },
  { agent, websocket: {} },
  { agent, websocket: { max_connections: 0, ping_interval: '20s', idle_timeout: 0, insecure_token_in_query: true } },
  { agent, injectq: 'a:b', evaluation: {}, test: [], observability: 7 },
  { agent, checkpointer: null, store: null, rate_limit: null, redis: null, websocket: null },
  { agent, rate_limit: false, redis: 'redis://a' },
  {
    agent,
    rate_limit: { requests: 5, window: 10, by: 'ip', backend: 'memory', fail_open: true, exclude_paths: ['/a'] },
  },
  { agent, auth: '${METHOD}', authorization: '${CLASS}', shutdown_grace: '${SOON}', thread_wait: '${NONE:-15s}' },
  { agent, auth: { method: '${METHOD}', algorithm: '${ALGORITHM}', clock_tolerance: '${NONE:-3s}' } },
  { agent: '${NONE:-graph.ts:app}', database: { url: '${DATABASE_URL}' } },
];

const bad: readonly unknown[] = [
  {},
  [],
  'text',
  { agent: '' },
  { agent: 7 },
  { agent: null },
  { $schema: 7, agent },
  { agent, Agent: agent },
  { agent, graphs: {} },
  { agent, auth: '' },
  { agent, auth: 'jwtt' },
  { agent, auth: 'custom' },
  { agent, auth: 'oauth' },
  { agent, auth: [] },
  { agent, auth: [[]] },
  { agent, auth: [null] },
  { agent, auth: ['jwt', 7] },
  { agent, auth: { method: 'custom' } },
  { agent, auth: { method: 'jwt', path: 'a:B' } },
  { agent, auth: { path: 7 } },
  { agent, auth: { backend: 'jwt' } },
  jwt({ isuer: 'x' }),
  jwt({ issuer: '' }),
  jwt({ issuer: null }),
  jwt({ secret: 7 }),
  jwt({ secret: {} }),
  jwt({ secret: { file: 'a', value: 'b' } }),
  jwt({ secret: { value: 'b', id: '../x' } }),
  jwt({ secret: { kty: 'oct' } }),
  jwt({ previous_secrets: Array(11).fill('text') }),
  jwt({ public_keys: [] }),
  jwt({ public_key: { path: 'a' } }),
  jwt({ algorithm: 'none' }),
  jwt({ clock_tolerance: 'soon' }),
  jwt({ clock_tolerance: 301 }),
  jwt({ clock_tolerance: -1 }),
  jwt({ max_lifetime: '1w' }),
  jwt({ type: [] }),
  jwt({ claims: { user: 'x' } }),
  { agent, auth: { method: 'api_key', header: 'a b' } },
  { agent, auth: { method: 'api_key', keys: [] } },
  keys({ id: '' }),
  keys({ key: {} }),
  keys({ key: { env: 'a b' } }),
  keys({ key: { env: 'A', file: 'b' } }),
  keys({ more: 1 }),
  keys({ expires_at: 'tomorrow' }),
  { agent, auth: { method: 'oauth' } },
  oauth({ verify_url: '' }),
  oauth({ refused_with: [500] }),
  oauth({ max_connections: 1.5 }),
  oauth({ fields: { email: 'x' } }),
  ...['allow_all', 'roles', 'casbin', 'rbac', 'custom', '', 7, [], [null], {}, { roles }, { path: 7 }].map(
    authorization,
  ),
  authorization({ method: 'ownership', type: 'ownership' }),
  authorization({ type: 'rbac', backend: 'rbac', roles }),
  authorization({ method: 'ownership', isolation: 'all' }),
  authorization({ method: 'casbin', policy: 'policy.csv', isolation: 'none' }),
  authorization({ method: 'roles' }),
  authorization({ method: 'roles', roles: { user: 'graph:*' } }),
  authorization({ method: 'roles', roles: { '': [] } }),
  authorization({ method: 'roles', roles, role_scopes: roles }),
  authorization({ method: 'roles', roles, default_scopes: ['*'], default_role: 'user' }),
  authorization({ method: 'casbin' }),
  authorization({ method: 'casbin', policy: 'p', max_rules: 0 }),
  authorization({ method: 'insecure-allow-all', administrator_role: 'a' }),
  authorization({ type: 'allow_all' }),
  { agent, scopes: { x: 'graph:invoke' } },
  { agent, scopes: { '': [] } },
  { agent, env: '' },
  { agent, database: '' },
  { agent, database: {} },
  { agent, database: { url: 'x', max_connections: 0 } },
  { agent, shutdown_grace: null },
  { agent, shutdown_grace: 301 },
  { agent, thread_wait: {} },
  { agent, rate_limit: { requests: 0 } },
  { agent, rate_limit: { by: 'session' } },
  { agent, redis: {} },
  { agent, websocket: { max_connections: -1 } },
  { agent, websocket: { insecure_token_in_query: 'yes' } },
];

describe('the JSON Schema and the loader are of one mind', () => {
  test.each(good.map((file) => [file]))('good: %j', (file) => {
    expect([loads(file), isValid(file), isValid.errors]).toEqual([true, true, null]);
  });

  test.each(bad.map((file) => [file]))('bad: %j', (file) => {
    expect([loads(file), isValid(file)]).toEqual([false, false]);
  });

  test.each([
    jwt({ clock_tolerance: '6m' }),
    authorization({ method: 'casbin', policy: 'p', reload_interval: '0s' }),
    authorization({ method: 'casbin', policy: 'p', reload_interval: '20s', max_staleness: '59s' }),
    { agent, auth: { method: 'api_key', header: 'Host' } },
    { agent, auth: '${NOT_SET}' },
    { agent, rate_limit: { requests: 5, requests_per_minute: 5 } },
  ])('what JSON Schema cannot say, the loader does: %j', (file) => {
    expect([loads(file), isValid(file)]).toEqual([false, true]);
  });
});

describe('every key and every backend has an example, and each is good', () => {
  const method = ({ properties = {} }: { properties?: Readonly<Record<string, { const?: unknown }>> }) =>
    properties['method']?.const;
  const ownKeys = Object.entries(configurationJsonSchema().properties ?? {}).filter(([, one]) => !one.deprecated);

  test('none is missing', () => {
    expect(Object.keys(fileExamples)).toEqual(ownKeys.map(([key]) => key));
    expect(Object.keys(authExamples)).toEqual(backendJsonSchemas('auth').map(method));
    expect(Object.keys(authorizationExamples)).toEqual(backendJsonSchemas('authorization').map(method));
  });

  test.each([
    ...Object.values(fileExamples),
    ...Object.values(authExamples).map((auth) => ({ agent, auth })),
    ...Object.values(authorizationExamples).map(authorization),
  ])('%j', (file) => {
    expect([loads(file), isValid(file)]).toEqual([true, true]);
  });
});

test('the committed schema is the one that is made now; else run "npm run schema"', () => {
  const file = join(import.meta.dirname, '../../schema/agentflow.schema.json');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(configurationJsonSchema())));
});
