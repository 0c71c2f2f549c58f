import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '@agentflow/core';
import { afterAll, expect, test } from 'vitest';
import { configurationSchema } from '../configuration/schema.js';
import { openFilesDirectory, readFileRules } from './kept-files.js';

const directory = mkdtempSync(join(tmpdir(), 'agentflow-files-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const read = (files: object) => configurationSchema.parse({ agent: 'a.ts:a', files }).files;
const places = { directory, dataDirectory: join(directory, '.agentflow'), isTrial: false };

function faultsOf(work: () => unknown): readonly string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigurationError)
      return error.faults.map(({ path, message, remedy }) => [...path, message, remedy].join(' '));
    throw error;
  }
  return [];
}

test('without a word in the file there are limits', () => {
  const megabyte = 1024 * 1024;
  expect(readFileRules(read({}))).toMatchObject({
    maxBytes: 25 * megabyte,
    quotaBytes: 1024 * megabyte,
    linkSeconds: 600,
  });
  expect(readFileRules(read({})).types).toContain('image/png');
});

test.each(['text/html', 'image/svg+xml', 'text/javascript', 'image/pgn', '*/*'])(
  '%s is none that can be recognised',
  (type) => {
    expect(faultsOf(() => readFileRules(read({ types: ['image/png', type] })))[0]).toMatch(
      /^files types 1 files of the type "[^"]+" cannot be recognised by their content /,
    );
  },
);

test('the positive twin: types that can, also beyond the usual', () => {
  const types = ['image/png', 'application/zip', 'text/csv'];
  expect(readFileRules(read({ types })).types).toEqual(types);
});

test('the folder lies beside the database, or where the file says', () => {
  const usual = openFilesDirectory(read({}), places);
  expect(usual).toBe(join(directory, '.agentflow/files'));
  expect(statSync(usual).mode & 0o777).toBe(0o700);
  expect(openFilesDirectory(read({ directory: 'kept/here' }), places)).toBe(join(directory, 'kept/here'));
});

test('a mere validation makes none', () => {
  const where = openFilesDirectory(read({ directory: 'tried/out' }), { ...places, isTrial: true });
  expect(existsSync(where)).toBe(false);
});

test('what is in its way is a fault, with the place', () => {
  writeFileSync(join(directory, 'a file'), '');
  for (const isTrial of [false, true]) {
    const faults = faultsOf(() => openFilesDirectory(read({ directory: 'a file/here' }), { ...places, isTrial }));
    expect(faults[0]).toMatch(/^files directory the folder .+ cannot be used \(E\w+\)/);
  }
});
