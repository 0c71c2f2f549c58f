import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { provideDevelopmentSecret } from './development-secret.js';
import { makeOnce } from './make-once.js';

/* Two servers that start at once in a new folder have one secret: each would make it, and one of them is first. */

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agentflow-once-'));
  file = join(folder, 'secret');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('made once, for its owner alone', () => {
  expect([makeOnce(file, () => 'one'), makeOnce(file, () => 'two')]).toEqual([true, false]);
  expect(readFileSync(file, 'utf8')).toBe('one\n');
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('of two that found none, the first is everybody’s', () => {
  const second = makeOnce(file, () => {
    expect(makeOnce(file, () => 'first')).toBe(true);
    return 'second';
  });
  expect([second, readFileSync(file, 'utf8'), readdirSync(folder)]).toEqual([false, 'first\n', ['secret']]);
});

test('where it cannot be made, nothing is left', () => {
  const fail = () => {
    throw new Error('no entropy');
  };
  expect(() => makeOnce(file, fail)).toThrow('no entropy');
  expect(() => makeOnce(join(folder, 'nowhere', 'secret'), () => 'x')).toThrow('ENOENT');
  expect(readdirSync(folder)).toEqual([]);
});

test('a laptop’s own is told as new to who has made it', () => {
  const provide = (make: 'kept' | 'fleeting' | 'none') => provideDevelopmentSecret(folder, {}, { make });
  expect(provide('none')).toEqual({ environment: {}, file: undefined, created: false });
  expect(provide('fleeting').environment['JWT_SECRET_KEY']).toMatch(/^[\da-f]{64}$/);
  expect(readdirSync(folder)).toEqual([]);
  const kept = join(folder, 'jwt-secret');
  expect(provide('kept')).toEqual({ environment: { JWT_SECRET_KEY_FILE: kept }, file: kept, created: true });
  expect(provide('kept')).toMatchObject({ file: kept, created: false });
  expect(provide('none')).toMatchObject({ file: kept, created: false });
});
