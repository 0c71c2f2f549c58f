import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allRoutes, type Route, routeList } from '@agentflow/protocol';
import { expect, test } from 'vitest';
import { root } from '../harness/project.js';

/** What the documentation, the pages and the metadata are is said in sentences. */
const pages: ReadonlySet<string> = new Set([
  '/openapi.json',
  '/docs',
  '/redocs',
  '/playground',
  '/.well-known/oauth-protected-resource',
]);

const whereTheyAreSwitchedOn = allRoutes.filter(({ switchedOn, path }) => switchedOn === true && !pages.has(path));

/** Whose data a route is about, as the README says it. */
function whose(route: Route): string {
  if (!('requires' in route) || 'signed' in route) return '';
  const { resource, id } = route.requires;
  if (resource === 'config') return '';
  if ('self' in route) return 'oneself';
  if (resource === 'user' || resource === 'api-key') return 'the tenant';
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

/** `checkpointer:read` `:write`: the resource is said once; and so is what is no permission. */
function permissions(routes: readonly Route[]): string {
  const told = routes.map((route, index) => {
    if ('public' in route) return 'public';
    if ('signed' in route) return 'signed';
    if ('self' in route) return 'any principal';
    const { resource, action } = route.requires;
    return `\`${index === 0 ? resource : ''}:${action}\``;
  });
  return told.filter((one, index) => one.startsWith('`') || told.indexOf(one) === index).join(' ');
}

function rowOf(path: string, routes: readonly Route[]): string {
  const methods = routes.map(({ method }, index) => `\`${method}${index === routes.length - 1 ? ` ${path}` : ''}\``);
  const [first] = routes;
  return [methods.join(' '), permissions(routes), first === undefined ? '' : whose(first)].join(' | ');
}

/** The rows of the tables under a heading, without their padding. */
function rowsUnder(heading: string): readonly string[] {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const section = new RegExp(`^## ${heading}\\n([\\s\\S]*?)^## `, 'm').exec(readme)?.[1] ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .slice(2, line.lastIndexOf('|'))
        .replace(/\s+\|\s*/g, ' | ')
        .trimEnd(),
    );
}

test.each([
  ['What is protected', routeList],
  ['Signing in, and keys for programs', whereTheyAreSwitchedOn],
])('the README’s table under "%s" is the route table', (heading, routes) => {
  const paths = [...new Set(routes.map(({ path }) => path))];
  const expected = paths.map((path) =>
    rowOf(
      path,
      routes.filter((route) => route.path === path),
    ).trimEnd(),
  );
  expect(rowsUnder(heading)).toEqual(expected);
  expect(expected.length).toBeGreaterThan(20);
});
