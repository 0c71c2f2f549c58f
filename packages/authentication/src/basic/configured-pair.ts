import {
  authenticated,
  type BackendSurroundings,
  ConfigurationError,
  type ConfigurationFault,
  createPrincipal,
  isSameSecret,
  localRealm,
  rejected,
  type Secret,
} from '@agentflow/core';
import { createProcessDigest } from '../process-digest.js';
import { readSecretForm } from '../secret-form.js';
import { findSecretWeakness } from '../secret-strength.js';
import type { BasicSource } from './basic-auth.js';
import type { BasicAuthOptions } from './options.js';

/** It is a key that programs send, and nobody has to remember it. */
const lengthRule = { minBytes: 16, rule: 'a password in the configuration needs at least 16' };

const remedy =
  'Make one with: openssl rand -hex 32 — and set it in the environment, or in a file that {"file": …} names.';

/**
 * One name and one password, both of the file.
 * @throws {ConfigurationError} if one of them is not there, or the password cannot be trusted
 */
export function createConfiguredPair(options: BasicAuthOptions, surroundings: BackendSurroundings): BasicSource {
  const { username, roles, scopes } = options;
  const { path } = surroundings;
  if (username === undefined) {
    throw new ConfigurationError([
      { path, message: '"password", "roles" and "scopes" are those of a "username"', remedy: 'Say whose they are.' },
    ]);
  }
  if (options.password === undefined) {
    throw new ConfigurationError([
      { path: [...path, 'username'], message: '"username" stands without "password"', remedy },
    ]);
  }
  const passwordPath = [...path, 'password'];
  const { secret, source } = readSecretForm(options.password, passwordPath, surroundings);
  requireStrength({ secret, source, username }, passwordPath, surroundings);
  const digest = createProcessDigest();
  const expected = digest(username, secret.reveal());
  const principal = createPrincipal({ realm: localRealm, subject: username, roles, scopes, claims: { username } });
  return {
    find: (proof) =>
      isSameSecret(digest(proof.username, proof.password), expected)
        ? authenticated(principal)
        : rejected('another name or password than those of the configuration'),
    description: `${JSON.stringify(username)}, with the password from ${source}`,
  };
}

interface Found {
  readonly secret: Secret;
  readonly source: string;
  readonly username: string;
}

function requireStrength(
  { secret, source, username }: Found,
  path: readonly (string | number)[],
  surroundings: BackendSurroundings,
): void {
  const password = secret.reveal();
  const isName = password.toLowerCase() === username.toLowerCase();
  const weakness = isName
    ? ({ kind: 'unusable', message: 'is the username' } as const)
    : findSecretWeakness(password, lengthRule);
  if (weakness === undefined) return;
  const fault: ConfigurationFault = { path, message: `the password from ${source} ${weakness.message}`, remedy };
  if (weakness.kind === 'unusable' || surroundings.strict) throw new ConfigurationError([fault]);
  surroundings.warn(fault);
}
