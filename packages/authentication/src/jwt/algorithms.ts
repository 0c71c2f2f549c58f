/** With a shared secret: whoever verifies could sign as well (RFC 7518 §3.2). */
export const secretAlgorithms = ['HS256', 'HS384', 'HS512'] as const;

/** With a public key (RFC 7518 §3.3 to §3.5, RFC 8037; `Ed25519` is RFC 9864's name for what `EdDSA` means here). */
export const publicKeyAlgorithms = [
  ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const),
  ...(['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const),
] as const;

export const algorithms = [...secretAlgorithms, ...publicKeyAlgorithms] as const;

export type SecretAlgorithm = (typeof secretAlgorithms)[number];
export type PublicKeyAlgorithm = (typeof publicKeyAlgorithms)[number];
export type Algorithm = (typeof algorithms)[number];

export function isSecretAlgorithm(name: unknown): name is SecretAlgorithm {
  return secretAlgorithms.some((algorithm) => algorithm === name);
}

export function isPublicKeyAlgorithm(name: unknown): name is PublicKeyAlgorithm {
  return publicKeyAlgorithms.some((algorithm) => algorithm === name);
}

export function isAlgorithm(name: unknown): name is Algorithm {
  return isSecretAlgorithm(name) || isPublicKeyAlgorithm(name);
}
