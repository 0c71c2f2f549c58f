import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCodes, routeList } from '@agentflow/protocol';
import { expect, test } from 'vitest';
import { root } from '../harness/project.js';

const contract = readFileSync(join(root, 'docs/contract.md'), 'utf8');

/** The lines of every TypeScript file that cite a section, as `file: section`. */
const citations = ['packages', 'test', 'examples'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/(?:^|[\\/])(?:node_modules|dist)[\\/]/.test(file))
    .flatMap((file) => {
      const text = readFileSync(join(root, folder, file), 'utf8');
      return [...text.matchAll(/\bcontract (?:part )?(\d+(?:\.\d+)?)/g)].map(([, section]) => ({ file, section }));
    }),
);

test('every section that a comment cites is there', () => {
  const sections = new Set([...contract.matchAll(/^#+ (\d+(?:\.\d+)?)\.? /gm)].map(([, section]) => section));
  expect(citations.length).toBeGreaterThan(5);
  expect(citations.filter(({ section }) => !sections.has(section))).toEqual([]);
});

test('the table of errors is the one that is served', () => {
  const rows = [...contract.matchAll(/^\| (\d{3}) +\| `(\w+)` /gm)].map(([, status, code]) => [code, Number(status)]);
  expect(Object.fromEntries(rows)).toEqual(
    Object.fromEntries(Object.entries(errorCodes).map(([code, { status }]) => [code, status])),
  );
});

test('no route is left out', () => {
  const written = contract.replaceAll(/`(\w+) …\//g, '`$1 /v1/threads/{thread_id}/');
  expect(
    routeList.filter(({ method, path }) => !written.includes(`\`${method} ${path}\``)).map(({ name }) => name),
  ).toEqual([]);
});
