import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { verifiesWithSecret } from '@agentflow/authentication';
import type { Environment } from '../configuration/environment.js';
import type { AuthConfiguration } from '../configuration/schema.js';
import { makeOnce } from './make-once.js';

const variables = ['JWT_SECRET_KEY', 'JWT_SECRET_KEY_FILE', 'JWT_SECRET', 'JWT_SECRET_FILE'];

/** Whether the JWT backend would look for a secret in the environment, and find none. */
export function lacksSecret(auth: readonly AuthConfiguration[], environment: Environment): boolean {
  return (
    auth.some((one) => one.method === 'jwt' && one.secret === undefined && verifiesWithSecret(one, environment)) &&
    !variables.some((name) => environment[name])
  );
}

/**
 * The laptop's own secret, made once and kept beside the data; or, where nothing may be left behind, one for this process
 * only. Returns the environment that names it, and whether a file was made now.
 */
export function provideDevelopmentSecret(
  dataDirectory: string,
  environment: Environment,
  { make }: { make: 'kept' | 'fleeting' | 'none' },
): { environment: Environment; file: string | undefined; created: boolean } {
  const file = join(dataDirectory, 'jwt-secret');
  if (make !== 'kept' && !existsSync(file)) {
    const secret = make === 'fleeting' ? { JWT_SECRET_KEY: newSecret() } : {};
    return { environment: { ...environment, ...secret }, file: undefined, created: false };
  }
  const created = make === 'kept' && makeOnce(file, newSecret);
  return { environment: { ...environment, JWT_SECRET_KEY_FILE: file }, file, created };
}

/** 256 random bits. */
function newSecret(): string {
  return randomBytes(32).toString('hex');
}
