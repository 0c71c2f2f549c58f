import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../configuration/environment.js';
import type { AuthConfiguration } from '../configuration/schema.js';

const variables = ['JWT_SECRET_KEY', 'JWT_SECRET_KEY_FILE', 'JWT_SECRET', 'JWT_SECRET_FILE'];

/** Whether the JWT backend would look for a secret in the environment, and find none. */
export function lacksSecret(auth: readonly AuthConfiguration[], environment: Environment): boolean {
  return (
    auth.some((one) => one.method === 'jwt' && one.secret === undefined) && !variables.some((name) => environment[name])
  );
}

/**
 * The laptop's own secret, 256 random bits, made once and kept beside the data. Returns the environment that names it,
 * and whether it was made now.
 */
export function provideDevelopmentSecret(
  dataDirectory: string,
  environment: Environment,
  { create }: { create: boolean },
): { environment: Environment; file: string | undefined; created: boolean } {
  const file = join(dataDirectory, 'jwt-secret');
  const exists = existsSync(file);
  if (!exists && !create) return { environment, file: undefined, created: false };
  if (!exists) writeFileSync(file, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
  return { environment: { ...environment, JWT_SECRET_KEY_FILE: file }, file, created: !exists };
}
