import { createPublicKey, type ED25519KeyPairOptions, generateKeyPairSync } from 'node:crypto';
import { calculateJwkThumbprint, type JWK } from 'jose';

export type GeneratedAlgorithm = 'EdDSA' | 'ES256';

/** Its id is given to commands, where "-" begins an option: one thumbprint in 64 does, and another key is made. */
export async function generateSigningKey(algorithm: GeneratedAlgorithm) {
  for (;;) {
    const { privateKey, publicKey } = generateEncoded(algorithm);
    const jwk = createPublicKey({ key: publicKey, format: 'der', type: 'spki' }).export({ format: 'jwk' });
    // RFC 7638
    const keyId = await calculateJwkThumbprint(jwk as JWK);
    if (!keyId.startsWith('-')) return { keyId, bytes: new Uint8Array(privateKey) };
  }
}

const encodings: ED25519KeyPairOptions<'der', 'der'> = {
  publicKeyEncoding: { type: 'spki', format: 'der' },
  privateKeyEncoding: { type: 'pkcs8', format: 'der' },
};

/**
 * Encoded, and not as keys: Node 20 stands still for ever if it collects garbage while it exports the JWK of a key which it has just
 * generated. What is left of the generation then waits for the lock of the key that is exported.
 */
function generateEncoded(algorithm: GeneratedAlgorithm) {
  return algorithm === 'EdDSA'
    ? generateKeyPairSync('ed25519', encodings)
    : generateKeyPairSync('ec', { namedCurve: 'P-256', ...encodings });
}
