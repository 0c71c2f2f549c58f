import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { isObject, parseStrictJson } from '@agentflow/core';
import { maxPublicKeys } from './options.js';
import { type ParsedKey, parseJwk, publicPartRemedy } from './parse-jwk.js';
import { UnusableKeyError } from './unusable-key.js';

/** A key's place within its text, to go on after the text's name: `, key 2,`; empty where it is the only one. */
interface Placed {
  readonly place: string;
}

/** What one text holds: its keys, and of each that is no good why. */
export interface ParsedKeys {
  readonly keys: readonly (ParsedKey & Placed)[];
  readonly faults: readonly (Placed & { readonly error: UnusableKeyError })[];
}

const forms = 'PEM ("-----BEGIN PUBLIC KEY-----"), an X.509 certificate in PEM, a JWK, or a JWK Set';

/** RFC 7468 §2 */
const pemBlock = /-----BEGIN ([A-Z0-9 ]+)-----[A-Za-z0-9+/=\s]*-----END \1-----/g;

/**
 * Reads public keys by what the text holds.
 * @throws {UnusableKeyError} if the text as a whole is no good
 */
export function parsePublicKeys(text: string): ParsedKeys {
  const trimmed = text.trim();
  if (trimmed.startsWith('{')) return parseJson(trimmed);
  if (trimmed.includes('-----BEGIN ')) return { keys: [{ ...parsePem(trimmed), place: '' }], faults: [] };
  if (/^https?:\/\//i.test(trimmed)) {
    throw new UnusableKeyError(
      'is an address, and nothing is fetched here',
      'Save what it answers to a file and name that.',
    );
  }
  throw new UnusableKeyError('has none of the known forms', `It must be ${forms}.`);
}

function parseJson(text: string): ParsedKeys {
  let value: unknown;
  try {
    value = parseStrictJson(text, { maxDepth: 8, maxValues: 100 * maxPublicKeys });
  } catch (error) {
    const why = error instanceof Error ? error.message : 'not JSON';
    throw new UnusableKeyError(`cannot be read: ${why}`, `It must be ${forms}.`, { cause: error });
  }
  if (!isObject(value) || !Object.hasOwn(value, 'keys'))
    return { keys: [{ ...parseJwk(value), place: '' }], faults: [] };
  return parseJwkSet(value['keys']);
}

/** RFC 7517 §5. Here a key that is not understood is a fault, not passed over: the operator has named the file. */
function parseJwkSet(list: unknown): ParsedKeys {
  if (!Array.isArray(list) || list.length === 0) {
    throw new UnusableKeyError('is a JWK Set without keys', '"keys" must be a list of JWKs.');
  }
  if (list.length > maxPublicKeys) {
    throw new UnusableKeyError(`has more than ${maxPublicKeys} keys`, 'Keep those that still verify something.');
  }
  const keys: (ParsedKey & Placed)[] = [];
  const faults: (Placed & { error: UnusableKeyError })[] = [];
  for (const [index, jwk] of list.entries()) {
    const place = `, key ${index + 1},`;
    try {
      keys.push({ ...parseJwk(jwk), place });
    } catch (error) {
      if (!(error instanceof UnusableKeyError)) throw error;
      faults.push({ place, error });
    }
  }
  return { keys, faults };
}

function parsePem(text: string): ParsedKey {
  if (/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(text)) {
    throw new UnusableKeyError('is a private key', publicPartRemedy);
  }
  // A variable can hardly hold a line break, so many write the two characters.
  const blocks = [...text.replaceAll('\\n', '\n').matchAll(pemBlock)];
  const [block] = blocks;
  if (block === undefined) throw new UnusableKeyError('is not whole PEM', `It must be ${forms}.`);
  if (blocks.length > 1) {
    const remedy = 'Name each key by itself under "public_keys"; of a chain of certificates, only the first signs.';
    throw new UnusableKeyError(`has ${blocks.length} PEM blocks, and one is taken`, remedy);
  }
  const [pem, label = ''] = block;
  if (label !== 'PUBLIC KEY' && label !== 'CERTIFICATE') {
    throw new UnusableKeyError(`is PEM of the kind "${label}"`, `It must be ${forms}.`);
  }
  return { key: importPem(pem, label), id: undefined, algorithm: undefined };
}

function importPem(pem: string, label: 'PUBLIC KEY' | 'CERTIFICATE'): KeyObject {
  try {
    return label === 'CERTIFICATE' ? new X509Certificate(pem).publicKey : createPublicKey(pem);
  } catch (error) {
    throw new UnusableKeyError(`cannot be read as a ${label.toLowerCase()}`, 'Is it whole?', { cause: error });
  }
}
