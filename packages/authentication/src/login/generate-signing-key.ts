import { generateKeyPairSync } from 'node:crypto';
import { calculateJwkThumbprint, type JWK } from 'jose';

export type GeneratedAlgorithm = 'EdDSA' | 'ES256';

/** Its id is given to commands, where "-" begins an option: one thumbprint in 64 does, and another key is made. */
export async function generateSigningKey(algorithm: GeneratedAlgorithm) {
  for (;;) {
    const { privateKey, publicKey } =
      algorithm === 'EdDSA' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' });
    // RFC 7638
    const keyId = await calculateJwkThumbprint(publicKey.export({ format: 'jwk' }) as JWK);
    if (keyId.startsWith('-')) continue;
    return { keyId, bytes: new Uint8Array(privateKey.export({ format: 'der', type: 'pkcs8' })) };
  }
}
