import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { expandVariables } from '../configuration/environment.js';
import { environmentVariables } from '../configuration/environment-variables.js';
import type { LoadedConfiguration } from '../configuration/load-configuration.js';
import { parseReference, resolveModule } from '../load/reference.js';
import { followRelativeImports, isInstalled } from '../load/relative-imports.js';

/**
 * SHA-256 of the text of a configuration and of all the files that it names (variables, keys, policies, plugins), in hexadecimal.
 * What they hold cannot be read from it; a guess at all of it can be confirmed.
 */
export type ConfigurationDigest = string;

/** A key or a policy; what is larger counts by its size and times. */
const maxBytes = 16 * 1024 * 1024;

/** A text that is longer is a key, and no file's name. */
const longestName = 4096;

export function digestOf(files: readonly string[]): ConfigurationDigest {
  const whole = createHash('sha256');
  for (const file of [...new Set(files)].toSorted()) whole.update(`${JSON.stringify(file)} ${stateOf(file)}\n`);
  return whole.digest('hex');
}

/** For people, who compare two. */
export function shortDigest(digest: ConfigurationDigest): string {
  return digest.slice(0, 12);
}

/**
 * The file itself, that of its variables, and those that `auth`, `authorization` and variables name: keys, policies, plugins with
 * what they import of their own. Absolute.
 */
export function filesOf({ source, directory, environment, environmentFile }: LoadedConfiguration): readonly string[] {
  const { auth, authorization } = source.value as { readonly auth?: unknown; readonly authorization?: unknown };
  const texts = [...textsIn(auth), ...textsIn(authorization)];
  const variables = environmentVariables.filter(({ mayBeFile }) => mayBeFile).map(({ name }) => name);
  // A text may be the name of a variable: {"env": NAME}.
  const named = [...variables, ...texts].flatMap((name) => environment[`${name}_FILE`]?.split(',') ?? []);
  const expanded = expandVariables(texts, environment).value as readonly string[];
  const found = [...expanded, ...named].flatMap((text) => {
    const file = resolve(directory, text.trim());
    return text.length < longestName && isFile(file) ? [file] : [];
  });
  const own = [source.file, ...(environmentFile === undefined ? [] : [environmentFile])];
  return [...own, ...found, ...expanded.flatMap((text) => codeOf(text, directory))];
}

function codeOf(text: string, directory: string): readonly string[] {
  const reference = parseReference(text);
  const resolved = reference === undefined ? undefined : resolveModule(reference, directory);
  if (resolved === undefined || 'tried' in resolved) return [];
  return isInstalled(resolved.file) ? [resolved.file] : [...followRelativeImports([resolved.file])];
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function isFile(file: string): boolean {
  try {
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function stateOf(file: string): string {
  try {
    const { size, mtimeMs } = statSync(file);
    if (size > maxBytes) return `${size} ${mtimeMs}`;
    return createHash('sha256').update(readFileSync(file)).digest('hex');
  } catch {
    return 'absent';
  }
}
