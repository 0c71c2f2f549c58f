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
 * The file itself, that of its variables, and those that `auth`, `authorization`, `webhooks` and variables name: keys, policies, plugins with
 * what they import of their own. Absolute.
 */
export function filesOf({ source, directory, environment, environmentFile }: LoadedConfiguration): readonly string[] {
  const { auth, authorization, webhooks } = source.value as {
    readonly [name in 'auth' | 'authorization' | 'webhooks']?: unknown;
  };
  const texts = [...textsIn(auth), ...textsIn(authorization), ...textsIn(webhooks)];
  const expanded = expandVariables(texts, environment).value as readonly string[];
  const found = filesNamedBy([...variablesInFiles, ...texts], expanded, { directory, environment });
  const own = [source.file, ...(environmentFile === undefined ? [] : [environmentFile])];
  return [...own, ...found, ...expanded.flatMap((text) => codeOf(text, directory))];
}

const variablesInFiles = environmentVariables.filter(({ mayBeFile }) => mayBeFile).map(({ name }) => name);

/** Of these variables, by `…_FILE`, and of these texts. A text may be the name of a variable as well: {"env": NAME}. */
function filesNamedBy(
  variables: readonly string[],
  texts: readonly string[],
  { directory, environment }: Pick<LoadedConfiguration, 'directory' | 'environment'>,
): readonly string[] {
  const named = variables.flatMap((name) => environment[`${name}_FILE`]?.split(',') ?? []);
  return [...texts, ...named].flatMap((text) => {
    const file = resolve(directory, text.trim());
    return text.length < longestName && isFile(file) ? [file] : [];
  });
}

/** Where the database and Redis are is asked at start alone: another address takes a restart. */
const startVariables = new Set(['DATABASE_URL', 'DATABASE_URL_FILE', 'REDIS_URL', 'REDIS_URL_FILE']);

/**
 * The files from which keys and secrets come, and the file of variables: what a secrets manager puts in their place is taken over while the
 * server runs. Absolute. One that is not there now is not among them.
 */
export function secretFilesOf(
  { source, directory, environment, environmentFile }: LoadedConfiguration,
  { withPublicKeys = true }: { readonly withPublicKeys?: boolean } = {},
): readonly string[] {
  const isRead = (name: string) => withPublicKeys || !/public|jwks/i.test(name);
  const { auth, webhooks } = source.value as { readonly auth?: unknown; readonly webhooks?: unknown };
  const texts = [...textsIn(auth, isRead), ...textsIn(webhooks, isRead)];
  const names = [...variablesInFiles, ...texts].filter((name) => !startVariables.has(name) && isRead(name));
  const expanded = expandVariables(texts, environment).value as readonly string[];
  const found = filesNamedBy(names, expanded, { directory, environment });
  return [...new Set([...(environmentFile === undefined ? [] : [environmentFile]), ...found])];
}

/** The files with the addresses of the database and of Redis, which may hold their passwords. Absolute. */
export function addressFilesOf(loaded: LoadedConfiguration): readonly string[] {
  return filesNamedBy(['DATABASE_URL', 'REDIS_URL'], [], loaded);
}

/** By which it is seen what of a configuration has changed. */
export interface ConfigurationMarks {
  readonly file: ConfigurationDigest;
  readonly secrets: ConfigurationDigest;
}

export function marksOf(loaded: LoadedConfiguration): ConfigurationMarks {
  return { file: digestOf([loaded.source.file]), secrets: digestOf(secretFilesOf(loaded)) };
}

function codeOf(text: string, directory: string): readonly string[] {
  const reference = parseReference(text);
  const resolved = reference === undefined ? undefined : resolveModule(reference, directory);
  if (resolved === undefined || 'tried' in resolved) return [];
  return isInstalled(resolved.file) ? [resolved.file] : [...followRelativeImports([resolved.file])];
}

function textsIn(value: unknown, isRead: (key: string) => boolean = () => true): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => (isRead(key) ? textsIn(member, isRead) : []));
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
