import { ConfigurationError } from '@agentflow/core';
import { describe, expect, test } from 'vitest';
import type { Environment } from '../configuration/environment.js';
import type { LoadedConfiguration } from '../configuration/load-configuration.js';
import { validate } from '../configuration/validate.js';
import { chooseEdge, type Edge } from './edge.js';
import type { Mode } from './mode.js';

interface Chosen {
  readonly edge: Edge | undefined;
  readonly faults: readonly { readonly path: readonly (string | number)[]; readonly message: string }[];
  readonly announced: readonly string[];
}

/** What the start makes of a file and of variables. */
async function choose(file: object, environment: Environment = {}, mode: Mode = 'production') {
  const announced: string[] = [];
  const { configuration, faults } = validate({ agent: 'a.ts:b', auth: 'jwt', ...file });
  expect(faults).toEqual([]);
  const loaded = { configuration, environment } as unknown as LoadedConfiguration;
  const localOnly = configuration?.auth === undefined;
  const surroundings = {
    mode,
    strict: mode === 'production',
    localOnly,
    announce: (line: string) => void announced.push(line),
  };
  const chosen: Chosen = await chooseEdge(loaded, surroundings).then(
    (edge) => ({ edge, faults: [], announced }),
    (error: unknown) => {
      if (!(error instanceof ConfigurationError)) throw error;
      return { edge: undefined, faults: error.faults, announced };
    },
  );
  return chosen;
}

describe('trusted proxies', () => {
  test.each<readonly [string, object, Environment, string, boolean]>([
    ['nothing', {}, {}, '10.0.0.1', false],
    ['a list', { trusted_proxies: ['10.0.0.0/8'] }, {}, '10.0.0.1', true],
    ['an object', { trusted_proxies: { addresses: ['10.0.0.1'], header: 'Forwarded' } }, {}, '10.0.0.1', true],
    ['the variable', {}, { TRUSTED_PROXIES: ' 10.0.0.1 , fd00::/8,' }, '10.0.0.1', true],
    ['an empty variable', {}, { TRUSTED_PROXIES: '' }, '10.0.0.1', false],
    [
      'the file over the variable',
      { trusted_proxies: ['10.0.0.2'] },
      { TRUSTED_PROXIES: '10.0.0.1' },
      '10.0.0.1',
      false,
    ],
    ['an empty list over the variable', { trusted_proxies: [] }, { TRUSTED_PROXIES: '10.0.0.1' }, '10.0.0.1', false],
    ['IPv4 mapped into IPv6', { trusted_proxies: ['::ffff:10.0.0.0/104'] }, {}, '10.0.0.1', true],
  ])('%s', async (_what, file, environment, address, expected) => {
    const { edge, announced } = await choose(file, environment);
    expect(edge?.proxies?.isTrusted(address) ?? false).toBe(expected);
    expect(announced).toEqual([]);
  });

  test.each(['0.0.0.0/0', '::/0', '0.0.0.0/1', '2000::/3', '::ffff:0:0/96', '128.0.0.0/7'])(
    '%s is refused, unless it is asked for by name',
    async (network) => {
      const { faults } = await choose({ trusted_proxies: [network] });
      expect(faults).toMatchObject([{ path: ['trusted_proxies', 0], message: expect.stringContaining('so wide') }]);
      expect((await choose({}, { TRUSTED_PROXIES: network })).faults).toHaveLength(1);
      const asked = await choose({ trusted_proxies: [network], insecure_trust_all_proxies: true });
      expect(asked.edge?.proxies?.isTrusted('198.51.100.9')).toBe(true);
      expect(asked.announced).toEqual([expect.stringContaining('INSECURE')]);
    },
  );

  test.each(['proxy.local', '10.0.0.0/33', '10.0.0', '*', 'fe80::1%eth0'])('%s is none', async (text) => {
    const { faults } = await choose({ trusted_proxies: ['10.0.0.1', text] });
    expect(faults).toMatchObject([{ path: ['trusted_proxies', 1], message: expect.stringContaining(text) }]);
  });
});

test('without "auth" nobody is believed, and the start says so', async () => {
  const { edge, announced } = await choose({ auth: null, trusted_proxies: ['10.0.0.1'] });
  expect(edge?.proxies).toBeUndefined();
  expect(announced).toEqual([expect.stringContaining('"trusted_proxies" changes nothing')]);
});

