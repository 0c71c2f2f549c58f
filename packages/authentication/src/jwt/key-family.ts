import { type BackendSurroundings, ConfigurationError } from '@agentflow/core';
import { isPublicKeyAlgorithm } from './algorithms.js';
import type { JwtAuthOptions } from './options.js';

/** What an entry verifies with. The two are never mixed: a public key must not be usable as a secret (RFC 8725 §2.1). */
export type KeyFamily = 'secret' | 'public-key';

interface KeySetting {
  readonly family: KeyFamily;
  /** As the operator wrote it. */
  readonly name: string;
  readonly path: readonly (string | number)[];
}

const optionFamilies = {
  secret: 'secret',
  previous_secrets: 'secret',
  public_key: 'public-key',
  public_keys: 'public-key',
  jwks: 'public-key',
} as const;

const variableFamilies = {
  JWT_SECRET_KEY: 'secret',
  JWT_SECRET_KEY_FILE: 'secret',
  JWT_SECRET: 'secret',
  JWT_SECRET_FILE: 'secret',
  JWT_PUBLIC_KEY: 'public-key',
  JWT_PUBLIC_KEY_FILE: 'public-key',
} as const;

/** Whether an entry's keys stand in the file; else they are looked for in the environment, and only then. */
export function hasOwnKeys(options: JwtAuthOptions): boolean {
  return ownSettings(options, []).length > 0;
}

/** What the entry verifies with, for whoever wants to know before it is made. In doubt, a secret. */
export function verifiesWithSecret(
  options: JwtAuthOptions,
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  return familyOf(options, { environment, path: [] }, keySettings(options, { environment, path: [] })) === 'secret';
}

/** @throws {ConfigurationError} if it has keys of both families */
export function readKeyFamily(options: JwtAuthOptions, surroundings: BackendSurroundings): KeyFamily {
  const settings = keySettings(options, surroundings);
  const [first] = settings;
  const other = settings.find(({ family }) => family !== first?.family);
  if (first === undefined || other === undefined) return familyOf(options, surroundings, settings);
  throw new ConfigurationError([
    {
      path: other.path,
      message: `${first.name} and ${other.name} cannot be used by one "jwt" entry: it verifies with a secret or with public keys`,
      remedy:
        'Keep one of them; or make "auth" a list: [{"method": "jwt", "secret": …}, {"method": "jwt", "public_key": …}].',
    },
  ]);
}

function familyOf(
  { algorithm }: JwtAuthOptions,
  { environment }: Pick<BackendSurroundings, 'environment' | 'path'>,
  [first]: readonly KeySetting[],
): KeyFamily {
  if (first !== undefined) return first.family;
  return isPublicKeyAlgorithm(algorithm ?? environment['JWT_ALGORITHM']) ? 'public-key' : 'secret';
}

function keySettings(
  options: JwtAuthOptions,
  { environment, path }: Pick<BackendSurroundings, 'environment' | 'path'>,
): readonly KeySetting[] {
  const own = ownSettings(options, path);
  if (own.length > 0) return own;
  return Object.entries(variableFamilies).flatMap(([name, family]) =>
    environment[name] ? [{ family, name, path }] : [],
  );
}

function ownSettings(options: JwtAuthOptions, path: readonly (string | number)[]): readonly KeySetting[] {
  const written: Readonly<Record<string, unknown>> = options;
  return Object.entries(optionFamilies).flatMap(([name, family]) =>
    written[name] === undefined ? [] : [{ family, name: `"${name}"`, path: [...path, name] }],
  );
}
