import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import {
  type AuthenticationResult,
  type BackendSurroundings,
  ConfigurationError,
  createMemorySignals,
  createPipeline,
  isAuthenticationResult,
  type Revocable,
  silentLog,
  systemClock,
} from '@agentflow/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiKeyAuthOptionsSchema, createApiKeyAuth } from './index.js';

// Made up, and of the strength that is asked for.
const key = 'c2a94f1be07d8356a1f0947be2d65c83f90e17ab44d2c6581b3e7f09';
const other = '7d0e62b8c3f1954ad86e20f7b1a53c9e0f48d7264be1930c5af8e276';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'agentflow-keys-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function surroundingsOf(more: Partial<BackendSurroundings> = {}): BackendSurroundings {
  return {
    directory,
    path: ['auth'],
    environment: {},
    isLiteral: () => false,
    clock: { now: () => Date.parse('2026-01-01T00:00:00Z') },
    strict: true,
    warn: () => {
      throw new Error('nothing is merely weak here');
    },
    ...more,
  };
}

function make(options: object, more: Partial<BackendSurroundings> = {}, sharedRole?: string) {
  return createApiKeyAuth(
    apiKeyAuthOptionsSchema.parse({ method: 'api_key', ...options }),
    surroundingsOf(more),
    sharedRole,
  );
}

function faultsOf(options: object, more: Partial<BackendSurroundings> = {}): readonly string[] {
  try {
    make(options, more);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.faults.map(({ path, message }) => `${path.join('.')}: ${message}`);
  }
}

const one = (id: string, text: string | object, more: object = {}) => ({ id, key: text, subject: 'alice', ...more });

async function ask(
  backend: ReturnType<typeof make>['backend'],
  headers: Record<string, string>,
): Promise<AuthenticationResult> {
  const request = {
    ...{ method: 'GET', url: '/', address: '', isSecure: true, requestId: '', transport: 'http' as const },
    headers: new Headers(headers),
  };
  const [scheme = '', credentials = ''] = headers['Authorization']?.split(' ') ?? [];
  const credential = scheme === '' ? null : { scheme: scheme.toLowerCase(), credentials };
  const context = { log: silentLog, signal: new AbortController().signal };
  const answer = await backend.authenticate(request, context, credential);
  if (!isAuthenticationResult(answer)) throw new Error('not an answer of ours');
  return answer;
}

const kindOf = (answer: AuthenticationResult) => answer.kind;

