import type { BaseAuth, IssuingSurroundings } from '@agentflow/core';
import { createBasicBackend } from './basic-auth.js';
import { createConfiguredPair } from './configured-pair.js';
import type { BasicAuthOptions } from './options.js';
import { createUserTable, type ProvePassword } from './user-table.js';

/**
 * `obtainProof` gives what tries the passwords of users; it is called where there is no pair in the options.
 * @throws {ConfigurationError} if half of a pair is there, or its password cannot be trusted
 */
export function createBasicAuth(
  options: BasicAuthOptions,
  surroundings: IssuingSurroundings,
  obtainProof: () => ProvePassword,
): BaseAuth {
  const { username, password, roles, scopes } = options;
  if ([username, password, roles, scopes].some((one) => one !== undefined)) {
    return createBasicBackend(createConfiguredPair(options, surroundings));
  }
  const { openStores: open, revocations, clock } = surroundings;
  return createBasicBackend(createUserTable({ open, prove: obtainProof(), revocations, clock }));
}
