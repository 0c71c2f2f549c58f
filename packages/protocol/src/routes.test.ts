import { expect, test } from 'vitest';
import { errorCodes } from './error-codes.js';
import { routeList } from './routes.js';

test('the public routes are these, each with a reason', () => {
  const open = routeList.filter((route) => 'public' in route);
  expect(open.map(({ path }) => path)).toEqual([
    '/ping',
    '/health',
    '/ready',
    '/v1/files/{file_id}/content',
    '/v1/auth/revoke',
  ]);
  for (const route of open) expect('public' in route && route.public.length).toBeGreaterThan(20);
});

test('every route with a parameter says that its first one is what it is about', () => {
  const withParameter = routeList.filter((route) => route.path.includes('{') && !('public' in route));
  expect(withParameter.length).toBeGreaterThanOrEqual(10);
  for (const route of withParameter) {
    const first = /\{(\w+)\}/.exec(route.path)?.[1];
    expect(route).toMatchObject({ requires: { id: `path:${first}` } });
  }
});

test('no two routes share a method and a path', () => {
  expect(new Set(routeList.map(({ method, path }) => `${method} ${path}`)).size).toBe(routeList.length);
});

test('no error code begins with a prefix that the AgentFlow client takes for something else', () => {
  const prefixes = /^(?:GRAPH|NODE|TRANSIENT_STORAGE|STORAGE|METRICS|SCHEMA_VERSION|SERIALIZATION)/;
  expect(Object.keys(errorCodes).filter((code) => prefixes.test(code))).toEqual([]);
});
