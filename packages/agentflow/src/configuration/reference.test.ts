import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCodes } from '@agentflow/protocol';
import { expect, test } from 'vitest';
import { environmentVariables } from './environment-variables.js';
import { backendJsonSchemas, configurationJsonSchema, type JsonSchema } from './json-schema.js';
import { configurationReference } from './reference.js';

const root = join(import.meta.dirname, '../../../..');

test('the committed reference is the one that is made now; else run "npm run schema"', () => {
  expect(readFileSync(join(root, 'docs/configuration.md'), 'utf8')).toBe(configurationReference());
});

test('the reference names every variable that the sources read, and no other', () => {
  const sources = readdirSync(join(root, 'packages'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /^[\w-]+\/src\/.*\.ts$/.test(file) && !file.endsWith('.test.ts'))
    .filter((file) => !/(?:environment-variables|examples)\.ts$/.test(file))
    // What runs in a browser has no environment.
    .filter((file) => !/^(?:client|playground)\//.test(file))
    .map((file) => readFileSync(join(root, 'packages', file), 'utf8'));
  // `environment['NAME']`, a name in a list, or one taken apart: `{ NAME: value } = environment`.
  const pattern =
    /(?:env|environment)\['([A-Z]\w*)'\]|'([A-Z][A-Z\d]*(?:_[A-Z\d]+)+|ORIGINS)'|\b([A-Z][A-Z\d]*(?:_[A-Z\d]+)+): \w+[,} ]/g;
  const others: ReadonlySet<string> = new Set([
    ...Object.keys(errorCodes),
    'GRAPH_RECURSION_LIMIT',
    'ERR_SQLITE_ERROR',
  ]);
  const read = sources
    .flatMap((text) => [...text.matchAll(pattern)].map(([, one, two, three]) => one ?? two ?? three ?? ''))
    .filter((name) => !others.has(name));
  const named = environmentVariables.flatMap(({ name, mayBeFile }) => (mayBeFile ? [name, `${name}_FILE`] : [name]));
  expect(read.length).toBeGreaterThan(15);
  expect([...new Set(read)].filter((name) => !named.includes(name))).toEqual([]);
  expect(environmentVariables.map(({ name }) => name).filter((name) => !read.includes(name))).toEqual([]);
});

test('the reference says of every option what it means, however deep it stands', () => {
  const reference = configurationReference();
  const { properties = {} } = configurationJsonSchema();
  const own = Object.entries(properties).filter(([, { deprecated }]) => deprecated !== true);
  const meanings = [
    ...own.flatMap(([, schema]) => meaningsIn(schema)),
    ...[...backendJsonSchemas('auth'), ...backendJsonSchemas('authorization')].flatMap(meaningsIn),
  ];
  expect(meanings.length).toBeGreaterThan(150);
  expect(meanings.filter((meaning) => !reference.includes(meaning.replaceAll('|', '\\|')))).toEqual([]);
});

test('what is in a map has a table of its own', () => {
  const sections = configurationReference().split(/^(?=#{2,4} )/m);
  const sectionOf = (heading: string) => sections.find((text) => text.startsWith(`#### ${heading}\n`)) ?? '';
  expect(sectionOf('`webhooks`, each')).toMatch(/^\| `secret` \| .* \| must be set \|/m);
  expect(sectionOf('`webhooks`, each')).toMatch(/^\| `secret\.env` \| text \| {2}\|/m);
  expect(sectionOf('`rate_limit.routes`, each')).toContain('| `burst` |');
  expect(sectionOf('`providers`, each')).toContain('| `allow.domains` |');
  expect(sectionOf('`remote_tools`, each')).toContain('| `parameters` |');
});

/** The descriptions in a schema, its own among them. */
function meaningsIn({ description, properties, additionalProperties, items, anyOf }: JsonSchema): readonly string[] {
  const inner = [...Object.values(properties ?? {}), ...(anyOf ?? []), ...(items === undefined ? [] : [items])];
  const members = typeof additionalProperties === 'object' ? [additionalProperties] : [];
  return [...(description === undefined ? [] : [description]), ...[...inner, ...members].flatMap(meaningsIn)];
}
