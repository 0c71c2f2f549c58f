import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { schemaReference } from './schema-reference.js';
import type { NewFiles } from './write-new-files.js';

const template = (file: string) => readFileSync(new URL(`../../template/${file}`, import.meta.url), 'utf8');

/** The files of a project that starts at once: a graph that needs no key, guarded by JWT, each thread its owner's. */
export function newProject(directory: string): NewFiles {
  const manifest = { ...(JSON.parse(template('package.json')) as object), name: packageName(basename(directory)) };
  const configuration = {
    $schema: schemaReference(directory),
    agent: 'graph/react.ts:app',
    auth: 'jwt',
    authorization: 'ownership',
  };
  return {
    'package.json': toText(manifest),
    'agentflow.json': toText(configuration),
    'graph/react.ts': template('graph/react.ts'),
    '.env.example': template('env.example'),
    // npm would leave out, or rename, a file of the template that is called so.
    '.gitignore': template('gitignore'),
  };
}

export function toText(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** What npm takes as a name, made from a folder's. */
function packageName(folder: string): string {
  const name = folder
    .toLowerCase()
    .replace(/[^a-z0-9-_.]+/g, '-')
    .replace(/^[-_.]+|[-_.]+$/g, '');
  return name === '' ? 'my-agent' : name;
}
