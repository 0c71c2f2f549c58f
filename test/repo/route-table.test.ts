import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Route, routeList } from '@agentflow/protocol';
import { expect, test } from 'vitest';
import { root } from '../harness/project.js';

const paths = [...new Set(routeList.map(({ path }) => path))];

/** Whose data a route is about, as the README says it. */
function whose(route: Route): string {
  if (!('requires' in route)) return '';
  const { resource, id } = route.requires;
  if (resource === 'config') return '';
  if ('self' in route) return 'oneself';
  if (resource === 'policy') return 'the policy of all';
  const one = id === undefined ? 's' : '';
  if (resource === 'graph') return id === undefined ? '' : "the caller's thread";
  const nouns: Readonly<Record<string, string>> = {
    checkpointer: 'thread',
    run: 'run',
    store: 'memorie',
    files: 'file',
  };
  return `the caller's ${nouns[resource]}${one}`.replace(/memorie$/, 'memory');
}

/** `checkpointer:read` `:write`: the resource is said once. */
function permissions(routes: readonly Route[]): string {
  return routes
    .map((route, index) => {
      if (!('requires' in route)) return 'public';
      if ('self' in route) return 'any principal';
      const { resource, action } = route.requires;
      return `\`${index === 0 ? resource : ''}:${action}\``;
    })
    .join(' ');
}

function rowOf(path: string, routes: readonly Route[]): string {
  const methods = routes.map(({ method }, index) => `\`${method}${index === routes.length - 1 ? ` ${path}` : ''}\``);
  const [first] = routes;
  return [methods.join(' '), permissions(routes), first === undefined ? '' : whose(first)].join(' | ');
}

test("the README's table of what is protected is the route table", () => {
  const section =
    /^## What is protected\n([\s\S]*?)^## /m.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1] ?? '';
  const rows = section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .slice(2, line.lastIndexOf('|'))
        .replace(/\s+\|\s*/g, ' | ')
        .trimEnd(),
    );
  const expected = paths.map((path) =>
    rowOf(
      path,
      routeList.filter((route) => route.path === path),
    ).trimEnd(),
  );
  expect(rows).toEqual(expected);
  expect(rows.length).toBeGreaterThan(20);
});