describe('CORS', () => {
  const app = 'https://app.example.com';

  test.each<readonly [string, object, Environment, Mode, readonly string[] | '*' | undefined]>([
    ['nothing, in development', {}, {}, 'development', '*'],
    ['nothing, in production', {}, {}, 'production', undefined],
    ['a list, in development', { cors: { origins: [app] } }, {}, 'development', [app]],
    ['a list, in production', { cors: { origins: [app] } }, {}, 'production', [app]],
    ['an empty list', { cors: { origins: [] } }, {}, 'development', undefined],
    [
      'CORS_ORIGINS',
      {},
      { CORS_ORIGINS: `${app}, http://localhost:5173` },
      'production',
      [app, 'http://localhost:5173'],
    ],
    ['ALLOWED_ORIGINS', {}, { ALLOWED_ORIGINS: app }, 'production', [app]],
    ['ORIGINS', {}, { ORIGINS: app }, 'production', [app]],
    ['an empty one is not set', {}, { CORS_ORIGINS: '', ORIGINS: app }, 'production', [app]],
    ['IPv6', { cors: { origins: ['http://[::1]:5173'] } }, {}, 'production', ['http://[::1]:5173']],
    ['a packaged app', { cors: { origins: ['capacitor://localhost'] } }, {}, 'production', ['capacitor://localhost']],
  ])('%s', async (_what, file, environment, mode, expected) => {
    const { edge, faults, announced } = await choose(file, environment, mode);
    expect(faults).toEqual([]);
    expect(edge?.cors?.origins).toEqual(expected);
    expect(announced).toEqual([]);
    if (edge?.cors !== undefined) {
      expect(edge.cors).toMatchObject({ credentials: false, privateNetwork: mode === 'development' });
    }
  });

  test.each([
    ...['null', `${app}/`, `${app}/path`, `${app}:443`, 'http://app.example.com:80', 'HTTPS://app.example.com'],
    ...['https://App.example.com', 'app.example.com', '//app.example.com', 'https://*.example.com', '^https://app$'],
    ...['https://user@app.example.com', `${app}?x`, `${app}#x`, 'file://x', 'https://', 'https://bücher.example'],
    ...[' https://app.example.com', 'javascript:alert(1)', 'data://x'],
  ])('%j is no origin', async (origin) => {
    const { faults } = await choose({ cors: { origins: [app, origin] } });
    expect(faults).toMatchObject([{ path: ['cors', 'origins', 1], message: expect.stringContaining('not an origin') }]);
  });

  test.each<readonly [string, object, Environment, Mode]>([
    ['"*" with credentials', { cors: { origins: ['*'], credentials: true } }, {}, 'development'],
    ['"*" beside a listed one', { cors: { origins: [app, '*'], credentials: true } }, {}, 'development'],
    ['"*" from a variable', { cors: { credentials: true } }, { ORIGINS: '*' }, 'development'],
    ['what development allows, with credentials', { cors: { credentials: true } }, {}, 'development'],
    ['"*" in production', { cors: { origins: ['*'] } }, {}, 'production'],
  ])('%s is refused', async (_what, file, environment, mode) => {
    expect((await choose(file, environment, mode)).faults).toHaveLength(1);
  });

  test('the first of several counts, and those that differ are told', async () => {
    const { edge, announced } = await choose(
      { cors: { origins: [app] } },
      { CORS_ORIGINS: 'https://other.example', ALLOWED_ORIGINS: app, ORIGINS: '*' },
    );
    expect(edge?.cors?.origins).toEqual([app]);
    expect(announced).toEqual([expect.stringMatching(/^CORS_ORIGINS /), expect.stringMatching(/^ORIGINS /)]);
  });

  test('without "auth" there is none', async () => {
    const { edge, announced } = await choose({ auth: null, cors: { origins: [app] } }, {}, 'development');
    expect(edge?.cors).toBeUndefined();
    expect(announced).toEqual([expect.stringContaining('without "auth"')]);
  });
});

