import type { Credential } from '../../base-auth.js';
import { BadRequestError } from '../../errors.js';

/** Fields that say one thing: twice is two messages in one. */
const singletons = new Set([
  'authorization',
  'content-encoding',
  'content-length',
  'content-type',
  'cookie',
  'host',
  'origin',
  'transfer-encoding',
  'x-act-for',
]);

/**
 * The header fields by lower-case name, repeated ones joined by a comma (RFC 9110 §5.3).
 * @throws {BadRequestError} if a field that may stand once stands twice
 */
export function readHeaders(rawHeaders: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    const value = rawHeaders[index + 1] ?? '';
    const earlier = headers.get(name);
    if (earlier !== undefined && singletons.has(name)) {
      throw new BadRequestError(`The header "${name}" stands twice; it may stand once.`);
    }
    headers.set(name, earlier === undefined ? value : `${earlier}, ${value}`);
  }
  return headers;
}

// RFC 9110 §11.4: a scheme, then one or more spaces, then the rest.
const authorization = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?: +(.*))?$/;
// A comma and then another scheme with its own text: two credentials in one field.
const secondCredential = /,[ \t]*[!#$%&'*+.^_`|~0-9A-Za-z-]+ +[^\s=,]/;

/**
 * Parses `Authorization`; believes nothing.
 * @throws {BadRequestError} if it has not the form of a credential, or holds two
 */
export function readCredential(headers: ReadonlyMap<string, string>): Credential | null {
  const value = headers.get('authorization');
  if (value === undefined || value === '') return null;
  const match = authorization.exec(value);
  if (match?.[1] === undefined)
    throw new BadRequestError('The header "authorization" is not of the form "scheme credential".');
  if (secondCredential.test(value))
    throw new BadRequestError('The header "authorization" holds more than one credential.');
  // Every backend of a list sees this one.
  return Object.freeze({ scheme: match[1].toLowerCase(), credentials: match[2] ?? '' });
}
