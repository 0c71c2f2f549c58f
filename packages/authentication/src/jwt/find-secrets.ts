import { type BackendSurroundings, ConfigurationError, type ConfigurationFault, Secret } from '@agentflow/core';
import { checkLiteral, type FoundSecret as FoundText, findVariable, readSecretFile } from '../secret-form.js';
import { findSecretWeakness } from '../secret-strength.js';
import type { SecretAlgorithm } from './algorithms.js';
import { type JwtAuthOptions, type KeySource, maxPreviousSecrets, minSecretBytes } from './options.js';

/** One of the secrets of an entry. */
export interface FoundSecret extends FoundText {
  /** The `kid` of its tokens, if they have one. */
  readonly id: string | undefined;
  /** Where a fault of it is told. */
  readonly path: readonly (string | number)[];
}

/** The newest first: it signs. The others only verify. */
export type FoundSecrets = readonly [FoundSecret, ...FoundSecret[]];

const remedy =
  'Make one with: openssl rand -hex 32 — and set it in the environment, in the .env file, or as a file named by JWT_SECRET_KEY_FILE. On a laptop, "agentflow dev" makes one by itself.';

/**
 * The shared secrets: from the options, else from the environment.
 * @throws {ConfigurationError} if there is none, or one of them cannot be read or trusted
 */
export function findSecrets(
  options: JwtAuthOptions,
  algorithm: SecretAlgorithm,
  surroundings: BackendSurroundings,
): FoundSecrets {
  const newest = findNewest(options, surroundings);
  const secrets: FoundSecrets = [newest, ...findPrevious(options, surroundings)];
  const faults = [
    ...secrets.flatMap((found) => strengthFaults(found, algorithm, surroundings)),
    ...sameIdFaults(secrets),
  ];
  if (faults.length > 0) throw new ConfigurationError(faults);
  return secrets;
}

function findNewest(options: JwtAuthOptions, surroundings: BackendSurroundings): FoundSecret {
  const { path } = surroundings;
  if (options.secret !== undefined) return readSource(options.secret, [...path, 'secret'], surroundings);
  for (const name of ['JWT_SECRET_KEY', 'JWT_SECRET']) {
    const found = findVariable(name, surroundings);
    if (found !== undefined) return { ...found, id: undefined, path };
  }
  const message = 'JWT_SECRET_KEY must be set in environment variables: no secret was found';
  throw new ConfigurationError([{ path, message, remedy }]);
}

/** Those of the environment belong to the entry whose secret comes from there, and to no other in the list. */
function findPrevious(options: JwtAuthOptions, surroundings: BackendSurroundings): readonly FoundSecret[] {
  const { environment, path } = surroundings;
  if (options.previous_secrets !== undefined) {
    return options.previous_secrets.map((source, index) =>
      readSource(source, [...path, 'previous_secrets', index], surroundings),
    );
  }
  if (options.secret !== undefined) return [];
  const name = 'JWT_SECRET_KEY_PREVIOUS';
  const values = listed(environment[name]).map((value, index) => {
    return { secret: new Secret(value), id: undefined, source: `${name} (number ${index + 1})`, path };
  });
  const files = listed(environment[`${name}_FILE`]).map((file) => {
    return { ...readSecretFile(file, path, surroundings, `${name}_FILE`), id: undefined, path };
  });
  if (values.length + files.length > maxPreviousSecrets) {
    const message = `${name} has more than ${maxPreviousSecrets} secrets`;
    throw new ConfigurationError([{ path, message, remedy: 'Remove those whose tokens have all run out.' }]);
  }
  return [...values, ...files];
}

function listed(value: string | undefined): readonly string[] {
  return (value ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function readSource(
  { file, value, id }: KeySource,
  path: readonly (string | number)[],
  surroundings: BackendSurroundings,
): FoundSecret {
  if (file !== undefined) {
    const at = [...path, 'file'];
    return { ...readSecretFile(file, at, surroundings), id, path: at };
  }
  checkLiteral(path, surroundings);
  checkLiteral([...path, 'value'], surroundings);
  return { secret: new Secret(value ?? ''), id, source: sourceName(path, surroundings), path };
}

/** Its key in the file, as `"previous_secrets", number 2`. */
function sourceName(path: readonly (string | number)[], surroundings: BackendSurroundings): string {
  const [key, index] = path.slice(surroundings.path.length);
  return `"${key}"${typeof index === 'number' ? `, number ${index + 1}` : ''} in the configuration`;
}

function strengthFaults(
  { secret, source, path }: FoundSecret,
  algorithm: SecretAlgorithm,
  surroundings: BackendSurroundings,
): readonly ConfigurationFault[] {
  const minBytes = minSecretBytes[algorithm];
  const rule = `${algorithm} needs at least ${minBytes} (RFC 7518 §3.2)`;
  const weakness = findSecretWeakness(secret.reveal(), { minBytes, rule });
  if (weakness === undefined) return [];
  const fault = { path, message: `the secret from ${source} ${weakness.message}`, remedy: weakness.remedy };
  if (weakness.kind === 'unusable' || surroundings.strict) return [fault];
  surroundings.warn(fault);
  return [];
}

/** One id names one secret: else a token could not say which one signed it. */
function sameIdFaults(secrets: FoundSecrets): readonly ConfigurationFault[] {
  return secrets.flatMap(({ id, path, source }, index) => {
    const other = secrets.slice(0, index).find((one) => id !== undefined && one.id === id);
    if (other === undefined) return [];
    const message = `the secrets from ${other.source} and ${source} have the same id "${id}"`;
    return [{ path, message, remedy: 'Give each secret an id of its own: the one that its tokens name as "kid".' }];
  });
}
