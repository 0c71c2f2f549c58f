import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../harness/project.js';

/* The rows of docs/security-bar.md, and what the tests say of themselves. */

const read = (file: string) => readFileSync(join(root, file), 'utf8');

/** "file row" of each test that a row names. */
function named(): readonly string[] {
  const rows = [...read('docs/security-bar.md').matchAll(/^\| (\d+) .*\|(.*)\|$/gm)];
  return rows.flatMap(([, row = '', tests = '']) =>
    [...tests.matchAll(/`([\w./-]+)`/g)].map(([, file = '']) => `${file} ${row}`),
  );
}

/** Likewise, of each "Security bar 1 to 3, 5 and 7" in a test. */
function said(): readonly string[] {
  const folders = ['packages', 'test'];
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  );
  const tests = files.filter((file) => file.endsWith('.test.ts') && !/\/(?:node_modules|dist|repo)\//.test(file));
  return tests.flatMap((file) =>
    [...read(file).matchAll(/security bar ([\d, toand]*\d)/gi)].flatMap(([, rows = '']) =>
      [...rows.matchAll(/(\d+)(?: to (\d+))?/g)].flatMap(([, from, to = from]) =>
        Array.from({ length: Number(to) - Number(from) + 1 }, (_, index) => `${file} ${Number(from) + index}`),
      ),
    ),
  );
}

test('a test that a row names says that it is for that row', () => {
  expect(named().length).toBeGreaterThan(100);
  const all = new Set(said());
  expect(named().filter((one) => !all.has(one))).toEqual([]);
});

test('a test that says so is named by its row', () => {
  const all = new Set(named());
  expect(said().filter((one) => !all.has(one))).toEqual([]);
});
