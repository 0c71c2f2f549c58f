import { allRoutes, type JsonObject, placeDocumentation, type Route, routeList } from '@agentflow/protocol';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, test } from 'vitest';
import type { ConfiguredAuth } from '../base-auth.js';
import { createDocumentation } from './create-documentation.js';
import { createOpenApiDocument } from './openapi-document.js';

/* The document is a valid one, and says of every route what the table says. */

function backend(name: string, scheme: string, headers: readonly string[] = []): ConfiguredAuth {
  return {
    name,
    deadlineMilliseconds: 1000,
    backend: {
      authenticate: () => null,
      challenge: () => ({ scheme, parameters: { realm: 'agentflow' } }),
      credentialHeaders: () => headers,
      describe: () => '',
      close: () => undefined,
    },
  };
}

const open = placeDocumentation({ readDocs: '/docs', readRedocs: '/redocs', public: 'for developers' });
const closed = placeDocumentation({ readDocs: '/internal/docs' });
const authentication = [
  backend('jwt', 'Bearer'),
  backend('api_key', 'ApiKey', ['X-Team-Key']),
  backend('custom graph/auth.ts:Mine', 'Custom', ['X-One', 'X-Two']),
];

interface Operation {
  readonly operationId: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: object; readonly required: boolean };
  readonly responses: Readonly<Record<string, { readonly content: Readonly<Record<string, object>> }>>;
  readonly 'x-agentflow-permission'?: string;
  readonly 'x-agentflow-access': string;
}

interface Document {
  readonly security: readonly object[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly securitySchemes: Readonly<Record<string, object>> };
}

const write = (routes: readonly Route[], backends = authentication): JsonObject =>
  createOpenApiDocument({ routes, authentication: backends, version: '1.2.3' });
const read = (document: JsonObject) => document as unknown as Document;

describe.each([
  ['what development serves', [...routeList, ...open], authentication],
  ['what production serves', [...routeList, ...closed], authentication],
  ['all that can be switched on', allRoutes, authentication],
  ['without authentication', [...routeList, ...open], []],
] as const)('%s', (_what, routes, backends) => {
  const document = write(routes, [...backends]);

  test('is OpenAPI 3.1', async () => {
    const validator = new Validator();
    expect(await validator.validate(structuredClone(document))).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
    const { paths: _paths, ...broken } = document;
    const result = await new Validator().validate({ ...broken, paths: { nowhere: [] } });
    expect(result.valid, 'the validator finds a fault where there is one').toBe(false);
  });

  test('has every route, and no other', () => {
    const written = Object.entries(read(document).paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => `${method.toUpperCase()} ${path} ${operationId}`),
    );
    const served = routes.map(({ method, path, name }) => `${method} ${path} ${name}`);
    expect(written.toSorted()).toEqual(served.toSorted());
  });

  test('points nowhere that is not there', () => {
    const text = JSON.stringify(document);
    const targets = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, target]) => (target ?? '').split('/'));
    expect(targets.length).toBeGreaterThan(20);
    const found = targets.map((keys) => keys.reduce<unknown>((part, key) => Reflect.get(Object(part), key), document));
    expect(found.filter((part) => part === undefined)).toEqual([]);
  });
});

const placed = new Set(open.map(({ name }) => name));
const all = [...allRoutes.filter(({ name }) => !placed.has(name)), ...open];
const document = read(write(all));

test.each(all.map((route) => [route.name, route] as const))('%s is described as the table has it', (_name, route) => {
  const operation = document.paths[route.path]?.[route.method.toLowerCase()];
  const parameters = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  expect(operation?.parameters?.filter((one) => one.in === 'path').map(({ name }) => name) ?? []).toEqual(parameters);
  if ('public' in route) {
    expect(operation).toMatchObject({ security: [], 'x-agentflow-access': 'public' });
    expect(operation).not.toHaveProperty('x-agentflow-permission');
    expect(Object.hasOwn(operation?.responses ?? {}, '401')).toBe(route.proof === true);
    return;
  }
  const { resource, action } = route.requires;
  expect(operation?.['x-agentflow-permission']).toBe(`${resource}:${action}`);
  const isSigned = 'signed' in route;
  expect(operation?.['x-agentflow-access']).toBe('self' in route ? 'self' : isSigned ? 'signed' : 'authorized');
  expect(operation?.security).toEqual(isSigned ? [] : undefined);
  const success = route.answer === 'socket' ? '101' : '200';
  expect(Object.keys(operation?.responses ?? {})).toEqual(expect.arrayContaining([success, '401', '403', 'default']));
});