describe('documentation', () => {
  const served = (edge: Edge | undefined) =>
    edge?.routes.filter(({ path }) => /doc|openapi/.test(path)).map((route) => [route.path, 'public' in route]);

  test.each<readonly [string, Environment, Mode, readonly (readonly [string, boolean])[]]>([
    [
      'development',
      {},
      'development',
      [
        ['/openapi.json', true],
        ['/docs', true],
        ['/redocs', true],
      ],
    ],
    ['production', {}, 'production', []],
    [
      'production that asks for it',
      { DOCS_PATH: '/docs' },
      'production',
      [
        ['/openapi.json', false],
        ['/docs', false],
      ],
    ],
    [
      'elsewhere',
      { REDOC_PATH: '/internal/doc.html' },
      'production',
      [
        ['/openapi.json', false],
        ['/internal/doc.html', false],
      ],
    ],
    [
      "AgentFlow's name",
      { REDOCS_PATH: '/redoc' },
      'production',
      [
        ['/openapi.json', false],
        ['/redoc', false],
      ],
    ],
    [
      'one page switched off',
      { DOCS_PATH: '' },
      'development',
      [
        ['/openapi.json', true],
        ['/redocs', true],
      ],
    ],
    ['all switched off', { DOCS_PATH: '', REDOCS_PATH: '' }, 'development', []],
  ])('%s', async (_what, environment, mode, expected) => {
    expect(served((await choose({}, environment, mode)).edge)).toEqual(expected);
  });

  test.each([
    'docs',
    '/',
    '/docs/',
    '//docs',
    '/v1/threads',
    '/ping',
    '/openapi.json',
    '/{x}',
    '/a b',
    '/../x',
    '/:x',
    '/.well-known',
  ])('no page lies at %s', async (path) => {
    expect((await choose({}, { DOCS_PATH: path })).faults).toMatchObject([
      { message: expect.stringContaining('DOCS_PATH') },
    ]);
  });

  test('two pages do not lie at one path', async () => {
    expect((await choose({}, { DOCS_PATH: '/docs', REDOC_PATH: '/docs' })).faults).toHaveLength(1);
  });
});

describe('the playground', () => {
  const placeOf = ({ edge }: Chosen) => edge?.routes.find(({ name }) => name === 'readPlayground')?.path;

  test.each<readonly [string, Environment, Mode, string | undefined]>([
    ['development', {}, 'development', '/playground'],
    ['production', {}, 'production', undefined],
    ['production that asks for it', { PLAYGROUND_PATH: '/internal/try' }, 'production', '/internal/try'],
    ['switched off', { PLAYGROUND_PATH: '' }, 'development', undefined],
    ['where the documentation lies by name', { DOCS_PATH: '/playground' }, 'development', undefined],
  ])('%s', async (_what, environment, mode, expected) => {
    const chosen = await choose({}, environment, mode);
    expect(chosen.faults).toEqual([]);
    expect(placeOf(chosen)).toBe(expected);
  });

  test.each(['playground', '/v1/threads', '/ping', '/a b', '/../x'])('it does not lie at %s', async (path) => {
    expect((await choose({}, { PLAYGROUND_PATH: path })).faults).toMatchObject([
      { message: expect.stringContaining('PLAYGROUND_PATH') },
    ]);
  });

  test('nor where another page lies', async () => {
    const { faults } = await choose({}, { PLAYGROUND_PATH: '/docs' }, 'development');
    expect(faults).toMatchObject([{ message: expect.stringContaining('PLAYGROUND_PATH is "/docs"') }]);
  });

  test('whoever reads it is asked for nothing, and the reason is told', async () => {
    const { edge } = await choose({}, { PLAYGROUND_PATH: '/try' });
    const route = edge?.routes.find(({ path }) => path === '/try');
    expect(route).toMatchObject({ public: expect.stringContaining('without any data') });
  });
});

describe('people who sign in', () => {
  const told = [expect.stringContaining('People sign in over connections that are not encrypted')];
  test.each<readonly [string, object, Environment, Mode, readonly unknown[]]>([
    ['where nothing says that there is TLS', {}, {}, 'production', told],
    ['in development', {}, {}, 'development', []],
    ['behind a proxy', { trusted_proxies: ['10.0.0.1'] }, {}, 'production', []],
    ['under an https address', { public_url: 'https://agents.example.com' }, {}, 'production', []],
    ['under one of the environment', {}, { PUBLIC_URL: 'https://agents.example.com' }, 'production', []],
    ['under an http address', { public_url: 'http://127.0.0.1:8000' }, {}, 'production', told],
  ])('%s', async (_what, file, environment, mode, expected) => {
    expect((await choose({ auth: 'login', ...file }, environment, mode)).announced).toEqual(expected);
  });

  test('nobody is told where nobody does', async () => {
    expect((await choose({ auth: 'jwt' })).announced).toEqual([]);
  });
});
