import { durationSeconds } from '@agentflow/core';
import { z } from 'zod';

/** One name or several, the first that is present counts. */
const claimNames = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).transform((value) => [value].flat());

/** What stands under `auth` in the file. Every key is optional: `"auth": "jwt"` is `{"method": "jwt"}`. */
export const jwtAuthOptionsSchema = z.strictObject({
  method: z.literal('jwt').default('jwt'),
  secret: z
    .union([z.string(), z.strictObject({ file: z.string().min(1) })])
    .optional()
    .describe(
      'The shared secret, from a variable or {"file": …}. Without it, JWT_SECRET_KEY or JWT_SECRET (or …_FILE).',
    ),
  algorithm: z
    .enum(['HS256', 'HS384', 'HS512'])
    .optional()
    .describe('The one algorithm that is accepted. Without it, JWT_ALGORITHM, else HS256.'),
  issuer: z.string().min(1).optional().describe('The exact "iss" that a token must have. Without it, JWT_ISSUER.'),
  audience: z
    .string()
    .min(1)
    .optional()
    .describe('What "aud" must be or hold. Without it, JWT_AUDIENCE, and then no token may have an "aud".'),
  type: z
    .string()
    .min(1)
    .default('JWT')
    .describe('The "typ" of the header; a header without one passes where this is "JWT".'),
  // Clocks of one operator's machines differ by little; RFC 7519 §4.1.4 speaks of "a few minutes" at the most.
  clock_tolerance: durationSeconds({ max: 60 }).default(5).describe('How far clocks may differ, at most 60s.'),
  max_lifetime: durationSeconds({}).optional().describe('The longest time between "iat" (or now) and "exp".'),
  claims: z
    .strictObject({
      subject: claimNames.default(['user_id', 'sub']),
      roles: claimNames.default(['roles', 'role']),
      scopes: claimNames.default(['scopes', 'scope', 'scp']),
      tenant: claimNames.optional(),
    })
    .prefault({})
    .describe('Under which names a token says who somebody is.'),
});

/** The options as the schema reads them: defaults filled in, durations in seconds. */
export type JwtAuthOptions = z.output<typeof jwtAuthOptionsSchema>;

/** The size of the hash, below which a key weakens the signature (RFC 7518 §3.2). In bytes. */
export const minSecretBytes = { HS256: 32, HS384: 48, HS512: 64 } as const;

/** A longer token is refused unread: no header field of ours needs as much. */
export const maxTokenLength = 8192;

/** Verified tokens that are remembered. About 1 kB each. */
export const maxRememberedTokens = 10_000;