test('bodies and queries are those that the handlers read', () => {
  const bodyOf = (path: string, method: string) => JSON.stringify(document.paths[path]?.[method]?.requestBody);
  expect(bodyOf('/v1/graph/invoke', 'post')).toContain('"recursion_limit"');
  expect(bodyOf('/v1/graph/invoke', 'post')).toContain('#/components/schemas/ClientMessage');
  expect(bodyOf('/v1/graph/stop', 'post')).toContain('"thread_id"');
  expect(bodyOf('/v1/store/search', 'post')).toContain('"retrieval_strategy"');
  expect(document.paths['/v1/threads']?.['get']?.parameters?.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['search', 'offset', 'limit', 'cursor']),
  );
  expect(document.paths['/v1/graph/stream']?.['post']?.responses['200']?.content).toHaveProperty(['text/event-stream']);
});

test('what a route refuses with is among its answers, and a body that may be left out is not required', () => {
  const statusesOf = (path: string, method: string) => Object.keys(document.paths[path]?.[method]?.responses ?? {});
  expect(statusesOf('/v1/auth/login', 'post')).toEqual(expect.arrayContaining(['401', '422', '429', '503']));
  expect(statusesOf('/v1/auth/methods', 'get')).not.toContain('401');
  expect(statusesOf('/v1/users', 'get')).toEqual(expect.arrayContaining(['401', '403', '422', '429']));
  expect(statusesOf('/v1/auth/sessions', 'get')).not.toContain('422');
  expect(statusesOf('/health', 'get')).not.toContain('429');
  const isRequired = (path: string, method = 'post') => document.paths[path]?.[method]?.requestBody?.required;
  expect(isRequired('/v1/auth/login')).toBe(true);
  expect(isRequired('/v1/auth/refresh')).toBe(false);
  expect(isRequired('/v1/api-keys')).toBe(true);
  expect(isRequired('/v1/api-keys/{key_id}/rotate')).toBe(false);
  expect(isRequired('/v1/webhooks/{name}')).toBe(true);
  expect(isRequired('/v1/graph/stop')).toBe(true);
});

test('security schemes are those of the backends, in their places', () => {
  expect(document.components.securitySchemes).toMatchObject({
    jwt: { type: 'http', scheme: 'bearer' },
    api_key_2: { type: 'apiKey', in: 'header', name: 'X-Team-Key' },
    'custom_graph_auth.ts_Mine_3.X-One': { type: 'apiKey', in: 'header', name: 'X-One' },
  });
  expect(document.security).toHaveLength(4);
  expect(read(write(all, [])).security).toEqual([]);
});

describe('the pages', async () => {
  const { docs, redocs } = await createDocumentation({
    routes: all,
    authentication,
    version: '<script>alert(1)</script>',
  });

  test.each([
    ['docs', docs],
    ['redocs', redocs],
  ])('%s has every route, loads nothing and runs nothing', (_name, { html, policy }) => {
    for (const { path, method } of all) {
      expect(html).toContain(`<span class="method">${method}</span> <code>${path}</code>`);
    }
    expect(html).not.toMatch(/<(?:script|link|img|iframe|form|object)\b|\ssrc=|\shref=|\son\w+=|@import|url\(/i);
    expect(html).toContain('&lt;script&gt;');
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/]{43}='; /);
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
  });

  test('one is folded, the other is open', () => {
    expect(docs.html).not.toContain('<details open>');
    expect(redocs.html.split('<details open>')).toHaveLength(all.length + 1);
  });
});
