import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';

const specifier = /(?:\bfrom|\bimport|\brequire)\s*\(?\s*['"](\.{1,2}\/[^'"\n]+)['"]/g;
const endings = ['', '.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.json'];
const sources = /\.[cm]?[jt]sx?$/;

/**
 * The files that `files` lead to by relative imports, with themselves. It reads their text: what an import computes at run time
 * is not seen.
 */
export function followRelativeImports(files: Iterable<string>): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = [...files];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file) || !isFile(file)) continue;
    found.add(file);
    if (!sources.test(file)) continue;
    for (const [, to = ''] of read(file).matchAll(specifier)) {
      const imported = findImported(resolve(dirname(file), to));
      if (imported !== undefined) waiting.push(imported);
    }
  }
  return found;
}

/** What cannot be read is told by whoever imports it. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function findImported(base: string): string | undefined {
  const typed = base.replace(/\.([cm]?)js$/, '.$1ts');
  const candidates = [...endings.map((ending) => base + ending), typed, ...endings.map((e) => join(base, `index${e}`))];
  return candidates.find(isFile);
}

function isFile(file: string): boolean {
  return existsSync(file) && statSync(file).isFile();
}

/** Of a package, and not of the author's own. */
export function isInstalled(file: string): boolean {
  return file.includes(`${sep}node_modules${sep}`);
}
