import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type BackendSurroundings, ConfigurationError, Secret } from '@agentflow/core';
import type { JwtAuthOptions } from './options.js';

/** A secret and where it came from, for the start's output. */
export interface FoundSecret {
  readonly secret: Secret;
  readonly source: string;
}

const remedy =
  'Make one with: openssl rand -hex 32 — and set it in the environment, in the .env file, or as a file named by JWT_SECRET_KEY_FILE.';

/**
 * The shared secret: from the options, else from the environment.
 * @throws {ConfigurationError} if there is none, or its file cannot be read
 */
export function findSecret(
  options: JwtAuthOptions,
  { environment, directory, path }: BackendSurroundings,
): FoundSecret {
  if (typeof options.secret === 'string') return { secret: new Secret(options.secret), source: 'the configuration' };
  if (options.secret !== undefined)
    return readSecretFile(resolve(directory, options.secret.file), [...path, 'secret', 'file']);
  for (const name of ['JWT_SECRET_KEY', 'JWT_SECRET']) {
    const value = environment[name];
    if (value !== undefined && value !== '') return { secret: new Secret(value), source: name };
    const file = environment[`${name}_FILE`];
    if (file !== undefined && file !== '') return readSecretFile(resolve(directory, file), []);
  }
  throw new ConfigurationError([
    {
      path,
      message: 'JWT_SECRET_KEY and JWT_ALGORITHM must be set in environment variables; no secret was found',
      remedy,
    },
  ]);
}

function readSecretFile(file: string, path: readonly (string | number)[]): FoundSecret {
  try {
    return { secret: new Secret(readFileSync(file, 'utf8').trimEnd()), source: file };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new ConfigurationError([{ path, message: `the secret's file ${file} cannot be read (${code})`, remedy }]);
  }
}