describe('the keys of the environment', () => {
  test('each is a principal of its own, with an id that stays', async () => {
    const environment = { API_KEY: key, VALID_API_KEYS: ` ${other} ,, ${key.toUpperCase()},` };
    const { backend, administratorRole } = make({}, { environment }, 'administrator');
    expect(administratorRole).toBeUndefined();
    const subjects = await Promise.all(
      [key, other, key.toUpperCase()].map(async (text) => {
        const answer = await ask(backend, { 'X-API-Key': text });
        return answer.kind === 'authenticated'
          ? [answer.principal.subject, answer.evidence.credentialId, answer.principal.roles]
          : answer;
      }),
    );
    const named = (text: string) =>
      `env:VALID_API_KEYS:${createHash('sha256').update(text).digest('hex').slice(0, 12)}`;
    const ids = ['env:API_KEY', named(other), named(key.toUpperCase())];
    expect(subjects).toEqual(ids.map((id) => [id, id, []]));
    // Whichever of them is taken back, the others stay who they are.
    const { backend: later } = make({}, { environment: { VALID_API_KEYS: key.toUpperCase() } });
    expect(await ask(later, { 'X-API-Key': key.toUpperCase() })).toMatchObject({ principal: { subject: ids[2] } });
  });

  test('the last that is left of a list is not the administrator', () => {
    const made = make({}, { environment: { VALID_API_KEYS: `,${key}` } }, 'administrator');
    expect(made.administratorRole).toBeUndefined();
    expect(made.backend.describe()).not.toContain('administrator');
  });

  test.each([
    ['API_KEY', { API_KEY: key }],
    ['INTERNAL_API_KEY', { INTERNAL_API_KEY: key }],
  ])('%s alone is the administrator, where the caller of createApiKeyAuth says so', async (name, environment) => {
    const made = make({}, { environment }, 'administrator');
    expect(made.administratorRole).toBe('administrator');
    expect(made.backend.describe()).toContain('whoever has it is the administrator');
    expect(await ask(made.backend, { 'X-API-Key': key })).toMatchObject({
      principal: { subject: `env:${name}`, roles: ['administrator'] },
    });
    const plain = make({}, { environment });
    expect([plain.administratorRole, plain.backend.describe()]).toEqual([
      undefined,
      `X-API-Key, 1 key from ${name.split(':')[0]}`,
    ]);
    expect(await ask(plain.backend, { 'X-API-Key': key })).toMatchObject({ principal: { roles: [] } });
  });

  test('a listed key is never made the administrator, even with the role by that name', async () => {
    const made = make({ keys: [one('a', { env: 'API_KEY' })] }, { environment: { API_KEY: key } }, 'administrator');
    expect(made.administratorRole).toBeUndefined();
    expect(await ask(made.backend, { 'X-API-Key': key })).toMatchObject({ principal: { subject: 'alice', roles: [] } });
  });

  test('from files, one key to a line', async () => {
    writeFileSync(join(directory, 'one'), `${key}\n`);
    writeFileSync(join(directory, 'several'), `${other}\r\n${key.toUpperCase()}\n`);
    const { backend } = make({}, { environment: { API_KEY_FILE: 'one', VALID_API_KEYS_FILE: 'several' } });
    const kinds = [key, other, key.toUpperCase()].map(async (text) =>
      kindOf(await ask(backend, { 'X-API-Key': text })),
    );
    expect(await Promise.all(kinds)).toEqual(['authenticated', 'authenticated', 'authenticated']);
  });
});

describe('exactly the text of a key, in its own place', () => {
  const { backend } = make({ keys: [one('a', key), one('b', other, { subject: 'bob' })] });

  test.each<[string, Record<string, string>, string]>([
    ['the key', { 'X-API-Key': key }, 'authenticated'],
    ['the name of the field in capitals', { 'X-API-KEY': key }, 'authenticated'],
    ['twice the same', { 'X-API-Key': `${key}, ${key}` }, 'authenticated'],
    ['nothing', {}, 'not-applicable'],
    ['an empty field', { 'X-API-Key': '' }, 'not-applicable'],
    ['a field of another name', { 'X-Api-Keys': key, 'Api-Key': key, 'X-Key': key }, 'not-applicable'],
    ['as Bearer, which is not configured', { Authorization: `Bearer ${key}` }, 'not-applicable'],
    ['a prefix', { 'X-API-Key': key.slice(0, -1) }, 'rejected'],
    ['a suffix', { 'X-API-Key': key.slice(1) }, 'rejected'],
    ['one character more', { 'X-API-Key': `${key}0` }, 'rejected'],
    ['in capitals', { 'X-API-Key': key.toUpperCase() }, 'rejected'],
    ['in quotes', { 'X-API-Key': `"${key}"` }, 'rejected'],
    ['with its scheme', { 'X-API-Key': `Bearer ${key}` }, 'rejected'],
    ['percent-encoded', { 'X-API-Key': key.replace('c', '%63') }, 'rejected'],
    ['with a look-alike', { 'X-API-Key': key.replace('e', 'è') }, 'rejected'],
    ['with a comma after it', { 'X-API-Key': `${key},` }, 'rejected'],
    ['two keys', { 'X-API-Key': `${key}, ${other}` }, 'rejected'],
    ['its id', { 'X-API-Key': 'a' }, 'rejected'],
    ['a long text', { 'X-API-Key': key.repeat(1000) }, 'rejected'],
    ['constructor', { 'X-API-Key': 'constructor' }, 'rejected'],
  ])('%s: %s', async (_what, headers, expected) => {
    expect(kindOf(await ask(backend, headers))).toBe(expected);
  });

  test('whose it is, is what the list says', async () => {
    expect(await ask(backend, { 'X-API-Key': other })).toMatchObject({
      principal: { subject: 'bob', realm: 'local', tenant: 'default', roles: [], scopes: undefined },
      evidence: { credentialId: 'b' },
    });
  });
});

