import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ConfigurationError, nearest } from '@agentflow/core';
import { createJiti, type Jiti } from 'jiti';
import { createEvaluatedCode, type EvaluatedCode } from './evaluated-code.js';
import { parseReference, type Reference, resolveModule } from './reference.js';

/** Loads user code by path. TypeScript and JavaScript, ESM and CommonJS, with no build step. */
export interface Loader {
  /**
   * The named export of a module.
   * @throws {ConfigurationError} naming the path, what was found and what was wanted
   */
  load(reference: string, key: readonly (string | number)[]): Promise<unknown>;
  /**
   * The same, ready for use: a class is constructed, a function called, an instance taken as it is.
   * @throws {ConfigurationError}
   */
  instantiate(reference: string, key: readonly (string | number)[]): Promise<unknown>;
  /** Imports a package as the module of a reference would. Rejects where that one could not. */
  importBeside(specifier: string, reference: string): Promise<unknown>;
  /** What has been evaluated so far. */
  readonly code: EvaluatedCode;
}

/** `import … from 'agentflow'` in user code is this very program, wherever that code lies. */
const ownEntry = join(dirname(fileURLToPath(import.meta.url)), '..', 'index.js');

/** `directory` is where paths start; `cacheDirectory` keeps transformed files for the next start. */
export function createLoader(directory: string, cacheDirectory: string | false): Loader {
  const jiti = createJiti(pathToFileURL(join(directory, 'agentflow.json')).href, {
    alias: { agentflow: ownEntry },
    fsCache: cacheDirectory,
    interopDefault: false,
  });
  const code = createEvaluatedCode(jiti);

  const load: Loader['load'] = async (text, key) => {
    const reference = parseReference(text);
    if (reference === undefined) {
      throw fault(key, `${JSON.stringify(text)} is not of the form "file:name"`, 'For example "graph/react.ts:app".');
    }
    const resolved = resolveModule(reference, directory);
    if ('tried' in resolved) throw moduleNotFound(reference, resolved.tried, directory, key);
    const module = await importModule(jiti, resolved.file, reference, key);
    code.imported(resolved.file);
    if (Object.hasOwn(module, reference.exportName)) return module[reference.exportName];
    throw exportNotFound(reference, Object.keys(module), key);
  };

  return {
    code,
    load,
    async importBeside(specifier, text) {
      const reference = parseReference(text);
      const resolved = reference === undefined ? undefined : resolveModule(reference, directory);
      const file = resolved !== undefined && 'file' in resolved ? resolved.file : join(directory, 'agentflow.json');
      return jiti.import(specifier, { parentURL: pathToFileURL(file).href });
    },
    async instantiate(text, key) {
      const found = await load(text, key);
      if (typeof found !== 'function') return found;
      try {
        return isClass(found) ? new (found as new () => unknown)() : await (found as () => unknown)();
      } catch (error) {
        const remedy = 'It is constructed, or called, without arguments at start: make that work, or name an instance.';
        throw fault(key, `${text} threw while it was made ready:\n${stackOf(error)}`, remedy, error);
      }
    },
  };
}

async function importModule(
  jiti: Jiti,
  file: string,
  { text }: Reference,
  key: readonly (string | number)[],
): Promise<Readonly<Record<string, unknown>>> {
  try {
    const module = await jiti.import(file);
    return { ...(module as Record<string, unknown>) };
  } catch (error) {
    throw fault(
      key,
      `${text} cannot be imported:\n${stackOf(error)}`,
      `Correct ${relative(process.cwd(), file) || file}, or what it imports.`,
      error,
    );
  }
}

function isClass(value: object): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}

function moduleNotFound(
  reference: Reference,
  tried: readonly string[],
  directory: string,
  key: readonly (string | number)[],
) {
  const places = tried.map((file) => relative(directory, file) || file);
  const shown = [...places.slice(0, 4), ...(places.length > 4 ? ['…'] : [])].join(', ');
  return fault(key, `${reference.text}: there is no such module`, `Looked for ${shown} and an installed package.`);
}

function exportNotFound(
  { text, exportName }: Reference,
  exports: readonly string[],
  key: readonly (string | number)[],
) {
  const names = exports.filter((name) => name !== '__esModule');
  const meant = nearest(exportName, names);
  const remedy = meant === undefined ? `It exports: ${names.join(', ') || 'nothing'}.` : `Did you mean "${meant}"?`;
  return fault(key, `${text}: the module has no export "${exportName}"`, remedy);
}

function fault(
  path: readonly (string | number)[],
  message: string,
  remedy: string,
  cause?: unknown,
): ConfigurationError {
  return new ConfigurationError([{ path, message, remedy }], { cause });
}

/** The author's own lines: what stands below the loader is of no use to them. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const lines = (error.stack ?? error.message).split('\n').filter((line) => !/node:internal|[\\/]jiti[\\/]/.test(line));
  return lines
    .slice(0, 8)
    .map((line) => `    ${line}`)
    .join('\n');
}
