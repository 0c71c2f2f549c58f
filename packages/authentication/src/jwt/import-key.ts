import { importSPKI } from 'jose';
import type { PublicKeyAlgorithm } from './algorithms.js';
import type { ParsedKey } from './parse-jwk.js';
import { UnusableKeyError } from './unusable-key.js';

/** jose takes keys from SPKI and binds them to the one algorithm. */
export async function importVerificationKey({ key }: Pick<ParsedKey, 'key'>, algorithm: PublicKeyAlgorithm) {
  try {
    return await importSPKI(key.export({ type: 'spki', format: 'pem' }).toString(), algorithm);
  } catch (error) {
    const remedy = 'Ask the issuer for another key: RSA with the exponent 65537, or one on P-256.';
    throw new UnusableKeyError(`cannot be used for ${algorithm}`, remedy, { cause: error });
  }
}