describe('as Authorization, where that is configured', () => {
  const { backend } = make({ bearer: true, header: 'X-Key', keys: [one('a', key), one('b', other)] });

  test.each<[string, Record<string, string>, string, readonly string[]]>([
    ['Bearer', { Authorization: `Bearer ${key}` }, 'authenticated', [key]],
    ['ApiKey', { Authorization: `ApiKey ${key}` }, 'authenticated', [key]],
    ['both places, the same', { Authorization: `Bearer ${key}`, 'X-Key': key }, 'authenticated', [key, key]],
    ['both places, different', { Authorization: `Bearer ${key}`, 'X-Key': other }, 'rejected', [other, key]],
    ['Basic', { Authorization: `Basic ${key}` }, 'not-applicable', []],
    ["a Bearer token that may be another backend's", { Authorization: 'Bearer abc' }, 'not-applicable', ['abc']],
    ['an unknown key under our own scheme', { Authorization: 'ApiKey abc' }, 'rejected', ['abc']],
    ['an unknown key in both places', { Authorization: 'Bearer abc', 'X-Key': 'abc' }, 'rejected', ['abc', 'abc']],
    ['the default field, which is not configured', { 'X-API-Key': key }, 'not-applicable', []],
  ])('%s', async (_what, headers, expected, read) => {
    expect(kindOf(await ask(backend, headers))).toBe(expected);
    const [scheme = '', credentials = ''] = headers['Authorization']?.split(' ') ?? [];
    const credential = scheme === '' ? null : { scheme: scheme.toLowerCase(), credentials };
    expect(backend.reads?.(new Headers(headers), credential)).toEqual(read);
  });
});

test('a key that ends, ends at its moment, and the caller is told no more than of an unknown one', async () => {
  let now = Date.parse('2026-01-01T00:00:00Z');
  const keys = [
    one('a', key, { expires_at: '2026-01-01T01:00:00+01:00' }),
    one('b', other, { expires_at: '2026-01-01T00:00:01Z' }),
  ];
  const { backend } = make({ keys }, { clock: { now: () => now } });
  const unknown = await ask(backend, { 'X-API-Key': 'unknown' });
  expect(await ask(backend, { 'X-API-Key': key })).toMatchObject({
    kind: 'rejected',
    code: 'code' in unknown && unknown.code,
  });
  expect(await ask(backend, { 'X-API-Key': other })).toMatchObject({
    kind: 'authenticated',
    evidence: { expiresAt: now + 1000 },
  });
  now += 999;
  expect(kindOf(await ask(backend, { 'X-API-Key': other }))).toBe('authenticated');
  now += 1;
  expect(kindOf(await ask(backend, { 'X-API-Key': other }))).toBe('rejected');
});

test('what the list says of the bearer reaches the principal', async () => {
  const claims = { email: 'ci@example.com' };
  const { backend } = make({
    keys: [one('a', key, { roles: ['runner'], scopes: ['graph:invoke'], tenant: 'acme', claims })],
  });
  expect(await ask(backend, { 'X-API-Key': key })).toMatchObject({
    principal: { roles: ['runner'], scopes: ['graph:invoke'], tenant: 'acme', claims },
  });
});

test('a backend shows no key, however it is looked at', () => {
  const options = apiKeyAuthOptionsSchema.parse({ method: 'api_key', keys: [one('a', key)] });
  const { backend } = createApiKeyAuth(options, surroundingsOf(), undefined);
  for (const shown of [inspect(backend, { depth: 9, showHidden: true }), JSON.stringify(options), inspect(options)]) {
    expect(shown).not.toContain(key.slice(0, 8));
  }
  expect(JSON.stringify(options)).toContain('[secret]');
});

