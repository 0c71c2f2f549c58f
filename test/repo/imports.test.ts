import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../harness/project.js';

/** Which of our packages each may import: every arrow goes down (docs/request-path.md, CONTRIBUTING.md). */
const arrows: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  client: ['protocol'],
  core: ['protocol'],
  authentication: ['core', 'protocol'],
  policy: [],
  authorization: ['core', 'protocol', 'policy'],
  stores: ['core', 'protocol'],
  graph: ['core', 'protocol'],
  host: ['core', 'protocol'],
  playground: ['client', 'protocol'],
  agentflow: [
    'protocol',
    'client',
    'core',
    'policy',
    'authentication',
    'authorization',
    'stores',
    'graph',
    'host',
    'playground',
  ],
};

const packages = readdirSync(join(root, 'packages'));

function sourcesOf(folder: string): { readonly file: string; readonly text: string }[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/\.test(?:-d)?\.ts$/.test(file))
    .map((file) => ({ file: join(folder, file), text: readFileSync(join(root, folder, file), 'utf8') }));
}

test('every package has its arrows', () => {
  expect(Object.keys(arrows).toSorted()).toEqual(packages.toSorted());
});

test.each(packages)('%s imports only what lies below it', (name) => {
  const sources = sourcesOf(`packages/${name}/src`);
  expect(sources.length).toBeGreaterThan(0);
  const imported = sources.flatMap(({ text }) => [...text.matchAll(/from '@agentflow\/([\w-]+)/g)].map(([, to]) => to));
  expect([...new Set(imported)].filter((to) => !arrows[name]?.includes(to ?? ''))).toEqual([]);
});

test('core knows neither Koa, nor a database, nor an engine, nor the name of any backend', () => {
  const forbidden = /\b(?:koa|kysely|sqlite|langgraph-checkpoint|jose|casbin)\b|'(?:jwt|ownership)'|method: 'custom'/i;
  const found = sourcesOf('packages/core/src').filter(({ text }) =>
    forbidden.test(text.replace(/^\s*(?:\/\/|\/?\*).*$/gm, '')),
  );
  expect(found.map(({ file }) => file)).toEqual([]);
});

test('only the composition root lists the names of backends', () => {
  const naming = sourcesOf('packages').filter(({ text }) => /case 'jwt'|case 'ownership'/.test(text));
  expect(naming.map(({ file }) => file).toSorted()).toEqual([
    'packages/agentflow/src/compose/backends.ts',
    'packages/agentflow/src/compose/create-authentication.ts',
  ]);
});
