import {
  type BackendSurroundings,
  ConfigurationError,
  type ConfigurationFault,
  isLoopbackAddress,
} from '@agentflow/core';
import { checkLiteral } from '../secret-form.js';
import type { OAuthAuthOptions } from './options.js';

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
 * Reads where tokens go. The address is the operator's, so a private one is good; nothing that a caller sends, and no
 * redirect, can change it.
 * @throws {ConfigurationError} with what must not be sent, or not there
 */
export function readVerifyTarget(options: OAuthAuthOptions, surroundings: BackendSurroundings): VerifyTarget {
  const url = readUrl(options, [...surroundings.path, 'verify_url']);
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

function readUrl(options: OAuthAuthOptions, path: readonly (string | number)[]): URL {
  const refuse = (message: string, remedy: string) => new ConfigurationError([{ path, message, remedy }]);
  const url = URL.canParse(options.verify_url) ? new URL(options.verify_url) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw refuse('"verify_url" is not the address of a web endpoint', 'For example: https://login.example.com/verify');
  }
  if (url.username !== '' || url.password !== '') {
    throw refuse('"verify_url" holds a name or password', 'Send it in "headers", from a variable.');
  }
  if (url.hash !== '') throw refuse('"verify_url" has a fragment, which is not sent', 'Remove it.');
  if (url.protocol === 'http:' && !isLoopbackAddress(url.hostname) && !options.insecure_http) {
    throw refuse(
      `"verify_url" would send tokens to ${url.hostname} in the clear`,
      'Use https. If the way there is safe all the same: "insecure_http": true.',
    );
  }
  return url;
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
