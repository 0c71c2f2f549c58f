import type { BackendSurroundings } from '@agentflow/core';
import { findSecrets } from '../jwt/find-secrets.js';
import { jwtAuthOptionsSchema } from '../jwt/options.js';
import type { SigningKeys } from './signing-keys.js';

/**
 * The secret that whoever verifies our tokens elsewhere has as well, as keys that never change by themselves.
 * @throws {ConfigurationError} if there is none, or it cannot be trusted
 */
export async function findSharedSecret(surroundings: BackendSurroundings): Promise<SigningKeys> {
  const found = findSecrets(jwtAuthOptionsSchema.parse({ method: 'jwt' }), 'HS256', surroundings);
  const keys = await Promise.all(
    found.map(async ({ secret, id }) => {
      const bytes = Buffer.from(secret.reveal());
      const usages: ('sign' | 'verify')[] = ['sign', 'verify'];
      const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, usages);
      return { id, algorithm: 'HS256' as const, key };
    }),
  );
  const [newest] = keys;
  if (newest === undefined) throw new Error('there is no secret');
  return {
    signer: () => Promise.resolve(newest),
    known: () => keys,
    look: () => Promise.resolve(),
    published: () => Promise.resolve([]),
  };
}
