import { ConfigurationError } from '@agentflow/core';

/** Whoever makes a key has to be known before, by something else. */
export function noKeyMakers(path: readonly (string | number)[]): ConfigurationError {
  const message = '"issued" lets callers make keys, and nobody is known who could make the first';
  const remedy = 'Add "login", "jwt" or "oauth" to "auth", or a key in "keys" or API_KEY.';
  return new ConfigurationError([{ path, message, remedy }]);
}
