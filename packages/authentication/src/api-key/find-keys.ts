import {
  type BackendSurroundings,
  ConfigurationError,
  type ConfigurationFault,
  createPrincipal,
  localRealm,
  type Principal,
  parseStrictJson,
  Secret,
} from '@agentflow/core';
import { readSecretFile, readSecretForm } from '../secret-form.js';
import { readEnvironmentKeys } from './environment-keys.js';
import { type ApiKeyAuthOptions, type DeclaredKey, keyListSchema } from './options.js';

/** Of the key's tenant and the local realm. */
export type ActsFor = 'any' | ReadonlySet<string>;

type Path = readonly (string | number)[];

/** A key, whose it is, and where it came from. */
export interface FoundKey {
  readonly id: string;
  readonly secret: Secret;
  readonly source: string;
  readonly principal: Principal;
  /** For whom its bearer may act; undefined: for nobody. */
  readonly actsFor?: ActsFor | undefined;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | undefined;
  /** Where it stands in the configuration, for faults. */
  readonly path: Path;
  /** Whether it is the one key of a variable that holds one. */
  readonly isSingle?: boolean;
}

/**
 * The keys that the options list, or name a file of.
 * @throws {ConfigurationError} with every key that is not there, cannot be read, or is told to all who read the file
 */
export function findDeclaredKeys(options: ApiKeyAuthOptions, surroundings: BackendSurroundings): readonly FoundKey[] {
  const { path } = surroundings;
  const faults: ConfigurationFault[] = [];
  const found: FoundKey[] = [];
  const add = (key: DeclaredKey, keyPath: Path, read: () => { secret: Secret; source: string }) => {
    try {
      found.push({ ...read(), ...describeKey(key), path: keyPath });
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      faults.push(...error.faults);
    }
  };
  for (const [index, key] of (options.keys ?? []).entries()) {
    const keyPath = [...path, 'keys', index];
    add(key, keyPath, () => readSecretForm(key.key, [...keyPath, 'key'], surroundings));
  }
  if (options.file !== undefined) {
    const filePath = [...path, 'file'];
    for (const key of readKeyFile(options.file, filePath, surroundings)) {
      add(key, filePath, () => readFileKey(key, filePath, options.file ?? '', surroundings));
    }
  }
  if (faults.length > 0) throw new ConfigurationError(faults);
  return found;
}

function describeKey({ id, subject, roles, scopes, tenant, claims, acts_for, expires_at }: DeclaredKey) {
  return {
    id,
    actsFor: Array.isArray(acts_for) ? new Set(acts_for) : acts_for,
    principal: createPrincipal({ realm: localRealm, subject, roles, scopes, tenant, claims }),
    expiresAt: expires_at === undefined ? undefined : Date.parse(expires_at),
  };
}

/**
 * The keys of the environment. Each is a principal of its own.
 * @throws {ConfigurationError} if there is none, and there must be one
 */
export function findEnvironmentKeys(surroundings: BackendSurroundings, mayBeNone: boolean): readonly FoundKey[] {
  const { path } = surroundings;
  const keys = readEnvironmentKeys(surroundings);
  if (keys.length === 0 && !mayBeNone) {
    throw new ConfigurationError([
      {
        path,
        message: 'no API key was found: neither "keys" nor "file", nor API_KEY, INTERNAL_API_KEY or VALID_API_KEYS',
        remedy: 'Make one with: openssl rand -hex 32 — and set it as API_KEY in the environment or in the .env file.',
      },
    ]);
  }
  return keys.map(({ id, secret, source, isSingle }) => ({
    ...{ id, secret, source, path, isSingle },
    principal: createPrincipal({ realm: localRealm, subject: id }),
    expiresAt: undefined,
  }));
}

/** @throws {ConfigurationError} */
function readKeyFile(file: string, path: Path, surroundings: BackendSurroundings): readonly DeclaredKey[] {
  const text = readSecretFile(file, path, surroundings).secret.reveal();
  const remedy = 'It holds a list: [{"id": "ci", "key": "…", "subject": "ci"}].';
  let value: unknown;
  try {
    value = parseStrictJson(text);
  } catch {
    throw new ConfigurationError([{ path, message: `the keys' file ${file} is not strict JSON`, remedy }]);
  }
  const result = keyListSchema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => {
    // A key in the wrong place would be an unknown member: its name is not repeated.
    const what = issue.code === 'unrecognized_keys' ? 'has a member that is not known' : issue.message;
    return { path, message: `the keys' file ${file}, at "${issue.path.join('.')}": ${what}`, remedy };
  });
  throw new ConfigurationError(faults);
}

/** In a file that is kept as a secret, a key may stand as it is. */
function readFileKey({ id, key }: DeclaredKey, path: Path, file: string, surroundings: BackendSurroundings) {
  if (!(key instanceof Secret)) return readSecretForm(key, path, surroundings);
  if (!key.reveal().includes('${')) return { secret: key, source: file };
  const message = `the key "${id}" in ${file} is written as a variable, which the keys' file does not have`;
  throw new ConfigurationError([{ path, message, remedy: 'Write {"env": NAME} in the place of the text.' }]);
}
