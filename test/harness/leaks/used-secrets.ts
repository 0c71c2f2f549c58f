import { minSecretLength } from './find-leaks.js';

/* What the tests of one file have used that nobody may find afterwards. Each file is a process, or as good as one, of its own. */

const used = new Set<string>();

export function usedSecrets(): ReadonlySet<string> {
  return used;
}

export function useSecret(text: string): void {
  // Of a JWT, header and payload are no secret: the signature is.
  const parts = text.split('.');
  const telling = parts.length === 3 ? (parts[2] ?? '') : text;
  if (telling.length >= minSecretLength) used.add(telling);
}

const secretNames = /secret|passw|pepper|token|(?:^|_|api|private)-?key|credential/i;

/** By their names: variables of an environment, members of a body. */
export function useSecretsOf(value: unknown, name = ''): void {
  if (typeof value === 'string') {
    if (isSecretName(name)) useSecret(value);
  } else if (Array.isArray(value)) {
    for (const one of value) useSecretsOf(one, name);
  } else if (typeof value === 'object' && value !== null) {
    for (const [member, one] of Object.entries(value)) useSecretsOf(one, member);
  }
}

// `_FILE` names a file, a public key is public, and how a field or header is called is no secret.
function isSecretName(name: string): boolean {
  return secretNames.test(name) && !/_FILE$|public|_field$|header|_ttl$/i.test(name);
}

const credentialHeaders = ['authorization', 'x-api-key', 'cookie', 'webhook-signature'];

/** What header fields carry to prove who somebody is. */
export function useSecretsOfHeaders(headers: Headers): void {
  for (const name of credentialHeaders) {
    for (const word of (headers.get(name) ?? '').split(/[\s,;=]+/)) useSecret(word);
  }
}
