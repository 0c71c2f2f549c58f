import { durationSeconds } from '@agentflow/core';
import { z } from 'zod';
import { algorithms } from './algorithms.js';
import { isKeyId, keyIdPattern } from './key-id.js';

/** One name or several, the first that is present counts. */
const claimNames = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).transform((value) => [value].flat());

/** Secrets that only verify: more at once is no rotation. */
export const maxPreviousSecrets = 10;

/** Keys of one entry. */
export const maxPublicKeys = 100;

/** Of one source of public keys, whatever its form. */
export const maxKeyTextBytes = 256 * 1024;

/**
 * A text in the file, or a file that has it; and the `kid` of the tokens that it is for. Read as `{value}` or `{file}`.
 * `shorthands` are what `fold` turns into that, as JSON Schemas.
 */
function keySource(fold: (value: unknown) => unknown, what: string, shorthands: readonly object[]) {
  const source = z
    .strictObject(
      {
        file: z.string().min(1).optional().describe('A file with the key or secret, relative to this one.'),
        value: z.string().optional().describe('The key or secret as text.'),
        id: z
          .string()
          .refine(isKeyId, 'must be 1 to 128 letters, digits or _.:=+@-')
          .meta({ pattern: keyIdPattern.source })
          .optional()
          .describe('The "kid" of the tokens that it verifies.'),
      },
      { error: (issue) => (issue.code === 'invalid_type' ? `must be ${what}` : undefined) },
    )
    .refine(({ file, value }) => (file === undefined) !== (value === undefined), `must be ${what}`)
    .meta({ oneOf: [{ required: ['file'] }, { required: ['value'] }] });
  return z.preprocess(fold, source).meta({ shorthands });
}

const foldText = (value: unknown) => (typeof value === 'string' ? { value } : value);

const secretSource = keySource(foldText, `a variable such as "\${NAME}", {"file": …} or {"value": …, "id": …}`, [
  { type: 'string' },
]);

/** A JWK or JWK Set may stand in the file as it is, being JSON itself. */
const publicKeySource = keySource(
  (value) => {
    const isJwk = typeof value === 'object' && value !== null && ('kty' in value || 'keys' in value);
    return isJwk ? { value: JSON.stringify(value) } : foldText(value);
  },
  'the text of a public key, {"file": …} or {"value": …, "id": …}',
  [{ type: 'string' }, { type: 'object', anyOf: [{ required: ['kty'] }, { required: ['keys'] }] }],
);

/** Where the keys come from that a token is verified with. One entry has a secret or public keys, never both. */
const keyOptions = {
  secret: secretSource
    .optional()
    .describe(
      'The shared secret that signs and verifies: a variable or {"file": …}, with an "id" if tokens have a "kid". Absent: JWT_SECRET_KEY or JWT_SECRET (or …_FILE).',
    ),
  previous_secrets: z
    .array(secretSource)
    .max(maxPreviousSecrets)
    .optional()
    .describe(
      'Old secrets that only verify until their tokens expire, newest first. Absent, and if the secret comes from the environment: JWT_SECRET_KEY_PREVIOUS, separated by commas (or …_FILE, file names).',
    ),
  public_key: publicKeySource
    .optional()
    .describe(
      'A public key: PEM, X.509 certificate, JWK or JWK Set, as {"file": …} or as text. If no key is set: JWT_PUBLIC_KEY (or …_FILE).',
    ),
  public_keys: z.array(publicKeySource).min(1).max(maxPublicKeys).optional().describe('Several public keys.'),
  jwks: publicKeySource.optional().describe('A JWK Set, as {"file": …}, as text, or as {"keys": […]}. Never fetched.'),
  algorithm: z
    .enum(algorithms)
    .optional()
    .describe(
      'The one algorithm that is accepted. Absent: JWT_ALGORITHM; else HS256 for a secret; else the "alg" or the curve of a JWK, and RS256 for any other RSA key.',
    ),
};

/** What stands under `auth` in the file. Every key is optional: `"auth": "jwt"` is `{"method": "jwt"}`. */
export const jwtAuthOptionsSchema = z.strictObject({
  method: z.literal('jwt').default('jwt'),
  ...keyOptions,
  issuer: z
    .string()
    .min(1)
    .optional()
    .describe(
      'The exact "iss" that a token must have. Absent: JWT_ISSUER. With public keys it must be set, and is the realm.',
    ),
  audience: z
    .string()
    .min(1)
    .optional()
    .describe(
      'The value that "aud" must be or contain. Absent: JWT_AUDIENCE; if neither is set, no token may have an "aud". With public keys it must be set.',
    ),
  type: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .transform((value) => [value].flat())
    .prefault('JWT')
    .describe(
      'The "typ" of the header, or a list of those accepted, such as "at+jwt"; a header without "typ" passes if "JWT" is among them.',
    ),
  // RFC 7519 §4.1.4 speaks of "a few minutes" at the most; the clocks of one operator's machines differ by little.
  clock_tolerance: durationSeconds({ max: 300 })
    .prefault('5s')
    .describe('The accepted difference between clocks, at most 5m.'),
  max_lifetime: durationSeconds({})
    .optional()
    .describe('The longest lifetime of a token, from "iat" (or now) to "exp".'),
  claims: z
    .strictObject({
      subject: claimNames.prefault(['user_id', 'sub']).describe('The subject.'),
      roles: claimNames.prefault(['roles', 'role']).describe('A text or a list of texts.'),
      scopes: claimNames
        .prefault(['scopes', 'scope', 'scp'])
        .describe('A list of texts, or one text separated by spaces. A token without them is not narrowed.'),
      tenant: claimNames.optional().describe('The tenant. Absent: the one default tenant.'),
      actor: claimNames
        .prefault(['act'])
        .describe(
          'The actor, who acts for the subject: {"sub", "iss"?, roles?} (RFC 8693 §4.1). Only what both may do is allowed.',
        ),
    })
    .prefault({})
    .describe('The claims that name the principal.'),
});

/** The options as the schema reads them: defaults filled in, durations in seconds. */
export type JwtAuthOptions = z.output<typeof jwtAuthOptionsSchema>;

/** One source of a secret or of public keys; exactly one of `file` and `value` is set. */
export type KeySource = z.output<typeof secretSource>;

/** The size of the hash, below which a key weakens the signature (RFC 7518 §3.2). In bytes. */
export const minSecretBytes = { HS256: 32, HS384: 48, HS512: 64 } as const;

/** A longer token is refused unread: no header field of ours needs as much. */
export const maxTokenLength = 8192;

/** Verified tokens that are remembered. About 1 kB each. */
export const maxRememberedTokens = 10_000;
