import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findSecretWeakness, findVariable } from '@agentflow/authentication';
import { type BackendSurroundings, ConfigurationError, createPeppers, type Peppers, Secret } from '@agentflow/core';
import type { Ground } from './foundation.js';
import { makeOnce } from './make-once.js';

const variable = 'AGENTFLOW_PEPPER';

const remedy = `Make one with: openssl rand -hex 32 — and set it as ${variable} (or name its file in ${variable}_FILE), the same for all processes.`;

const lengthRule = { minBytes: 32, rule: 'a pepper needs at least 32' };

/** As long as the digest of the HMAC that it is for. */
const pepperBytes = 32;

/**
 * From the environment; else, where one machine is all there is, made once and kept beside the data. Several processes on one PostgreSQL
 * need the same, and a container's folder does not last: there, it must be said.
 * @throws {ConfigurationError} where there is none, or it is too weak
 */
export function choosePeppers(
  surroundings: BackendSurroundings,
  { dataDirectory, database, mode, data }: Pick<Ground, 'dataDirectory' | 'database' | 'mode' | 'data'>,
): Peppers {
  const named = findVariable(variable, surroundings);
  if (named !== undefined) {
    requireStrength(named.secret, variable, surroundings);
    return createPeppers(named.secret, readPrevious(surroundings));
  }
  if (database.kind === 'postgres' && mode === 'production') {
    const message = `${variable} is not set: what is signed and issued here is checked with a secret that is not in the database`;
    throw new ConfigurationError([{ path: surroundings.path, message, remedy }]);
  }
  const file = join(dataDirectory, 'pepper');
  const kept = withPlace(file, () => obtainKept(file, data === 'directory'));
  requireStrength(kept, file, surroundings);
  return createPeppers(kept, readPrevious(surroundings));
}

function readPrevious(surroundings: BackendSurroundings): readonly Secret[] {
  const name = 'AGENTFLOW_PEPPER_PREVIOUS';
  const found = findVariable(name, surroundings);
  const texts = (found?.secret.reveal() ?? '').split(/[\s,]+/).filter((text) => text !== '');
  const secrets = texts.map((text) => new Secret(text));
  for (const secret of secrets) requireStrength(secret, name, surroundings);
  return secrets;
}

function requireStrength(secret: Secret, name: string, surroundings: BackendSurroundings): void {
  const weakness = findSecretWeakness(secret.reveal(), lengthRule);
  if (weakness === undefined) return;
  const fault = { path: surroundings.path, message: `${name} ${weakness.message}`, remedy };
  if (weakness.kind === 'unusable' || surroundings.strict) throw new ConfigurationError([fault]);
  surroundings.warn(fault);
}

/** A disk says only that it is full, or that it may not be read. */
function withPlace<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    const message = `the pepper ${file} cannot be read or made (${code})`;
    const remedyForFile = `Let this user read and write it, on a disk that has room, or set ${variable}.`;
    throw new ConfigurationError([{ path: [], message, remedy: remedyForFile }]);
  }
}

/** What leaves nothing behind has one that is kept nowhere. */
function obtainKept(file: string, isKept: boolean): Secret {
  const make = () => randomBytes(pepperBytes).toString('hex');
  if (!isKept && !existsSync(file)) return new Secret(make());
  makeOnce(file, make);
  return new Secret(readFileSync(file, 'utf8').trim());
}
