import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** `graph/auth.ts:ApiKeyAuth`, taken apart. */
export interface Reference {
  readonly text: string;
  readonly module: string;
  readonly exportName: string;
}

const extensions = ['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs'];

/** Undefined if it has not the form `module:name`. */
export function parseReference(text: string): Reference | undefined {
  // A drive letter of Windows is no separator.
  const colon = text.lastIndexOf(':');
  if (colon <= 1) return undefined;
  const module = text.slice(0, colon);
  const exportName = text.slice(colon + 1);
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(exportName) ? { text, module, exportName } : undefined;
}

/** Where the module is, or every place that was looked at. */
export type ResolvedModule = { readonly file: string } | { readonly tried: readonly string[] };

/** A file (relative to `directory`, or absolute), a dotted path as Python has it, or an installed package. */
export function resolveModule({ module }: Reference, directory: string): ResolvedModule {
  const tried: string[] = [];
  const isFile = (file: string) => {
    tried.push(file);
    return existsSync(file) && statSync(file).isFile();
  };
  const candidates = [module, ...(isAbsolute(module) || /[\\/]/.test(module) ? [] : [module.replaceAll('.', '/')])];
  for (const candidate of candidates) {
    const base = resolve(directory, candidate);
    const hasExtension = extensions.some((extension) => base.endsWith(extension));
    const files = hasExtension ? [base] : extensions.flatMap((e) => [base + e, join(base, `index${e}`)]);
    const found = files.find(isFile);
    if (found !== undefined) return { file: found };
  }
  const found = resolvePackage(module, directory);
  return found === undefined ? { tried } : { file: found };
}

function resolvePackage(name: string, directory: string): string | undefined {
  if (name.startsWith('.') || isAbsolute(name)) return undefined;
  try {
    return createRequire(pathToFileURL(join(directory, 'agentflow.json'))).resolve(name);
  } catch {
    return undefined;
  }
}
