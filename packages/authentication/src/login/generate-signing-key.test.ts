import { createPrivateKey } from 'node:crypto';
import { expect, test } from 'vitest';
import { generateSigningKey } from './generate-signing-key.js';

test.each([
  ['EdDSA', 'ed25519'],
  ['ES256', 'ec'],
] as const)('%s: none of a thousand ids would be read as an option of a command', async (algorithm, type) => {
  const keys = await Promise.all(Array.from({ length: 1_000 }, () => generateSigningKey(algorithm)));
  const ids = keys.map(({ keyId }) => keyId);
  expect([new Set(ids).size, ids.filter((id) => !/^\w[\w-]{42}$/.test(id))]).toEqual([1_000, []]);
  const bytes = Buffer.from(keys[0]?.bytes ?? []);
  expect(createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' }).asymmetricKeyType).toBe(type);
});
