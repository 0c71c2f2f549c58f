import { durationSeconds, maxAccessTokenSeconds } from '@agentflow/core';
import { z } from 'zod';
import { passwordOptionsSchema } from '../password/options.js';
import { providersSchema } from '../sign-in/options.js';

const text = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[\x21-\x7e]+$/, 'must be visible ASCII characters');

const day = 86_400;

/** What stands under `auth` in the file. Every other key is optional: `"auth": "login"` is `{"method": "login"}`. */
export const loginAuthOptionsSchema = z.strictObject({
  method: z.literal('login'),
  algorithm: z
    .enum(['EdDSA', 'ES256', 'HS256'])
    .default('EdDSA')
    .describe(
      'The algorithm that signs access tokens: with a key that the server makes and publishes at "/.well-known/jwks.json" (EdDSA, ES256), or with the shared secret JWT_SECRET_KEY (HS256).',
    ),
  issuer: text.default('agentflow').describe('The "iss" of the access tokens.'),
  audience: text.default('agentflow').describe('The "aud" of the access tokens.'),
  token_ttl: durationSeconds({ max: maxAccessTokenSeconds })
    .refine((seconds) => seconds > 0, 'must be longer than 0s')
    .prefault('15m')
    .describe('Lifetime of an access token, at most 1h.'),
  idle_timeout: durationSeconds({ max: 400 * day })
    .refine((seconds) => seconds > 0, 'must be longer than 0s')
    .prefault('7d')
    .describe('A session ends after this time without a refresh.'),
  session_lifetime: durationSeconds({ max: 400 * day })
    .refine((seconds) => seconds > 0, 'must be longer than 0s')
    .prefault('30d')
    .describe('A session ends after this time, even if it is in use.'),
  refresh_grace: durationSeconds({ max: 60 })
    .prefault('10s')
    .describe(
      'How long the previous refresh token still returns the current one, for tabs that refresh together and for lost answers. "0s": never.',
    ),
  key_lifetime: durationSeconds({ max: 3650 * day })
    .refine((seconds) => seconds >= 3600, 'must be at least 1h')
    .prefault('90d')
    .describe('How often the signing key is replaced. The old key still verifies until its last token expires.'),
  administrator_role: z
    .string()
    .min(1)
    .default('admin')
    .describe(
      'The role of the first administrator. It may do everything if there is no "authorization" and "login", with the keys and Basic passwords of its users, is the only way in; otherwise "authorization" decides.',
    ),
  providers: providersSchema
    .default({})
    .describe("Providers with which people can also sign in, by name. The name is part of the provider's routes."),
  password: passwordOptionsSchema.prefault({}).describe('How passwords are hashed, and which are accepted.'),
});

/** The options as the schema reads them: defaults filled in, durations in seconds. */
export type LoginAuthOptions = z.output<typeof loginAuthOptionsSchema>;
