import { durationSeconds } from '@agentflow/core';
import { z } from 'zod';

/** What stands under `authorization` in the file. Paths start at the folder of the configuration. */
export const casbinAuthorizationOptionsSchema = z
  .strictObject({
    method: z.literal('casbin'),
    policy: z.string().min(1).describe('The rules: a CSV file, "policy.csv".'),
    model: z
      .string()
      .min(1)
      .optional()
      .describe('A Casbin model, "model.conf". Absent: roles, resources and actions, where deny beats allow.'),
    // So many are read in about a second and take about 150 MB; what a decision costs does not depend on them.
    max_rules: z.int().min(1).max(200_000).default(100_000).describe('More lines than this are refused.'),
    reload_interval: durationSeconds({ max: 3600 })
      .refine((seconds) => seconds > 0, 'must be longer than 0s')
      .prefault('1s')
      .describe('How often the files are looked at. A change is read once it has stood still for as long.'),
    // Long enough for somebody to be called and mend it; short enough that nobody who was locked out stays in for a night.
    max_staleness: durationSeconds({ max: 7 * 86_400 })
      .prefault('1h')
      .describe(
        'How long the last good policy decides while the files hold one that cannot be loaded. After that every request is refused with 503, and "/ready" answers 503, until they can be. At least three times "reload_interval".',
      ),
  })
  // A change is loaded with the second look. Whoever saves twice needs a third.
  .refine(({ reload_interval, max_staleness }) => max_staleness >= 3 * reload_interval, {
    path: ['max_staleness'],
    error: 'must be at least three times "reload_interval": else a good change is too old before it is read',
  });

export type CasbinAuthorizationOptions = z.output<typeof casbinAuthorizationOptionsSchema>;