describe('faulty lists', () => {
  test.each<[string, object, Partial<BackendSurroundings>, RegExp]>([
    ['no key at all', {}, {}, /^auth: no API key was found/],
    ['nothing but commas', {}, { environment: { VALID_API_KEYS: ' ,,' } }, /no API key was found/],
    [
      '15 characters',
      { keys: [one('a', key.slice(0, 15))] },
      { strict: false },
      /has 15 bytes; a key needs at least 16$/,
    ],
    ['a placeholder', { keys: [one('a', 'your-secret-api-key-here')] }, {}, /is a placeholder/],
    ['a regular key', { keys: [one('a', 'abcabcabcabcabcabcabcabcabcabcabc')] }, {}, /too regular/],
    ['a comma in it', { keys: [one('a', `${key},${other}`)] }, {}, /cannot be sent/],
    ['a space in it', { keys: [one('a', `${key} ${other}`)] }, {}, /cannot be sent/],
    ['a letter that no field has', { keys: [one('a', `${key}é`)] }, {}, /cannot be sent/],
    ['a key that is too long', { keys: [one('a', `${key}${other}`.repeat(9))] }, {}, /cannot be sent/],
    ['an id twice', { keys: [one('a', key), one('a', other)] }, {}, /two keys have the id "a"/],
    ['a key twice', { keys: [one('a', key), one('b', key)] }, {}, /"a" and "b" are the same key/],
    ['a key twice in the environment', {}, { environment: { API_KEY: key, VALID_API_KEYS: key } }, /are the same key/],
    ['its own id', { keys: [one(key, key)] }, {}, /its own id or subject/],
    ['its own subject', { keys: [one('a', key, { subject: key })] }, {}, /its own id or subject/],
    [
      'a variable that is not set',
      { keys: [one('a', { env: 'NONE' })] },
      {},
      /^auth\.keys\.0\.key\.env: neither NONE nor NONE_FILE is set/,
    ],
    [
      'a file that is not there',
      { keys: [one('a', { file: 'none' })] },
      {},
      /^auth\.keys\.0\.key\.file: .*none cannot be read \(ENOENT\)/,
    ],
    ['a list that is not there', { file: 'none.json' }, {}, /^auth\.file: .*cannot be read \(ENOENT\)/],
    [
      'a literal, for strangers',
      { keys: [one('a', key)] },
      { isLiteral: () => true },
      /^auth\.keys\.0\.key: a secret stands in the configuration/,
    ],
  ])('%s', (_what, options, more, expected) => {
    const faults = faultsOf(options, more);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(expected);
    expect(faults[0]).not.toMatch(/c2a94f1b|7d0e62b8/);
  });

  test.each<[string, object, Partial<BackendSurroundings>]>([
    ['a placeholder', { keys: [one('a', 'your-secret-api-key-here')] }, {}],
    ['a literal', { keys: [one('a', key)] }, { isLiteral: () => true }],
  ])('%s is accepted on a laptop, and told', (_what, options, more) => {
    const told: string[] = [];
    make(options, { ...more, strict: false, warn: ({ message }) => void told.push(message) });
    expect(told).toHaveLength(1);
  });

  test.each<[string, object]>([
    ['no keys', { keys: [] }],
    ['an unknown member', { keys: [one('a', key, { role: 'x' })] }],
    ['an id with a line feed', { keys: [one('a\nb', key)] }],
    ['a subject of a wrong type', { keys: [one('a', key, { subject: 5 })] }],
    ['a date that is none', { keys: [one('a', key, { expires_at: 'tomorrow' })] }],
    ['a date without a zone', { keys: [one('a', key, { expires_at: '2030-01-01T00:00:00' })] }],
    ['a claim that says who it is', { keys: [one('a', key, { claims: { role: 'administrator' } })] }],
    ['Authorization as the field', { header: 'Authorization' }],
    ['Cookie as the field', { header: 'cookie' }],
    ['a field with a space', { header: 'X API Key' }],
  ])('by the schema: %s', (_what, options) => {
    expect(apiKeyAuthOptionsSchema.safeParse({ method: 'api_key', ...options }).success).toBe(false);
    expect(apiKeyAuthOptionsSchema.safeParse({ method: 'api_key', keys: [one('a', key)] }).success).toBe(true);
  });
});

