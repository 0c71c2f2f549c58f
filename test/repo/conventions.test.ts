import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../harness/project.js';

const sources = readdirSync(join(root, 'packages'), { recursive: true, encoding: 'utf8' })
  .filter((file) => /^[\w-]+\/src\/.*\.ts$/.test(file) && !/\.test(?:-d)?\.ts$/.test(file))
  .map((file) => ({ file, text: readFileSync(join(root, 'packages', file), 'utf8') }));

/** What a comment says does not count. */
const codeOf = (text: string) => text.replace(/^\s*(?:\/\/|\/?\*).*$/gm, '');

const filesWith = (pattern: RegExp) => sources.filter(({ text }) => pattern.test(codeOf(text))).map(({ file }) => file);

test('there are sources to look at', () => {
  expect(sources.length).toBeGreaterThan(80);
});

test('time comes from one clock: the server from its own, and what runs elsewhere, which has nothing of the server, each from one', () => {
  expect(filesWith(/Date\.now\(\)/).toSorted()).toEqual([
    'client/src/clock.ts',
    'core/src/clock.ts',
    'playground/src/page/clock.ts',
  ]);
});

test('the environment is read where the program starts, and handed on from there', () => {
  const readers = filesWith(/process\.env\b/);
  const allowed = /^agentflow\/src\/(?:cli\/|log\/style\.ts|compose\/process-variables\.ts)/;
  expect(readers.filter((file) => !allowed.test(file))).toEqual([]);
});

test('nothing escapes its type, and nothing is left for later', () => {
  expect(filesWith(/\bas any\b|: any\b|@ts-ignore|@ts-nocheck/)).toEqual([]);
  expect(sources.filter(({ text }) => /\b(?:TODO|FIXME|XXX|HACK)\b/.test(text)).map(({ file }) => file)).toEqual([]);
});

test('no file has a name that says nothing', () => {
  const empty = /^(?:utils?|helpers?|common|shared|misc|manager|service|handler)\b/;
  expect(sources.map(({ file }) => basename(file)).filter((name) => empty.test(name))).toEqual([]);
});

test('no file is longer than one sitting', () => {
  expect(sources.filter(({ text }) => text.split('\n').length > 300).map(({ file }) => file)).toEqual([]);
});

test('keys are generated in two places, and encoded: to export one that was just generated can stop Node 20 for ever', () => {
  const tests = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' }).map((file) =>
    join('test', file),
  );
  const units = readdirSync(join(root, 'packages'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /^[\w-]+\/src\//.test(file))
    .map((file) => join('packages', file));
  const generating = [...tests, ...units]
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }))
    .filter(({ text }) => /^import .*\bgenerateKeyPair|\bsubtle\.generateKey/m.test(codeOf(text)));
  expect(generating.map(({ file }) => file).toSorted()).toEqual([
    'packages/authentication/src/login/generate-signing-key.ts',
    'test/harness/key-pairs.ts',
  ]);
  expect(generating.filter(({ text }) => !text.includes('privateKeyEncoding'))).toEqual([]);
});

/** What several backends use has a folder, and is none. */
const besideBackends = ['password', 'sign-in'];

test.each(['authentication', 'authorization'])('every backend of %s has the same shape', (kind) => {
  const folders = readdirSync(join(root, 'packages', kind, 'src'), { withFileTypes: true }).filter(
    (one) => one.isDirectory() && !besideBackends.includes(one.name),
  );
  expect(folders.length).toBeGreaterThan(1);
  const suffix = kind === 'authentication' ? 'auth' : 'authorization';
  for (const { name } of folders) {
    const has = (file: string) => existsSync(join(root, 'packages', kind, 'src', name, file));
    expect([name, has('README.md'), has('index.ts'), has(`${name}-${suffix}.ts`)]).toEqual([name, true, true, true]);
  }
});
