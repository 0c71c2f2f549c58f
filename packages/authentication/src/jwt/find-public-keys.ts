import { resolve } from 'node:path';
import { type BackendSurroundings, ConfigurationError, type ConfigurationFault } from '@agentflow/core';
import { readKeyFile } from '../key-file.js';
import type { PublicKeyAlgorithm } from './algorithms.js';
import type { VerificationKey } from './choose-keys.js';
import { importVerificationKey } from './import-key.js';
import { type JwtAuthOptions, type KeySource, maxKeyTextBytes, maxPublicKeys } from './options.js';
import type { ParsedKey } from './parse-jwk.js';
import { parsePublicKeys } from './parse-public-keys.js';
import { pinAlgorithm } from './pin-algorithm.js';
import { UnusableKeyError } from './unusable-key.js';

/** A public key, known to be good, and where it came from. */
export interface FoundPublicKey extends VerificationKey {
  readonly source: string;
  readonly path: readonly (string | number)[];
}

/** Where a text of keys stands. */
interface KeyText {
  readonly source: KeySource;
  readonly path: readonly (string | number)[];
  /** For people: `keys/idp.pem`, or the key in the configuration. */
  readonly name: string;
}

const remedy =
  'Name its file: {"method": "jwt", "public_key": {"file": "keys/issuer.pem"}, "issuer": …, "audience": …}, or set JWT_PUBLIC_KEY_FILE.';

/**
 * The public keys: from the options, else from the environment. `configured` is the algorithm that the options name.
 * @throws {ConfigurationError} with the faults of all of them, or if there is none
 */
export async function findPublicKeys(
  options: JwtAuthOptions,
  configured: PublicKeyAlgorithm | undefined,
  surroundings: BackendSurroundings,
): Promise<readonly FoundPublicKey[]> {
  const faults: ConfigurationFault[] = [];
  const keys: FoundPublicKey[] = [];
  for (const text of keyTexts(options, surroundings)) {
    const { good, bad } = await readKeys(text, configured, surroundings.directory);
    keys.push(...good);
    faults.push(...bad);
  }
  const all = [...faults, ...choiceFaults(keys)];
  if (keys.length > maxPublicKeys) {
    const message = `one "jwt" entry has more than ${maxPublicKeys} public keys`;
    all.push({ path: surroundings.path, message, remedy: 'Keep those that still verify something.' });
  }
  if (keys.length === 0 && all.length === 0) {
    all.push({ path: surroundings.path, message: 'no public key was found to verify tokens with', remedy });
  }
  if (all.length > 0) throw new ConfigurationError(all);
  return keys;
}

function keyTexts(options: JwtAuthOptions, { environment, path }: BackendSurroundings): readonly KeyText[] {
  const { public_key: one, public_keys: several = [], jwks } = options;
  const name = ({ file }: KeySource, key: string) => file ?? `"${key}" in the configuration`;
  const written: readonly KeyText[] = [
    ...(one === undefined ? [] : [{ source: one, path: [...path, 'public_key'], name: name(one, 'public_key') }]),
    ...several.map((source, index) => {
      return { source, path: [...path, 'public_keys', index], name: name(source, `public_keys, number ${index + 1}`) };
    }),
    ...(jwks === undefined ? [] : [{ source: jwks, path: [...path, 'jwks'], name: name(jwks, 'jwks') }]),
  ];
  if (written.length > 0) return written;
  const { JWT_PUBLIC_KEY: value, JWT_PUBLIC_KEY_FILE: file } = environment;
  return [
    ...(value ? [{ source: { value }, path, name: 'JWT_PUBLIC_KEY' }] : []),
    ...(file ? [{ source: { file }, path, name: file }] : []),
  ];
}

async function readKeys(
  { source, path, name }: KeyText,
  configured: PublicKeyAlgorithm | undefined,
  directory: string,
): Promise<{ readonly good: readonly FoundPublicKey[]; readonly bad: readonly ConfigurationFault[] }> {
  const good: FoundPublicKey[] = [];
  const bad: ConfigurationFault[] = [];
  const tell = (place: string, error: unknown) => {
    if (!(error instanceof UnusableKeyError)) throw error;
    bad.push({ path, message: `the public key from ${name}${place} ${error.message}`, remedy: error.remedy });
  };
  try {
    const { keys, faults } = parsePublicKeys(readText(source, directory));
    for (const { place, error } of faults) tell(place, error);
    for (const parsed of keys) {
      const id = nameKey(source, parsed, keys.length);
      try {
        const algorithm = pinAlgorithm(parsed, configured);
        good.push({ id, algorithm, key: await importVerificationKey(parsed, algorithm), source: name, path });
      } catch (error) {
        tell(parsed.place, error);
      }
    }
  } catch (error) {
    tell('', error);
  }
  return { good, bad };
}

function readText({ file, value = '' }: KeySource, directory: string): string {
  if (file === undefined) {
    if (Buffer.byteLength(value) <= maxKeyTextBytes) return value;
    throw new UnusableKeyError(
      `is larger than ${maxKeyTextBytes / 1024} KiB`,
      'Keep the keys that still verify something.',
    );
  }
  try {
    return readKeyFile(resolve(directory, file), maxKeyTextBytes);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'cannot be read';
    throw new UnusableKeyError(why, 'Paths start at the folder of the configuration.', { cause: error });
  }
}

/** The id that the operator gives a key which has none of its own. */
function nameKey({ id }: KeySource, parsed: ParsedKey, count: number): string | undefined {
  if (id === undefined || id === parsed.id) return parsed.id;
  if (count === 1 && parsed.id === undefined) return id;
  throw new UnusableKeyError(`cannot be called "${id}": it has names of its own`, 'Leave "id" out.');
}

/** Between two keys a token must be able to choose: else one of them would never be used, or both be tried. */
function choiceFaults(keys: readonly FoundPublicKey[]): readonly ConfigurationFault[] {
  return keys.flatMap(({ id, algorithm, source, path }, index) => {
    const others = keys.slice(0, index);
    if (id !== undefined && others.some((other) => other.id === id)) {
      const message = `the key id "${id}" stands twice, the second time in ${source}`;
      return [{ path, message, remedy: 'Keep one of the two keys, or give them ids of their own.' }];
    }
    const isNameless = others.some(
      (other) => other.algorithm === algorithm && (id === undefined || other.id === undefined),
    );
    if (!isNameless) return [];
    const message = `of two keys for ${algorithm} one has no id, so that no token can choose between them (${source})`;
    return [{ path, message, remedy: 'Give each an "id": the "kid" that its tokens have.' }];
  });
}