describe('a list in a file of its own', () => {
  const write = (content: unknown) =>
    writeFileSync(join(directory, 'keys.json'), typeof content === 'string' ? content : JSON.stringify(content));

  test('may hold keys as they are, beside those of the configuration', async () => {
    write([one('a', key), one('b', { env: 'OTHER' }, { subject: 'bob' })]);
    const third = key.toUpperCase();
    const more = { environment: { OTHER: other }, isLiteral: (path: readonly unknown[]) => path.includes('file') };
    const { backend } = make({ file: 'keys.json', keys: [one('c', third)] }, more);
    const kinds = [key, other, third].map(async (text) => kindOf(await ask(backend, { 'X-API-Key': text })));
    expect(await Promise.all(kinds)).toEqual(['authenticated', 'authenticated', 'authenticated']);
  });

  test.each<[string, unknown, RegExp]>([
    ['not JSON', '[', /is not strict JSON/],
    ['a member twice', `[{"id":"a","id":"b","key":"${key}","subject":"x"}]`, /is not strict JSON/],
    ['no list', { keys: [] }, /keys\.json, at ""/],
    ['an empty list', [], /keys\.json, at ""/],
    ['a key in the wrong place', [one('a', key, { [other]: 1 })], /at "0": has a member that is not known/],
    ['a variable', [one('a', '${API_KEY}')], /written as a variable/],
    ['the same key as in the configuration', [one('a', key)], /are the same key/],
  ])('%s is refused', (_what, content, expected) => {
    write(content);
    const [fault, ...others] = faultsOf({
      file: 'keys.json',
      ...(expected.source.includes('same') && { keys: [one('b', key)] }),
    });
    expect(others).toEqual([]);
    expect(fault).toMatch(expected);
    expect(fault).not.toMatch(/c2a94f1b|7d0e62b8/);
  });
});

test('a key is taken back by its id, and no other with it', async () => {
  const { backend } = make({ keys: [one('a', key), one('b', other)] });
  const backends = [{ name: 'api_key', backend, deadlineMilliseconds: 1000 }];
  const revoked = new Set<string | undefined>();
  const authority = {
    authenticate: {
      backends,
      revocations: { isRevoked: ({ credentialId }: Revocable) => revoked.has(credentialId) },
      log: silentLog,
    },
    authorize: { backends: [], authentication: backends, log: silentLog },
  };
  const pipeline = createPipeline({
    ...authority,
    receive: { matchRoute: () => ({ kind: 'not-found' }), localOnly: false, maxBodyBytes: 1 },
    recheckMilliseconds: 1000,
    // No route is found, and so none is handled: 404 for whoever is let in.
    handlers: {} as never,
    sockets: {} as never,
    audit: { write: () => undefined },
    signals: createMemorySignals(),
    clock: systemClock,
  });
  const inForce = {
    hold: () => ({ authority, release: () => undefined }),
    onChange: () => () => undefined,
    changed: () => undefined,
  };
  const statusWith = async (text: string) => {
    const incoming = {
      ...{ method: 'GET', target: '/', address: '', isSecure: true, transport: 'http' as const },
      rawHeaders: ['X-API-Key', text],
      body: (async function* () {})(),
      signal: new AbortController().signal,
      serverEnd: new AbortController().signal,
    };
    const { status } = await pipeline(incoming, inForce);
    return status;
  };
  expect([await statusWith(key), await statusWith(other)]).toEqual([404, 404]);
  revoked.add('a');
  expect([await statusWith(key), await statusWith(other)]).toEqual([401, 404]);
});
