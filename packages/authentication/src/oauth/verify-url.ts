import { type BackendSurroundings, ConfigurationError, type ConfigurationFault } from '@agentflow/core';
import { checkLiteral } from '../secret-form.js';
import { readProviderUrl } from './fetch/provider-url.js';
import type { VerifyOptions } from './options.js';

/** Fields that the request itself sets, or that say how it is sent (RFC 9110 §7.6.1). */
const ownHeaders =
  /^(?:accept|accept-encoding|content-.*|host|connection|transfer-encoding|te|trailer|upgrade|expect|keep-alive|proxy-.*)$/i;

/** Fields that hold what we prove ourselves with. */
const secretHeader = /authorization|cookie|key|token|secret|passw/i;

/** Where tokens are sent, and what is sent with them. */
export interface VerifyTarget {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

const headerRemedy = `A further field is, for example, {"Authorization": "Bearer \${VERIFY_KEY}"}.`;

/**
 * Reads where tokens go.
 * @throws {ConfigurationError} with what must not be sent, or not there
 */
export function readVerifyTarget(options: VerifyOptions, surroundings: BackendSurroundings): VerifyTarget {
  const url = readProviderUrl(options.verify_url, {
    key: 'verify_url',
    path: [...surroundings.path, 'verify_url'],
    insecureHttp: options.insecure_http,
    inTheClear: 'would send tokens to',
    example: 'https://login.example.com/verify',
  });
  const faults: ConfigurationFault[] = [];
  for (const [name, value] of Object.entries(options.headers)) {
    const path = [...surroundings.path, 'headers', name];
    const message = findHeaderFault(name, value);
    if (message !== undefined) faults.push({ path, message, remedy: headerRemedy });
    else if (secretHeader.test(name)) collectFaults(faults, () => checkLiteral(path, surroundings));
  }
  if (faults.length > 0) throw new ConfigurationError(faults);
  return { url, headers: options.headers };
}

function collectFaults(faults: ConfigurationFault[], check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    faults.push(...error.faults);
  }
}

/** What is wrong with a header field; the value is not repeated. */
function findHeaderFault(name: string, value: string): string | undefined {
  if (ownHeaders.test(name)) return `the header field "${name}" is not yours to set`;
  try {
    new Headers().append(name, value);
    return undefined;
  } catch {
    return `the header field "${name}" cannot be sent: its name or value has characters that no field has`;
  }
}
