import { existsSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

const withinPackage = join('node_modules', 'agentflow', 'schema', 'agentflow.schema.json');

/** `$schema` for a file in a folder: the installed package's, in a workspace also further up. An editor needs no network. */
export function schemaReference(directory: string): string {
  for (let folder = directory; ; folder = dirname(folder)) {
    const file = join(folder, withinPackage);
    if (existsSync(file)) return toReference(relative(directory, file));
    // It is not installed yet, and will be here.
    if (dirname(folder) === folder) return toReference(withinPackage);
  }
}

function toReference(path: string): string {
  const reference = path.split(sep).join('/');
  return reference.startsWith('.') ? reference : `./${reference}`;
}
