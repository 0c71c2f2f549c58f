import { durationSeconds } from '@agentflow/core';
import { z } from 'zod';

const tenYears = 3650 * 86_400;

const atLeastAMinute = (seconds: number) => seconds >= 60;
const tooShort = 'must be at least a minute';

/** Issued keys, with every default. */
const issuedSchema = z.strictObject({
  environment: z
    .string()
    .regex(/^[a-z0-9]{1,16}$/, 'must be up to 16 small letters and digits')
    .optional()
    .describe('A label in the key: "af_sk_live_…". Absent: "live" in production, "dev" in development.'),
  max_keys: z.number().int().min(1).max(10_000).default(25).describe('How many keys one owner may have at once.'),
  ttl: durationSeconds({ max: tenYears })
    .refine(atLeastAMinute, tooShort)
    .optional()
    .describe('Lifetime of a key whose creator sets no expiry. Absent: it does not expire.'),
  max_ttl: durationSeconds({ max: tenYears })
    .refine(atLeastAMinute, tooShort)
    .optional()
    .describe('The longest lifetime of a key. Absent: no limit.'),
  max_ttl_elsewhere: durationSeconds({ max: tenYears })
    .refine(atLeastAMinute, tooShort)
    .prefault('90d')
    .describe(
      'The same for owners who authenticate with an external token: their key keeps the roles they had when they created it.',
    ),
  rotate_after: durationSeconds({ max: tenYears })
    .refine(atLeastAMinute, tooShort)
    .prefault('90d')
    .describe('The age at which a key is reported as due for rotation.'),
  overlap: durationSeconds({ max: 90 * 86_400 })
    .prefault('1h')
    .describe('How long a rotated key remains valid if the request does not say.'),
});

/** `true` is short for every default. */
export const issuedOptionsSchema = z
  .preprocess((value) => (value === true ? {} : value), issuedSchema)
  .meta({ shorthands: [{ const: true }] });

export type IssuedOptions = z.output<typeof issuedSchema>;
