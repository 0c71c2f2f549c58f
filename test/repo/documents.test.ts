import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../harness/project.js';

const read = (file: string) => readFileSync(join(root, file), 'utf8');

test('every file in the picture of the request path is where the picture has it', () => {
  const picture = /```\n([\s\S]*?)```/.exec(read('docs/request-path.md'))?.[1] ?? '';
  let folder = '';
  const files = picture.split('\n').flatMap((line) => {
    folder = /^ (\w+)\/ /.exec(line)?.[1] ?? folder;
    const name = /\s([\w-]+\.ts)\s/.exec(line)?.[1];
    if (name === undefined) return [];
    return [folder === '' ? `packages/host/src/${name}` : `packages/core/src/pipeline/${folder}/${name}`];
  });
  expect(files.length).toBeGreaterThan(25);
  expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});

test('every stage of the pipeline is in the picture', () => {
  const stages = readdirSync(join(root, 'packages/core/src/pipeline'), { withFileTypes: true });
  const picture = read('docs/request-path.md');
  const missing = stages.filter((one) => one.isDirectory() && !picture.includes(` ${one.name}/ `));
  expect(missing.map(({ name }) => name)).toEqual([]);
});

test('every test and source that SECURITY.md and the documents name is there', () => {
  const documents = ['SECURITY.md', 'CONTRIBUTING.md', 'README.md', 'docs/request-path.md', 'docs/security-bar.md'];
  const named = documents.flatMap((file) =>
    [...read(file).matchAll(/`((?:packages|test|docs|examples|scripts|bench)\/[\w./*-]+\.\w+)`/g)].map(
      ([, path = '']) => path,
    ),
  );
  expect(named.length).toBeGreaterThan(20);
  const all = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => !file.includes('node_modules'));
  const isThere = (path: string) => {
    if (!path.includes('*')) return existsSync(join(root, path));
    const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`);
    return all.some((file) => pattern.test(file));
  };
  expect(named.filter((path) => !isThere(path))).toEqual([]);
});
