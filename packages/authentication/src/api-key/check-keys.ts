import { type BackendSurroundings, ConfigurationError, type ConfigurationFault } from '@agentflow/core';
import { findSecretWeakness } from '../secret-strength.js';
import type { FoundKey } from './find-keys.js';
import { issuedPrefix } from './issued/key-form.js';
import { maxKeyLength, minKeyLength } from './options.js';

const remedy = 'Make one with: openssl rand -hex 32';

/** What stands in a header field as it is, and in a list of them (RFC 9110 §5.6.1): visible ASCII without the comma. */
const sendable = /^[\x21-\x2b\x2d-\x7e]+$/;

/**
 * Judges keys before any is accepted. What can be guessed is refused, what is merely weak in production only, where strangers come.
 * @throws {ConfigurationError} with the faults of all
 */
export function checkKeys(keys: readonly FoundKey[], surroundings: BackendSurroundings, isIssuing: boolean): void {
  const faults: ConfigurationFault[] = [];
  for (const { id, secret, principal, source, path } of keys) {
    const key = secret.reveal();
    const what = `the API key "${key === id ? '[secret]' : id}" from ${source}`;
    const weakness = findSecretWeakness(key, { minBytes: minKeyLength, rule: `a key needs at least ${minKeyLength}` });
    if (!sendable.test(key) || key.length > maxKeyLength) {
      const message = `${what} cannot be sent: a key is up to ${maxKeyLength} visible ASCII characters without a comma`;
      const isPadded = sendable.test(key.trim()) && key.trim().length <= maxKeyLength;
      faults.push({ path, message, remedy: isPadded ? 'Remove the spaces around it.' : remedy });
    } else if (weakness !== undefined) {
      const fault = { path, message: `${what} ${weakness.message}`, remedy: weakness.remedy };
      if (weakness.kind === 'unusable' || surroundings.strict) faults.push(fault);
      else surroundings.warn(fault);
    }
    if (isIssuing && key.startsWith(issuedPrefix)) {
      const message = `${what} begins with "${issuedPrefix}", as only those do that are issued here`;
      faults.push({ path, message, remedy });
    }
    if (key === id || key === principal.subject) {
      const message = `${what} is its own id or subject, which are not secret`;
      faults.push({ path, message, remedy: 'Give it a name that says whose it is.' });
    }
  }
  if (faults.length > 0) throw new ConfigurationError(faults);
}
